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

from storage.errors import StorageUnavailableError
from storage.records.interface import Record
from storage.records.limits import MAX_FORGET, check_limit, check_number
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_readers import PostgresReaders
from storage.records.postgres_statements import FORGET, GET_MANY
from storage.records.postgres_write import PostgresTransaction
from storage.records.postgres_writer import PostgresWriter
from storage.records.sql_reads import SqlReads, check_keys
from storage.records.statements import postgres_dialect, record_statements

LOCK_SECONDS = 5.0


class PostgresRecords(SqlReads):
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
        self._readers = PostgresReaders(address, connections)
        super().__init__(self._readers, record_statements(postgres_dialect()))
        self._writer = None if read_only else PostgresWriter(address, lock_seconds=lock_seconds)

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, Record]:
        """See ``Records.get_many``."""
        if not keys:
            return {}
        check_keys(kind, keys)
        rows = self._readers.rows(GET_MANY, {"kind": kind, "keys": list(keys)})
        return {key: Record(kind, key, version, body) for key, version, body in rows}

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
        ((count,),) = self._writing().run((FORGET, {"before": before_us, "limit": limit}))
        return int(count)

    def close(self) -> None:
        """Close every connection; a transaction in progress in another thread is waited for."""
        if self._writer is not None:
            self._writer.close()
        self._readers.close()

    def _writing(self) -> PostgresWriter:
        if self._writer is None:
            raise StorageUnavailableError("the database was opened for reading only: send the change to the writer")
        return self._writer
