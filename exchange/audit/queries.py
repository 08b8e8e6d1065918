"""Auditors' questions of the access log: list, get and summarise, within what a mandate covers.

Rules:
1. A question sees only entries of the departments in its scope; an empty scope means all departments.
2. Lists are newest first and paged by position. Answers say how far the index has come: later entries are not in them.
3. The index finds, the journal tells: every record shown is read from the journal's own bytes.
"""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from exchange.audit import journal
from exchange.audit.entry import parse
from exchange.audit.errors import JournalError
from exchange.audit.indexer import DIMENSIONS, Term
from signer.commitment import commitment
from storage.errors import LimitExceededError
from storage.records.interface import AccessIndex, Records

MAX_PAGE = 200
MAX_ROWS = 1_000
MAX_SCOPE = 1_000
FOREVER_US = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """All ``terms`` must hold (names of ``indexer.DIMENSIONS``; tags as bytes); microseconds, start ≤ t < end."""

    terms: tuple[Term, ...] = ()
    start_us: int = 0
    end_us: int = FOREVER_US


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """An entry with its place: ``commitment`` is what the public log holds at position ``index``."""

    index: int
    time_us: int
    entry: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class AccessPage:
    """``next_before``: pass it as ``before`` to read on; None at the end."""

    records: tuple[AccessRecord, ...]
    next_before: int | None
    indexed_through: int


@dataclass(frozen=True, slots=True)
class AccessSummary:
    """(value, count) rows, largest first."""

    counts: tuple[tuple[bytes, int], ...]
    indexed_through: int


class AccessQueries:
    """Reads ``records`` and ``index``; safe for many threads as those are."""

    def __init__(self, records: Records, index: AccessIndex) -> None:
        self._records = records
        self._index = index

    def list(
        self, asked: AccessFilter, scope: frozenset[str], *, before: int | None = None, limit: int = 50
    ) -> AccessPage:
        """A page of records that fit, newest first, strictly below position ``before``; ``limit`` is 1 to 200.

        Raises ``LimitExceededError`` for a limit, filter or scope out of bounds, ``StorageError``, ``JournalError``.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise LimitExceededError(f"page: {limit} records; 1 to {MAX_PAGE} are allowed")
        through = self._index.indexed_through()
        pages = [
            self._index.find(terms, start=asked.start_us, end=asked.end_us, before=before, limit=limit + 1)
            for terms in _within(asked.terms, scope)
        ]
        found = list(islice(heapq.merge(*pages, reverse=True), limit + 1))
        records = tuple(_access_record(item) for item in journal.entries_at(self._records, found[:limit]))
        return AccessPage(records, found[limit - 1] if len(found) > limit else None, through)

    def get(self, index: int, scope: frozenset[str]) -> AccessRecord | None:
        """The record at a position; None beyond the journal's end or outside the scope, which look alike."""
        item = journal.entry_at(self._records, index)
        if item is None or (scope and _department(item.entry) not in scope):
            return None
        return _access_record(item)

    def summarise(self, by: str, asked: AccessFilter, scope: frozenset[str], *, limit: int = 100) -> AccessSummary:
        """Count the records that fit by one of ``DIMENSIONS``; ``limit`` is 1 to 1,000 rows.

        Raises ``LimitExceededError`` for an unknown dimension or a bound passed, ``StorageError``.
        """
        if by not in DIMENSIONS:
            raise LimitExceededError(f"summary by {by[:40]}: not one of {', '.join(DIMENSIONS)}")
        if not 1 <= limit <= MAX_ROWS:
            raise LimitExceededError(f"summary: {limit} rows; 1 to {MAX_ROWS} are allowed")
        through = self._index.indexed_through()
        questions = list(_within(asked.terms, scope))
        counts: Counter[bytes] = Counter()
        for terms in questions:
            # Rows of several departments are added up, so each must be asked for more than the answer shows.
            rows = limit if len(questions) == 1 else MAX_ROWS
            for value, count in self._index.summarise(by, terms, start=asked.start_us, end=asked.end_us, limit=rows):
                counts[value] += count
        ranked = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
        return AccessSummary(tuple(ranked[:limit]), through)

    def indexed_through(self) -> int:
        """How many log positions are indexed."""
        return self._index.indexed_through()


def _within(terms: tuple[Term, ...], scope: frozenset[str]) -> Iterable[tuple[Term, ...]]:
    """The questions to ask so that only departments in scope answer: one for each, or one when all are."""
    for name, _ in terms:
        if name not in DIMENSIONS:
            raise LimitExceededError(f"filter by {name[:40]}: not one of {', '.join(DIMENSIONS)}")
    if len(scope) > MAX_SCOPE:
        raise LimitExceededError(f"scope: {len(scope)} departments; at most {MAX_SCOPE} are allowed")
    asked = {value.decode(errors="replace") for name, value in terms if name == "department"}
    if not scope or (asked and asked <= scope):
        return [terms]
    return [(*terms, ("department", department.encode())) for department in sorted(scope)]


def _department(entry: bytes) -> str | None:
    try:
        return parse(entry).department
    except JournalError:
        return None


def _access_record(item: journal.JournalEntry) -> AccessRecord:
    return AccessRecord(item.index, item.time_us, item.entry, commitment(item.salt, item.entry))
