"""The journal's batches: how entries and their salts are laid in a batch body, and read back by position.

A body is the format byte 0x01, then for each entry: length of the entry in 4 bytes (big-endian), the 32-byte salt of
its commitment, the entry bytes. The entries' positions are the batch's first position and those that follow.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.audit.errors import JournalError
from storage.records.interface import Records

FORMAT = b"\x01"
SALT_BYTES = 32
MAX_ENTRY_BYTES = 256 * 1024
MAX_BATCH_ENTRIES = 4096

_LENGTH = struct.Struct(">I")
_HEAD_BYTES = _LENGTH.size + SALT_BYTES


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry as committed: ``index`` is its log position, ``time_us`` when its batch was written (microseconds)."""

    index: int
    time_us: int
    salt: bytes
    entry: bytes


def encode(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Lay (salt, entry) pairs in a batch body.

    Raises ``JournalError`` for a salt that is not 32 bytes, or an entry that is empty or over 256 KiB.
    """
    parts = [FORMAT]
    for salt, entry in entries:
        if len(salt) != SALT_BYTES:
            raise JournalError(f"a salt is {len(salt)} bytes long instead of {SALT_BYTES}")
        if not 0 < len(entry) <= MAX_ENTRY_BYTES:
            raise JournalError(f"an entry is {len(entry)} bytes long; it must have 1 to {MAX_ENTRY_BYTES}")
        parts += (_LENGTH.pack(len(entry)), salt, entry)
    return b"".join(parts)


def decode(body: bytes, count: int) -> list[tuple[bytes, bytes]]:
    """Take the (salt, entry) pairs out of a batch body that must hold exactly ``count``.

    Raises ``JournalError`` for anything else than what ``encode`` writes. Does not look into the entries.
    """
    if not 0 < count <= MAX_BATCH_ENTRIES:
        raise JournalError(f"a batch of {count} entries; it must have 1 to {MAX_BATCH_ENTRIES}")
    if body[:1] != FORMAT:
        raise JournalError("the batch is not of format 1")
    pairs: list[tuple[bytes, bytes]] = []
    at, end = 1, len(body)
    while at < end:
        if end - at < _HEAD_BYTES:
            raise JournalError(f"the batch ends inside the head of its entry {len(pairs)}")
        (length,) = _LENGTH.unpack_from(body, at)
        start = at + _HEAD_BYTES
        if not 0 < length <= MAX_ENTRY_BYTES or length > end - start:
            raise JournalError(f"entry {len(pairs)} of the batch claims {length} bytes")
        if len(pairs) == count:
            raise JournalError(f"the batch holds more than its {count} entries")
        pairs.append((body[at + _LENGTH.size : start], body[start : start + length]))
        at = start + length
    if len(pairs) != count:
        raise JournalError(f"the batch holds {len(pairs)} entries instead of {count}")
    return pairs


def read(records: Records, first: int = 0, end: int | None = None) -> Iterator[JournalEntry]:
    """Entries at positions ``first`` ≤ i < ``end`` (None: all committed when the call began), in order.

    Raises ``JournalError`` if a batch does not decode or the positions are not contiguous.
    """
    expected = first
    for batch in records.journal(first):
        if batch.first > expected or batch.first + batch.count <= expected:
            raise JournalError(f"the journal jumps to {batch.first} where position {expected} should be")
        pairs = decode(batch.body, batch.count)
        for index in range(expected, batch.first + batch.count):
            if end is not None and index >= end:
                return
            salt, entry = pairs[index - batch.first]
            yield JournalEntry(index, batch.time_us, salt, entry)
        expected = batch.first + batch.count


def entries_at(records: Records, indexes: Iterable[int]) -> list[JournalEntry]:
    """The entries at positions, in the order asked; a batch is read once for neighbours in it.

    Raises ``JournalError`` for a position that the journal lacks, or as ``read`` does.
    """
    found: list[JournalEntry] = []
    first, end, time_us = 0, 0, 0
    pairs: list[tuple[bytes, bytes]] = []
    for index in indexes:
        if not first <= index < end:
            batch = next(iter(records.journal(index)), None)
            if batch is None or not batch.first <= index < batch.first + batch.count:
                raise JournalError(f"the journal has no position {index}")
            first, end, time_us = batch.first, batch.first + batch.count, batch.time_us
            pairs = decode(batch.body, batch.count)
        found.append(JournalEntry(index, time_us, *pairs[index - first]))
    return found


def entry_at(records: Records, index: int) -> JournalEntry | None:
    """The entry at a position; None beyond the journal's end. Raises ``JournalError`` as ``read`` does."""
    if not 0 <= index < records.journal_length():
        return None
    return entries_at(records, [index])[0]
