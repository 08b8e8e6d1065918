"""Nothing is answered unrecorded: attempts, repeats of a request id, refusals and limits."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import case_service_pb2

from exchange.audit.entry import ItemDraft, parse
from exchange.call import Call
from exchange.cases.consent import revoke_consent
from exchange.entities.catalogue import Status
from exchange.errors import InvalidError, NotFoundError, RefusedError, UnavailableError, Violation
from exchange.licences.issue import issue_licence
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.errors import ErasedError, LimitExceededError, StorageUnavailableError
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import FOOD, IDENTITY, LAND, MARKET, POLICE, SERVICE_CENTRE, World, open_keys, open_world


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        yield world


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def case(world: World) -> str:
    """A case whose applicant has an identity card and a deed."""
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    return world.open_case(holder)


def new_id() -> str:
    return str(uuid.uuid4())


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises((RefusedError, NotFoundError, InvalidError, UnavailableError)) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def accept(desk: Desk, case: str, request_id: str, **changes: Any) -> Any:
    """Accept a case under the etag it has; returns what the hub recorded."""
    got = case_service_pb2.GetCaseRequest(name=f"cases/{case}")
    read = desk.answer(desk.request("CaseService/GetCase", got), desk.cases.get_case, got)
    tag = case_service_pb2.GetCaseResponse.FromString(read.body).case.etag
    return tag, desk.accept(case, tag, request_id, **changes)


def last(world: World) -> log.AccessEntry:
    return world.records()[-1]


def test_a_call_ends_in_exactly_one_entry_of_what_was_received_and_answered(
    world: World, desk: Desk, case: str
) -> None:
    before = len(world.records())
    _, recorded = accept(desk, case, new_id())
    entries = world.records()[before:]
    assert [entry.method.split("/")[1] for entry in entries] == ["GetCase", "AcceptCase"]
    assert entries[1].outcome == log.OUTCOME_ALLOWED
    assert len(entries[1].response_digest) == len(entries[1].request_digest) == 32
    assert recorded.position.index > 0
    assert len(recorded.position.commitment) == 33


def test_a_commit_is_waited_for_as_long_as_configured(world: World, case: str) -> None:
    desk = Desk(world, commit_seconds=0.75)
    desk.fetch(case)
    assert set(desk.recorder.timeouts) == {0.75}


def test_a_repeated_change_gets_the_same_bytes_from_any_process(world: World, case: str) -> None:
    request_id = new_id()
    tag, first = accept(Desk(world), case, request_id)
    again = Desk(world).accept(case, tag, request_id)
    assert again.body == first.body
    assert again.position.index > first.position.index
    states = [entry for entry in world.records() if entry.method.endswith("AcceptCase")]
    assert [entry.outcome for entry in states] == [log.OUTCOME_ALLOWED] * 2
    assert states[0].response_digest == states[1].response_digest


def test_a_change_whose_answer_was_lost_is_found_again(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    _, recorded = accept(Desk(world), case, new_id())
    desk.recorder.lose_answers = 1
    message = case_service_pb2.WithdrawCaseRequest(name=f"cases/{case}", note="x", request_id=request_id)
    message.etag = case_service_pb2.AcceptCaseResponse.FromString(recorded.body).case.etag
    request = desk.request("CaseService/WithdrawCase", message)
    assert reasons(desk.answer, request, desk.cases.withdraw_case, message) == (Reason.AUDIT_UNAVAILABLE,)
    answer = desk.answer(request, desk.cases.withdraw_case, message)
    done = case_service_pb2.WithdrawCaseResponse.FromString(answer.body).case
    assert done.state == case_service_pb2.CASE_STATE_WITHDRAWN


def test_the_stored_answer_is_encrypted(world: World, desk: Desk) -> None:
    message = case_service_pb2.OpenCaseRequest(request_id=new_id())
    message.case.number = "PLAIN-NUMBER-1"
    message.case.matters.append(FOOD)
    message.case.channel = "counter"
    holder = world.person("测试乙")
    party = message.case.parties.add(role="applicant")
    party.holder.id_type, party.holder.id_number, party.holder.name = holder.id_type, holder.id_number, holder.name
    desk.answer(desk.request("CaseService/OpenCase", message), desk.cases.open_case, message)
    (remembered,) = [each for each in desk.recorder.units[-1].changes if type(each).__name__ == "Remember"]
    assert remembered.answer
    assert b"PLAIN-NUMBER-1" not in remembered.answer


@pytest.mark.parametrize("other", ["body", "method"])
def test_a_request_id_serves_one_request_only(world: World, desk: Desk, case: str, other: str) -> None:
    request_id = new_id()
    accept(desk, case, request_id)
    if other == "body":
        assert reasons(desk.accept, case, "another", request_id) == (Reason.REQUEST_ID_REUSED,)
    else:
        assert reasons(desk.fetch, case, request_id=request_id) == (Reason.REQUEST_REPLAYED,)
    assert last(world).outcome == log.OUTCOME_REFUSED
    assert list(last(world).reasons) in (["REQUEST_ID_REUSED"], ["REQUEST_REPLAYED"])


def test_departments_do_not_share_request_ids(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    accept(desk, case, request_id)
    assert reasons(desk.accept, case, "x", request_id, department=LAND, operator="issuer") == (Reason.CASE_NOT_YOURS,)


def test_a_validation_keeps_nothing(world: World, desk: Desk) -> None:
    message = case_service_pb2.AcceptCaseRequest(request_id=new_id())
    request = desk.request("CaseService/AcceptCase", message, validate_only=True)
    for _ in range(2):
        desk.recording.answer(request, lambda call: message)
    assert not any(type(each).__name__ == "Remember" for unit in desk.recorder.units for each in unit.changes)


def test_a_repeated_fetch_spends_nothing_twice(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    first = desk.fetch(case, request_id=request_id)
    for _ in range(5):
        again = Desk(world).fetch(case, request_id=request_id)
        assert again.extract.fields == first.extract.fields
        assert again.log_position.index > first.log_position.index
    desk.fetch(case)
    desk.fetch(case)
    assert reasons(desk.fetch, case) == (Reason.USES_EXHAUSTED,)


def test_the_retry_of_the_last_use_is_answered(world: World, desk: Desk, case: str) -> None:
    desk.fetch(case)
    desk.fetch(case)
    request_id = new_id()
    desk.recorder.lose_answers = 1
    assert reasons(desk.fetch, case, request_id=request_id) == (Reason.AUDIT_UNAVAILABLE,)
    assert desk.fetch(case, request_id=request_id).extract.presentation
    assert reasons(desk.fetch, case) == (Reason.USES_EXHAUSTED,)


def test_the_retry_of_a_consents_last_use_is_answered(world: World, desk: Desk, case: str) -> None:
    world.consent(case, "deed", max_uses=1)
    request_id = new_id()
    desk.recorder.lose_answers = 1
    assert reasons(desk.fetch, case, "deed", request_id=request_id) == (Reason.AUDIT_UNAVAILABLE,)
    assert desk.fetch(case, "deed", request_id=request_id).extract.presentation
    assert reasons(desk.fetch, case, "deed") == (Reason.CONSENT_EXHAUSTED,)


def test_a_retry_reads_by_the_consent_that_it_has_spent(world: World, desk: Desk, case: str) -> None:
    """A holder who consented again meanwhile has not given that use away."""
    spent, again = world.consent(case, "deed", max_uses=1), new_id()
    desk.fetch(case, "deed", request_id=again)
    newer = world.consent(case, "deed", max_uses=1)
    desk.fetch(case, "deed", request_id=again)
    assert [world.hub.records.counter(f"consent/{each}") for each in (spent, newer)] == [1, 0]
    desk.fetch(case, "deed")
    assert world.hub.records.counter(f"consent/{newer}") == 1


def test_a_retry_is_answered_though_a_newer_consent_serves_no_more(world: World, desk: Desk, case: str) -> None:
    """What is told first is the newer consent; the retry rests on the one that it has spent."""
    again = new_id()
    world.consent(case, "deed", max_uses=1)
    desk.fetch(case, "deed", request_id=again)
    world.as_clerk(revoke_consent, world.case_room, world.consent(case, "deed"))
    assert reasons(desk.fetch, case, "deed") == (Reason.CONSENT_REVOKED,)
    assert desk.fetch(case, "deed", request_id=again).extract.presentation
    world.consent(case, "deed", valid_until_time=world.hub.clock.seconds + 60)
    world.hub.clock.advance(60)
    assert reasons(desk.fetch, case, "deed") == (Reason.CONSENT_SCOPE,)
    assert desk.fetch(case, "deed", request_id=again).extract.presentation


def test_a_request_that_released_nothing_is_no_free_ticket_later(world: World, desk: Desk, case: str) -> None:
    """All lines refused, remembered; consent comes; the same id again must spend the consent's one use."""
    request_id = new_id()
    (line,) = desk.fetch_all(case, "deed", request_id=request_id).results
    assert line.WhichOneof("outcome") == "refusal"
    world.consent(case, "deed", max_uses=1)
    (line,) = desk.fetch_all(case, "deed", request_id=request_id).results
    assert line.WhichOneof("outcome") == "extract"
    (line,) = desk.fetch_all(case, "deed", request_id=request_id).results
    assert line.WhichOneof("outcome") == "refusal"


