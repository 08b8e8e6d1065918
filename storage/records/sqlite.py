"""Records on SQLite: the embedded engine, one file, many reading processes and one writer.

Rules:
1. Reads come from a pool of read-only connections and see what was committed, never what a transaction is doing.
2. The writer begins with BEGIN IMMEDIATE, so a second writing process waits or is refused before it changes anything.
3. The writer's version cache is dropped as soon as another connection has committed (``PRAGMA data_version``).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from storage.errors import StorageUnavailableError
from storage.records.interface import Record
from storage.records.limits import MAX_FORGET, check_limit, check_number
from storage.records.schema import MIGRATE_COMMAND
from storage.records.sql_reads import SqlReads, check_keys
from storage.records.sqlite_connection import BUSY_SECONDS, Readers
from storage.records.sqlite_write import SqliteTransaction
from storage.records.sqlite_writer import Writer
from storage.records.statements import GET_MANY_SIZES, record_statements, sqlite_dialect


class SqliteRecords(SqlReads):
    """``Records`` in the SQLite file at ``path``, which ``sqlite_file.create`` made.

    ``known_versions`` bounds the writer's version cache; ``lock_seconds`` is how long a thread waits for the one write
    transaction. Raises ``StorageUnavailableError``, ``CorruptError``; the schema is checked by ``migrate.check``.
    """

    def __init__(
        self, path: Path, *, read_only: bool, known_versions: int = 100_000, lock_seconds: float = BUSY_SECONDS
    ) -> None:
        if not path.is_file():
            raise StorageUnavailableError(f"there is no database file {path}: run `{MIGRATE_COMMAND}`")
        self._readers = Readers(path)
        super().__init__(self._readers, record_statements(sqlite_dialect()))
        self._writer = (
            None if read_only else Writer(path, self._sql, known_versions=known_versions, lock_seconds=lock_seconds)
        )

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, Record]:
        """See ``Records.get_many``."""
        if not keys:
            return {}
        check_keys(kind, keys)
        size = next(size for size in GET_MANY_SIZES if size >= len(keys))
        wanted = {f"k{place}": key for place, key in enumerate((*keys, *[keys[0]] * (size - len(keys))))}
        rows = self._readers.rows(self._sql.get_many[size], {"kind": kind, **wanted})
        return {key: Record(kind, key, version, body) for key, version, body in rows}

    def write(self) -> AbstractContextManager[SqliteTransaction]:
        """See ``Records.write``."""
        return self._writing().transaction()

    def forget_requests(self, before_us: int, limit: int = 10_000) -> int:
        """See ``Records.forget_requests``."""
        check_number("before", before_us)
        check_limit(limit, MAX_FORGET)
        return self._writing().execute(self._sql.forget, {"before": before_us, "limit": limit})

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StorageUnavailableError("the database was opened for reading only: send the change to the writer")
        return self._writer

    def close(self) -> None:
        """Close every connection; a transaction in progress in another thread is waited for."""
        if self._writer is not None:
            self._writer.close()
        self._readers.close()
