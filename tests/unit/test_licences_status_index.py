"""Places in status lists: taken once, left for the next list in time, and changed with the licence they stand for."""

import threading
from dataclasses import replace

import pytest

from exchange.entities.licence import Licence, RevocationCause
from exchange.licences.codec import decode_licence, encode_licence
from exchange.licences.issue import issue_licence
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.room import view_of
from exchange.licences.status_index import (
    CHANGED,
    CHANGES,
    ENDED,
    KIND,
    LIST,
    StatusEntry,
    StatusPlace,
    StatusPlaces,
    entry_of,
    minute_of,
)
from exchange.licences.store import LicenceStore
from signer.status_list import Status
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from storage.records.interface import Record
from tests.fakes.licence_world import IDENTITY, POLICE
from tests.fakes.rooms import START

DAY = 86_400
LIST_2026 = f"{IDENTITY}/2026/1"
WHY = Transition("because", "Article 2", 0, RevocationCause.PENALTY)


def change(world, verb, view):
    return world.as_issuer(POLICE, verb, IDENTITY, view.licence.identifier, view.etag, WHY)


def place_of(licence: Licence) -> StatusPlace:
    return StatusPlace(licence.status_list, licence.status_index)


def entry(world, licence: Licence) -> StatusEntry:
    record = world.hub.records.get(KIND, place_of(licence).key)
    assert record is not None
    return entry_of(record)


def found(world, index: str, value: bytes) -> list[str]:
    return [entry_of(record).identifier for record in world.hub.records.find(KIND, index, value)]


def without_list(world, licence: Licence, name: str) -> None:
    """Put a licence and its place back as an earlier version of the hub wrote them, in the list ``name``."""
    old = replace(licence, status_list="")
    stored, version = world.store.licences.fresh(licence.identifier).value, 1
    assert stored == licence
    world.hub.write(
        world.store.replaced(old, version),
        Insert(KIND, StatusPlace(name, licence.status_index).key, licence.identifier.encode()),
    )
    world.store.licences.forget(licence.identifier)


def test_a_new_licence_has_a_valid_place_and_its_list_is_open(world):
    licence = world.issue(world.person()).view.licence
    assert licence.status_list == LIST_2026
    assert entry(world, licence) == StatusEntry(place_of(licence), Status.VALID, licence.identifier)
    assert [record.key for record in world.hub.records.scan(LIST)] == [LIST_2026]
    assert world.hub.records.counter(CHANGES) == 1
    world.issue(world.person())
    assert world.hub.records.counter(CHANGES) == 1
    assert not found(world, ENDED, LIST_2026.encode())


def test_each_step_of_a_licence_changes_its_place_in_the_same_unit(world):
    view = world.issue(world.person()).view
    steps = [(suspend_licence, Status.SUSPENDED), (reinstate_licence, Status.VALID), (revoke_licence, Status.INVALID)]
    for count, (verb, status) in enumerate(steps, start=2):
        world.hub.clock.advance(120)
        length = world.hub.records.journal_length()
        view = change(world, verb, view)
        assert world.hub.records.journal_length() == length + 1
        assert entry(world, view.licence).status is status
        assert world.hub.records.counter(CHANGES) == count
        ended = [] if status is Status.VALID else [view.licence.identifier]
        assert found(world, ENDED, LIST_2026.encode()) == ended
        assert found(world, CHANGED, minute_of(world.hub.clock.seconds)) == [view.licence.identifier]
        assert not found(world, CHANGED, minute_of(world.hub.clock.seconds - 120))


@pytest.mark.parametrize("renew", [True, False])
def test_a_successor_has_a_place_of_its_own_and_the_old_one_ends(world, renew):
    old = world.issue(world.person()).view
    world.hub.clock.advance(DAY)
    words = {"reason": "again", "legal_reference": ""}
    name = old.licence.identifier
    if renew:
        times = {"valid_from_time": 0, "valid_until_time": world.hub.clock.seconds + DAY}
        issued = world.as_issuer(POLICE, renew_licence, IDENTITY, name, old.etag, **times, **words)
    else:
        amendment = Amendment({"height": "1.70"}, None)
        issued = world.as_issuer(POLICE, amend_licence, IDENTITY, name, old.etag, amendment, **words)
    assert entry(world, old.licence).status is Status.INVALID
    assert entry(world, issued.view.licence).status is Status.VALID
    assert place_of(issued.view.licence) != place_of(old.licence)


def test_the_year_is_that_of_the_calendar_here(world):
    places = StatusPlaces(world.hub.records)
    assert places.free(IDENTITY, START + 364 * DAY + 57_599)[0].list_name == LIST_2026
    assert places.free(IDENTITY, START + 364 * DAY + 57_600)[0].list_name == f"{IDENTITY}/2027/1"


def test_nothing_goes_back_to_a_list_that_was_left(world):
    opened = [Insert(LIST, f"{IDENTITY}/2026/{number}", b"") for number in (1, 2, 3)]
    world.hub.write(*opened)
    assert StatusPlaces(world.hub.records).free(IDENTITY, START)[0].list_name == f"{IDENTITY}/2026/3"