def test_a_repeated_fetch_with_another_body_is_a_replay(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    desk.fetch(case, request_id=request_id)
    assert reasons(desk.fetch, case, "tax", request_id=request_id) == (Reason.AGREEMENT_MISSING,)
    world.consent(case, "deed")
    assert reasons(desk.fetch, case, "deed", request_id=request_id) == (Reason.REQUEST_REPLAYED,)
    assert list(last(world).reasons) == ["REQUEST_REPLAYED"]


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
    accept(desk, case, new_id())
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
    accept(desk, case, request_id)  # so the id is free


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


def test_a_stored_answer_does_not_outlive_its_holders_data(world: World, desk: Desk) -> None:
    """Erased while the repeat was under way: the answer was opened already, and does not leave."""
    holder = world.person()
    owner = world.store.owner(holder)

    def issue(call: Call, message: Any) -> Any:
        issue_licence(call, world.room, IDENTITY, world.identity(holder), validate_only=False)
        return message

    message = case_service_pb2.AcceptCaseRequest(name="what was issued", request_id=new_id())
    request = desk.request("IssuanceService/IssueLicence", message, department=POLICE, operator="issuer")
    desk.answer(request, issue, message)
    assert desk.answer(request, issue, message).body == message.SerializeToString()
    before = len(world.records())

    def erase() -> None:
        desk.recorder.before = lambda: None
        world.hub.write(world.hub.vault.destroy(owner))

    desk.recorder.before = erase
    with pytest.raises(ErasedError):
        desk.answer(request, issue, message)
    assert [list(entry.reasons) for entry in world.records()[before:] if entry.method] == [["PROHIBITED"]]


def test_a_repeat_names_whom_its_answer_is_about(world: World, desk: Desk) -> None:
    """Whoever repeats a change is shown a person's data again: the log says whose."""
    holder = world.person()

    def issue(call: Call, message: Any) -> Any:
        issue_licence(call, world.room, IDENTITY, world.identity(holder), validate_only=False)
        return message

    message = case_service_pb2.AcceptCaseRequest(name="what was issued", request_id=new_id())
    request = desk.request("IssuanceService/IssueLicence", message, department=POLICE, operator="issuer")
    desk.answer(request, issue, message)
    desk.answer(request, issue, message)
    first, again = world.records()[-2:]
    assert again.items == first.items
    assert again.items[0].holder_tag
    assert again.items[0].licence_tag
    assert again.resource == first.resource


def test_an_answer_too_long_to_send_is_refused_and_not_said_to_have_left(world: World, desk: Desk) -> None:
    message = case_service_pb2.GetCaseRequest(name="cases/1")
    endless = case_service_pb2.ListCasesResponse(next_page_token="x" * (4 << 20))
    with pytest.raises(InvalidError) as refused:
        desk.answer(desk.request("CaseService/GetCase", message), lambda call, request: endless, message)
    assert [violation.field for violation in refused.value.violations] == ["page_size"]
    assert last(world).outcome == log.OUTCOME_REFUSED
