"""Bad input over real calls: every bad field named at once, nothing half stored, the refusal in the log."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from onceonly.v1 import (
    application_service_pb2,
    audit_service_pb2,
    case_service_pb2,
    catalogue_service_pb2,
    exchange_service_pb2,
    issuance_service_pb2,
    supervision_service_pb2,
    verification_service_pb2,
)

from exchange.client import CallError, HubClient, new_request_id
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.synthetic import Person
from tests.fakes.town import AUDIT, DATA, LINE, MANDATE, POLICE, Town, bad_fields, refused

YEAR = 365 * 86_400


@pytest.fixture
def issuer(town: Town) -> HubClient:
    return town.hub(POLICE, "issuer-2")


def card(town: Town, person: Person | None = None) -> issuance_service_pb2.IssueLicenceRequest:
    """A good request for an identity card; tests spoil it."""
    person = person or town.head(town.organisation())
    licence_type = town.city.licence_type("identity-card")
    request = issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type.code}", request_id=new_request_id()
    )
    request.licence.number = town.number("BAD")
    request.licence.holders.append(holder_message(town.synthetic.holder(person)))
    put_field_values(request.licence.fields, town.synthetic.licence_fields(licence_type, person, "清河市公安局"))
    return request


def wrong_check(number: str) -> str:
    """The number with another check character."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


