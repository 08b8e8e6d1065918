"""Making an SQLite file. It is its owner's alone (0600); SQLite gives its WAL and shared memory the same mode.

This page loads Alembic; what only opens a database does not.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StorageUnavailableError
from storage.records.migrate import Database, sqlite_url, upgrade
from storage.records.sqlite_connection import open_connection, translated


def create(path: Path, database: Database = Database.RECORDS) -> None:
    """Make the file (0600) if it is not there, turn WAL on and run the missing migrations.

    Call it in one process before others open the file. Raises ``SchemaError`` and ``StorageUnavailableError``.
    """
    with translated():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StorageUnavailableError(f"cannot make the database file {path}: {error.strerror}") from error
        with _alone_in(path.parent):  # SQLite does not wait for another that turns WAL on: it fails at once
            connection = open_connection(path)
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            finally:
                connection.close()
    if mode != "wal":
        raise StorageUnavailableError(f"{path} cannot use a write-ahead log: put it on a local file system")
    upgrade(sqlite_url(path), database)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else is here. The folder is locked, not the file: closing that would end SQLite's own locks."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
