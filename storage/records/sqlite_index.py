"""The access index on SQLite: a database file of its own, written by one process and read by many.

Rules:
1. It is rebuildable, so its commits need not survive power loss (``synchronous=NORMAL``): after one the file is whole
   but may lack the last commits, and indexing goes on from ``indexed_through``.
2. Named values live in the same file, so they are never ahead of the index they describe.
"""

import sqlite3
from pathlib import Path

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageUnavailableError
from storage.records.index_statements import index_statements
from storage.records.limits import MAX_BODY, MAX_KEY, check_text
from storage.records.schema import MIGRATE_COMMAND
from storage.records.sql_index_reads import Entries, SqlIndexReads, check_entries, moments, postings
from storage.records.sqlite_connection import BUSY_SECONDS, Readers
from storage.records.sqlite_writer import WriterConnection
from storage.records.statements import sqlite_dialect


class SqliteAccessIndex(SqlIndexReads):
    """``AccessIndex`` in the SQLite file at ``path``, which ``sqlite_file.create`` made."""

    def __init__(self, path: Path, *, read_only: bool = False, lock_seconds: float = BUSY_SECONDS) -> None:
        if not path.is_file():
            raise StorageUnavailableError(f"there is no index file {path}: run `{MIGRATE_COMMAND}`")
        self._readers = Readers(path)
        super().__init__(self._readers, index_statements(sqlite_dialect()))
        self._writer = None if read_only else WriterConnection(path, lock_seconds=lock_seconds, synchronous="NORMAL")

    def add(self, first: int, entries: Entries) -> None:
        """See ``AccessIndex.add``; at most 100,000 entries at once."""
        check_entries(first, entries)
        with self._writing().hold() as connection:
            through, high, late = connection.execute(self._sql.progress, {}).fetchone()
            if through != first:
                raise ConditionFailedError(Cause.VERSION, 0, "indexed_through")
            rows, high, late = moments(first, entries, high, late)
            named_rows = [{"position": at, "time_us": time_us, "high_us": high_us} for at, time_us, high_us in rows]
            connection.executemany(self._sql.add_moment, named_rows)
            terms = [{"name": name, "value": value, "position": at} for name, value, at in postings(first, entries)]
            connection.executemany(self._sql.add_posting, terms)
            self._advance(connection, first + len(entries), high, late)

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

    def _advance(self, connection: sqlite3.Connection, through: int, high: int, late: int) -> None:
        connection.execute(self._sql.advance, {"next_through": through, "next_high_us": high, "next_late_us": late})
