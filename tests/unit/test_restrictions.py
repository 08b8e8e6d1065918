"""A restriction is placed by two people, binds every decision about its holder, and nobody else, until it ends."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from exchange.call import Position, Prepared
from exchange.cases.restricted import RESTRICTED
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.entities.restriction import RestrictionState
from exchange.errors import HubError, InvalidError, StaleError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_line import Availability
from exchange.licences.exchange_room import Extract, FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.oversight.questions import explain_entry
from exchange.purpose.codec import read
from exchange.reasons import Reason
from exchange.restrictions.placing import (
    FORBIDDABLE,
    approve_restriction,
    lift_restriction,
    propose_restriction,
)
from exchange.restrictions.reading import get_restriction, list_restrictions
from storage.errors import CorruptError
from storage.records.changes import Replace
from tests.fakes.licence_world import AUDIT, LAND, MARKET, World, open_keys, open_world
from tests.fakes.restriction_world import (
    DAY,
    INSPECTION,
    OTHER_INSPECTION,
    by,
    new,
    prepare,
    proposed,
    restrict,
)
from tests.fakes.warrant_world import last_entry

SERVICE, SUPERVISION = Purpose.SERVICE, Purpose.SUPERVISION
PROHIBITED = (Reason.PROHIBITED,)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests, since each has a holder of its own."""
    folder = tmp_path_factory.mktemp("world")
    with open_world(folder, keys=open_keys(folder / "keys")) as world:
        prepare(world)
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


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def bad(world: World, holder: Holder, *forbids: Purpose | None, **changes: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        proposed(world, holder, *forbids, **changes)
    return {violation.field.removeprefix("restriction.") for violation in caught.value.violations}


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


def test_it_ends_by_itself(world: World, holder: Holder) -> None:
    case = world.open_case(holder)
    restriction = restrict(world, holder, SERVICE)
    world.hub.clock.us = restriction.until_time * 1_000_000 - 1
    assert reasons(world.fetch, case) == PROHIBITED
    world.hub.clock.us += 1
    assert restriction.state(world.hub.clock.seconds) is RestrictionState.EXPIRED
    assert world.fetch(case)
    assert reasons(by, world, "watch", lift_restriction, restriction.id) == (Reason.RESTRICTION_STATE,)
    late = proposed(world, holder, SERVICE)
    world.hub.clock.us = late.until_time * 1_000_000
    assert reasons(by, world, "second", approve_restriction, late.id) == (Reason.RESTRICTION_STATE,)
    assert restrict(world, holder, SERVICE).approved_time  # placed anew, it goes on
    assert reasons(world.fetch, case) == PROHIBITED


def test_each_step_again_changes_nothing_and_tells_nobody(world: World, holder: Holder) -> None:
    restriction = restrict(world, holder, SERVICE)
    assert by(world, "second", approve_restriction, restriction.id) == restriction
    assert not world.records()[-1].events
    lifted = by(world, "watch", lift_restriction, restriction.id)
    assert by(world, "second", lift_restriction, restriction.id) == lifted
    assert not world.records()[-1].events
    assert reasons(by, world, "second", approve_restriction, restriction.id) == (Reason.RESTRICTION_STATE,)
    taken_back = proposed(world, holder, SERVICE)
    assert by(world, "watch", lift_restriction, taken_back.id).approved_time == 0
    assert reasons(by, world, "second", approve_restriction, taken_back.id) == (Reason.RESTRICTION_STATE,)


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


def test_of_an_erased_holder_nothing_is_told(world: World, holder: Holder) -> None:
    restriction = restrict(world, holder, SERVICE)
    case = world.open_case(holder)
    world.hub.write(world.hub.vault.destroy(world.store.owner(holder)))
    assert Reason.CASE_UNKNOWN in reasons(world.fetch, case)
    assert reasons(by, world, "watch", get_restriction, restriction.id) == (Reason.RESTRICTION_NOT_FOUND,)
    listed = by(world, "watch", list_restrictions, after="", limit=200).items
    assert restriction.id not in {each.id for each in listed}


def test_only_who_placed_it_sees_and_lifts_it(world: World, holder: Holder) -> None:
    restriction = restrict(world, holder, SERVICE)
    assert by(world, "second", get_restriction, restriction.id) == restriction
    for use_case in (get_restriction, approve_restriction, lift_restriction):
        for who, name in ((OTHER_INSPECTION, restriction.id), (INSPECTION, "0" * 32), (INSPECTION, "x")):
            told = reasons(by, world, "second", use_case, name, department=who)
            assert told == (Reason.RESTRICTION_NOT_FOUND,)
            assert not world.records()[-1].items  # a look that showed nothing is about nobody
    theirs = by(world, "second", list_restrictions, after="", limit=200, department=OTHER_INSPECTION).items
    assert restriction.id not in {each.id for each in theirs}
    later = []
    for _ in range(2):
        world.hub.clock.advance(1)
        later.append(proposed(world, holder, SERVICE))
    before = f"{int(restriction.id, 16) - 1:032x}"
    first = by(world, "watch", list_restrictions, after=before, limit=2)
    second = by(world, "watch", list_restrictions, after=first.next_key, limit=2)
    assert (*first.items, *second.items) == (restriction, *later)
    assert second.next_key == ""


def test_the_log_names_the_holder_by_tag_and_events_nobody(world: World, holder: Holder) -> None:
    restriction = restrict(world, holder, SERVICE, SUPERVISION)
    by(world, "watch", lift_restriction, restriction.id)
    entries = world.records()[-3:]
    tag = world.tagger.holder(holder.id_type, holder.id_number, 2026)
    assert [entry.items[0].holder_tag for entry in entries] == [tag] * 3
    assert {entry.evidence_object for entry in entries} == {f"restrictions/{restriction.id}"}
    events = [entry.events[0] for entry in entries]
    assert [event.type for event in events] == [
        "restriction.proposed",
        "restriction.approved",
        "restriction.lifted",
    ]
    assert all(list(event.audience) == sorted({AUDIT, INSPECTION}) for event in events)
    kept = b"".join(
        record.key.encode() + record.body + b"".join(value for _, value in getattr(record, "indexes", ()))
        for kind in (RESTRICTED, "restriction")
        for record in world.hub.records.scan(kind, limit=100)
    )
    for secret in (holder.id_number, holder.name, "涉嫌冒用身份"):
        assert secret.encode() not in kept + b"".join(entry.SerializeToString() for entry in entries)
        assert secret not in repr(restriction)
        assert secret not in repr(new(world, holder, SERVICE))


def test_every_bad_field_is_told_at_once(world: World, holder: Holder) -> None:
    now = world.hub.clock.seconds
    nobody = replace(holder, id_number="1", name="")
    told = bad(world, nobody, None, legal_reference="", reason="", until_time=now, conceal_until=now)
    assert told == {
        "holder.id_number",
        "holder.name",
        "forbids",
        "legal_reference",
        "reason",
        "until_time",
        "conceal_until",
    }
    assert bad(world, holder) == {"forbids"}
    assert bad(world, holder, SERVICE, SERVICE) == {"forbids"}
    assert bad(world, holder, Purpose.OVERSIGHT) == {"forbids"}
    assert bad(world, holder, SERVICE, until_time=now + 366 * DAY + 1) == {"until_time"}
    assert bad(world, holder, until_time=now + DAY, conceal_until=now + DAY + 1) == {"conceal_until"}
    assert bad(world, holder, SERVICE, legal_reference="x" * 301, reason="x" * 501) == {"legal_reference", "reason"}
    assert frozenset(Purpose) - {Purpose.OVERSIGHT} == FORBIDDABLE
    every = restrict(world, holder, *FORBIDDABLE, until_time=now + 366 * DAY)
    assert set(every.forbids) == FORBIDDABLE


def test_a_holder_has_ten_at_most_whoever_placed_them(world: World, holder: Holder) -> None:
    placed = [proposed(world, holder, SERVICE) for _ in range(10)]
    too_many = new(world, holder, SERVICE)
    for department in (INSPECTION, OTHER_INSPECTION):
        told = reasons(by, world, "watch", propose_restriction, too_many, department=department)
        assert told == (Reason.RESTRICTIONS_EXHAUSTED,)
        assert not world.records()[-1].items  # what was refused is no look at anybody
    assert proposed(world, world.person(), SERVICE)
    by(world, "watch", lift_restriction, placed[0].id)
    assert proposed(world, holder, SERVICE)
    world.hub.clock.us = placed[0].until_time * 1_000_000
    assert [proposed(world, holder, SERVICE).id for _ in range(10)]  # what is over makes room by itself


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