def test_places_for_a_batch_are_all_different_and_free(world, monkeypatch):
    monkeypatch.setattr("exchange.licences.status_index.PLACES", 8)
    places = StatusPlaces(world.hub.records)
    taken = places.free(IDENTITY, START, 4)
    world.hub.write(*[place.taken_by("x") for place in taken])
    more = places.free(IDENTITY, START, 10)
    assert len({place.key for place in (*taken, *more)}) == 14
    assert {place.list_name for place in more} >= {f"{IDENTITY}/2026/2"}


def test_many_at_once_share_no_place_and_go_on_in_the_next_list(world, monkeypatch):
    monkeypatch.setattr("exchange.licences.status_index.PLACES", 32)
    monkeypatch.setattr("exchange.licences.status_index._TRIES", 1)
    hub = world.hub
    rooms = [replace(world.room, store=LicenceStore(hub.records, world.objects, hub.vault, hub.blind)) for _ in "1234"]
    people = [[world.person() for _ in range(6)] for _ in rooms]
    caller, licences, failures = hub.caller(POLICE, "issuer"), [], []
    together = threading.Barrier(len(rooms))

    def issue(room, holders):
        together.wait()
        try:
            for holder in holders:
                new = world.identity(holder)
                issued = hub.run(caller, issue_licence, room, IDENTITY, new, validate_only=False)
                licences.append(issued.view.licence)
        except BaseException as error:  # noqa: BLE001 told to the test
            failures.append(error)

    threads = [threading.Thread(target=issue, args=pair) for pair in zip(rooms, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({place_of(licence) for licence in licences}) == len(licences) == 24
    names = {licence.status_list for licence in licences}
    assert len(names) >= 2
    assert {record.key for record in world.hub.records.scan(LIST)} == names
    assert world.hub.records.counter(CHANGES) == len(names)
    assert {entry(world, licence).identifier for licence in licences} == {one.identifier for one in licences}


def test_a_place_that_is_taken_meanwhile_leads_to_another_draw(world, monkeypatch):
    draws = iter([5, 5, 6])
    monkeypatch.setattr("exchange.licences.status_index.secrets.randbelow", lambda _: next(draws))
    first = world.issue(world.person()).view.licence
    assert first.status_index == 5
    assert world.issue(world.person()).view.licence.status_index == 6


def test_a_licence_of_an_earlier_version_has_its_place_looked_up(world):
    licence = world.issue(world.person()).view.licence
    old_list = f"{POLICE}/202601/2"
    without_list(world, licence, old_list)
    body = encode_licence(licence).replace(f'"status_list":"{LIST_2026}",'.encode(), b"")
    assert decode_licence(body) == replace(licence, status_list="")
    view = world.as_issuer(POLICE, suspend_licence, IDENTITY, licence.identifier, etag_of(world, licence), WHY)
    assert view.licence.status_list == old_list
    assert entry(world, view.licence) == StatusEntry(place_of(view.licence), Status.SUSPENDED, licence.identifier)
    assert old_list in {record.key for record in world.hub.records.scan(LIST)}


def test_a_licence_without_a_place_can_be_revoked(world):
    licence = world.issue(world.person()).view.licence
    without_list(world, licence, "elsewhere/202601/1")
    before = world.hub.records.counter(CHANGES)
    view = world.as_issuer(POLICE, revoke_licence, IDENTITY, licence.identifier, etag_of(world, licence), WHY)
    assert view.licence.status_list == ""
    assert world.hub.records.counter(CHANGES) == before


def test_a_place_that_was_lost_is_made_again(world):
    view = world.issue(world.person()).view
    lost = StatusPlaces(world.hub.records).marked(replace(view.licence, status_list="other/2026/1"), START)
    assert isinstance(lost[0], Insert)
    assert isinstance(lost[1], Insert)
    assert isinstance(StatusPlaces(world.hub.records).marked(view.licence, START)[0], Replace)


@pytest.mark.parametrize("body", [b"3 x", b"x 1", b" x", b"\xff", b"1 \xff"])
def test_other_bytes_are_corrupt(body: bytes) -> None:
    with pytest.raises(CorruptError):
        entry_of(Record(KIND, f"{LIST_2026}/0000001", 1, body))


def test_an_old_body_is_a_valid_licences_identifier() -> None:
    old = entry_of(Record(KIND, f"{POLICE}/202601/1/0000007", 1, b"1.2.156"))
    assert old == StatusEntry(StatusPlace(f"{POLICE}/202601/1", 7), Status.VALID, "1.2.156")
    with pytest.raises(CorruptError):
        entry_of(Record(KIND, "no index", 1, b"1.2.156"))


def etag_of(world, licence: Licence) -> str:
    return view_of(licence, world.store.licences.fresh(licence.identifier).version).etag
