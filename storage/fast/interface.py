"""The fast store's interface: what every engine must do, checked by one contract suite.

Every value has a time to live in seconds (1 to 400 days). Keys are 1 to 200 characters, values and members at most
4 KiB. Losing it all must lose no data and let no one in: one-time codes are then gone (fail closed), counters rebuild.
"""

from typing import Protocol


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

    def close(self) -> None: ...
