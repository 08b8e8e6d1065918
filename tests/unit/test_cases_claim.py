"""Claiming a case: who reads what others opened takes it on first, and it counts as one of theirs."""

from dataclasses import replace

import pytest

from exchange.cases.claiming import claim_case
from exchange.cases.codec import decode_case, encode_case
from exchange.cases.lifecycle import withdraw_case
from exchange.cases.read import get_case
from exchange.cases.room import CaseView
from exchange.entities.case import Representation
from exchange.entities.catalogue import Role
from exchange.errors import NotFoundError, RefusedError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.purpose.limits import standing_keys
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    FOOD,
    IDENTITY,
    MARKET,
    POLICE,
    World,
    department,
    line,
    matter,
    open_world,
    operator,
)

DAY = 86_400


@pytest.fixture
def world(keys, tmp_path):
    with open_world(tmp_path, keys=keys) as opened:
        people = (operator("clerk", Role.REQUESTER), operator("second", Role.REQUESTER))
        opened.hub.publish(department(MARKET, Role.REQUESTER, operators=people))
        yield opened


def at(world: World, clerk: str, use_case, *args, where: str = MARKET):
    return world.hub.run(world.hub.caller(where, clerk), use_case, *args)


def claim(world: World, case: str, clerk: str = "second") -> CaseView:
    return at(world, clerk, claim_case, world.case_room, case, etag(world, case))


def etag(world: World, case: str) -> str:
    return str(world.as_clerk(get_case, world.case_room, case).etag)


def reasons(use_case, *args, **options) -> tuple[Reason, ...]:
    with pytest.raises(RefusedError) as caught:
        use_case(*args, **options)
    return tuple(caught.value.reasons)


def fetch(world: World, case: str):
    return at(world, "second", fetch_licence, world.exchange_room, FetchRequest(case, "identity", (), ""))


def case_of_somebody(world: World) -> str:
    holder = world.person()
    world.issue(holder)
    return world.open_case(holder)


def cases_of(world: World, clerk: str) -> int:
    call = world.hub.call(world.hub.caller(MARKET, clerk))
    keys = standing_keys(call.draft.operator_tag.hex(), call.now)
    return int(world.hub.recorder.standing(keys, 1.0)[3])


def test_who_reads_what_others_opened_is_stopped_until_the_cases_are_claimed(world: World) -> None:
    cases = [case_of_somebody(world) for _ in range(8)]
    for case in cases[:5]:
        assert fetch(world, case).extract.fields
    world.hub.clock.advance(2)
    assert reasons(fetch, world, cases[5]) == (Reason.TRAWL_SUSPECTED,)
    for case in cases[:3]:
        claim(world, case)
    world.hub.clock.advance(2)
    for case in cases[5:]:
        assert fetch(world, case).extract.fields


def test_the_last_who_claims_has_it_and_only_the_department_hears_of_it(world: World) -> None:
    case = case_of_somebody(world)
    claimed = claim(world, case)
    assert claimed.case.claimed_by == f"{MARKET}/second"
    (event,) = world.records()[-1].events
    assert (event.type, list(event.audience)) == ("case.claimed", [MARKET])
    assert claim(world, case, "clerk").case.claimed_by == f"{MARKET}/clerk"
    assert (cases_of(world, "second"), cases_of(world, "clerk")) == (1, 2)
    stale = (world.case_room, case, claimed.etag)
    assert reasons(at, world, "second", claim_case, *stale) == (Reason.ETAG_MISMATCH,)


def test_what_is_ones_own_stays_as_it_is(world: World) -> None:
    case = case_of_somebody(world)
    before = etag(world, case)
    assert claim(world, case, "clerk").etag == before
    assert not world.records()[-1].events
    claimed = claim(world, case)
    assert claim(world, case).etag == claimed.etag
    assert (cases_of(world, "clerk"), cases_of(world, "second")) == (1, 1)


def test_a_case_that_is_over_or_anothers_or_ones_own_as_agent_is_not_claimed(world: World) -> None:
    case = case_of_somebody(world)
    with pytest.raises(NotFoundError):
        at(world, "issuer", claim_case, world.case_room, case, "x", where=POLICE)
    world.as_clerk(withdraw_case, world.case_room, case, etag(world, case), "撤回")
    assert reasons(claim, world, case) == (Reason.CASE_NOT_OPEN,)
    late = case_of_somebody(world)
    expires = world.as_clerk(get_case, world.case_room, late).case.expires_time
    world.hub.clock.advance(expires - world.hub.clock.seconds)
    assert reasons(claim, world, late) == (Reason.CASE_EXPIRED,)


def test_a_clerk_claims_no_case_in_which_they_act(world: World) -> None:
    holder, agent = world.person(), world.person("王五")
    people = (operator("clerk", Role.REQUESTER), operator(agent.id_number, Role.REQUESTER))
    world.hub.publish(department(MARKET, Role.REQUESTER, operators=people))
    now = world.hub.clock.seconds
    acting = Representation("applicant", agent, frozenset(), now, now + DAY)
    case = world.open_case(holder, representations=(acting,))
    assert reasons(claim, world, case, agent.id_number) == (Reason.CLERK_IS_AGENT,)


def test_a_token_for_one_matter_claims_no_case_of_two(world: World) -> None:
    second = matter(FOOD[:-1] + "1", line("identity", IDENTITY, "born"))
    world.hub.publish(second)
    case = world.open_case(world.person(), matters=(FOOD, second.code))
    caller = replace(world.hub.caller(MARKET, "second"), scope=(frozenset({FOOD}), frozenset(), frozenset()))
    assert reasons(world.hub.run, caller, claim_case, world.case_room, case, etag(world, case)) == (
        Reason.TOKEN_EXCEEDED,
    )


def test_a_case_stored_before_claims_is_with_who_opened_it(world: World) -> None:
    case = world.as_clerk(get_case, world.case_room, case_of_somebody(world)).case
    older = encode_case(case).replace(b'"claimed_by":"",', b"")
    assert b"claimed_by" not in older
    assert decode_case(older) == case
