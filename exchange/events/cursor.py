"""Where an event stands, and cursors: places made opaque, good only for the subscriber that they were made for.

Rules:
1. A place is the log position of the call that made the event and the event's number within it; places never change.
2. A cursor is base64url of an HMAC-SHA-256 (16 bytes) over subscriber and place, and the place. A made-up one, and
   another subscriber's, are refused alike.
"""

import hashlib
import hmac
import struct
from typing import Final, NamedTuple

from exchange.errors import InvalidError, Violation
from signer.base64url import decode, encode
from signer.errors import FormatError

_TAG: Final = 16
_PLACE: Final = struct.Struct(">QI")
_LAST: Final = 0xFFFF_FFFF


class Place(NamedTuple):
    """``at``: log position; ``number``: which of that entry's events, from 0."""

    at: int
    number: int

    @classmethod
    def before(cls, index: int) -> "Place":
        """The place after every event before log position ``index``, and before those of ``index``."""
        return cls(index - 1, _LAST) if index else cls(0, -1)

    @property
    def next_entry(self) -> int:
        """The log position of the first entry that may hold an event after this place."""
        return self.at + (self.number == _LAST)


BEGINNING: Final = Place(0, -1)
"""Before every event."""


class Cursors:
    """Seals and opens cursors; ``secret`` is the same on every machine of the hub."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, subscriber: str, place: Place) -> str:
        """The cursor of a place for a subscriber (as ``subscriber_name`` makes it)."""
        packed = _PLACE.pack(place.at, _LAST if place.number == _LAST else place.number + 1)
        return encode(self._tag(subscriber, packed) + packed)

    def open(self, subscriber: str, cursor: str) -> Place:
        """The place of a cursor. Raises ``InvalidError`` for one that was not made for this subscriber."""
        try:
            raw = decode(cursor)
        except FormatError as error:
            raise _invalid() from error
        tag, packed = raw[:_TAG], raw[_TAG:]
        if len(packed) != _PLACE.size or not hmac.compare_digest(tag, self._tag(subscriber, packed)):
            raise _invalid()
        index, number = _PLACE.unpack(packed)
        return Place(index, _LAST if number == _LAST else number - 1)

    def _tag(self, subscriber: str, packed: bytes) -> bytes:
        bound = hashlib.sha256(subscriber.encode()).digest() + packed
        return hmac.digest(self._secret, bound, "sha256")[:_TAG]


def _invalid() -> InvalidError:
    return InvalidError((Violation("cursor", "is not a cursor of this subscriber", "游标不属于本订阅方"),))
