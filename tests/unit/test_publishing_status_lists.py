"""Publishing status lists: every change comes out, nothing older ever does, and what was lost is put again."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from exchange.licences.status_index import CHANGED, CHANGES, ENDED, KIND, LIST, StatusPlace, StatusPlaces, minute_of
from exchange.options import StatusOptions
from exchange.publishing.status_lists import STATUS_LISTS_KEY, StatusTerms, object_name, terms_of
from signer.errors import FormatError
from signer.status_keeper import StatusKeeper
from signer.status_list import Status, StatusBits, open_status_list, sign_status_list
from storage.errors import StorageUnavailableError
from storage.objects.files import FileObjects
from storage.records.changes import Insert, Replace, Spend
from tests.fakes.licence_world import open_keys
from tests.fakes.rooms import START, Hub, open_hub
from tests.fakes.status_lists import HUB, TERMS, Publisher

NAME = "11980000MB0000001A001/2026/1"
OTHER = "11980000MB0000001A002/2026/1"
LIMIT = 1 << 40


@pytest.fixture
def hub(tmp_path) -> Iterator[Hub]:
    with open_hub(tmp_path) as hub:
        yield hub


@pytest.fixture
def objects(tmp_path) -> Iterator[FileObjects]:
    with closing(FileObjects(tmp_path / "objects")) as objects:
        yield objects


@pytest.fixture
def publisher(hub, objects, keys) -> Publisher:
    return Publisher(hub.records, objects, keys, hub.clock)


def take(hub: Hub, index: int, name: str = NAME) -> StatusPlace:
    """A licence's place, as issuing takes it."""
    place = StatusPlace(name, index)
    hub.write(*StatusPlaces(hub.records).taken(place, "1.2.156", hub.clock.seconds))
    return place


def mark(hub: Hub, place: StatusPlace, status: Status, *, when: int = 0) -> None:
    """A change of a licence's state, made by a call that came in at ``when`` (0: now)."""
    known = hub.records.get(KIND, place.key)
    assert known is not None
    indexes = [(CHANGED, minute_of(when or hub.clock.seconds))]
    if status is not Status.VALID:
        indexes.append((ENDED, place.list_name.encode()))
    body = f"{status.value} 1.2.156".encode()
    hub.write(Replace(KIND, place.key, known.version, body, tuple(indexes)), Spend(CHANGES, 1, LIMIT))


def foreign(publisher: Publisher, bits: StatusBits, issue_time: int, name: str = NAME) -> None:
    """A list that another machine of the hub put."""
    signer = publisher.keys.signer(STATUS_LISTS_KEY)
    token = sign_status_list(
        bits,
        uri=f"{HUB}/status/{name}",
        issue_time=issue_time,
        expire_time=issue_time + TERMS.life,
        ttl=TERMS.ttl,
        kid=signer.kid,
        alg=signer.alg,
        sign=signer.sign,
    )
    publisher.objects.replace(object_name(name), token.encode())


def test_a_hub_without_licences_publishes_nothing(publisher, objects):
    publisher.run()
    assert not objects.names()


def test_a_list_is_published_with_its_first_licence_and_follows_every_change(hub, publisher, objects):
    place = take(hub, 4711)
    publisher.run()
    assert objects.names() == [f"status/{NAME}.jwt"]
    first = publisher.opened(NAME)
    assert (first.uri, first.ttl, first.expire_time) == (
        f"{HUB}/status/{NAME}",
        TERMS.ttl,
        first.issue_time + TERMS.life,
    )
    assert set(first.packed) == {0}
    times = [first.issue_time]
    for status in (Status.SUSPENDED, Status.VALID, Status.INVALID):
        mark(hub, place, status)
        publisher.run()
        opened = publisher.opened(NAME)
        assert opened.status(4711) == status
        assert opened.packed.count(0) >= len(opened.packed) - 1
        times.append(opened.issue_time)
    assert times == sorted(set(times))


def test_what_does_not_change_is_left_alone(hub, publisher, objects):
    place, other = take(hub, 1), take(hub, 1, OTHER)
    publisher.run()
    mark(hub, place, Status.INVALID)
    kept = objects.get(object_name(OTHER))
    for _ in range(5):
        publisher.run()
    assert objects.get(object_name(OTHER)) == kept
    mark(hub, other, Status.INVALID)
    publisher.run()
    assert publisher.opened(OTHER).status(1) == Status.INVALID


def test_a_new_licence_changes_no_list(hub, publisher, objects):
    take(hub, 1)
    publisher.run()
    kept = objects.get(object_name(NAME))
    take(hub, 2)
    publisher.run()
    assert objects.get(object_name(NAME)) == kept


def test_two_lists_of_one_name_are_never_of_one_second(hub, publisher):
    place = take(hub, 1)
    publisher.run()
    first = publisher.opened(NAME).issue_time
    mark(hub, place, Status.INVALID)
    hub.clock.advance(0.25)
    publisher.task.run_once()
    assert publisher.opened(NAME).status(1) == Status.VALID
    hub.clock.advance(0.75)
    publisher.task.run_once()
    assert publisher.opened(NAME).status(1) == Status.INVALID
    assert publisher.opened(NAME).issue_time > first


