"""A case from opening to its end: who sees it, who may change it, and in which state."""

from dataclasses import replace

import pytest

from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.cases.lifecycle import accept_case, decide_case, withdraw_case
from exchange.cases.masking import masked_holder
from exchange.cases.open import NewCase, open_case
from exchange.cases.read import get_case, list_cases
from exchange.cases.room import CaseRoom, CaseView
from exchange.cases.states import NEXT, Step, next_state
from exchange.cases.store import CASE, CaseStore
from exchange.edge.convert.cases import case_message
from exchange.entities.case import CLOSED, CaseParty, CaseState, Representation
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError
from exchange.reasons import Reason
from storage.errors import CorruptError
from storage.records.changes import Replace
from tests.fakes.rooms import START, open_hub
from tests.fakes.small_catalogue import (
    CLERK,
    FOOD,
    HEALTH,
    HOUSEHOLD,
    MARKET,
    POLICE,
    RESTAURANT,
    SERVICE,
    food,
    market,
    organisation,
    person,
    small_catalogue,
)

DAY = 86_400
AGENT = Representation("manager", person(9, "测试代办"), frozenset(), START, START + DAY)
FOOD_CASE = NewCase(
    number="1",
    matters=(FOOD,),
    bundle="",
    handling_department="",
    parties=(CaseParty("applicant", organisation()), CaseParty("manager", person(1))),
    representations=(AGENT,),
    situations=frozenset(),
    channel="counter",
)
NOBODY = frozenset()


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    store = CaseStore(hub.records, hub.vault, hub.blind)
    hub.caches += [store.cases, store.clocks, store.consents, store.consent_cases, store.numbers, store.evidence.lines]
    return CaseRoom(store, hub.catalogue, hub.tagger)


def opened(hub, room, department=MARKET, number="1") -> CaseView:
    return hub.run(hub.caller(department, CLERK), open_case, room, replace(FOOD_CASE, number=number))


def run(hub, use_case, room, view, *args, department=MARKET, scope=(NOBODY, NOBODY, NOBODY), **options) -> CaseView:
    caller = hub.caller(department, CLERK, scope=scope)
    return hub.run(caller, use_case, room, view.case.id, view.etag, *args, **options)


def get(hub, room, case_id, department=MARKET, **options) -> CaseView:
    return hub.run(hub.caller(department, CLERK, **options), get_case, room, case_id)


def reasons(refused):
    return set(refused.value.reasons)


def test_each_step_is_told_once_to_those_whom_the_case_concerns(hub, room):
    view = opened(hub, room)
    run(hub, withdraw_case, room, run(hub, accept_case, room, view), note="")
    last = hub.records.journal_length()
    told = [event for item in read(hub.records, last - 3, last) for event in parse(item.entry).events]
    assert [event.type for event in told] == ["case.opened", "case.accepted", "case.withdrawn"]
    assert all(MARKET in event.audience for event in told)


def test_case_is_accepted_and_approved(hub, room):
    view = opened(hub, room)
    hub.clock.advance(60)
    accepted = run(hub, accept_case, room, view)
    assert (accepted.case.state, accepted.case.accepted_time) == (CaseState.ACCEPTED, START + 60)
    hub.clock.advance(60)
    decided = run(hub, decide_case, room, accepted, approved=True, note="准予许可")
    assert (decided.case.state, decided.case.closed_time) == (CaseState.APPROVED, START + 120)
    assert decided.case.note == "准予许可"
    assert decided.case.accepted_time == START + 60
    assert get(hub, room, view.case.id) == decided


