"""Restrictions over the small world: a department that places them, with two people, and what its world shows of them.

prepare(world)
restrict(world, holder, Purpose.SERVICE)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.codes import uscc
from exchange.entities.catalogue import Purpose, Role
from exchange.entities.licence import Holder
from exchange.entities.restriction import Restriction
from exchange.errors import HubError
from exchange.reasons import Reason
from exchange.restrictions.placing import NewRestriction, approve_restriction, propose_restriction
from exchange.restrictions.room import RestrictionRoom, RestrictionStore
from tests.fakes.licence_world import AUDIT, World, department, open_keys, open_world, operator

INSPECTION = uscc("11990100MB0000018")
OTHER_INSPECTION = uscc("11990100MB0000019")
LAW = "《示例条例》第十条"
DAY = 86_400


def prepare(world: World) -> None:
    """Put two inspections in force, each with the supervisors ``watch`` and ``second``, and an audit office."""
    people = (operator("watch", Role.SUPERVISOR), operator("second", Role.SUPERVISOR))
    for code in (INSPECTION, OTHER_INSPECTION):
        world.hub.publish(department(code, Role.SUPERVISOR, operators=people))
    world.hub.publish(department(AUDIT, Role.AUDITOR, operators=(operator("auditor", Role.AUDITOR),)))


def room(world: World) -> RestrictionRoom:
    """Restrictions over the world's records."""
    return RestrictionRoom(RestrictionStore.over(world.hub.records, world.hub.vault), world.case_room)


def by(world: World, who: str, use_case: Any, *args: Any, department: str = INSPECTION, **options: Any) -> Any:
    """The answer of a supervisor's use case, committed."""
    return world.hub.run(world.hub.caller(department, who), use_case, room(world), *args, **options)


def new(world: World, holder: Holder, *forbids: Purpose | None, **changes: Any) -> NewRestriction:
    """A restriction of a week that conceals nothing."""
    plain = NewRestriction(holder, forbids, LAW, "涉嫌冒用身份", world.hub.clock.seconds + 7 * DAY, 0)
    return replace(plain, **changes)


def proposed(world: World, holder: Holder, *forbids: Purpose | None, **changes: Any) -> Restriction:
    """A restriction that nobody has agreed to yet."""
    restriction: Restriction = by(world, "watch", propose_restriction, new(world, holder, *forbids, **changes))
    return restriction


def restrict(world: World, holder: Holder, *forbids: Purpose, **changes: Any) -> Restriction:
    """A restriction in force."""
    waiting = proposed(world, holder, *forbids, **changes)
    restriction: Restriction = by(world, "second", approve_restriction, waiting.id)
    return restriction


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    """Why a call is refused."""
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


@contextmanager
def open_restriction_world(folder: Path) -> Iterator[World]:
    """A world that is prepared, for tests that each have a holder of their own."""
    with open_world(folder, keys=open_keys(folder / "keys")) as world:
        prepare(world)
        yield world