def test_a_change_that_was_committed_late_comes_out(hub, publisher):
    place, other = take(hub, 1), take(hub, 2)
    publisher.run()
    came_in = hub.clock.seconds
    hub.clock.advance(120)
    mark(hub, other, Status.INVALID)
    publisher.run()
    mark(hub, place, Status.INVALID, when=came_in)
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID


def test_a_change_by_a_clock_that_is_ahead_comes_out(hub, publisher):
    place = take(hub, 1)
    publisher.run()
    mark(hub, place, Status.INVALID, when=hub.clock.seconds + 59)
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID


def test_a_quiet_time_of_any_length_loses_nothing(hub, publisher):
    place = take(hub, 1)
    publisher.run()
    for pause in (3_000, 90_000):
        mark(hub, place, Status.SUSPENDED)
        hub.clock.advance(pause)
        publisher.run()
        assert publisher.opened(NAME).status(1) == Status.SUSPENDED
        mark(hub, place, Status.VALID)
        hub.clock.advance(pause)
        publisher.run()
        assert publisher.opened(NAME).status(1) == Status.VALID


def test_an_unchanged_list_is_signed_again_in_time(hub, publisher):
    take(hub, 1)
    publisher.run()
    first = publisher.opened(NAME)
    hub.clock.advance(TERMS.resign - 10)
    publisher.run()
    assert publisher.opened(NAME) == first
    hub.clock.advance(10)
    publisher.run()
    again = publisher.opened(NAME)
    assert (again.issue_time, again.expire_time) == (hub.clock.seconds, hub.clock.seconds + TERMS.life)
    assert again.packed == first.packed


def test_a_list_is_signed_again_before_its_life_is_over_however_seldom_is_configured(hub, objects, keys):
    publisher = Publisher(hub.records, objects, keys, hub.clock, replace(TERMS, life=4_000, resign=86_400))
    take(hub, 1)
    publisher.run()
    first = publisher.opened(NAME)
    hub.clock.advance(3_000)
    publisher.run()
    assert publisher.opened(NAME).issue_time > first.issue_time


def test_what_a_look_missed_comes_out_when_the_list_is_signed_again(hub, publisher):
    place = take(hub, 1)
    publisher.run()
    mark(hub, place, Status.INVALID, when=START - 86_400)
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.VALID
    hub.clock.advance(TERMS.resign)
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID


def test_a_restart_reads_everything_and_puts_nothing_again(hub, publisher, objects, keys):
    marked = take(hub, 9)
    mark(hub, marked, Status.SUSPENDED)
    take(hub, 10, OTHER)
    publisher.run()
    before = {name: objects.get(name) for name in objects.names()}
    hub.clock.advance(900)
    restarted = Publisher(hub.records, objects, keys, hub.clock)
    for _ in range(4):
        restarted.run()
    assert {name: objects.get(name) for name in objects.names()} == before
    mark(hub, marked, Status.VALID)
    restarted.run()
    assert restarted.opened(NAME).status(9) == Status.VALID


def test_a_restart_publishes_what_changed_meanwhile(hub, publisher, objects, keys):
    place = take(hub, 9)
    publisher.run()
    mark(hub, place, Status.INVALID)
    hub.clock.advance(90_000)
    restarted = Publisher(hub.records, objects, keys, hub.clock)
    restarted.run()
    assert restarted.opened(NAME).status(9) == Status.INVALID


