"""A restriction in force binds every decision about its holder, and nobody else's, whoever fetches at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from exchange.call import Position, Prepared
from exchange.cases.restricted import RESTRICTED
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.entities.restriction import RestrictionState
from exchange.errors import HubError, StaleError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_line import Availability
from exchange.licences.exchange_room import Extract, FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.oversight.questions import explain_entry
from exchange.purpose.codec import read
from exchange.reasons import Reason
from exchange.restrictions.placing import (
    approve_restriction,
    lift_restriction,
    propose_restriction,
)
from storage.errors import CorruptError
from storage.records.changes import Replace
from tests.fakes.licence_world import LAND, MARKET, World
from tests.fakes.restriction_world import (
    OTHER_INSPECTION,
    by,
    new,
    open_restriction_world,
    proposed,
    reasons,
    restrict,
)
from tests.fakes.warrant_world import last_entry

SERVICE, SUPERVISION = Purpose.SERVICE, Purpose.SUPERVISION
PROHIBITED = (Reason.PROHIBITED,)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests, since each has a holder of its own."""
    with open_restriction_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(whole: World) -> World:
    whole.hub.clock.advance(7200)  # nobody's limits of the hour are left
    return whole


@pytest.fixture
def holder(world: World) -> Holder:
    holder = world.person()
    world.issue(holder)
    return holder


def test_what_two_people_restrict_is_not_fetched(world: World, holder: Holder) -> None:
    before = len(world.records())
    case, other = world.open_case(holder), world.open_case(world.person())
    waiting = proposed(world, holder, SERVICE)
    assert waiting.state(world.hub.clock.seconds) is RestrictionState.PROPOSED
    assert world.fetch(case).extract.fields["name"] == holder.name  # a proposal binds nobody
    assert reasons(by, world, "watch", approve_restriction, waiting.id) == (Reason.SECOND_PERSON_NEEDED,)
    approved = by(world, "second", approve_restriction, waiting.id)
    assert approved.state(world.hub.clock.seconds) is RestrictionState.IN_FORCE
    assert reasons(world.fetch, case) == PROHIBITED
    facts, licence = read(last_entry(world).items[0].facts)
    assert (facts.restricted, licence) == (frozenset({SERVICE}), None)  # no licence was looked for
    assert reasons(world.fetch, other) == (Reason.LICENCE_NOT_FOUND,)  # nobody else is restricted
    assert by(world, "watch", lift_restriction, waiting.id).lifted_time == world.hub.clock.seconds
    assert world.fetch(case).extract.fields["name"] == holder.name
    explained = [each for record in world.records()[before:] for each in explain_entry(record.SerializeToString())]
    assert len(explained) == 4
    assert all(each.explanation.agrees for each in explained)


def test_only_the_forbidden_purposes_are(world: World, holder: Holder) -> None:
    case = world.open_case(holder)
    restrict(world, holder, SUPERVISION)
    assert world.fetch(case)
    restrict(world, holder, Purpose.EMERGENCY, SERVICE)
    assert reasons(world.fetch, case) == PROHIBITED
    facts, _ = read(last_entry(world).items[0].facts)
    assert facts.restricted == {SUPERVISION, SERVICE, Purpose.EMERGENCY}  # what several forbid adds up


def test_of_a_bundle_only_the_restricted_partys_lines_are_refused(world: World, holder: Holder) -> None:
    applicant = world.person()
    world.issue(applicant)
    parties = (CaseParty("applicant", applicant), CaseParty("seller", holder))
    case = world.open_case(applicant, parties=parties, situations=frozenset({"abroad"}))
    restrict(world, holder, SERVICE)
    fetched = world.as_clerk(fetch_evidence, world.exchange_room, case, ("identity", "seller_identity"))
    first, second = fetched.results
    assert isinstance(first, Extract)
    assert second.reasons == PROHIBITED
    (explained, refused) = explain_entry(world.records()[-1].SerializeToString())
    assert explained.explanation.agrees
    assert refused.explanation.agrees
    failed = {finding.guard for finding in refused.explanation.findings if not finding.held}
    assert failed == {"holder_is_not_restricted"}


def test_a_check_says_no_more_and_no_less_than_a_fetch(world: World, holder: Holder) -> None:
    case = world.open_case(holder)
    restrict(world, holder, SERVICE)
    checks = {check.requirement: check for check in world.as_clerk(check_evidence, world.exchange_room, case)}
    assert (checks["identity"].availability, checks["identity"].reasons) == (Availability.REFUSED, PROHIBITED)
    assert "受限" in checks["identity"].advice.zh


