"""The journal's batches: layout, strict reading, and entries by position."""

import pytest

from exchange.audit import journal
from exchange.audit.errors import JournalError
from tests.fakes.audit_world import entry, memory_world, salt


def test_body_is_laid_out_as_documented():
    body = journal.encode([(b"\x07" * 32, b"abc")])
    assert body == b"\x01" + b"\x00\x00\x00\x03" + b"\x07" * 32 + b"abc"


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ((b"short", b"abc"), "salt"),
        ((b"s" * 32, b""), "0 bytes"),
        ((b"s" * 32, b"x" * (journal.MAX_ENTRY_BYTES + 1)), "262145"),
    ],
)
def test_encode_refuses_what_decode_would(pair, told):
    with pytest.raises(JournalError, match=told):
        journal.encode([pair])


ONE = journal.encode([(b"s" * 32, b"abc")])


@pytest.mark.parametrize(
    ("body", "count", "told"),
    [
        (ONE, 0, "0 entries"),
        (ONE, journal.MAX_BATCH_ENTRIES + 1, "4097 entries"),
        (b"\x02" + ONE[1:], 1, "format"),
        (b"", 1, "format"),
        (ONE[:20], 1, "head"),
        (ONE[:-1], 1, "claims 3"),
        (b"\x01" + b"\x00" * 4 + ONE[5:], 1, "claims 0"),
        (b"\x01\xff\xff\xff\xff" + ONE[5:], 1, "claims"),
        (ONE + ONE[1:], 1, "more than its 1"),
        (ONE, 2, "1 entries instead of 2"),
    ],
)
def test_decode_refuses(body, count, told):
    with pytest.raises(JournalError, match=told):
        journal.decode(body, count)


def test_reads_by_position_across_batches():
    with memory_world() as world:
        world.fill(25, batch=10)
        assert [item.index for item in journal.read(world.records)] == list(range(25))
        part = list(journal.read(world.records, 8, 21))
        assert [item.index for item in part] == list(range(8, 21))
        assert part[0].entry == entry(8)
        assert part[0].salt == salt(8)
        assert part[0].time_us == world.clock.us
        assert [item.index for item in journal.entries_at(world.records, [24, 3, 2])] == [24, 3, 2]
        assert journal.entry_at(world.records, 24).entry == entry(24)
        assert journal.entry_at(world.records, 25) is None
        assert journal.entry_at(world.records, -1) is None
        with pytest.raises(JournalError, match="no position 25"):
            journal.entries_at(world.records, [25])


class Jumping:
    """Records whose journal lacks a batch."""

    def __init__(self, records):
        self._batches = list(records.journal())

    def journal(self, first=0):
        return iter(self._batches[1:])


def test_a_hole_in_the_journal_is_told():
    with memory_world() as world:
        world.fill(20, batch=10)
        with pytest.raises(JournalError, match="jumps to 10"):
            list(journal.read(Jumping(world.records)))
