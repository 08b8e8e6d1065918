"""The access index on PostgreSQL: beside the records, written by one integrator of the whole system, read by all.

Rules:
1. Whoever writes locks the progress row first and compares, so an integrator that lost its lead adds nothing.
2. Postings arrive in key order, many at a time, so neighbours share pages and a statement stays short.
"""

from collections.abc import Iterator
from typing import Final

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageUnavailableError
from storage.records.index_statements import index_statements
from storage.records.limits import MAX_BODY, MAX_KEY, check_text
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_readers import PostgresReaders
from storage.records.postgres_statements import ADD_MOMENTS, ADD_POSTINGS, CLEAR_INDEX, LOCK_INDEX
from storage.records.postgres_trips import Step
from storage.records.postgres_writer import PostgresWriter
from storage.records.sql_index_reads import Entries, SqlIndexReads, check_entries, moments, postings
from storage.records.statements import postgres_dialect

LOCK_SECONDS: Final = 5.0
CONNECTIONS: Final = 4
_ROWS: Final = 20_000


class PostgresAccessIndex(SqlIndexReads):
    """``AccessIndex`` in a PostgreSQL database that ``migrate.upgrade`` made. Raises as ``PostgresRecords``.

    A summary costs in proportion to the positions it counts: where auditors ask for years, give the address more
    ``statement_seconds`` than calls have.
    """

    def __init__(
        self,
        address: PostgresAddress,
        *,
        read_only: bool = False,
        connections: int = CONNECTIONS,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._readers = PostgresReaders(address, connections)
        super().__init__(self._readers, index_statements(postgres_dialect()))
        self._writer = None if read_only else PostgresWriter(address, lock_seconds=lock_seconds)

    def add(self, first: int, entries: Entries) -> None:
        """See ``AccessIndex.add``; at most 100,000 entries at once."""
        check_entries(first, entries)
        with self._writing().hold() as session:
            (through, high, late), _ = session.begin(LOCK_INDEX, [])
            if through != first:
                raise ConditionFailedError(Cause.VERSION, 0, "indexed_through")
            rows, high, late = moments(first, entries, high, late)
            steps = [*_moment_steps(rows), *_posting_steps(postings(first, entries))]
            session.commit([*steps, self._advance(first + len(entries), high, late)])

    def set_state(self, name: str, old: bytes | None, new: bytes) -> None:
        """See ``AccessIndex.set_state``."""
        check_text("state", name, MAX_KEY)
        if len(new) > MAX_BODY:
            raise LimitExceededError(f"state: {len(new)} bytes; at most {MAX_BODY} are allowed")
        with self._writing().hold() as session:
            _, (rows,) = session.begin(LOCK_INDEX, [(self._sql.state, {"name": name})])
            found = rows[0][0] if rows else None
            if found != old:
                raise ConditionFailedError(Cause.VERSION, 0, "state")
            if old is None:
                session.commit([(self._sql.insert_state, {"name": name, "value": new})])
            else:
                session.commit([(self._sql.update_state, {"at_name": name, "old_value": old, "new_value": new})])

    def clear(self) -> None:
        """See ``AccessIndex.clear``."""
        with self._writing().hold() as session:
            session.begin(LOCK_INDEX, [])
            session.commit([(CLEAR_INDEX, {}), self._advance(0, 0, 0)])

    def close(self) -> None:
        """Close every connection."""
        if self._writer is not None:
            self._writer.close()
        self._readers.close()

    def _advance(self, through: int, high: int, late: int) -> Step:
        return self._sql.advance, {"next_through": through, "next_high_us": high, "next_late_us": late}

    def _writing(self) -> PostgresWriter:
        if self._writer is None:
            raise StorageUnavailableError("the index was opened for reading only: only the integrator writes it")
        return self._writer


def _moment_steps(rows: list[tuple[int, int, int]]) -> Iterator[Step]:
    for start in range(0, len(rows), _ROWS):
        positions, times, highs = (list(column) for column in zip(*rows[start : start + _ROWS], strict=True))
        yield ADD_MOMENTS, {"positions": positions, "times": times, "highs": highs}


def _posting_steps(rows: list[tuple[str, bytes, int]]) -> Iterator[Step]:
    for start in range(0, len(rows), _ROWS):
        names, values, positions = (list(column) for column in zip(*rows[start : start + _ROWS], strict=True))
        yield ADD_POSTINGS, {"names": names, "values": values, "positions": positions}