def test_what_is_restricted_while_it_is_fetched_does_not_leave(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up is cached; what it says is expected unchanged when the fetch commits, also that there is nothing."""
    case = world.open_case(holder)
    world.fetch(case)
    call = world.hub.call(world.hub.caller(MARKET, "clerk"))
    commit = call.commit

    def late(prepared: Prepared) -> Position:
        restrict(world, holder, SERVICE)
        return commit(prepared)

    monkeypatch.setattr(call, "commit", late)
    with pytest.raises(StaleError) as caught:
        fetch_licence(call, world.exchange_room, FetchRequest(case, "identity", (), ""))
    assert {kind for kind, _ in caught.value.subjects} == {RESTRICTED}
    assert reasons(world.fetch, case) == PROHIBITED


@pytest.mark.parametrize("cached", [True, False])
def test_of_a_party_who_was_erased_no_restriction_is_told(world: World, holder: Holder, cached: bool) -> None:
    """Its licence is not found, as that of any other who was erased; the other party's is read as before."""
    applicant = world.person()
    world.issue(applicant)
    parties = (CaseParty("applicant", applicant), CaseParty("seller", holder))
    case = world.open_case(applicant, parties=parties, situations=frozenset({"abroad"}))
    restrict(world, holder, Purpose.EMERGENCY)
    if cached:
        world.fetch(case)
    owner = world.store.owner(holder)
    world.hub.write(world.hub.vault.destroy(owner))
    world.hub.vault.forget(owner)
    assert reasons(world.fetch, case, "seller_identity") == (Reason.LICENCE_NOT_FOUND,)
    assert world.fetch(case)


def test_nothing_is_released_after_it_is_in_force(world: World, holder: Holder) -> None:
    """Whoever fetches at the same time: in the log no release follows the approval."""
    cases = [world.open_case(holder) for _ in range(8)]
    waiting = proposed(world, holder, SERVICE)
    before = len(world.records())

    def fetched(case: str) -> tuple[Reason, ...]:
        if case == cases[3]:
            by(world, "second", approve_restriction, waiting.id)
        try:
            world.fetch(case)
        except HubError as error:
            return tuple(error.reasons)
        return ()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(fetched, cases))
    assert set(outcomes) <= {(), PROHIBITED}
    assert outcomes[3] == PROHIBITED
    entries = world.records()[before:]
    approved = next(place for place, entry in enumerate(entries) if entry.events)
    assert not [item for entry in entries[approved:] for item in entry.items if item.fields_released]
    assert all(each.explanation.agrees for entry in entries for each in explain_entry(entry.SerializeToString()))


def test_a_second_fetch_looks_nothing_up(world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    case = world.open_case(holder)
    world.fetch(case)
    looked, get = [], world.hub.records.get

    def counted(kind: str, key: str) -> Any:
        looked.append(kind)
        return get(kind, key)

    monkeypatch.setattr(world.hub.records, "get", counted)
    world.fetch(case)
    assert RESTRICTED not in looked


def test_a_record_that_does_not_decode_stops_the_fetch(world: World, holder: Holder) -> None:
    case, owner = world.open_case(holder), world.case_room.store.owner(holder)
    restriction = restrict(world, holder, SERVICE)
    by(world, "watch", lift_restriction, restriction.id)
    assert world.fetch(case)
    record = world.hub.records.get(RESTRICTED, owner)
    assert record is not None
    for body in (record.body[:-1], record.body[:16], b""):
        held = world.hub.records.get(RESTRICTED, owner)
        assert held is not None
        world.hub.write(Replace(RESTRICTED, owner, held.version, body))
        world.hub.forget(RESTRICTED, owner)
        with pytest.raises(CorruptError):
            world.fetch(case)


def test_two_departments_do_not_lift_each_others(world: World, holder: Holder) -> None:
    case = world.open_case(holder)
    ours = restrict(world, holder, SERVICE)
    theirs = by(world, "watch", propose_restriction, new(world, holder, SERVICE), department=OTHER_INSPECTION)
    by(world, "second", approve_restriction, theirs.id, department=OTHER_INSPECTION)
    by(world, "second", lift_restriction, ours.id)
    assert reasons(world.fetch, case) == PROHIBITED
    by(world, "second", lift_restriction, theirs.id, department=OTHER_INSPECTION)
    assert world.fetch(case)


def test_a_strangers_case_says_nothing_of_a_restriction(world: World, holder: Holder) -> None:
    case = world.open_case(holder)

    def ask(name: str) -> tuple[Reason, ...]:
        request = FetchRequest(name, "identity", (), "")
        caller = world.hub.caller(LAND, "issuer")
        return reasons(world.hub.run, caller, fetch_licence, world.exchange_room, request)

    before = ask(case)
    restrict(world, holder, SERVICE)
    assert before == ask(case) == ask("0" * 32)