def test_case_is_refused_or_withdrawn(hub, room):
    refused = run(hub, decide_case, room, opened(hub, room), approved=False, note="")
    assert refused.case.state is CaseState.REFUSED
    withdrawn = run(hub, withdraw_case, room, opened(hub, room, number="2"), "申请人撤回")
    assert withdrawn.case.state is CaseState.WITHDRAWN
    assert withdrawn.case.note == "申请人撤回"


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("step", list(Step))
def test_every_step_of_every_state_is_in_the_table_or_refused(state, step):
    if (state, step) in NEXT:
        assert next_state(state, step) is NEXT[state, step]
        assert state not in CLOSED
        return
    with pytest.raises(RefusedError) as refused:
        next_state(state, step)
    assert reasons(refused) == {Reason.CASE_NOT_OPEN if state in CLOSED else Reason.CASE_STATE}


def test_nothing_is_approved_before_it_was_accepted(hub, room):
    view = opened(hub, room)
    with pytest.raises(RefusedError) as refused:
        run(hub, decide_case, room, view, approved=True, note="")
    assert reasons(refused) == {Reason.CASE_STATE}
    assert get(hub, room, view.case.id).case.state is CaseState.OPEN


def test_closed_case_stays_closed(hub, room):
    closed = run(hub, withdraw_case, room, opened(hub, room), "")
    for attempt in (
        lambda: run(hub, accept_case, room, closed),
        lambda: run(hub, decide_case, room, closed, approved=True, note=""),
        lambda: run(hub, withdraw_case, room, closed, ""),
    ):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert reasons(refused) == {Reason.CASE_NOT_OPEN}


def test_expired_case_is_not_accepted_but_can_be_ended(hub, room):
    view, other = opened(hub, room), opened(hub, room, number="2")
    hub.clock.us = (view.case.expires_time - 1) * 1_000_000
    accepted = run(hub, accept_case, room, view)
    hub.clock.advance(1)
    with pytest.raises(RefusedError) as refused:
        run(hub, accept_case, room, other)
    assert reasons(refused) == {Reason.CASE_EXPIRED}
    assert run(hub, decide_case, room, accepted, approved=True, note="").case.state is CaseState.APPROVED
    assert run(hub, withdraw_case, room, other, "").case.state is CaseState.WITHDRAWN


def test_etag_of_an_older_state_is_refused(hub, room):
    view = opened(hub, room)
    accepted = run(hub, accept_case, room, view)
    assert accepted.etag != view.etag
    with pytest.raises(RefusedError) as refused:
        run(hub, decide_case, room, view, approved=True, note="")
    assert reasons(refused) == {Reason.ETAG_MISMATCH}
    other = opened(hub, room, number="2")
    with pytest.raises(RefusedError):
        run(hub, accept_case, room, CaseView(other.case, view.etag))


def test_two_decisions_at_once_leave_one(hub, room):
    view = run(hub, accept_case, room, opened(hub, room))
    get(hub, room, view.case.id)
    calls = [hub.call(hub.caller(MARKET, CLERK)) for _ in range(2)]
    decide_case(calls[0], room, view.case.id, view.etag, approved=True, note="甲")
    decide_case(calls[1], room, view.case.id, view.etag, approved=False, note="乙")
    hub.commit(calls[0])
    with pytest.raises(StaleError) as stale:
        hub.commit(calls[1])
    assert (CASE, view.case.id) in stale.value.subjects
    room.store.cases.forget(view.case.id)
    assert get(hub, room, view.case.id).case.note == "甲"


@pytest.mark.parametrize("note", ["x" * 501, "a\nb", "a\u202e", " a"])
def test_notes_are_bounded_texts(hub, room, note):
    view = opened(hub, room)
    with pytest.raises(InvalidError):
        run(hub, withdraw_case, room, view, note)
    with pytest.raises(InvalidError):
        run(hub, decide_case, room, view, approved=False, note=note)


def test_handling_collecting_and_delegated_departments_see_a_case(hub, room):
    own = opened(hub, room)
    collected = opened(hub, room, SERVICE, "2")
    for view in (own, collected):
        for department in (MARKET, SERVICE):
            assert get(hub, room, view.case.id, department).case == view.case


