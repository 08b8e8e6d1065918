"""From the hub's errors to statuses that a clerk and a program can act on."""

from typing import TypeVar

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from exchange.audit.errors import JournalError
from exchange.edge.errors import DOMAIN, hub_error, internal, outward, primary_reason, reason_name, status_of
from exchange.errors import HubError, InvalidError, NotFoundError, RefusedError, UnavailableError, Violation
from exchange.reasons import TEXTS, Reason
from signer.errors import FormatError
from storage.errors import (
    Cause,
    ConditionFailedError,
    CorruptError,
    ErasedError,
    LimitExceededError,
    ObjectNotFoundError,
    StorageUnavailableError,
)

REQUEST_ID = "0f2d9a52-13c1-4b8a-9d5e-0e5a4b7d5c11"
CLIENTS_TAKE = 8 * 1024
"""Bytes of trailing metadata that a gRPC client takes at least (its soft limit)."""

D = TypeVar("D", bound=Message)


def details(status: status_pb2.Status, kind: type[D]) -> list[D]:
    """All details of one kind."""
    found = []
    for packed in status.details:
        detail = kind()
        if packed.Unpack(detail):
            found.append(detail)
    return found


@pytest.mark.parametrize("reason", sorted(Reason))
def test_every_reason_has_its_status_and_both_languages(reason: Reason) -> None:
    status = status_of(HubError((reason,)), REQUEST_ID)
    (told,) = outward((reason,))
    assert status.code == code_pb2.Code.Value(TEXTS[reason].status)
    assert status.message == TEXTS[reason].en
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == (told.value, DOMAIN, {"reasons": told.value})
    (localized,) = details(status, error_details_pb2.LocalizedMessage)
    assert (localized.locale, localized.message) == ("zh-CN", TEXTS[reason].zh)
    (request,) = details(status, error_details_pb2.RequestInfo)
    assert request.request_id == REQUEST_ID
    assert (TEXTS[reason].status == "UNAVAILABLE") == bool(details(status, error_details_pb2.RetryInfo))
    assert rpc_status.to_status(status).code.value[0] == status.code


def test_every_failed_guard_is_told_and_the_most_fundamental_gives_the_status() -> None:
    error = RefusedError(Reason.CASE_NOT_OPEN, Reason.CONSENT_MISSING, Reason.CASE_NOT_OPEN, subject="identity")
    status = status_of(error, "")
    assert status.code == code_pb2.PERMISSION_DENIED
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert info.reason == "CONSENT_MISSING"
    assert info.metadata["reasons"] == "CASE_NOT_OPEN,CONSENT_MISSING"
    assert primary_reason(error.reasons) is Reason.CONSENT_MISSING
    (failure,) = details(status, error_details_pb2.PreconditionFailure)
    assert [(each.type, each.subject) for each in failure.violations] == [
        ("CASE_NOT_OPEN", "identity"),
        ("CONSENT_MISSING", "identity"),
    ]
    (localized,) = details(status, error_details_pb2.LocalizedMessage)
    assert TEXTS[Reason.CASE_NOT_OPEN].zh in localized.message
    assert TEXTS[Reason.CONSENT_MISSING].zh in localized.message


def test_every_bad_field_is_named_in_both_languages() -> None:
    violations = tuple(Violation(f"licence.holders[{n}].name", f"is bad {n}", f"有误{n}") for n in range(12))
    status = status_of(InvalidError(violations), REQUEST_ID)
    assert status.code == code_pb2.INVALID_ARGUMENT
    (bad,) = details(status, error_details_pb2.BadRequest)
    told = [(each.field, each.description, each.localized_message.message) for each in bad.field_violations]
    assert told == [(each.field, each.en, each.zh) for each in violations]
    assert {each.reason for each in bad.field_violations} == {"FIELD_INVALID"}


def test_a_status_never_outgrows_what_clients_take() -> None:
    violations = tuple(Violation(f"fields[{'x' * 90}{n}]", "is not right at all", "取值不正确") for n in range(1000))
    status = status_of(InvalidError(violations), REQUEST_ID)
    (bad,) = details(status, error_details_pb2.BadRequest)
    named = len(bad.field_violations) - 1
    assert named > 10
    assert bad.field_violations[-1].description == f"and {1000 - named} more fields are not valid"
    assert str(1000 - named) in bad.field_violations[-1].localized_message.message
    assert len(status.SerializeToString()) * 4 / 3 < CLIENTS_TAKE