def spoil_number(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.holders[0].id_number = wrong_check(request.licence.holders[0].id_number)


def spoil_kind(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.holders[0].id_type = "777"


def spoil_twice(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.holders.append(request.licence.holders[0])


def spoil_nobody(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    del request.licence.holders[:]


def spoil_dates(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    now = int(time.time())
    request.licence.issued_time.seconds = now - 10
    request.licence.valid_from_time.seconds = now + YEAR
    request.licence.valid_until_time.seconds = now + YEAR - 86_400


def spoil_future(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.issued_time.seconds = int(time.time()) + YEAR


def spoil_february(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.fields["birth_date"].text = "2026-02-30"


def spoil_code(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.fields["sex"].text = "猫"


def spoil_unknown_field(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.fields["shoe_size"].integer = 42


def spoil_missing_field(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    del request.licence.fields["birth_date"]


def spoil_kind_of_value(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.fields["birth_date"].integer = 2**63 - 1


def spoil_no_value(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.fields["birth_date"].Clear()


def spoil_name(text: str) -> Callable[[issuance_service_pb2.IssueLicenceRequest], None]:
    def spoil(request: issuance_service_pb2.IssueLicenceRequest) -> None:
        request.licence.holders[0].name = text

    return spoil


def spoil_output(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.identifier = "1.2.3"
    request.licence.version = 7


def spoil_request_id(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.request_id = "1"


def spoil_no_request_id(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.ClearField("request_id")


def spoil_long_number(request: issuance_service_pb2.IssueLicenceRequest) -> None:
    request.licence.number = "N" * 1_999


HOLDER = "licence.holders[0]"
SPOILT: list[tuple[Callable[[issuance_service_pb2.IssueLicenceRequest], None], str]] = [
    (spoil_number, f"{HOLDER}.id_number"),
    (spoil_kind, f"{HOLDER}.id_type"),
    (spoil_twice, "licence.holders"),
    (spoil_nobody, "licence.holders"),
    (spoil_dates, "licence.valid_until_time"),
    (spoil_future, "licence.issued_time"),
    (spoil_february, "licence.fields.birth_date"),
    (spoil_code, "licence.fields.sex"),
    (spoil_unknown_field, "licence.fields.shoe_size"),
    (spoil_missing_field, "licence.fields.birth_date"),
    (spoil_kind_of_value, "licence.fields.birth_date"),
    (spoil_no_value, "licence.fields.birth_date"),
    (spoil_name("e\u0301"), f"{HOLDER}.name"),
    (spoil_name("张\u202e三"), f"{HOLDER}.name"),
    (spoil_name("张\x07三"), f"{HOLDER}.name"),
    (spoil_name("张\u200b三"), f"{HOLDER}.name"),
    (spoil_name("长" * 1_999), f"{HOLDER}.name"),
    (spoil_name(""), f"{HOLDER}.name"),
    (spoil_output, "licence.identifier"),
    (spoil_request_id, "request_id"),
    (spoil_no_request_id, "request_id"),
    (spoil_long_number, "licence.number"),
]


@pytest.mark.parametrize(("spoil", "field"), SPOILT)
def test_a_spoilt_licence_is_refused_by_the_name_of_what_is_wrong(
    town: Town, issuer: HubClient, spoil: Callable[[issuance_service_pb2.IssueLicenceRequest], None], field: str
) -> None:
    request = card(town)
    spoil(request)
    error = refused(issuer.call, issuer.issuance.IssueLicence, request)
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert any(path.startswith(field) or field.startswith(path) for path in bad_fields(error)), error.violations
    assert error.zh
    number = request.licence.holders[0].id_number if request.licence.holders else "none"
    assert number not in error.message + repr(error.violations)


def test_all_that_is_wrong_is_told_at_once(town: Town, issuer: HubClient) -> None:
    request = card(town)
    for spoil in (spoil_number, spoil_february, spoil_code, spoil_unknown_field, spoil_dates, spoil_long_number):
        spoil(request)
    error = refused(issuer.call, issuer.issuance.IssueLicence, request)
    told = " ".join(bad_fields(error))
    for field in ("id_number", "birth_date", "sex", "shoe_size", "valid_until_time", "licence.number"):
        assert field in told


def test_a_hundred_bad_fields_still_make_an_answer(town: Town, issuer: HubClient) -> None:
    request = card(town)
    for number in range(300):
        request.licence.fields[f"{'x' * 80}{number}"].text = "\x00"
    error = refused(issuer.call, issuer.issuance.IssueLicence, request)
    assert len(list(bad_fields(error))) > 5
    assert "more fields are not valid" in error.violations[-1][1]


def test_nothing_of_a_refused_request_is_kept(town: Town, issuer: HubClient) -> None:
    """The same request id, number and holder, put right, are as if the first had never been."""
    good = card(town)
    bad = issuance_service_pb2.IssueLicenceRequest()
    bad.CopyFrom(good)
    spoil_february(bad)
    refused(issuer.call, issuer.issuance.IssueLicence, bad)
    issued = issuer.call(issuer.issuance.IssueLicence, good).licence
    assert issued.number == good.licence.number
    again = card(town)
    again.licence.number = good.licence.number
    assert refused(issuer.call, issuer.issuance.IssueLicence, again).reasons == ("LICENCE_EXISTS",)


def test_a_refusal_is_in_the_log_without_what_was_wrong(town: Town, issuer: HubClient) -> None:
    request = card(town)
    spoil_name("测试\u202e绝密")(request)
    refused(issuer.call, issuer.issuance.IssueLicence, request)
    entries = [each.entry for each in town.entries(department=town.city.department(POLICE).uscc)]
    mine = [entry for entry in entries if "绝密" in repr(entry) or "FIELD_INVALID" in entry.reasons]
    assert mine
    assert not any("绝密".encode() in entry.SerializeToString() for entry in entries)
    assert all(request.licence.holders[0].id_number.encode() not in each.SerializeToString() for each in entries)


def test_a_request_id_serves_one_request(town: Town, issuer: HubClient) -> None:
    first = card(town)
    answer = issuer.call(issuer.issuance.IssueLicence, first)
    assert issuer.call(issuer.issuance.IssueLicence, first) == answer
    second = card(town)
    second.request_id = first.request_id
    error = refused(issuer.call, issuer.issuance.IssueLicence, second)
    assert (error.code, error.reasons) == (grpc.StatusCode.ALREADY_EXISTS, ("REQUEST_ID_REUSED",))
    revoke = issuance_service_pb2.SuspendLicenceRequest(name=answer.licence.name, etag=answer.licence.etag)
    revoke.request_id, revoke.reason = first.request_id, "x"
    assert refused(issuer.call, issuer.issuance.SuspendLicence, revoke).reasons == ("REQUEST_ID_REUSED",)


def test_a_replayed_fetch_is_refused(town: Town) -> None:
    case, _ = town.ready_case()
    other, _ = town.ready_case()
    hub = town.hub()
    request = exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    hub.call(hub.exchange.FetchLicence, request)
    request.case = other
    assert refused(hub.call, hub.exchange.FetchLicence, request).reasons == ("REQUEST_REPLAYED",)


def test_fields_of_a_newer_contract_are_told(town: Town, issuer: HubClient) -> None:
    raw = card(town).SerializeToString() + b"\xf8\x7f\x01"
    method = issuer._channel.unary_unary("/onceonly.v1.IssuanceService/IssueLicence")
    for body in (raw, b"\xff\xff\xff", b"\x0a\x05\xff\xfe"):  # unknown field, no message, text that is not UTF-8
        with pytest.raises(grpc.RpcError) as caught:
            method(body, timeout=5, metadata=(("authorization", f"Bearer {issuer.token()}"),))
        assert list(bad_fields(CallError(caught.value))) == ["."]


LONG, ODD = "x" * 2_000, "测" * 2_000
NAMES = ["", "x", "/", "cases/", "cases/../..", f"cases/{LONG}", LONG, ODD, "licenceTypes/x/licences/y", "mandates/x"]


def named(text: str) -> list[tuple[str, str, str, str, Any]]:
    """A request of each reading or changing method with a text wherever it names something."""
    fresh = {"request_id": str(uuid.uuid4())}
    condition = {"etag": text, **fresh}
    reason = {"reason": "理由", "legal_reference": "条", **condition}
    audit, case, cat, exch, iss = (
        audit_service_pb2,
        case_service_pb2,
        catalogue_service_pb2,
        exchange_service_pb2,
        issuance_service_pb2,
    )
    record, type_name = f"accessRecords/{text}", f"licenceTypes/{text}"
    licence = f"licenceTypes/{text}/licences/{text}"
    filters = audit.AccessFilter(
        mandate=MANDATE, department=text, operator=text, matter=text, case=f"cases/{text}", licence_type=text
    )
    counter, police, auditor, manager = (
        ("city-housing", "clerk-2"),
        (POLICE, "issuer-2"),
        (AUDIT, "auditor-1"),
        (DATA, "catalogue-3"),
    )
    sup, watch = supervision_service_pb2, ("province-market", "supervisor-2")
    app = application_service_pb2
    opening = app.Application(number=text, bundle=f"bundles/{text}", channel=text, situations=[text])
    return [
        (*counter, "cases", "RateCase", case.RateCaseRequest(case=f"cases/{text}", rating_ticket=text, **fresh)),
        (*counter, "cases", "AnswerRectification", case.AnswerRectificationRequest(case=text, answer=text, **fresh)),
        (*counter, "cases", "SummariseRatings", case.SummariseRatingsRequest(department=text, first_month=text)),
        (*counter, "cases", "ListRatings", case.ListRatingsRequest(page_token=text[:900])),
        (*police, "issuance", "IssueLicence", iss.IssueLicenceRequest(parent=type_name, case=f"cases/{text}", **fresh)),
        (*police, "issuance", "SuspendLicence", iss.SuspendLicenceRequest(penalty=f"penalties/{text}", **reason)),
        (*police, "issuance", "RefusePenalty", iss.RefusePenaltyRequest(name=f"penalties/{text}", **fresh)),
        (*watch, "supervision", "AcknowledgeHandOff", sup.AcknowledgeHandOffRequest(name=f"handOffs/{text}", **fresh)),
        (
            *watch,
            "supervision",
            "SettleCommitmentCheck",
            sup.SettleCommitmentCheckRequest(
                case=f"cases/{text}", matter=text, requirement=text, state=sup.COMMITMENT_STATE_KEPT, **fresh
            ),
        ),
        (
            *watch,
            "supervision",
            "SubmitSupervisionResult",
            sup.SubmitSupervisionResultRequest(subject=licence, outcome=sup.SUPERVISION_OUTCOME_PASSED, **fresh),
        ),
        (
            *watch,
            "supervision",
            "ProposePenalty",
            sup.ProposePenaltyRequest(licence=licence, kind=sup.PENALTY_KIND_REVOKE, legal_reference="条", **fresh),
        ),
        (*counter, "cases", "GetCase", case.GetCaseRequest(name=text)),
        (*counter, "cases", "CheckEvidence", case.CheckEvidenceRequest(case=f"cases/{text}")),
        (*counter, "cases", "AcceptCase", case.AcceptCaseRequest(name=f"cases/{text}", **condition)),
        (*counter, "cases", "StopClock", case.StopClockRequest(name=f"cases/{text}", procedure=text, **condition)),
        (*counter, "cases", "ResumeClock", case.ResumeClockRequest(name=f"cases/{text}", **condition)),
        (*counter, "cases", "DecideCase", case.DecideCaseRequest(name=text, note=text, **condition)),
        (*counter, "cases", "RevokeConsent", case.RevokeConsentRequest(name=f"consents/{text}", **fresh)),
        (*police, "issuance", "GetLicence", iss.GetLicenceRequest(name=text)),
        (*police, "issuance", "GetLicence", iss.GetLicenceRequest(name=licence)),
        (*police, "issuance", "GetLicenceQrCode", iss.GetLicenceQrCodeRequest(name=licence, fields=[text])),
        (*police, "issuance", "ListLicences", iss.ListLicencesRequest(parent=type_name)),
        (*police, "issuance", "SuspendLicence", iss.SuspendLicenceRequest(name=licence, **reason)),
        (*police, "issuance", "IssueLicence", iss.IssueLicenceRequest(parent=type_name, **fresh)),
        (*counter, "catalogue", "GetEntry", cat.GetEntryRequest(name=text)),
        (*counter, "catalogue", "GetEntry", cat.GetEntryRequest(name=f"matters/{text}/revisions/{text}")),
        (*counter, "catalogue", "ListEntries", cat.ListEntriesRequest(collection=text)),
        (
            *manager,
            "catalogue",
            "PublishEntry",
            cat.PublishEntryRequest(name=f"matters/{text}/revisions/1", **condition),
        ),
        (*auditor, "audit", "GetAccessRecord", audit.GetAccessRecordRequest(name=record, mandate=MANDATE)),
        (*auditor, "audit", "ListAccessRecords", audit.ListAccessRecordsRequest(filter=filters)),
        (*auditor, "audit", "SummariseAccesses", audit.SummariseAccessesRequest(filter=filters, by=text)),
        (*auditor, "audit", "ExportAccessRecords", audit.ExportAccessRecordsRequest(mandate=MANDATE, format=text)),
        (*counter, "exchange", "FetchEvidence", exch.FetchEvidenceRequest(case=text, requirements=[text], **fresh)),
        (*counter, "exchange", "FetchEvidence", exch.FetchEvidenceRequest(application=f"applications/{text}", **fresh)),
        (*counter, "exchange", "PrefillForm", exch.PrefillFormRequest(application=text, **fresh)),
        (*counter, "applications", "GetApplication", app.GetApplicationRequest(name=f"applications/{text}")),
        (*counter, "applications", "OpenApplication", app.OpenApplicationRequest(application=opening, **fresh)),
    ]


@pytest.mark.parametrize("text", NAMES, ids=[f"{name[:20]}…{len(name)}" for name in NAMES])
def test_any_name_has_an_answer_that_blames_the_right_side(town: Town, text: str) -> None:
    """Never INTERNAL, never UNAVAILABLE (which says: try again), whatever a caller names."""
    wrong = []
    for department, operator, service, method, request in named(text):
        hub = town.hub(department, operator)
        callable_ = getattr(getattr(hub, service), method)
        try:
            if method == "ExportAccessRecords":
                list(hub.receive(callable_, request))
            else:
                hub.call(callable_, request)
        except CallError as error:
            if error.code in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN}:
                wrong.append((method, str(error)))
    assert wrong == []


def test_nothing_to_verify_is_no_verdict(town: Town) -> None:
    hub = town.hub()
    error = refused(hub.call, hub.verification.VerifyCredential, verification_service_pb2.VerifyCredentialRequest())
    assert [field for field, _ in error.violations] == ["credential"]


@pytest.mark.parametrize("credential", ["~", "a.b.c~", "e30.e30.e30~", "x" * 131_072, "e30." * 5_000, "\u8bc1" * 1_000])
def test_any_credential_has_a_verdict(town: Town, credential: str) -> None:
    hub = town.hub()
    request = verification_service_pb2.VerifyCredentialRequest(credential=credential, receipt=credential[:16_000])
    report = hub.call(hub.verification.VerifyCredential, request).report
    assert report.verdict == verification_service_pb2.VERDICT_FAILED