def test_unknown_and_not_yours_are_told_apart_inside_only(hub, room):
    view = opened(hub, room)
    for department in (HEALTH, POLICE):
        with pytest.raises(NotFoundError) as hidden:
            get(hub, room, view.case.id, department)
        assert hidden.value.reasons == (Reason.CASE_NOT_YOURS,)
        with pytest.raises(NotFoundError):
            run(hub, withdraw_case, room, view, "", department=department)
    with pytest.raises(NotFoundError) as unknown:
        get(hub, room, "0" * 32)
    assert unknown.value.reasons == (Reason.CASE_UNKNOWN,)
    assert (unknown.value.kind, unknown.value.name) == (hidden.value.kind, f"cases/{'0' * 32}")


@pytest.mark.parametrize("case_id", ["", "x", "A" * 32, "0" * 31, "0" * 33, "0" * 100_000, "０" * 32, "0" * 31 + "\n"])
def test_ids_that_the_hub_never_made_are_unknown_without_a_read(hub, room, case_id, monkeypatch):
    caller = hub.caller(MARKET, CLERK)
    call = hub.call(caller)
    monkeypatch.setattr(room.store.cases, "_records", None)
    with pytest.raises(NotFoundError):
        get_case(call, room, case_id)


def test_collecting_department_reads_but_does_not_decide_once_its_delegation_ended(hub, room):
    view = opened(hub, room, SERVICE)
    assert run(hub, accept_case, room, view, department=SERVICE).case.state is CaseState.ACCEPTED
    hub.publish(replace(market(), delegations=()))
    seen = get(hub, room, view.case.id, SERVICE)
    with pytest.raises(RefusedError) as refused:
        run(hub, decide_case, room, seen, approved=True, note="", department=SERVICE)
    assert reasons(refused) == {Reason.NOT_IMPLEMENTER}
    own = opened(hub, room, number="2")
    with pytest.raises(NotFoundError):
        get(hub, room, own.case.id, SERVICE)


def test_suspended_implementer_delegates_to_nobody(hub, room):
    view = opened(hub, room)
    suspended = replace(market(), status=type(market().status).SUSPENDED)
    hub.publish(suspended)
    with pytest.raises(NotFoundError):
        get(hub, room, view.case.id, SERVICE)


def test_list_shows_own_cases_newest_last_without_people(hub, room):
    made = []
    for number in range(5):
        made.append(opened(hub, room, SERVICE if number % 2 else MARKET, str(number)))
        hub.clock.advance(1)
    market_page = hub.run(hub.caller(MARKET, CLERK), list_cases, room, after="", limit=3)
    assert [view.case.number for view in market_page.items] == ["0", "1", "2"]
    assert all(view.case.parties == () and view.case.representations == () for view in market_page.items)
    assert [view.etag for view in market_page.items] == [view.etag for view in made[:3]]
    rest = hub.run(hub.caller(MARKET, CLERK), list_cases, room, after=market_page.next_key, limit=3)
    assert [view.case.number for view in rest.items] == ["3", "4"]
    assert rest.next_key == ""
    counter = hub.run(hub.caller(SERVICE, CLERK), list_cases, room, after="", limit=100)
    assert [view.case.number for view in counter.items] == ["1", "3"]
    assert hub.run(hub.caller(HEALTH, CLERK), list_cases, room, after="", limit=100).items == ()


def test_a_limited_token_sees_its_cases_and_matters_only(hub, room):
    first, second = opened(hub, room), opened(hub, room, number="2")
    one = (NOBODY, frozenset({first.case.id}), NOBODY)
    assert get(hub, room, first.case.id, scope=one).case == first.case
    for scope in (one, (frozenset({HOUSEHOLD}), NOBODY, NOBODY)):
        with pytest.raises(RefusedError) as refused:
            get(hub, room, second.case.id, scope=scope)
        assert reasons(refused) == {Reason.TOKEN_EXCEEDED}
    for scope, expected in ((one, [first]), ((frozenset({HOUSEHOLD}), NOBODY, NOBODY), [])):
        page = hub.run(hub.caller(MARKET, CLERK, scope=scope), list_cases, room, after="", limit=100)
        assert [view.case.id for view in page.items] == [view.case.id for view in expected]


