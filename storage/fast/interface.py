"""The fast store's interface: what every engine must do, checked by one contract suite.

Every value has a time to live in seconds (1 to 400 days). Keys are 1 to 200 characters, values and members at most
4 KiB. Losing it all must lose no data and let no one in: one-time codes are then gone (fail closed), counters rebuild.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Add:
    """Add ``amount`` to a counter, as ``Fast.add``."""

    key: str
    ttl: int
    amount: int = 1


@dataclass(frozen=True, slots=True)
class AddMember:
    """Add ``member`` to a set, as ``Fast.add_member``."""

    key: str
    ttl: int
    member: bytes


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Raise a counter to ``count`` if it is lower; the time to live starts when the counter does.

    Doing it twice is doing it once.
    """

    key: str
    ttl: int
    count: int


Step = Add | AddMember | AtLeast


class Fast(Protocol):
    """Counters, sets and one-time values with a time to live."""

    def put(self, key: str, value: bytes, ttl: int) -> None: ...

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        """True if the key was absent and now holds the value: one winner under any race."""
        ...

    def get(self, key: str) -> bytes | None: ...

    def take(self, key: str) -> bytes | None:
        """Read and remove in one step: one winner under any race."""
        ...

    def add(self, key: str, amount: int, ttl: int) -> int:
        """Add to a counter (from 0) and return its new value; the time to live starts when the counter does."""
        ...

    def count(self, key: str) -> int:
        """A counter's value, or a set's size; 0 if absent."""
        ...

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        """Add to a set and return its size; the time to live starts when the set does."""
        ...

    def has_member(self, key: str, member: bytes) -> bool: ...

    def delete(self, key: str) -> None: ...

    def look(self, keys: Sequence[str], members: Sequence[tuple[str, bytes]]) -> tuple[list[int], list[bool]]:
        """Many ``count`` and ``has_member`` in few round trips; not one moment's view.

        Raises as they do, for the first that fails.
        """
        ...

    def charge(self, steps: Sequence[Step]) -> list[int | StorageError]:
        """Many steps in few round trips, in order for each key, all of them tried.

        Returns for each what the counter or set counts after it, or the error that it alone met.
        """
        ...

    def close(self) -> None: ...
