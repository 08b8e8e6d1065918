"""Nothing is answered unrecorded: attempts, repeats of a request id, refusals and limits."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import case_service_pb2

from exchange.audit.asked import is_request
from exchange.audit.entry import ItemDraft, hub_owner, parse
from exchange.call import Call
from exchange.entities.catalogue import Status
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from storage.errors import ErasedError, LimitExceededError, StorageUnavailableError
from tests.fakes.edge_world import Desk, last, new_id, reasons
from tests.fakes.licence_world import IDENTITY, LAND, MARKET, SERVICE_CENTRE, World


def test_a_call_ends_in_exactly_one_entry_of_what_was_received_and_answered(
    world: World, desk: Desk, case: str
) -> None:
    before = len(world.records())
    _, recorded = desk.accept_now(case, new_id())
    entries = world.records()[before:]
    assert [entry.method.split("/")[1] for entry in entries] == ["GetCase", "AcceptCase"]
    assert entries[1].outcome == log.OUTCOME_ALLOWED
    assert len(entries[1].response_digest) == len(entries[1].request_digest) == 32
    assert recorded.position.index > 0
    assert len(recorded.position.commitment) == 33


def test_the_digest_of_a_request_tells_nothing_without_the_key_of_its_year(world: World, desk: Desk) -> None:
    """Whoever reads the log cannot test guesses of what was asked; once the key is destroyed, nobody can."""
    message = case_service_pb2.GetCaseRequest(name="cases/a-guess")
    request = desk.request("CaseService/GetCase", message)
    for _ in range(2):
        desk.answer(request, lambda call, got: case_service_pb2.GetCaseResponse(), message)
    desk.recording.refuse(request, RefusedError(Reason.ROLE_MISSING))
    entries = world.records()[-3:]
    plain = hashlib.sha256(request.raw).digest()
    vault = world.hub.vault
    assert {entry.version for entry in entries} == {2}
    assert len({entry.request_digest for entry in entries}) == 1
    assert all(is_request(entry, request.raw, vault.data_key) for entry in entries)
    assert not is_request(entries[0], request.raw + b"x", vault.data_key)
    assert not is_request(log.AccessEntry(version=2, key_epoch=entries[0].key_epoch), b"", vault.data_key)
    assert all(plain not in entry.SerializeToString() for entry in entries)
    before = log.AccessEntry(version=1, request_digest=plain)
    world.hub.write(vault.destroy(hub_owner(entries[0].key_epoch)))
    with pytest.raises(ErasedError):
        is_request(entries[0], request.raw, vault.data_key)
    assert is_request(before, request.raw, vault.data_key)


def test_a_commit_is_waited_for_as_long_as_configured(world: World, case: str) -> None:
    desk = Desk(world, commit_seconds=0.75)
    desk.fetch(case)
    assert set(desk.recorder.timeouts) == {0.75}


def test_a_stale_attempt_is_run_again_on_fresh_reads(world: World, desk: Desk, case: str) -> None:
    desk.fetch(case)
    entity = world.hub.register.departments[SERVICE_CENTRE]
    world.hub.publish(entity)  # the register moves on, the desk has not noticed
    epochs: list[int] = []

    def use_case(call: Call, message: Any) -> Any:
        epochs.append(call.register.epoch)
        return message

    message = case_service_pb2.GetCaseRequest()
    desk.answer(desk.request("CaseService/GetCase", message), use_case, message)
    assert len(epochs) == 2
    assert epochs[1] == epochs[0] + 1


def test_however_much_was_stale_one_more_attempt_is_enough(world: World, desk: Desk) -> None:
    people = [world.person() for _ in range(12)]
    attempts: list[Call] = []

    def look(call: Call, message: Any) -> Any:
        attempts.append(call)
        for person in people:
            call.read(world.store.holdings, world.store.holding_key(IDENTITY, person))
        return message

    message = case_service_pb2.GetCaseRequest()
    desk.answer(desk.request("CaseService/GetCase", message), look, message)
    for person in people:
        world.issue(person)
    attempts.clear()
    desk.answer(desk.request("CaseService/GetCase", message), look, message)
    assert len(attempts) == 2


def test_what_a_call_has_changed_makes_no_later_one_stale(world: World, desk: Desk, case: str) -> None:
    desk.fetch(case)
    desk.accept_now(case, new_id())
    before = len(desk.recorder.timeouts)
    desk.fetch(case)
    assert len(desk.recorder.timeouts) == before + 1


def test_what_never_settles_is_unavailable_and_unrecorded(world: World, desk: Desk) -> None:
    entity = world.hub.register.departments[SERVICE_CENTRE]
    before = len(world.records())
    desk.recorder.before = lambda: world.hub.publish(entity)
    message = case_service_pb2.GetCaseRequest()
    request = desk.request("CaseService/GetCase", message)
    assert reasons(desk.answer, request, lambda call, _: message, message) == (Reason.STORAGE_UNAVAILABLE,)
    refused = RefusedError(Reason.ROLE_MISSING)
    assert reasons(desk.recording.refuse, request, refused) == (Reason.AUDIT_UNAVAILABLE,)
    assert len(world.records()) == before


@pytest.mark.parametrize("what", ["operator suspended", "operator gone", "role gone", "department suspended"])
def test_a_caller_changed_since_authentication_gets_nothing(world: World, desk: Desk, case: str, what: str) -> None:
    market = world.hub.register.departments[MARKET]
    clerk = next(each for each in market.operators if each.id == "clerk")
    others = tuple(each for each in market.operators if each.id != "clerk")
    changed = {
        "operator suspended": replace(market, operators=(*others, replace(clerk, status=Status.SUSPENDED))),
        "operator gone": replace(market, operators=others),
        "role gone": replace(market, operators=(*others, replace(clerk, roles=frozenset()))),
        "department suspended": replace(market, status=Status.SUSPENDED),
    }[what]
    before = len(world.records())
    desk.recorder.before = lambda: (
        world.hub.publish(changed) if world.hub.register.departments[MARKET] == market else None
    )
    assert reasons(desk.fetch, case) == (Reason.CATALOGUE_STALE,)
    assert len(world.records()) == before


def test_a_refusal_is_durable_with_all_its_reasons_before_it_is_told(world: World, desk: Desk, case: str) -> None:
    assert reasons(desk.fetch, case, "seller_identity") == (Reason.EVIDENCE_NOT_REQUIRED,)
    entry = last(world)
    assert (entry.method, entry.outcome) == ("onceonly.v1.ExchangeService/FetchLicence", log.OUTCOME_REFUSED)
    assert list(entry.reasons) == ["EVIDENCE_NOT_REQUIRED"]
    assert entry.operator_tag
    assert entry.items[0].facts


def test_the_log_knows_what_the_caller_may_not(world: World, desk: Desk, case: str) -> None:
    assert reasons(desk.fetch, case, department=LAND, operator="issuer") == (Reason.CASE_UNKNOWN,)
    assert "CASE_NOT_YOURS" in last(world).items[0].reasons


def test_a_failure_that_nobody_expected_is_recorded_as_failed(world: World, desk: Desk) -> None:
    def broken(call: Call, message: Any) -> Any:
        raise ZeroDivisionError("33010019900101123X")

    message = case_service_pb2.GetCaseRequest()
    with pytest.raises(ZeroDivisionError):
        desk.answer(desk.request("CaseService/GetCase", message), broken, message)
    assert (last(world).outcome, list(last(world).reasons)) == (log.OUTCOME_FAILED, ["INTERNAL"])
    assert b"33010019900101123X" not in last(world).SerializeToString()


def test_storage_that_is_away_is_recorded_as_failed(world: World, desk: Desk) -> None:
    def broken(call: Call, message: Any) -> Any:
        raise StorageUnavailableError("disk")

    message = case_service_pb2.GetCaseRequest()
    with pytest.raises(StorageUnavailableError):
        desk.answer(desk.request("CaseService/GetCase", message), broken, message)
    assert (last(world).outcome, list(last(world).reasons)) == (log.OUTCOME_FAILED, ["STORAGE_UNAVAILABLE"])


def test_a_refused_change_keeps_nothing_of_what_it_would_have_changed(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    assert reasons(desk.accept, case, "old", request_id) == (Reason.ETAG_MISMATCH,)
    names = {type(each).__name__ for each in desk.recorder.units[-1].changes}
    assert names <= {"Expect", "Insert"}
    assert not any(
        each.kind != "data_key" for each in desk.recorder.units[-1].changes if type(each).__name__ == "Insert"
    )
    desk.accept_now(case, request_id)  # so the id is free


@pytest.mark.parametrize("what", ["fetch", "change", "refusal"])
def test_nothing_is_released_while_the_recorder_is_away(world: World, desk: Desk, case: str, what: str) -> None:
    before = len(world.records())
    desk.recorder.away = True
    runs: dict[str, Callable[[], Any]] = {
        "fetch": lambda: desk.fetch(case),
        "change": lambda: desk.accept(case, "x", new_id()),
        "refusal": lambda: desk.fetch(case, "seller_identity"),
    }
    assert reasons(runs[what]) == (Reason.AUDIT_UNAVAILABLE,)
    assert len(world.records()) == before
    assert desk.recorder.units == []
    desk.recorder.away = False
    assert desk.fetch(case).extract.presentation


def test_ten_refusals_lock_the_operator_out_and_nobody_else(world: World, desk: Desk, case: str) -> None:
    for _ in range(10):
        assert reasons(desk.fetch, case, "seller_identity") == (Reason.EVIDENCE_NOT_REQUIRED,)
    world.hub.clock.advance(2)  # what a worker knows of the counts is at most a second old
    assert Reason.LOCKED_OUT in reasons(Desk(world).fetch, case)
    assert "LOCKED_OUT" in last(world).reasons
    world.hub.clock.advance(601)
    assert Desk(world).fetch(case).extract.presentation


def test_lines_refused_together_count_as_one_refusal(world: World, case: str) -> None:
    desk = Desk(world, Limits(refusals=2))
    desk.fetch_all(case, "seller_identity", "deed")
    world.hub.clock.advance(2)
    desk.fetch(case)
    desk.fetch_all(case, "seller_identity", "deed")
    world.hub.clock.advance(2)
    assert reasons(Desk(world, Limits(refusals=2)).fetch, case) == (Reason.LOCKED_OUT,)


def test_bad_fields_and_stale_etags_lock_nobody_out(world: World, case: str) -> None:
    desk = Desk(world, Limits(refusals=1))
    message = case_service_pb2.GetCaseRequest()
    bad = InvalidError((Violation("name", "is bad", "有误"),))
    desk.recording.refuse(desk.request("CaseService/GetCase", message), bad)
    assert list(last(world).reasons) == ["FIELD_INVALID"]
    assert reasons(desk.accept, case, "old", new_id()) == (Reason.ETAG_MISMATCH,)
    world.hub.clock.advance(2)
    assert desk.fetch(case).extract.presentation


def test_a_limit_reached_at_commit_turns_the_answer_into_its_refusal(world: World, case: str) -> None:
    """The counts that the decision saw were a moment old; the recorder counts exactly."""
    desk = Desk(world, Limits(fetches_per_hour=1))
    assert desk.fetch(case).extract.presentation
    with pytest.raises(RefusedError) as caught:
        desk.fetch(case)  # this process still believes that there were none
    assert caught.value.reasons == (Reason.RATE_LIMITED,)
    assert caught.value.retry_seconds > 0
    assert (last(world).outcome, list(last(world).reasons)) == (log.OUTCOME_REFUSED, ["RATE_LIMITED"])


def test_a_refusal_that_came_early_is_recorded_without_a_use_case(world: World, desk: Desk) -> None:
    message = case_service_pb2.GetCaseRequest(name="cases/x")
    request = desk.request("CaseService/GetCase", message)
    desk.recording.refuse(request, RefusedError(Reason.ROLE_MISSING, Reason.ASSURANCE_LOW))
    assert list(last(world).reasons) == ["ROLE_MISSING", "ASSURANCE_LOW"]
    assert parse(desk.recorder.units[-1].entry).department == MARKET


def test_a_call_whose_deadline_passed_releases_nothing(world: World, desk: Desk, case: str) -> None:
    before = len(world.records())
    assert reasons(desk.fetch, case, deadline=0.0) == (Reason.DEADLINE_TOO_SHORT,)
    assert len(world.records()) == before


def test_a_refusal_too_large_to_record_in_full_is_recorded_all_the_same(world: World, desk: Desk) -> None:
    """Whoever makes the record grow beyond its bound gets nothing, and leaves who, what and why."""

    def wordy(call: Call, message: Any) -> Any:
        for _ in range(3):
            call.draft.item(ItemDraft(facts=b"x" * 100_000))
        return message

    message = case_service_pb2.GetCaseRequest(name="cases/x")
    before = len(world.records())
    with pytest.raises(LimitExceededError):
        desk.answer(desk.request("CaseService/GetCase", message), wordy, message)
    assert len(world.records()) == before + 1
    assert (last(world).outcome, list(last(world).reasons)) == (log.OUTCOME_REFUSED, ["FIELD_INVALID"])
    assert last(world).operator_tag
    assert not last(world).items


def test_an_answer_too_long_to_send_is_refused_and_not_said_to_have_left(world: World, desk: Desk) -> None:
    message = case_service_pb2.GetCaseRequest(name="cases/1")
    endless = case_service_pb2.ListCasesResponse(next_page_token="x" * (4 << 20))
    with pytest.raises(InvalidError) as refused:
        desk.answer(desk.request("CaseService/GetCase", message), lambda call, request: endless, message)
    assert [violation.field for violation in refused.value.violations] == ["page_size"]
    assert last(world).outcome == log.OUTCOME_REFUSED
