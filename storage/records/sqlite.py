"""Records on SQLite: the embedded engine, one file, many reading processes and one writer.

Rules:
1. Reads come from a pool of read-only connections and see what was committed, never what a transaction is doing.
2. The writer begins with BEGIN IMMEDIATE, so a second writing process waits or is refused before it changes anything.
3. The writer's version cache is dropped as soon as another connection has committed (``PRAGMA data_version``).
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

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
from storage.records.schema import MIGRATE_COMMAND
from storage.records.sqlite_connection import BUSY_SECONDS, Readers
from storage.records.sqlite_write import SqliteTransaction
from storage.records.sqlite_writer import Writer
from storage.records.statements import GET_MANY_SIZES, record_statements, sqlite_dialect


class SqliteRecords:
    """``Records`` in the SQLite file at ``path``, which ``sqlite_file.create`` made.

    ``known_versions`` bounds the writer's version cache; ``lock_seconds`` is how long a thread waits for the one write
    transaction. Raises ``StorageUnavailableError``, ``CorruptError``; the schema is checked by ``migrate.check``.
    """

    def __init__(
        self, path: Path, *, read_only: bool, known_versions: int = 100_000, lock_seconds: float = BUSY_SECONDS
    ) -> None:
        if not path.is_file():
            raise StorageUnavailableError(f"there is no database file {path}: run `{MIGRATE_COMMAND}`")
        self._sql = record_statements(sqlite_dialect())
        self._readers = Readers(path)
        self._writer = (
            None if read_only else Writer(path, self._sql, known_versions=known_versions, lock_seconds=lock_seconds)
        )

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
        size = next(size for size in GET_MANY_SIZES if size >= len(keys))
        wanted = {f"k{place}": key for place, key in enumerate((*keys, *[keys[0]] * (size - len(keys))))}
        rows = self._readers.rows(self._sql.get_many[size], {"kind": kind, **wanted})
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
