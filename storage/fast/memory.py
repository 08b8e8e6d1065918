"""The fast store in memory: bounded, thread-safe, with an injected clock.

Rules:
1. A key, and each member of a set, takes one of ``max_keys`` places. When all are taken by what is still alive, a new
   one is refused (``StorageUnavailableError``): evicting a live one-time code or quota would let someone in.
2. What has expired is gone for every reader at once, and its place is freed by the next write.
"""

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass

from storage.errors import LimitExceededError, StorageError, StorageUnavailableError

MAX_KEY = 200
MAX_VALUE = 4096
MAX_TTL = 400 * 86_400
MAX_COUNT = (1 << 63) - 1
_SPARE_DEADLINES = 1_000


@dataclass(slots=True)
class _Entry:
    """What a key holds: bytes, a counter or a set; ``expires`` in seconds of the clock."""

    expires: float
    content: bytes | int | set[bytes]


class MemoryFast:
    """``Fast`` in a dict; ``clock`` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float], max_keys: int) -> None:
        self._clock = clock
        self._max = max_keys
        self._taken = 0
        self._entries: dict[str, _Entry] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._lock = threading.Lock()

    def put(self, key: str, value: bytes, ttl: int) -> None:
        """See ``Fast.put``."""
        _check(key, ttl, value)
        with self._lock:
            self._live(key)
            self._place(key, value, ttl)

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        """See ``Fast.put_if_absent``."""
        _check(key, ttl, value)
        with self._lock:
            if self._live(key) is not None:
                return False
            self._place(key, value, ttl)
            return True

    def get(self, key: str) -> bytes | None:
        """See ``Fast.get``."""
        _check(key)
        with self._lock:
            return _bytes(self._live(key))

    def take(self, key: str) -> bytes | None:
        """See ``Fast.take``."""
        _check(key)
        with self._lock:
            value = _bytes(self._live(key))
            if value is not None:
                self._remove(key)
            return value

    def add(self, key: str, amount: int, ttl: int) -> int:
        """See ``Fast.add``."""
        _check(key, ttl)
        with self._lock:
            entry = self._live(key)
            count = amount + (0 if entry is None else _number(entry))
            if abs(count) > MAX_COUNT:
                raise LimitExceededError("the counter would pass 64 bits")
            if entry is None:
                self._place(key, count, ttl)
            else:
                entry.content = count
            return count

    def count(self, key: str) -> int:
        """See ``Fast.count``."""
        _check(key)
        with self._lock:
            entry = self._live(key)
            if entry is None:
                return 0
            return len(entry.content) if isinstance(entry.content, set) else _number(entry)

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        """See ``Fast.add_member``."""
        _check(key, ttl, member)
        with self._lock:
            entry = self._live(key)
            if entry is None:
                self._place(key, {member}, ttl)
                return 1
            members = _members(entry)
            if member not in members:
                self._need_place()
                members.add(member)
                self._taken += 1
            return len(members)

    def has_member(self, key: str, member: bytes) -> bool:
        """See ``Fast.has_member``."""
        _check(key, value=member)
        with self._lock:
            entry = self._live(key)
            return entry is not None and member in _members(entry)

    def delete(self, key: str) -> None:
        """See ``Fast.delete``."""
        _check(key)
        with self._lock:
            self._remove(key)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._deadlines.clear()
            self._taken = 0

    def _live(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.expires <= self._clock():
            self._remove(key)
            return None
        return entry

    def _place(self, key: str, content: bytes | int | set[bytes], ttl: int) -> None:
        if key not in self._entries:
            self._need_place()
        self._remove(key)
        expires = self._clock() + ttl
        self._entries[key] = _Entry(expires, content)
        self._taken += 1
        heapq.heappush(self._deadlines, (expires, key))
        if len(self._deadlines) > 2 * len(self._entries) + _SPARE_DEADLINES:
            # Keys put again and again leave deadlines behind; drop those before they outgrow the entries.
            self._deadlines = [(entry.expires, name) for name, entry in self._entries.items()]
            heapq.heapify(self._deadlines)

    def _need_place(self) -> None:
        now = self._clock()
        while self._deadlines and self._deadlines[0][0] <= now:
            expires, key = heapq.heappop(self._deadlines)
            entry = self._entries.get(key)
            if entry is not None and entry.expires == expires:
                self._remove(key)
        if self._taken >= self._max:
            raise StorageUnavailableError("the fast store is full of live keys: raise its bound, or wait")

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._taken -= len(entry.content) if isinstance(entry.content, set) else 1


def _check(key: str, ttl: int = 1, value: bytes = b"") -> None:
    if not 1 <= len(key) <= MAX_KEY:
        raise LimitExceededError(f"key: {len(key)} characters; 1 to {MAX_KEY} are allowed")
    if not 1 <= ttl <= MAX_TTL:
        raise LimitExceededError(f"time to live: {ttl} s; 1 to {MAX_TTL} are allowed")
    if len(value) > MAX_VALUE:
        raise LimitExceededError(f"value: {len(value)} bytes; at most {MAX_VALUE} are allowed")


def _bytes(entry: _Entry | None) -> bytes | None:
    if entry is None:
        return None
    if not isinstance(entry.content, bytes):
        raise StorageError("the key holds a counter or a set, not a value")
    return entry.content


def _number(entry: _Entry) -> int:
    if not isinstance(entry.content, int):
        raise StorageError("the key holds a value or a set, not a counter")
    return entry.content


def _members(entry: _Entry) -> set[bytes]:
    if not isinstance(entry.content, set):
        raise StorageError("the key holds a value or a counter, not a set")
    return entry.content
