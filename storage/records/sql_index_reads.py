"""The questions to the access index, alike on every SQL database: bound the positions, then the rarest term first."""

from collections.abc import Sequence

from storage.errors import CorruptError, LimitExceededError
from storage.records.index_statements import IndexStatements
from storage.records.limits import (
    MAX_INTEGER,
    MAX_KEY,
    MAX_KIND,
    check_limit,
    check_number,
    check_term,
    check_terms,
    check_text,
)
from storage.records.schema import MIGRATE_COMMAND
from storage.records.sql_reads import Readers

MAX_ENTRIES = 100_000
RARE_ENOUGH = 1_000
"""Terms that occur at least so often in the range count as equally common."""

Terms = Sequence[tuple[str, bytes]]
Entries = Sequence[tuple[int, Terms]]


class SqlIndexReads:
    """The reading half of ``AccessIndex``; raises what ``readers`` raise."""

    def __init__(self, readers: Readers, statements: IndexStatements) -> None:
        self._read = readers
        self._sql = statements

    def indexed_through(self) -> int:
        """See ``AccessIndex.indexed_through``."""
        return self._progress()[0]

    def find(self, terms: Terms, *, start: int, end: int, before: int | None, limit: int) -> list[int]:
        """See ``AccessIndex.find``."""
        check_terms(terms)
        check_limit(limit)
        bounds = self._bounds(start, end, before)
        if bounds is None:
            return []
        chosen = self._rarest_first(terms, bounds)
        wanted = {**bounds, **_named(chosen), "limit": limit}
        return [position for (position,) in self._read.rows(self._sql.find[len(chosen)], wanted)]

    def summarise(self, name: str, terms: Terms, *, start: int, end: int, limit: int) -> list[tuple[bytes, int]]:
        """See ``AccessIndex.summarise``; equal counts come in the order of their values."""
        check_text("name", name, MAX_KIND)
        check_terms(terms)
        check_limit(limit)
        bounds = self._bounds(start, end, None)
        if bounds is None:
            return []
        chosen = self._rarest_first(terms, bounds)
        wanted = {**bounds, **_named(chosen), "name": name, "limit": limit}
        return [(value, count) for value, count in self._read.rows(self._sql.summarise[len(chosen)], wanted)]

    def state(self, name: str) -> bytes | None:
        """See ``AccessIndex.state``."""
        check_text("state", name, MAX_KEY)
        row = self._read.row(self._sql.state, {"name": name})
        return bytes(row[0]) if row else None

    def _progress(self) -> tuple[int, int, int]:
        row = self._read.row(self._sql.progress, {})
        if row is None:
            raise CorruptError(f"the index lost its progress row: make the index anew and run `{MIGRATE_COMMAND}`")
        through, high, late = row
        return through, high, late

    def _bounds(self, start: int, end: int, before: int | None) -> dict[str, int] | None:
        """The positions between which all entries of a time range lie; None if there are none.

        An entry's time is at most ``late`` below the greatest time up to it. So nothing before the position where the
        greatest time reaches ``start`` is in the range, nor anything after the last where it is below ``end + late``.
        """
        _, high_us, late = self._progress()
        start = max(start, 0)
        end = min(end, high_us + 1)
        if start >= end:
            return None
        low = self._read.row(self._sql.lowest, {"start": start})
        high = self._read.row(self._sql.highest, {"end": min(end + late, MAX_INTEGER)})
        if low is None or high is None:
            return None
        last = high[0] if before is None else min(high[0], before - 1)
        if low[0] > last:
            return None
        return {"low": low[0], "high": last, "start": start, "end": end}

    def _rarest_first(self, terms: Terms, bounds: dict[str, int]) -> list[tuple[str, bytes]]:
        """The terms without repeats, the one with the fewest positions in the range first."""
        chosen = list(dict.fromkeys(terms))
        if len(chosen) < 2:
            return chosen
        span = {"low": bounds["low"], "high": bounds["high"], "limit": RARE_ENOUGH}
        rarity = {
            term: self._read.row(self._sql.rarity, {**span, "name0": term[0], "value0": term[1]})[0] for term in chosen
        }
        return sorted(chosen, key=rarity.__getitem__)


def check_entries(first: int, entries: Entries) -> None:
    """Bound what one ``add`` brings."""
    check_number("first", first)
    if len(entries) > MAX_ENTRIES:
        raise LimitExceededError(f"entries: {len(entries)}; at most {MAX_ENTRIES} are allowed")
    for time_us, terms in entries:
        check_number("time", time_us)
        for name, value in terms:
            check_term(name, value)


def moments(first: int, entries: Entries, high: int, late: int) -> tuple[list[tuple[int, int, int]], int, int]:
    """(position, time, greatest time) of each entry, and how the greatest time and the lateness go on."""
    rows = []
    for position, (time_us, _) in enumerate(entries, first):
        high = max(high, time_us)
        late = max(late, high - time_us)
        rows.append((position, time_us, high))
    return rows, high, late


def postings(first: int, entries: Entries) -> list[tuple[str, bytes, int]]:
    """(name, value, position) of each entry's terms, in key order, since neighbours then share pages."""
    return sorted({(*term, position) for position, (_, terms) in enumerate(entries, first) for term in terms})


def _named(terms: Terms) -> dict[str, str | bytes]:
    named: dict[str, str | bytes] = {}
    for place, (name, value) in enumerate(terms):
        named[f"name{place}"] = name
        named[f"value{place}"] = value
    return named