def test_more_places_than_a_page_holds_are_read(hub, objects, keys):
    places = [StatusPlace(NAME, 2 * index) for index in range(2_500)]
    hub.write(Insert(LIST, NAME, b"1"), Spend(CHANGES, 1, LIMIT))
    for first in range(0, len(places), 500):
        some = places[first : first + 500]
        hub.write(*(Insert(KIND, one.key, b"1 x", ((ENDED, NAME.encode()),)) for one in some))
    publisher = Publisher(hub.records, objects, keys, hub.clock)
    publisher.run()
    opened = publisher.opened(NAME)
    assert [opened.status(index) for index in (0, 1, 1_999, 2_000, 4_998, 5_000)] == [1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize("loss", ["deleted", "garbage", "older"])
def test_a_store_that_was_lost_is_filled_again_with_newer_lists(hub, publisher, objects, loss):
    place = take(hub, 1)
    publisher.run()
    older = objects.get(object_name(NAME))
    mark(hub, place, Status.INVALID)
    publisher.run()
    newest = publisher.opened(NAME)
    verifier = StatusKeeper(max_age=10_000)
    verifier.keep(newest)
    if loss == "deleted":
        objects.delete(object_name(NAME))
    else:
        objects.replace(object_name(NAME), older if loss == "older" else b"garbage")
    for _ in range(3):
        publisher.run()
    again = publisher.opened(NAME)
    assert again.packed == newest.packed
    assert again.issue_time > newest.issue_time
    verifier.keep(again)


def test_a_lost_list_comes_back_newer_even_if_the_clock_went_back(hub, publisher, objects):
    take(hub, 1)
    hub.clock.advance(500)
    publisher.run()
    newest = publisher.opened(NAME).issue_time
    objects.delete(object_name(NAME))
    hub.clock.advance(-2)
    publisher.paused += 10
    publisher.run()
    publisher.run()
    assert publisher.opened(NAME).issue_time > newest
    objects.delete(object_name(NAME))
    hub.clock.advance(-400)
    publisher.paused += 500
    for _ in range(3):
        publisher.run()
    hub.clock.advance(400)
    assert publisher.opened(NAME).issue_time > newest + 1


def test_a_machine_that_takes_over_goes_on_from_the_list_it_finds_even_with_a_slow_clock(hub, publisher, objects, keys):
    place = take(hub, 1)
    hub.clock.advance(500)
    publisher.run()
    first = publisher.opened(NAME).issue_time
    mark(hub, place, Status.INVALID)
    hub.clock.advance(-300)
    successor = Publisher(hub.records, objects, keys, hub.clock)
    successor.run()
    hub.clock.advance(300)
    opened = successor.opened(NAME)
    assert (opened.status(1), opened.issue_time) == (Status.INVALID, first + 1)


def test_a_leader_that_was_replaced_puts_back_nothing_older(hub, publisher, objects, keys):
    place = take(hub, 1)
    publisher.run()
    successor = Publisher(hub.records, objects, keys, hub.clock)
    mark(hub, place, Status.INVALID)
    successor.run()
    newest = objects.get(object_name(NAME))
    # The old leader wakes: it finds the other's list, reads the records, and agrees with it.
    for _ in range(4):
        publisher.run()
        assert objects.get(object_name(NAME)) == newest
    mark(hub, place, Status.SUSPENDED)
    successor.run()
    for _ in range(4):
        publisher.run()
        assert publisher.opened(NAME).status(1) == Status.SUSPENDED


def test_another_list_under_our_name_makes_way_for_the_records(hub, publisher):
    take(hub, 1)
    publisher.run()
    wrong = StatusBits()
    wrong.set(2, Status.INVALID)
    foreign(publisher, wrong, hub.clock.seconds + 30)
    for _ in range(3):
        publisher.run()
    opened = publisher.opened(NAME)
    assert set(opened.packed) == {0}
    assert opened.issue_time > START + 30


def test_a_publisher_that_stood_still_after_it_looked_puts_nothing(hub, objects, keys):
    place = take(hub, 1)
    publisher = Publisher(hub.records, objects, keys, hub.clock)
    publisher.run()
    mark(hub, place, Status.INVALID)

    with pytest.MonkeyPatch.context() as patched:
        put = publisher.task._put

        def late(name: str) -> None:
            publisher.paused += 60
            put(name)

        patched.setattr(publisher.task, "_put", late)
        publisher.run()
    assert publisher.opened(NAME).status(1) == Status.VALID
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID


def test_a_store_that_is_away_is_tried_again(hub, publisher, objects, monkeypatch):
    place = take(hub, 1)
    publisher.run()
    mark(hub, place, Status.INVALID)

    def away(name: str, body: bytes) -> None:
        raise StorageUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr(objects, "replace", away)
        with pytest.raises(StorageUnavailableError):
            publisher.run()
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID


def test_a_rotated_key_signs_from_then_on(hub, objects, tmp_path):
    own = open_keys(tmp_path / "keys")
    publisher = Publisher(hub.records, objects, own, hub.clock)
    place = take(hub, 1)
    publisher.run()
    old = {info.kid: info.public for info in own.versions(STATUS_LISTS_KEY)}
    own.rotate(STATUS_LISTS_KEY)
    mark(hub, place, Status.INVALID)
    publisher.run()
    assert publisher.opened(NAME).status(1) == Status.INVALID
    with pytest.raises(FormatError, match="KID_UNKNOWN"):
        open_status_list(objects.get(object_name(NAME)), old, uri=f"{HUB}/status/{NAME}", at=None)


def test_the_terms_are_those_of_the_configuration() -> None:
    assert terms_of(StatusOptions(), 60.0) == StatusTerms(ttl=300, life=86_400, resign=3_600, late=180)


def test_a_change_is_out_well_within_two_seconds(hub, objects, keys) -> None:
    """In the time of the clocks, that is: a run a quarter of a second, whenever the change comes."""
    publisher = Publisher(hub.records, objects, keys, hub.clock)
    place = take(hub, 1)
    publisher.run()
    for step, status in enumerate([Status.INVALID, Status.SUSPENDED] * 6):
        hub.clock.advance(0.05 * step)
        mark(hub, place, status)
        committed = hub.clock.us
        while publisher.opened(NAME).status(1) != status:
            hub.clock.advance(0.25)
            publisher.task.run_once()
        assert hub.clock.us - committed <= 1_500_000