def test_a_token_for_one_matter_changes_no_case_of_two(hub, room):
    new = replace(FOOD_CASE, matters=(), bundle=RESTAURANT)
    view = hub.run(hub.caller(SERVICE, CLERK), open_case, room, new)
    matters = frozenset(pin.code for pin in view.case.matters)
    assert len(matters) > 1
    for use_case, options in ((accept_case, {}), (withdraw_case, {"note": ""})):
        with pytest.raises(RefusedError) as refused:
            run(hub, use_case, room, view, department=SERVICE, scope=(frozenset({FOOD}), NOBODY, NOBODY), **options)
        assert reasons(refused) == {Reason.TOKEN_EXCEEDED}
    ended = run(hub, withdraw_case, room, view, note="", department=SERVICE, scope=(matters, NOBODY, NOBODY))
    assert ended.case.state is CaseState.WITHDRAWN


@pytest.mark.parametrize("cached", [True, False])
def test_erased_applicant_takes_the_case_along(hub, room, cached):
    view = opened(hub, room)
    kept = hub.run(
        hub.caller(POLICE, CLERK),
        open_case,
        room,
        replace(FOOD_CASE, matters=(HOUSEHOLD,), parties=(FOOD_CASE.parties[1],), representations=()),
    )
    hub.write(hub.vault.destroy(room.store.owner(organisation())))
    if not cached:
        room.store.cases.forget(view.case.id)
    with pytest.raises(NotFoundError) as erased:
        get(hub, room, view.case.id)
    assert erased.value.reasons == (Reason.CASE_UNKNOWN,)
    assert hub.run(hub.caller(MARKET, CLERK), list_cases, room, after="", limit=100).items == ()
    assert get(hub, room, kept.case.id, POLICE) == kept


def test_sealed_case_opens_nowhere_else(hub, room):
    first, second = opened(hub, room), opened(hub, room, number="2")
    body = hub.records.get(CASE, first.case.id).body
    for forged in (body, body[:16], body[:-1] + bytes([body[-1] ^ 1])):
        version = hub.records.get(CASE, second.case.id).version
        hub.write(Replace(CASE, second.case.id, version, forged))
        room.store.cases.forget(second.case.id)
        with pytest.raises(CorruptError):
            get(hub, room, second.case.id)


def test_case_survives_on_sqlite_and_a_new_guide(tmp_path):
    with open_hub(tmp_path) as hub:
        hub.publish(*small_catalogue())
        first = CaseRoom(CaseStore(hub.records, hub.vault, hub.blind), hub.catalogue, hub.tagger)
        view = opened(hub, first)
        hub.publish(replace(food(), statutory_days=1))
        second = CaseRoom(CaseStore(hub.records, hub.vault, hub.blind), hub.catalogue, hub.tagger)
        assert get(hub, second, view.case.id) == view
        assert view.case.matters[0].revision == 1


def test_masks_keep_what_a_clerk_recognises():
    assert masked_holder(Holder("111", "990101199001010014", "测试甲")) == Holder("111", "99**************14", "测**")
    assert masked_holder(Holder("414", "E123456", "甲")) == Holder("414", "*******", "*")
    assert masked_holder(Holder("999", "1", "")) == Holder("999", "*", "*")
    case = opened_case()
    told = case_message(CaseView(case, ""))
    assert [party.holder.name for party in told.parties] == ["清**********", "测**"]
    assert told.representations[0].agent.name == "测***"
    assert not case_message(CaseView(replace(case, representations=()), "")).representations


def opened_case():
    with open_hub() as hub:
        hub.publish(*small_catalogue())
        room = CaseRoom(CaseStore(hub.records, hub.vault, hub.blind), hub.catalogue, hub.tagger)
        return opened(hub, room).case
