"""The access index on SQLite: a database file of its own, written by one process and read by many.

Rules:
1. It is rebuildable, so its commits need not survive power loss (``synchronous=NORMAL``): after one the file is whole
   but may lack the last commits, and indexing goes on from ``indexed_through``.
2. Named values live in the same file, so they are never ahead of the index they describe.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from storage.errors import Cause, ConditionFailedError, CorruptError, LimitExceededError, StorageUnavailableError
from storage.records.index_statements import index_statements
from storage.records.limits import (
    MAX_BODY,
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
from storage.records.sqlite_connection import BUSY_SECONDS, Readers
from storage.records.sqlite_writer import WriterConnection
from storage.records.statements import sqlite_dialect

MAX_ENTRIES = 100_000
RARE_ENOUGH = 1_000
"""Terms that occur at least so often in the range count as equally common."""

Terms = Sequence[tuple[str, bytes]]


class SqliteAccessIndex:
    """``AccessIndex`` in the SQLite file at ``path``, which ``sqlite_file.create`` made."""

    def __init__(self, path: Path, *, read_only: bool = False, lock_seconds: float = BUSY_SECONDS) -> None:
        if not path.is_file():
            raise StorageUnavailableError(f"there is no index file {path}: run `{MIGRATE_COMMAND}`")
        self._sql = index_statements(sqlite_dialect())
        self._readers = Readers(path)
        self._writer = None if read_only else WriterConnection(path, lock_seconds=lock_seconds, synchronous="NORMAL")

    def indexed_through(self) -> int:
        """See ``AccessIndex.indexed_through``."""
        return self._progress()[0]

    def add(self, first: int, entries: Sequence[tuple[int, Terms]]) -> None:
        """See ``AccessIndex.add``; at most 100,000 entries at once."""
        check_number("first", first)
        if len(entries) > MAX_ENTRIES:
            raise LimitExceededError(f"entries: {len(entries)}; at most {MAX_ENTRIES} are allowed")
        for time_us, terms in entries:
            check_number("time", time_us)
            for name, value in terms:
                check_term(name, value)
        with self._writing().hold() as connection:
            through, high, late = connection.execute(self._sql.progress, {}).fetchone()
            if through != first:
                raise ConditionFailedError(Cause.VERSION, 0, "indexed_through")
            moments = []
            for position, (time_us, _) in enumerate(entries, first):
                high = max(high, time_us)
                late = max(late, high - time_us)
                moments.append({"position": position, "time_us": time_us, "high_us": high})
            connection.executemany(self._sql.add_moment, moments)
            connection.executemany(self._sql.add_posting, _postings(first, entries))
            self._advance(connection, first + len(entries), high, late)

    def find(self, terms: Terms, *, start: int, end: int, before: int | None, limit: int) -> list[int]:
        """See ``AccessIndex.find``."""
        check_terms(terms)
        check_limit(limit)
        bounds = self._bounds(start, end, before)
        if bounds is None:
            return []
        chosen = self._rarest_first(terms, bounds)
        wanted = {**bounds, **_named(chosen), "limit": limit}
        return [position for (position,) in self._readers.rows(self._sql.find[len(chosen)], wanted)]

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
        return [(value, count) for value, count in self._readers.rows(self._sql.summarise[len(chosen)], wanted)]

    def state(self, name: str) -> bytes | None:
        """See ``AccessIndex.state``."""
        check_text("state", name, MAX_KEY)
        row = self._readers.row(self._sql.state, {"name": name})
        return bytes(row[0]) if row else None

    def set_state(self, name: str, old: bytes | None, new: bytes) -> None:
        """See ``AccessIndex.set_state``."""
        check_text("state", name, MAX_KEY)
        if len(new) > MAX_BODY:
            raise LimitExceededError(f"state: {len(new)} bytes; at most {MAX_BODY} are allowed")
        with self._writing().hold() as connection:
            if old is None:
                done = connection.execute(self._sql.insert_state, {"name": name, "value": new})
            else:
                change = {"at_name": name, "old_value": old, "new_value": new}
                done = connection.execute(self._sql.update_state, change)
            if done.rowcount != 1:
                raise ConditionFailedError(Cause.VERSION, 0, "state")

    def clear(self) -> None:
        """See ``AccessIndex.clear``."""
        with self._writing().hold() as connection:
            connection.execute(self._sql.clear_postings)
            connection.execute(self._sql.clear_moments)
            self._advance(connection, 0, 0, 0)

    def close(self) -> None:
        """Close every connection."""
        if self._writer is not None:
            self._writer.close()
        self._readers.close()

    def _writing(self) -> WriterConnection:
        if self._writer is None:
            raise StorageUnavailableError("the index was opened for reading only: only the integrator writes it")
        return self._writer

    def _progress(self) -> tuple[int, int, int]:
        row = self._readers.row(self._sql.progress, {})
        if row is None:
            raise CorruptError(f"the index lost its progress row: delete its file and run `{MIGRATE_COMMAND}`")
        through, high, late = row
        return through, high, late

    def _advance(self, connection: sqlite3.Connection, through: int, high: int, late: int) -> None:
        connection.execute(self._sql.advance, {"next_through": through, "next_high_us": high, "next_late_us": late})

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
        low = self._readers.row(self._sql.lowest, {"start": start})
        high = self._readers.row(self._sql.highest, {"end": min(end + late, MAX_INTEGER)})
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
            term: self._readers.row(self._sql.rarity, {**span, "name0": term[0], "value0": term[1]})[0]
            for term in chosen
        }
        return sorted(chosen, key=rarity.__getitem__)


def _postings(first: int, entries: Sequence[tuple[int, Terms]]) -> list[dict[str, str | bytes | int]]:
    """In key order, since neighbours then share pages."""
    distinct = {(*term, position) for position, (_, terms) in enumerate(entries, first) for term in terms}
    return [{"name": name, "value": value, "position": position} for name, value, position in sorted(distinct)]


def _named(terms: Terms) -> dict[str, str | bytes]:
    named: dict[str, str | bytes] = {}
    for place, (name, value) in enumerate(terms):
        named[f"name{place}"] = name
        named[f"value{place}"] = value
    return named
