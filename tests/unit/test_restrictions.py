"""A restriction is placed by two people, binds every decision about its holder, and nobody else, until it ends."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.cases.restricted import RESTRICTED
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.entities.restriction import RestrictionState
from exchange.errors import InvalidError
from exchange.reasons import Reason
from exchange.restrictions.placing import (
    FORBIDDABLE,
    approve_restriction,
    lift_restriction,
    propose_restriction,
)
from exchange.restrictions.reading import get_restriction, list_restrictions
from tests.fakes.licence_world import AUDIT, World
from tests.fakes.restriction_world import (
    DAY,
    INSPECTION,
    OTHER_INSPECTION,
    by,
    new,
    open_restriction_world,
    proposed,
    reasons,
    restrict,
)

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


def bad(world: World, holder: Holder, *forbids: Purpose | None, **changes: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        proposed(world, holder, *forbids, **changes)
    return {violation.field.removeprefix("restriction.") for violation in caught.value.violations}


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
