"""A token that is limited to requirement lines: calls that name or tell lines keep to it, every other refuses it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.cases.handing_in import get_material
from exchange.disputes.opening import NewDispute, open_dispute
from exchange.disputes.room import DisputeRoom
from exchange.entities.dispute import DisputeKind
from exchange.errors import HubError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.exchange_room import RefusedLine
from exchange.licences.fetch import fetch_evidence
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import FOOD, LAND, World, open_world
from tests.fakes.missing_world import Counter, prepare, upload

MISSING = NewDispute("", FOOD, "deed", DisputeKind.MISSING, "", "", ())
NONE: frozenset[str] = frozenset()
Limit = Callable[..., None]


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def counter(world: World) -> Counter:
    """A case of an applicant with an identity card, for which files of two lines were handed in."""
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    counter.submit("deed")
    counter.submit("tax", upload(b"%PDF-1.7\n%another\n%%EOF\n"))
    return counter


@pytest.fixture
def limit(world: World, monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Limit every token from now on to these lines."""
    whole = world.hub.caller

    def limited(*lines: str) -> None:
        scope = (NONE, NONE, frozenset(lines))
        monkeypatch.setattr(world.hub, "caller", lambda *names, **options: whole(*names, scope=scope))

    return limited


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def test_a_check_tells_the_lines_of_the_token(world: World, counter: Counter, limit: Limit) -> None:
    def checked() -> list[str]:
        return [one.requirement for one in world.as_clerk(check_evidence, world.exchange_room, counter.case)]

    assert len(checked()) == 6
    limit("identity", "tax", "nothing")
    assert checked() == ["identity", "tax"]
    limit("nothing")
    assert checked() == []


def test_a_case_is_shown_with_what_is_known_of_these_lines(world: World, counter: Counter, limit: Limit) -> None:
    deed, tax = counter.line("deed").materials[0], counter.line("tax").materials[0]
    limit("deed")
    assert [one.requirement for one in counter.view().evidence] == ["deed"]
    read = (get_material, counter.room, world.materials, counter.case)
    assert world.as_clerk(*read, deed.digest)[0] == deed
    assert reasons(world.as_clerk, *read, tax.digest) == (Reason.MATERIAL_NOT_FOUND,)


def test_no_other_line_is_deferred_committed_handed_in_or_disputed(
    world: World, counter: Counter, limit: Limit
) -> None:
    disputes = DisputeRoom(world.case_room, world.store)
    limit("seat", "extra")
    other = (Reason.TOKEN_EXCEEDED,)
    assert reasons(counter.deferring, "deed", validate_only=True) == other
    assert reasons(counter.deferring, "seat", "tax", validate_only=True) == other
    assert reasons(counter.submit, "tax") == other
    assert reasons(counter.submit, "nothing") == other  # nor told whether the case asks for it
    assert reasons(counter.commit, "deed") == other
    assert reasons(world.as_clerk, open_dispute, disputes, replace(MISSING, case=counter.case)) == other
    assert [one.requirement for one in counter.commit("seat").view.evidence] == ["seat"]
    assert [one.requirement for one in counter.submit("extra").evidence] == ["seat", "extra"]


def test_no_consent_is_recorded_for_another_line(world: World, counter: Counter, limit: Limit) -> None:
    limit("deed")
    assert reasons(world.consent, counter.case, "deed", "tax") == (Reason.TOKEN_EXCEEDED,)
    assert reasons(world.consent, counter.case, "tax") == (Reason.TOKEN_EXCEEDED,)


def test_a_fetch_releases_the_lines_of_the_token(world: World, counter: Counter, limit: Limit) -> None:
    limit("identity")
    results = world.as_clerk(fetch_evidence, world.exchange_room, counter.case, ()).results
    told = {one.requirement: one.reasons[0] if isinstance(one, RefusedLine) else None for one in results}
    assert told.pop("identity") is None
    assert set(told.values()) == {Reason.TOKEN_EXCEEDED}


def test_another_departments_case_is_as_unknown_as_ever(world: World, counter: Counter, limit: Limit) -> None:
    for lines in (("identity",), ("nothing",)):
        limit(*lines)
        elsewhere = world.hub.caller(LAND, "issuer")
        asked = (elsewhere, check_evidence, world.exchange_room)
        assert reasons(world.hub.run, *asked, counter.case) == (Reason.CASE_UNKNOWN,)
        assert reasons(world.hub.run, *asked, "0" * 32) == (Reason.CASE_UNKNOWN,)
