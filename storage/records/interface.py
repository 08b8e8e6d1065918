"""The records interface: what every engine must do, checked by one contract suite.

Rules:
1. Reads may come from any process and thread; each thread gets its own connection inside the implementation.
2. One writer at a time holds a ``WriteTransaction``; what it did is visible to readers after ``commit`` and survives
   power loss from then on.
3. Keys are 1 to 200 characters, kinds and index names 1 to 40, index values 1 to 200 bytes, bodies at most 1 MiB,
   counters 1 to 200 characters, journal batches at most 64 MiB; names hold neither NUL nor lone surrogates; anything
   else raises ``LimitExceededError``.
4. Lists are paged by key, never by offset.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from storage.records.changes import Change


@dataclass(frozen=True, slots=True)
class Record:
    """One row: ``version`` counts its changes from 1; ``body`` is opaque here."""

    kind: str
    key: str
    version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of an answered request (see ``Remember``)."""

    body_digest: bytes
    answer: bytes
    time_us: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One journal batch: ``count`` entries from position ``first`` on, written at ``time_us``, encoded in ``body``."""

    first: int
    count: int
    time_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class LogEnd:
    """Where the journal stands: ``time_us`` is when its last batch was written (0: there is none).

    ``clock_us`` is what the engine's own clock says; None for an engine that has none but this machine's.
    """

    time_us: int
    clock_us: int | None


class WriteTransaction(Protocol):
    """Many units in one durable transaction."""

    def unit(self) -> AbstractContextManager[None]:
        """A savepoint: an exception inside undoes what was applied inside, and only that, and is raised on.

        Units do not nest. A unit whose ``apply`` failed is undone even if the caller caught the exception inside it.
        """
        ...

    def preload(self, changes: Iterable[Change]) -> None:
        """These changes will be asked for: an engine may read at once what their conditions need.

        It changes nothing, and nothing depends on it but speed. Changes out of bounds are left to ``apply``.
        """
        ...

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes in order; raises ``ConditionFailedError`` at the first whose condition fails.

        Outside ``unit()`` the changes are a unit of their own.
        """
        ...

    def log_end(self) -> LogEnd:
        """Where the journal stood when this transaction began; nobody else appends before it ends."""
        ...

    def append(self, count: int, time_us: int, body: bytes) -> int:
        """Append one journal batch of ``count`` (> 0) entries and return its first position (contiguous from 0)."""
        ...


class Records(Protocol):
    """Versioned records, durable counters, remembered requests and the journal."""

    def get(self, kind: str, key: str) -> Record | None: ...

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, Record]:
        """The records that exist among at most 1,000 keys."""
        ...

    def scan(self, kind: str, *, after: str = "", limit: int = 100) -> list[Record]:
        """Records of a kind in key order, strictly after a key; ``limit`` is 1 to 1,000."""
        ...

    def find(self, kind: str, index: str, value: bytes, *, after: str = "", limit: int = 100) -> list[Record]:
        """Records found under an index entry, in key order, strictly after a key; ``limit`` is 1 to 1,000."""
        ...

    def counter(self, name: str) -> int:
        """The value of a durable counter; 0 if it was never spent."""
        ...

    def remembered(self, request: bytes) -> Remembered | None: ...

    def journal_length(self) -> int:
        """How many entries the journal holds."""
        ...

    def journal(self, first: int = 0) -> Iterator[Batch]:
        """Batches in order, from the one that holds position ``first``; at most those committed when the call began."""
        ...

    def write(self) -> AbstractContextManager[WriteTransaction]:
        """Open the one write transaction; leaving it normally commits durably, an exception rolls all of it back.

        Raises ``StorageUnavailableError`` if the engine cannot commit.
        """
        ...

    def forget_requests(self, before_us: int, limit: int = 10_000) -> int:
        """Delete at most ``limit`` remembered requests older than ``before_us``; returns how many. Writer only."""
        ...

    def close(self) -> None: ...


class AccessIndex(Protocol):
    """Inverted index over log positions: rebuildable from the journal, never the truth. One writer at a time.

    A term is ``(name, value)``, for example ``("department", b"…")``; names are 1 to 40 characters, values 1 to 200
    bytes, and a question has at most 16 terms.
    """

    def indexed_through(self) -> int:
        """How many log positions are indexed (0: none)."""
        ...

    def add(self, first: int, entries: Sequence[tuple[int, Sequence[tuple[str, bytes]]]]) -> None:
        """Index entries, given as (time in microseconds, terms), at positions from ``first`` on, in one transaction.

        ``first`` must be ``indexed_through()`` (compare-and-swap), or ``ConditionFailedError`` is raised.
        """
        ...

    def find(
        self, terms: Sequence[tuple[str, bytes]], *, start: int, end: int, before: int | None, limit: int
    ) -> list[int]:
        """Positions that carry all terms, newest first.

        ``start`` and ``end`` bound the time in microseconds (start ≤ t < end); ``before`` is an exclusive upper
        position for paging; ``limit`` is 1 to 1,000. No terms: every position of the time range.
        """
        ...

    def summarise(
        self, name: str, terms: Sequence[tuple[str, bytes]], *, start: int, end: int, limit: int
    ) -> list[tuple[bytes, int]]:
        """(value, count) of a term name among positions that carry all terms in the time range, largest first."""
        ...

    def state(self, name: str) -> bytes | None:
        """A small named value kept beside the index (the integrator's tree size and root)."""
        ...

    def set_state(self, name: str, old: bytes | None, new: bytes) -> None:
        """Compare-and-swap of a named value; ``ConditionFailedError`` if it is not ``old``."""
        ...

    def clear(self) -> None:
        """Drop the index (not the named values), to rebuild it from the journal."""
        ...

    def close(self) -> None: ...
