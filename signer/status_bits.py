"""The packed places of a status list (Token Status List, section 4), in memory and compressed.

Rules:
1. Places fill a byte from its least significant bit on: with 2 bits, place 0 is bits 0 and 1 of byte 0.
2. What is written here has 2 bits a place; 1, 2, 4 and 8 are read.
3. Compressed bytes are hostile: no more is ever inflated than a list may hold, and the stream must be whole and alone.
"""

import zlib
from enum import IntEnum
from typing import Final

from signer.errors import FormatError

PLACES: Final = 1 << 20
"""Places of a list, and the most that are read of any."""

BITS: Final = 2
"""Bits a place in the lists that are made here."""

READABLE_BITS: Final = frozenset({1, 2, 4, 8})

_LEVEL: Final = 6
"""Level 9 takes thirteen times as long and saves almost nothing."""

_PER_BYTE: Final = 8 // BITS
_MASK: Final = (1 << BITS) - 1


class Status(IntEnum):
    """The status types of the standard's registry (section 7.1) that a licence can have."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


class StatusBits:
    """The places of one list while it is built, all VALID at first. Not thread-safe."""

    def __init__(self, size: int = PLACES) -> None:
        """``size``: how many places, a multiple of 4 up to 2**20; ValueError otherwise."""
        if not 0 < size <= PLACES or size % _PER_BYTE:
            raise ValueError(f"a status list has a multiple of {_PER_BYTE} places, at most {PLACES}")
        self._size = size
        self._packed = bytearray(size // _PER_BYTE)

    def set(self, index: int, status: Status) -> None:
        """Put a status in a place. Raises FormatError (``STATUS_INDEX_OUT_OF_BOUNDS``)."""
        check_index(index, self._size)
        shift = (index & 3) << 1
        self._packed[index >> 2] = self._packed[index >> 2] & ~(_MASK << shift) | status << shift

    def get(self, index: int) -> Status:
        """Return the status in a place. Raises FormatError (``STATUS_INDEX_OUT_OF_BOUNDS``)."""
        return Status(packed_value(self._packed, BITS, index))

    @property
    def packed(self) -> bytes:
        """The places as a list carries them, not compressed."""
        return bytes(self._packed)

    def compressed(self) -> bytes:
        """Return the places as a zlib stream of level 6."""
        return zlib.compress(self._packed, _LEVEL)


def packed_value(packed: bytes | bytearray, bits: int, index: int) -> int:
    """Return the value in a place of ``packed``, ``bits`` a place. Raises FormatError
    (``STATUS_INDEX_OUT_OF_BOUNDS``)."""
    check_index(index, len(packed) * 8 // bits)
    byte, offset = divmod(index * bits, 8)
    return packed[byte] >> offset & ((1 << bits) - 1)


def check_index(index: int, size: int) -> None:
    """Refuse a place that a list of ``size`` does not have (section 8.3, step 6)."""
    if not 0 <= index < size:
        raise FormatError("STATUS_INDEX_OUT_OF_BOUNDS", "the status list has no such place")


def inflated(compressed: bytes, bits: int) -> bytes:
    """Return the packed places of a compressed list with ``bits`` a place.

    Raises FormatError: ``STATUS_LIST_BITS`` for bits other than 1, 2, 4, 8; ``STATUS_LIST_COMPRESSION`` for bytes that
    are no zlib stream, or not a whole one; ``STATUS_LIST_TOO_LARGE`` for more than 2**20 places, of which no more is
    inflated; ``STATUS_LIST_TRAILING_BYTES`` for anything after the stream; ``STATUS_LIST_EMPTY`` for no place at all.
    """
    if bits not in READABLE_BITS:
        raise FormatError("STATUS_LIST_BITS", "a status list has 1, 2, 4 or 8 bits a place")
    most = PLACES * bits // 8
    stream = zlib.decompressobj()
    try:
        packed = stream.decompress(compressed, most + 1)
    except zlib.error as error:
        raise FormatError("STATUS_LIST_COMPRESSION", "the status list is no zlib stream") from error
    if len(packed) > most:
        raise FormatError("STATUS_LIST_TOO_LARGE", f"the status list has more than {PLACES} places")
    if not stream.eof:
        raise FormatError("STATUS_LIST_COMPRESSION", "the status list's zlib stream is cut short")
    if stream.unused_data:
        raise FormatError("STATUS_LIST_TRAILING_BYTES", "something follows the status list's zlib stream")
    if not packed:
        raise FormatError("STATUS_LIST_EMPTY", "the status list has no place")
    return packed
