"""The access index in memory: gone with the process, and rebuilt from the journal like any other."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence

from storage.errors import Cause, ConditionFailedError, LimitExceededError
from storage.records.limits import (
    MAX_BODY,
    MAX_KEY,
    MAX_KIND,
    check_limit,
    check_number,
    check_term,
    check_terms,
    check_text,
)

Terms = Sequence[tuple[str, bytes]]


class MemoryAccessIndex:
    """``AccessIndex`` as a list of (time, terms), searched from its end."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, frozenset[tuple[str, bytes]]]] = []
        self._states: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def indexed_through(self) -> int:
        """See ``AccessIndex.indexed_through``."""
        return len(self._entries)

    def add(self, first: int, entries: Sequence[tuple[int, Terms]]) -> None:
        """See ``AccessIndex.add``."""
        check_number("first", first)
        for time_us, terms in entries:
            check_number("time", time_us)
            for name, value in terms:
                check_term(name, value)
        with self._lock:
            if first != len(self._entries):
                raise ConditionFailedError(Cause.VERSION, 0, "indexed_through")
            self._entries.extend((time_us, frozenset(terms)) for time_us, terms in entries)

    def find(self, terms: Terms, *, start: int, end: int, before: int | None, limit: int) -> list[int]:
        """See ``AccessIndex.find``."""
        check_terms(terms)
        check_limit(limit)
        with self._lock:
            found = self._carrying(terms, start, end)
            return [position for position in found if before is None or position < before][:limit]

    def summarise(self, name: str, terms: Terms, *, start: int, end: int, limit: int) -> list[tuple[bytes, int]]:
        """See ``AccessIndex.summarise``; equal counts come in the order of their values."""
        check_text("name", name, MAX_KIND)
        check_terms(terms)
        check_limit(limit)
        with self._lock:
            totals = Counter(
                value
                for position in self._carrying(terms, start, end)
                for of, value in self._entries[position][1]
                if of == name
            )
        return sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:limit]

    def state(self, name: str) -> bytes | None:
        """See ``AccessIndex.state``."""
        check_text("state", name, MAX_KEY)
        return self._states.get(name)

    def set_state(self, name: str, old: bytes | None, new: bytes) -> None:
        """See ``AccessIndex.set_state``."""
        check_text("state", name, MAX_KEY)
        if len(new) > MAX_BODY:
            raise LimitExceededError(f"state: {len(new)} bytes; at most {MAX_BODY} are allowed")
        with self._lock:
            if self._states.get(name) != old:
                raise ConditionFailedError(Cause.VERSION, 0, "state")
            self._states[name] = new

    def clear(self) -> None:
        """See ``AccessIndex.clear``."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Nothing to close."""

    def _carrying(self, terms: Terms, start: int, end: int) -> Iterator[int]:
        wanted = frozenset(terms)
        for position in range(len(self._entries) - 1, -1, -1):
            time_us, carried = self._entries[position]
            if start <= time_us < end and wanted <= carried:
                yield position
