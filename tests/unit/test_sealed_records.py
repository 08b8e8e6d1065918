"""Records sealed under a person's key: what goes in comes out, changed bytes do not, and erasure ends them."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from exchange.errors import StaleError
from exchange.sealed_records import SealedRecords, write_sealed
from storage.errors import CorruptError, ErasedError
from storage.records.changes import Replace
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import CLERK, MARKET, small_catalogue

KIND = "note"
OWNER, OTHER = "ab" * 16, "cd" * 16


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    colour: Colour | None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherNote:
    number: int


NOTE = Note("生僻字𠮷", Colour.RED, ("a", "b"))


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def kept(hub):
    return SealedRecords(hub.records, hub.vault, KIND, Note)


def put(hub, key, note, owner=OWNER, version=0):
    indexes = (("all", b"x"),)
    hub.run(
        hub.caller(MARKET, CLERK),
        lambda call: write_sealed(call, KIND, key, note, owner=owner, version=version, indexes=indexes),
    )


def call(hub):
    return hub.call(hub.caller(MARKET, CLERK))


def test_what_goes_in_comes_out(hub, kept):
    put(hub, "1", NOTE)
    found = kept.find(call(hub), "1")
    assert (found.value, found.owner, found.version) == (NOTE, OWNER, 1)
    put(hub, "1", Note("", None), version=1)
    assert kept.read(call(hub), "1").value == Note("", None)
    assert kept.find(call(hub), "2") is None
    assert kept.read(call(hub), "2").version == 0
    assert NOTE.text.encode() not in hub.records.get(KIND, "1").body


def test_what_was_read_must_be_unchanged_at_commit(hub, kept):
    put(hub, "1", NOTE)
    for key in ("1", "2"):
        reading = call(hub)
        kept.read(reading, key)
        put(hub, key, NOTE, version=kept.read(call(hub), key).version)
        with pytest.raises(StaleError):
            hub.commit(reading)


def test_erasure_ends_them(hub, kept):
    put(hub, "1", NOTE)
    put(hub, "2", NOTE, OTHER)
    hub.write(hub.vault.destroy(OWNER))
    with pytest.raises(ErasedError):
        kept.read(call(hub), "1")
    assert kept.find(call(hub), "1") is None
    assert kept.page("all", "x", after="", limit=10).items == (NOTE,)


def test_pages(hub, kept):
    for key in "123":
        put(hub, key, NOTE)
    page = kept.page("all", "x", after="", limit=2)
    assert (len(page.items), page.next_key) == (2, "2")
    assert kept.page("all", "x", after="2", limit=2).next_key == ""
    assert kept.page("all", "y", after="", limit=2).items == ()


def test_changed_bytes_and_other_content_do_not_open(hub, kept):
    put(hub, "1", NOTE)
    record = hub.records.get(KIND, "1")
    for body in (record.body[:10], record.body[:-1], record.body[:-1] + bytes([record.body[-1] ^ 1])):
        version = hub.records.get(KIND, "1").version
        hub.write(Replace(KIND, "1", version, body, ()))
        with pytest.raises(CorruptError):
            kept.read(call(hub), "1")
    put(hub, "2", OtherNote(1))
    with pytest.raises(CorruptError):
        kept.read(call(hub), "2")
    put(hub, "3", NOTE)
    swapped = hub.records.get(KIND, "3").body
    hub.write(Replace(KIND, "2", hub.records.get(KIND, "2").version, swapped, ()))
    with pytest.raises(CorruptError):
        kept.read(call(hub), "2")
