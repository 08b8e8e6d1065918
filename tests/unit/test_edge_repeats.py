"""The same request id again: one answer, one effect, and no use of the first call spent twice."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgpack
import pytest
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import case_service_pb2

from exchange.audit.entry import RecordDraft, hub_owner, key_epoch
from exchange.call import Call, Caller
from exchange.cases.consent import revoke_consent
from exchange.entities.catalogue import Basis, EvidenceRequirement, Matter
from exchange.licences.issue import issue_licence
from exchange.reasons import Reason
from storage.errors import ErasedError
from storage.records.changes import Remember
from tests.fakes.edge_world import Desk, last, new_id, reasons
from tests.fakes.licence_world import CITY, FOOD, IDENTITY, LAND, POLICE, World

FOOD_GUIDE = CITY[-1]
assert isinstance(FOOD_GUIDE, Matter)


def test_a_repeated_change_gets_the_same_bytes_from_any_process(world: World, case: str) -> None:
    request_id = new_id()
    tag, first = Desk(world).accept_now(case, request_id)
    again = Desk(world).accept(case, tag, request_id)
    assert again.body == first.body
    assert again.position.index > first.position.index
    states = [entry for entry in world.records() if entry.method.endswith("AcceptCase")]
    assert [entry.outcome for entry in states] == [log.OUTCOME_ALLOWED] * 2
    assert states[0].response_digest == states[1].response_digest


def test_a_change_whose_answer_was_lost_is_found_again(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    _, recorded = Desk(world).accept_now(case, new_id())
    desk.recorder.lose_answers = 1
    message = case_service_pb2.WithdrawCaseRequest(name=f"cases/{case}", note="x", request_id=request_id)
    message.etag = case_service_pb2.AcceptCaseResponse.FromString(recorded.body).case.etag
    request = desk.request("CaseService/WithdrawCase", message)
    assert reasons(desk.answer, request, desk.cases.withdraw_case, message) == (Reason.AUDIT_UNAVAILABLE,)
    answer = desk.answer(request, desk.cases.withdraw_case, message)
    done = case_service_pb2.WithdrawCaseResponse.FromString(answer.body).case
    assert done.state == case_service_pb2.CASE_STATE_WITHDRAWN


def test_the_stored_answer_is_encrypted_and_the_request_cannot_be_guessed(world: World, desk: Desk) -> None:
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
    raw = message.SerializeToString()
    guesses = (raw, b"onceonly.v1.CaseService/OpenCase\0" + raw)
    assert remembered.body_digest not in {sha256(guess).digest() for guess in guesses}


@pytest.mark.parametrize("other", ["body", "method"])
def test_a_request_id_serves_one_request_only(world: World, desk: Desk, case: str, other: str) -> None:
    request_id = new_id()
    desk.accept_now(case, request_id)
    if other == "body":
        assert reasons(desk.accept, case, "another", request_id) == (Reason.REQUEST_ID_REUSED,)
    else:
        assert reasons(desk.fetch, case, request_id=request_id) == (Reason.REQUEST_REPLAYED,)
    assert last(world).outcome == log.OUTCOME_REFUSED
    assert list(last(world).reasons) in (["REQUEST_ID_REUSED"], ["REQUEST_REPLAYED"])


def test_departments_do_not_share_request_ids(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    desk.accept_now(case, request_id)
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


def test_a_line_that_was_not_released_then_spends_its_own_use_of_the_consent(world: World, desk: Desk) -> None:
    """A consent that serves two lines: the first call had the licence of one of them only."""
    own = replace(line_of("identity"), bases=frozenset({Basis.CONSENT}))
    world.hub.publish(replace(FOOD_GUIDE, evidence=(own, line_of("deed"))))
    holder = world.person()
    world.issue(holder)
    case, again = world.open_case(holder), new_id()
    consent = world.consent(case, "identity", "deed", max_uses=2)
    assert released(desk.fetch_all(case, request_id=again)) == ["identity"]
    assert world.hub.records.counter(f"consent/{consent}") == 1
    world.issue_deed(holder)
    assert released(desk.fetch_all(case, request_id=again)) == ["identity", "deed"]
    assert world.hub.records.counter(f"consent/{consent}") == 2
    assert released(desk.fetch_all(case, request_id=again)) == ["identity"]
    assert reasons(desk.fetch, case) == reasons(desk.fetch, case, "deed") == (Reason.CONSENT_EXHAUSTED,)


def test_a_repeat_releases_no_other_line_by_a_consent_that_is_used_up(world: World, desk: Desk) -> None:
    own = replace(line_of("identity"), bases=frozenset({Basis.CONSENT}))
    world.hub.publish(replace(FOOD_GUIDE, evidence=(own, line_of("deed"))))
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    case, again = world.open_case(holder), new_id()
    spent = world.consent(case, "identity", "deed", max_uses=1)
    for _ in range(3):
        assert released(desk.fetch_all(case, request_id=again)) == ["identity"]
    newer = world.consent(case, "identity", "deed", max_uses=1)
    assert released(desk.fetch_all(case, request_id=again)) == ["identity", "deed"]
    assert [world.hub.records.counter(f"consent/{each}") for each in (spent, newer)] == [1, 1]


def released(answer: Any) -> list[str]:
    return [one.extract.requirement for one in answer.results if one.WhichOneof("outcome") == "extract"]


def line_of(name: str) -> EvidenceRequirement:
    return next(line for line in FOOD_GUIDE.evidence if line.id == name)


SCOPES = {
    "all": ((), (), ()),
    "matter": ((FOOD,), (), ()),
    "matters": ((FOOD, "another"), (), ()),
    "another": (("another",), (), ()),
    "line": ((FOOD,), (), ("identity",)),
}


@pytest.mark.parametrize(
    ("first", "second", "answered"),
    [
        ("all", "all", True),
        ("all", "matter", False),
        ("matter", "matter", True),
        ("matter", "all", True),
        ("matter", "matters", True),
        ("matters", "matter", False),
        ("matter", "another", False),
        ("line", "matter", True),
        ("matter", "line", False),
    ],
)
def test_a_stored_answer_is_for_tokens_that_reach_as_far(
    world: World, desk: Desk, case: str, first: str, second: str, answered: bool
) -> None:
    def caller(scope: str) -> Caller:
        matters, cases, requirements = SCOPES[scope]
        return replace(desk.caller(), scope=(frozenset(matters), frozenset(cases), frozenset(requirements)))

    message = case_service_pb2.AcceptCaseRequest(name=f"cases/{case}", request_id=new_id())
    request = desk.request("CaseService/AcceptCase", message, caller=caller(first))
    body = desk.answer(request, lambda call, asked: asked, message).body
    request = desk.request("CaseService/AcceptCase", message, caller=caller(second))
    if answered:
        assert desk.answer(request, lambda call, asked: asked, message).body == body
    else:
        assert reasons(desk.answer, request, lambda call, asked: asked, message) == (Reason.TOKEN_EXCEEDED,)
        assert not last(world).items


def test_an_answer_that_was_stored_without_a_scope_is_for_tokens_without_limits(
    world: World, desk: Desk, case: str
) -> None:
    message = case_service_pb2.AcceptCaseRequest(name=f"cases/{case}", request_id=new_id())
    request = desk.request("CaseService/AcceptCase", message)
    key = sha256(f"{request.caller.department.uscc}\0{request.request_id}".encode()).digest()
    digest = sha256(request.method.encode() + b"\0" + request.raw).digest()
    owner = hub_owner(key_epoch(world.hub.clock.us))
    desk.fetch(case)
    sealed = world.hub.vault.data_key(owner).seal(msgpack.packb([b"body", RecordDraft("m").subjects()]), key)
    world.hub.write(Remember(key, digest, msgpack.packb([owner, sealed]), world.hub.clock.us))
    assert desk.answer(request, lambda call, asked: asked, message).body == b"body"
    limited = replace(request, caller=replace(request.caller, scope=(frozenset({FOOD}), frozenset(), frozenset())))
    assert reasons(desk.answer, limited, lambda call, asked: asked, message) == (Reason.TOKEN_EXCEEDED,)


def test_a_repeated_fetch_with_another_body_is_a_replay(world: World, desk: Desk, case: str) -> None:
    request_id = new_id()
    desk.fetch(case, request_id=request_id)
    assert reasons(desk.fetch, case, "tax", request_id=request_id) == (Reason.AGREEMENT_MISSING,)
    world.consent(case, "deed")
    assert reasons(desk.fetch, case, "deed", request_id=request_id) == (Reason.REQUEST_REPLAYED,)
    assert list(last(world).reasons) == ["REQUEST_REPLAYED"]


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
