"""The one writing connection to an SQLite file: who may use it when, how a transaction begins and ends."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StorageError, StorageUnavailableError
from storage.records.sqlite_connection import Parameters, open_writer, translate, translated
from storage.records.sqlite_write import SqliteTransaction
from storage.records.statements import RecordStatements
from storage.records.version_cache import VersionCache


def _nothing() -> None:
    """What most transactions need to hear of their end."""


class WriterConnection:
    """A writing connection that one thread holds at a time."""

    def __init__(self, path: Path, *, lock_seconds: float, synchronous: str = "FULL") -> None:
        self._connection = open_writer(path, synchronous=synchronous)
        self._lock = threading.Lock()
        self._lock_seconds = lock_seconds
        self._holder: int | None = None
        self._closed = False

    @contextmanager
    def hold(self, undone: Callable[[], None] = _nothing) -> Iterator[sqlite3.Connection]:
        """Begin a transaction; commit it on leaving, or roll it back if anything was raised.

        ``undone`` is called, while the transaction is still held, if it comes to nothing: also where only the commit
        failed, as on a full disk.

        Raises ``StorageUnavailableError`` if another thread or process holds the database for too long, or if the
        commit fails.
        """
        if self._holder == threading.get_ident():
            raise StorageError("this thread is already writing: transactions do not nest")
        if not self._lock.acquire(timeout=self._lock_seconds):
            raise StorageUnavailableError("another thread holds the write transaction: try again")
        self._holder = threading.get_ident()
        try:
            if self._closed:
                raise StorageUnavailableError("the database was closed")
            with self._transaction(undone):
                yield self._connection
        finally:
            self._holder = None
            self._lock.release()

    @contextmanager
    def _transaction(self, undone: Callable[[], None]) -> Iterator[None]:
        with translated():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            undone()
            # SQLite rolls back by itself on some errors (disk full), and then nothing is left to roll back.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise translate(error) from error
            raise

    def close(self) -> None:
        """Close, after a transaction in another thread has ended."""
        with self._lock:
            self._closed = True
            self._connection.close()


class Writer:
    """Opens the write transactions of the records interface and keeps the version cache true."""

    def __init__(self, path: Path, statements: RecordStatements, *, known_versions: int, lock_seconds: float) -> None:
        self._statements = statements
        self._connection = WriterConnection(path, lock_seconds=lock_seconds)
        self._versions = VersionCache(known_versions)
        self._seen: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """See ``Records.write``."""
        with self._connection.hold(self._versions.clear) as connection:
            self._notice_others(connection)
            transaction = SqliteTransaction(connection, self._statements, self._versions)
            yield transaction
            transaction.require_usable()

    def execute(self, sql: str, parameters: Parameters) -> int:
        """Run one statement that touches no record, durably; returns how many rows it changed."""
        with self._connection.hold() as connection:
            return connection.execute(sql, parameters).rowcount

    def _notice_others(self, connection: sqlite3.Connection) -> None:
        """Forget all versions if another connection committed since our last transaction began."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._seen:
            self._versions.clear()
            self._seen = version

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