def test_one_enormous_violation_is_still_told() -> None:
    status = status_of(InvalidError((Violation("x", "y" * 3_400, "坏"), Violation("z", "bad" * 99, "坏"))), "")
    (bad,) = details(status, error_details_pb2.BadRequest)
    assert [each.field for each in bad.field_violations] == ["x", "."]


def test_what_is_not_found_is_named_as_the_caller_named_it() -> None:
    status = status_of(NotFoundError(Reason.LICENCE_NOT_FOUND, "licences", "licenceTypes/x/licences/y"), "")
    (info,) = details(status, error_details_pb2.ResourceInfo)
    assert (info.resource_type, info.resource_name) == ("licences", "licenceTypes/x/licences/y")


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (UnavailableError(Reason.AUDIT_UNAVAILABLE), 1),
        (UnavailableError(Reason.STORAGE_UNAVAILABLE, 7), 7),
        (RefusedError(Reason.RATE_LIMITED, retry_seconds=60), 60),
        (RefusedError(Reason.STATUS_STALE), 1),
    ],
)
def test_when_to_try_again(error: HubError, seconds: int) -> None:
    (retry,) = details(status_of(error, ""), error_details_pb2.RetryInfo)
    assert retry.retry_delay.seconds == seconds


def test_a_limit_names_the_quota() -> None:
    status = status_of(RefusedError(Reason.TRAWL_SUSPECTED, Reason.RATE_LIMITED), "")
    (quota,) = details(status, error_details_pb2.QuotaFailure)
    assert [each.subject for each in quota.violations] == ["TRAWL_SUSPECTED", "RATE_LIMITED"]
    assert not details(status, error_details_pb2.PreconditionFailure)


@pytest.mark.parametrize("beside", [(), (Reason.CONSENT_MISSING,), (Reason.ROLE_MISSING, Reason.CASE_EXPIRED)])
@pytest.mark.parametrize("kind", ["refused", "not found"])
def test_an_unknown_case_and_anothers_are_byte_for_byte_alike(kind: str, beside: tuple[Reason, ...]) -> None:
    def status(hidden: Reason) -> bytes:
        if kind == "refused":
            error: HubError = RefusedError(*beside, hidden, subject="identity")
        else:
            error = NotFoundError(hidden, "cases", "cases/123")
        return status_of(error, REQUEST_ID).SerializeToString(deterministic=True)

    assert status(Reason.CASE_NOT_YOURS) == status(Reason.CASE_UNKNOWN)
    assert b"CASE_NOT_YOURS" not in status(Reason.CASE_NOT_YOURS)


def test_nothing_is_told_of_a_failure_that_nobody_expected() -> None:
    secret = "33010019900101123X in /var/lib/onceonly"
    assert hub_error(ValueError(secret)) is None
    assert hub_error(JournalError(secret)) is None
    status = internal(REQUEST_ID)
    assert status.code == code_pb2.INTERNAL
    assert status == status_of(HubError((Reason.INTERNAL,)), REQUEST_ID)
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert dict(info.metadata) == {"reasons": "INTERNAL"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CorruptError("body of 33010019900101123X"), Reason.RECORD_CORRUPT),
        (ObjectNotFoundError("credentials/33010019900101123X"), Reason.RECORD_CORRUPT),
        (ErasedError("data_key/33010019900101123X"), Reason.PROHIBITED),
        (StorageUnavailableError("/var/lib/records.sqlite"), Reason.STORAGE_UNAVAILABLE),
        (ConditionFailedError(Cause.SPENT, 0, "uses/33010019900101123X"), Reason.STORAGE_UNAVAILABLE),
        (LimitExceededError("key: 33010019900101123X"), Reason.FIELD_INVALID),
        (FormatError("KEY_UNREADABLE", "passphrase of 33010019900101123X"), Reason.SIGNER_UNAVAILABLE),
    ],
)
def test_errors_of_other_rooms_become_reasons_without_their_text(error: Exception, reason: Reason) -> None:
    known = hub_error(error)
    assert known is not None
    assert known.reasons == (reason,)
    assert b"33010019900101123X" not in status_of(known, "").SerializeToString()


def test_the_hubs_own_errors_stay_what_they_are() -> None:
    error = RefusedError(Reason.LOCKED_OUT)
    assert hub_error(error) is error


def test_reasons_in_answers_have_the_contracts_names() -> None:
    assert reason_name(Reason.CONSENT_MISSING) == "REASON_CONSENT_MISSING"
