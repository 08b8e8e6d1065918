"""Records on PostgreSQL: the scaled engine, one database, many reading processes and one recorder on each machine.

Rules:
1. Reads come from a pool of read-only connections and see what was committed, never what a transaction is doing.
2. A write transaction takes the log's row first, so that there is one writer at a time in the whole system: the log is
   contiguous, and neither deadlocks nor phantoms can be (``docs/adr/0007-postgresql-takes-the-log-row-first.md``).
3. A lost server costs the calls made meanwhile; readers and the writer come back by themselves.
4. Connect to PostgreSQL itself or to a pool that keeps sessions: prepared statements and session settings are used.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from storage.errors import CorruptError, LimitExceededError, StorageUnavailableError
from storage.records.interface import Batch, Record, Remembered
from storage.records.limits import (
    DIGEST,
    MAX_FORGET,
    MAX_KEY,
    MAX_KIND,
    MAX_PAGE,
    check_limit,
    check_name,
    check_number,
    check_page,
    check_term,
    check_text,
)
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import PostgresReaders
from storage.records.postgres_statements import FORGET, GET_MANY
from storage.records.postgres_write import PostgresTransaction
from storage.records.postgres_writer import PostgresWriter
from storage.records.statements import record_statements

LOCK_SECONDS = 5.0


class PostgresRecords:
    """``Records`` in a PostgreSQL database that ``migrate.upgrade`` made.

    ``connections`` bounds the readers' pool of this process; ``lock_seconds`` is how long a thread waits for the write
    transaction, once for the other threads of this process and once for the recorders of other machines.
    Raises ``StorageUnavailableError``, and ``SchemaError`` for a database that is not in UTF8; the schema itself is
    checked by ``migrate.check``.
    """

    def __init__(
        self,
        address: PostgresAddress,
        *,
        read_only: bool,
        connections: int = 8,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._sql = record_statements(PGDialect_psycopg())
        self._readers = PostgresReaders(address, connections)
        self._writer = None if read_only else PostgresWriter(address, lock_seconds=lock_seconds)

    def get(self, kind: str, key: str) -> Record | None:
        """See ``Records.get``."""
        check_name(kind, key)
        row = self._readers.row(self._sql.get, {"kind": kind, "key": key})
        return Record(kind, key, row[0], row[1]) if row else None

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, Record]:
        """See ``Records.get_many``."""
        if not keys:
            return {}
        if len(keys) > MAX_PAGE:
            raise LimitExceededError(f"keys: {len(keys)}; at most {MAX_PAGE} are allowed")
        for key in keys:
            check_name(kind, key)
        rows = self._readers.rows(GET_MANY, {"kind": kind, "keys": list(keys)})
        return {key: Record(kind, key, version, body) for key, version, body in rows}

    def scan(self, kind: str, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.scan``."""
        check_text("kind", kind, MAX_KIND)
        check_page(after, limit)
        rows = self._readers.rows(self._sql.scan, {"kind": kind, "after": after, "limit": limit})
        return [Record(kind, key, version, body) for key, version, body in rows]

    def find(self, kind: str, index: str, value: bytes, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.find``."""
        check_text("kind", kind, MAX_KIND)
        check_term(index, value)
        check_page(after, limit)
        rows = self._readers.rows(
            self._sql.find, {"kind": kind, "name": index, "value": value, "after": after, "limit": limit}
        )
        return [Record(kind, key, version, body) for key, version, body in rows]

    def counter(self, name: str) -> int:
        """See ``Records.counter``."""
        check_text("counter", name, MAX_KEY)
        row = self._readers.row(self._sql.counter, {"name": name})
        return int(row[0]) if row else 0

    def remembered(self, request: bytes) -> Remembered | None:
        """See ``Records.remembered``."""
        if len(request) != DIGEST:
            raise LimitExceededError(f"request: {DIGEST} bytes")
        row = self._readers.row(self._sql.remembered, {"request": request})
        return Remembered(*row) if row else None

    def journal_length(self) -> int:
        """See ``Records.journal_length``."""
        row = self._readers.row(self._sql.length, {})
        if row is None:
            raise CorruptError("the journal's state row is missing: restore the database from a backup")
        return int(row[0])

    def journal(self, first: int = 0) -> Iterator[Batch]:
        """See ``Records.journal``; raises ``CorruptError`` where batches are not contiguous."""
        check_number("first", first)
        return self._batches(first, self.journal_length())

    def _batches(self, position: int, end: int) -> Iterator[Batch]:
        while position < end:
            row = self._readers.row(self._sql.batch, {"position": position})
            if row is None or row[0] + row[1] <= position:
                raise CorruptError(f"the journal lacks the batch of position {position}: restore it from a backup")
            batch = Batch(*row)
            yield batch
            position = batch.first + batch.count

    @contextmanager
    def write(self) -> Iterator[PostgresTransaction]:
        """See ``Records.write``.

        The transaction begins on the server with the first thing asked of it. Where the outcome of the commit is
        unknown, ``StorageUnavailableError`` is raised too: repeat the request under the same id.
        """
        with self._writing().hold() as session:
            transaction = PostgresTransaction(session)
            yield transaction
            transaction.commit()

    def forget_requests(self, before_us: int, limit: int = 10_000) -> int:
        """See ``Records.forget_requests``."""
        check_number("before", before_us)
        check_limit(limit, MAX_FORGET)
        return self._writing().execute(FORGET, {"before": before_us, "limit": limit})

    def close(self) -> None:
        """Close every connection; a transaction in progress in another thread is waited for."""
        if self._writer is not None:
            self._writer.close()
        self._readers.close()

    def _writing(self) -> PostgresWriter:
        if self._writer is None:
            raise StorageUnavailableError("the database was opened for reading only: send the change to the writer")
        return self._writer
