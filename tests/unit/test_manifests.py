"""Bulk: two people agree on a list of lines, one of them fetches it, and every line is still decided on its own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from exchange.call import Position, Prepared, remembered_uses
from exchange.cases.uses import uses_counter
from exchange.entities.catalogue import Role
from exchange.entities.manifest import Manifest, ManifestItem, ManifestState
from exchange.errors import HubError, InvalidError, StaleError
from exchange.licences.exchange_room import Extract, RefusedLine
from exchange.manifests.fetching import FetchedPage, fetch_manifest
from exchange.manifests.proposing import approve_manifest, propose_manifest, withdraw_manifest
from exchange.manifests.reading import get_manifest, list_manifests
from exchange.manifests.room import ManifestRoom
from exchange.oversight.questions import explain_entry
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.records.changes import Replace
from tests.fakes.licence_world import (
    AUDIT,
    FOOD,
    LAND,
    MARKET,
    World,
    department,
    open_keys,
    open_world,
    operator,
)

REASON = "年度集中核验"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    """A market department with a second clerk, an audit office, and limits that two cases exhaust."""
    with open_world(tmp_path, keys=keys) as world:
        clerks = tuple(operator(name, Role.REQUESTER) for name in ("clerk", "second"))
        market = department(MARKET, Role.REQUESTER, operators=clerks)
        world.hub.publish(market, department(AUDIT, Role.AUDITOR))
        world.exchange_room = world.new_exchange_room(Limits(fetches_per_hour=2, trawl_extra=0))
        yield world


def case(world: World) -> str:
    holder = world.person()
    world.issue(holder)
    return world.open_case(holder, clerk="second")


def by(world: World, who: str, use_case: Any, *args: Any, department: str = MARKET) -> Any:
    room = ManifestRoom(world.hub.records, world.case_room, world.exchange_room)
    return world.hub.run(world.hub.caller(department, who), use_case, room, *args)


def proposed(world: World, *items: ManifestItem, **changes: Any) -> Manifest:
    asked = {"reason": REASON, "until_time": world.hub.clock.seconds + 3600, **changes}
    manifest: Manifest = by(world, "clerk", propose_manifest, items, asked["reason"], asked["until_time"])
    return manifest


def approved(world: World, *items: ManifestItem) -> Manifest:
    manifest: Manifest = by(world, "second", approve_manifest, proposed(world, *items).id)
    return manifest


def identity(case: str) -> ManifestItem:
    return ManifestItem(case, "", "identity")


def fetched(world: World, manifest: Manifest, first: int = 1, who: str = "clerk") -> FetchedPage:
    page: FetchedPage = by(world, who, fetch_manifest, manifest.id, first)
    return page


def told(page: FetchedPage) -> list[tuple[Reason, ...]]:
    return [one.outcome.reasons if isinstance(one.outcome, RefusedLine) else () for one in page.results]


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def test_what_two_people_agreed_on_is_fetched_beyond_the_hours_limit(world: World) -> None:
    cases = [case(world) for _ in range(45)]
    manifest = approved(world, *map(identity, cases))
    first, second = fetched(world, manifest), fetched(world, manifest, 41)
    assert told(first) + told(second) == [()] * 45
    assert (first.next, second.next) == (41, 0)
    assert [one.lines[0].case for one in (*first.results, *second.results)] == cases
    extract = first.results[0].outcome
    assert isinstance(extract, Extract)
    assert extract.fields["name"]
    entry = world.records()[-1]
    assert (entry.evidence_object, entry.purpose) == (f"manifests/{manifest.id}", "service")
    assert len({item.case_tag for item in entry.items}) == 5
    explained = explain_entry(entry.SerializeToString())
    assert len(explained) == 5
    assert all(each.explanation.agrees for each in explained)
    events = [event for record in world.records() for event in record.events if event.type.startswith("manifest")]
    assert [event.type for event in events] == ["manifest.proposed", "manifest.approved"]
    assert all(AUDIT in event.audience for event in events)


def test_it_leaves_the_operators_own_hour_alone(world: World) -> None:
    manifest = approved(world, *(identity(case(world)) for _ in range(5)))
    fetched(world, manifest)
    own = world.open_case(world.person())
    assert Reason.RATE_LIMITED not in reasons(world.fetch, own)


def test_every_line_is_decided_on_its_own(world: World) -> None:
    good = case(world)
    other = world.open_case(world.person(), clerk="second")
    items = (
        identity(good),
        identity(other),
        ManifestItem(good, FOOD, "deed"),
        ManifestItem(good, "", "nothing"),
        identity("0" * 32),
    )
    found = told(fetched(world, approved(world, *items)))
    assert found[:3] == [(), (Reason.LICENCE_NOT_FOUND,), (Reason.CONSENT_MISSING,)]
    assert Reason.EVIDENCE_NOT_REQUIRED in found[3]
    assert found[4] == (Reason.CASE_UNKNOWN,)


def test_a_repeat_counts_what_it_releases_for_the_first_time(world: World) -> None:
    have, lack = case(world), world.person()
    other = world.open_case(lack, clerk="second")
    manifest = approved(world, identity(have), identity(other))
    assert told(fetched(world, manifest)) == [(), (Reason.LICENCE_NOT_FOUND,)]
    world.issue(lack)
    uses = (uses_counter(have, FOOD, "identity"), f"manifest/{manifest.id}")
    spent = remembered_uses(b"".join(sha256(use.encode()).digest()[:16] for use in uses))

    def repeated() -> FetchedPage:
        room = ManifestRoom(world.hub.records, world.case_room, world.exchange_room)
        call = world.hub.call(world.hub.caller(MARKET, "clerk"), used_before=spent)
        page: FetchedPage = fetch_manifest(call, room, manifest.id, 1)
        return page

    assert told(repeated()) == [(), ()]
    assert world.hub.records.counter(f"manifest/{manifest.id}") == 2
    assert told(repeated()) == [(), (Reason.RATE_LIMITED,)]


def test_it_releases_as_many_lines_as_it_has(world: World) -> None:
    manifest = approved(world, identity(case(world)), identity(case(world)))
    assert told(fetched(world, manifest)) == [(), ()]
    assert told(fetched(world, manifest)) == [(Reason.RATE_LIMITED,)] * 2
    again = approved(world, *manifest.items)
    assert told(fetched(world, again)) == [(), ()]
    third = approved(world, *manifest.items)
    assert told(fetched(world, third)) == [(), ()]
    fourth = approved(world, *manifest.items)
    assert told(fetched(world, fourth)) == [(Reason.USES_EXHAUSTED,)] * 2  # each line has three uses, however fetched


def test_a_page_that_ends_with_the_manifest_is_the_last(world: World) -> None:
    one = case(world)
    manifest = approved(world, *(ManifestItem(one, "", f"line_{n}") for n in range(40)))
    assert fetched(world, manifest).next == 0


def test_a_line_that_was_refused_is_fetched_later_though_others_of_its_page_were_released(world: World) -> None:
    holder = world.person()
    late = world.open_case(holder, clerk="second")
    manifest = approved(world, identity(late), identity(case(world)), identity(case(world)))
    assert told(fetched(world, manifest)) == [(Reason.LICENCE_NOT_FOUND,), (), ()]
    world.issue(holder)
    assert told(fetched(world, manifest)) == [(), (Reason.RATE_LIMITED,), (Reason.RATE_LIMITED,)]


def test_a_line_that_is_named_in_two_ways_has_its_uses_once(world: World) -> None:
    one = case(world)
    twice = (identity(one), ManifestItem(one, FOOD, "identity"))
    assert told(fetched(world, approved(world, *twice))) == [(), ()]
    assert told(fetched(world, approved(world, *twice))) == [(), (Reason.USES_EXHAUSTED,)]  # it has three


def test_nothing_is_fetched_before_another_agrees_or_after_its_end(world: World) -> None:
    manifest = proposed(world, identity(case(world)))
    assert reasons(fetched, world, manifest) == (Reason.MANIFEST_NOT_OPEN,)
    assert reasons(by, world, "clerk", approve_manifest, manifest.id) == (Reason.SECOND_PERSON_NEEDED,)
    assert by(world, "second", approve_manifest, manifest.id).approved_time
    assert by(world, "second", approve_manifest, manifest.id) == by(world, "clerk", get_manifest, manifest.id)
    late = proposed(world, identity(case(world)))
    world.hub.clock.us = manifest.until_time * 1_000_000
    assert reasons(fetched, world, manifest) == (Reason.MANIFEST_NOT_OPEN,)
    assert reasons(by, world, "second", approve_manifest, late.id) == (Reason.MANIFEST_NOT_OPEN,)


@pytest.mark.parametrize("who", ["clerk", "second"])
def test_either_of_the_two_takes_it_back_and_nothing_is_fetched_any_more(world: World, who: str) -> None:
    manifest = approved(world, identity(case(world)), identity(case(world)))
    assert told(fetched(world, manifest)) == [(), ()]
    withdrawn = by(world, who, withdraw_manifest, manifest.id)
    assert (withdrawn.state(world.hub.clock.seconds), withdrawn.items) == (ManifestState.WITHDRAWN, manifest.items)
    (event,) = world.records()[-1].events
    assert event.type == "manifest.withdrawn"
    assert list(event.audience) == sorted({AUDIT, MARKET})
    assert reasons(fetched, world, manifest) == (Reason.MANIFEST_NOT_OPEN,)
    assert by(world, "clerk", withdraw_manifest, manifest.id) == withdrawn
    assert not world.records()[-1].events
    world.hub.clock.us = manifest.until_time * 1_000_000
    assert by(world, "second", withdraw_manifest, manifest.id) == withdrawn
    assert withdrawn.state(world.hub.clock.seconds) is ManifestState.WITHDRAWN


def test_what_is_taken_back_while_a_page_is_fetched_is_not_released(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = approved(world, identity(case(world)))
    room = ManifestRoom(world.hub.records, world.case_room, world.exchange_room)
    call = world.hub.call(world.hub.caller(MARKET, "clerk"))
    commit = call.commit

    def late(prepared: Prepared) -> Position:
        by(world, "second", withdraw_manifest, manifest.id)
        return commit(prepared)

    monkeypatch.setattr(call, "commit", late)
    with pytest.raises(StaleError) as caught:
        fetch_manifest(call, room, manifest.id, 1)
    assert ("manifest", manifest.id) in caught.value.subjects
    assert reasons(fetched, world, manifest) == (Reason.MANIFEST_NOT_OPEN,)  # so it is judged anew


def test_what_was_taken_back_is_approved_by_nobody_and_only_the_two_take_it_back(world: World) -> None:
    manifest, other = proposed(world, identity(case(world))), proposed(world, identity(case(world)))
    assert reasons(by, world, "second", withdraw_manifest, manifest.id) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    by(world, "clerk", withdraw_manifest, manifest.id)
    assert reasons(by, world, "second", approve_manifest, manifest.id) == (Reason.MANIFEST_NOT_OPEN,)
    assert reasons(fetched, world, manifest) == (Reason.MANIFEST_NOT_OPEN,)
    world.hub.clock.us = other.until_time * 1_000_000
    assert reasons(by, world, "clerk", withdraw_manifest, other.id) == (Reason.MANIFEST_NOT_OPEN,)


def test_a_department_lists_its_own_in_pages_with_how_far_each_is(world: World) -> None:
    def listed(after: str = "", *, department: str = MARKET) -> Any:
        def page(call: Any, room: Any) -> Any:
            return list_manifests(call, room, after=after, limit=2)

        return by(world, "clerk" if department == MARKET else "issuer", page, department=department)

    one = identity(case(world))
    ended = proposed(world, one, until_time=world.hub.clock.seconds + 1)
    later = []
    for make in (approved, approved, proposed):
        world.hub.clock.advance(1)
        later.append(make(world, one))
    taken_back, open_now, waiting = later
    by(world, "clerk", withdraw_manifest, taken_back.id)
    first = listed()
    second = listed(first.next_key)
    found = [*first.items, *second.items]
    assert [each.id for each in found] == [each.id for each in (ended, taken_back, open_now, waiting)]
    assert [each.state(world.hub.clock.seconds).value for each in found] == [
        "ended",
        "withdrawn",
        "approved",
        "proposed",
    ]
    assert (len(first.items), second.next_key) == (2, "")
    assert world.records()[-1].purpose == "service"
    assert listed(department=LAND).items == ()


def test_what_was_written_before_manifests_could_be_taken_back_is_read(world: World) -> None:
    manifest = approved(world, identity(case(world)))
    record = world.hub.records.get("manifest", manifest.id)
    assert record is not None
    old = json.loads(record.body)
    for later in ("withdrawer", "withdrawn_time"):
        del old[later]
    world.hub.write(Replace("manifest", manifest.id, record.version, json.dumps(old).encode(), ()))
    assert by(world, "clerk", get_manifest, manifest.id) == manifest
    assert told(fetched(world, manifest)) == [()]


def test_only_who_proposed_it_fetches_and_others_see_none(world: World) -> None:
    manifest = approved(world, identity(case(world)))
    assert reasons(fetched, world, manifest, who="second") == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    for name in (manifest.id, "0" * 32, "x"):
        for use_case in (get_manifest, approve_manifest, withdraw_manifest):
            seen = reasons(by, world, "issuer", use_case, name, department=LAND)
            assert seen == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert reasons(fetched, world, replace(manifest, id="x")) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)


def test_it_holds_no_operators_name(world: World) -> None:
    manifest = approved(world, identity(case(world)))
    record = world.hub.records.get("manifest", manifest.id)
    assert record is not None
    assert b"clerk" not in record.body
    assert b"second" not in record.body


def test_a_lock_out_stops_it(world: World) -> None:
    world.exchange_room = world.new_exchange_room(Limits(refusals=2))
    good = approved(world, identity(case(world)))
    wrong = approved(world, ManifestItem(case(world), "", "nothing"))
    for _ in range(2):
        fetched(world, wrong)
    world.hub.clock.advance(2)
    assert Reason.LOCKED_OUT in told(fetched(world, good))[0]


def test_a_proposal_is_checked(world: World) -> None:
    one = identity(case(world))
    now = world.hub.clock.seconds
    assert bad(proposed, world, reason="", until_time=now) == {
        "manifest.items",
        "manifest.reason",
        "manifest.until_time",
    }
    assert bad(proposed, world, one, one, until_time=now + 86_401) == {"manifest.items", "manifest.until_time"}
    for item in (
        ManifestItem("x", "", "identity"),
        ManifestItem(one.case, "", ""),
        ManifestItem(one.case, "m" * 101, "a"),
    ):
        assert bad(proposed, world, item) == {"manifest.items"}
    many = [ManifestItem(one.case, "", f"line_{n}") for n in range(501)]
    assert bad(proposed, world, *many) == {"manifest.items"}
    manifest = approved(world, one)
    assert bad(fetched, world, manifest, 2) == {"first"}
    assert bad(fetched, world, manifest, -1) == {"first"}
