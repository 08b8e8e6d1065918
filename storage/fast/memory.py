"""The fast store in memory: bounded, thread-safe, with an injected clock.

Rules:
1. A key, and each member of a set, takes one of ``max_keys`` places. When all are taken by what is still alive, a new
   one is refused (``StorageUnavailableError``): evicting a live one-time code or quota would let someone in.
2. What has expired is gone for every reader at once, and its place is freed by the next write.
"""

import heapq
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storage.errors import StorageError, StorageUnavailableError
from storage.fast.interface import Add, AddMember, AtLeast, Step
from storage.fast.limits import check, check_count, check_look

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
        check(key, ttl, value)
        with self._lock:
            self._live(key)
            self._place(key, value, ttl)

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        """See ``Fast.put_if_absent``."""
        check(key, ttl, value)
        with self._lock:
            if self._live(key) is not None:
                return False
            self._place(key, value, ttl)
            return True

    def get(self, key: str) -> bytes | None:
        """See ``Fast.get``."""
        check(key)
        with self._lock:
            return _bytes(self._live(key))

    def take(self, key: str) -> bytes | None:
        """See ``Fast.take``."""
        check(key)
        with self._lock:
            value = _bytes(self._live(key))
            if value is not None:
                self._remove(key)
            return value

    def add(self, key: str, amount: int, ttl: int) -> int:
        """See ``Fast.add``."""
        check(key, ttl)
        check_count(amount)
        with self._lock:
            entry = self._live(key)
            return self._set_count(key, entry, amount + (0 if entry is None else _number(entry)), ttl)

    def count(self, key: str) -> int:
        """See ``Fast.count``."""
        check(key)
        with self._lock:
            entry = self._live(key)
            if entry is None:
                return 0
            return len(entry.content) if isinstance(entry.content, set) else _number(entry)

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        """See ``Fast.add_member``."""
        check(key, ttl, member)
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
        check(key, value=member)
        with self._lock:
            entry = self._live(key)
            return entry is not None and member in _members(entry)

    def delete(self, key: str) -> None:
        """See ``Fast.delete``."""
        check(key)
        with self._lock:
            self._remove(key)

    def look(self, keys: Sequence[str], members: Sequence[tuple[str, bytes]]) -> tuple[list[int], list[bool]]:
        """See ``Fast.look``."""
        check_look(keys, members)
        return [self.count(key) for key in keys], [self.has_member(key, member) for key, member in members]

    def charge(self, steps: Sequence[Step]) -> list[int | StorageError]:
        """See ``Fast.charge``."""
        counts: list[int | StorageError] = []
        for step in steps:
            try:
                counts.append(self._step(step))
            except StorageError as error:
                counts.append(error)
        return counts

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._deadlines.clear()
            self._taken = 0

    def _step(self, step: Step) -> int:
        match step:
            case Add():
                return self.add(step.key, step.amount, step.ttl)
            case AddMember():
                return self.add_member(step.key, step.member, step.ttl)
            case AtLeast():
                return self._raise_to(step.key, step.count, step.ttl)

    def _raise_to(self, key: str, count: int, ttl: int) -> int:
        check(key, ttl)
        check_count(count)
        with self._lock:
            entry = self._live(key)
            return self._set_count(key, entry, count if entry is None else max(count, _number(entry)), ttl)

    def _set_count(self, key: str, entry: _Entry | None, count: int, ttl: int) -> int:
        check_count(count)
        if entry is None:
            self._place(key, count, ttl)
        else:
            entry.content = count
        return count

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
