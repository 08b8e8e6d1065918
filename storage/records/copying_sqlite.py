"""An SQLite file as the source or target of a copy. Raises storage errors only."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.schema import Table

from storage.errors import StorageUnavailableError
from storage.records.copying_rows import Row, select_count, select_rows
from storage.records.schema import MIGRATE_COMMAND
from storage.records.sqlite_connection import open_reader, open_writer, translated

_DIALECT: Final = sqlite.dialect(paramstyle="qmark")


class _SqliteCopy:
    """One transaction on an SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def count(self, table: Table) -> int:
        """See ``Snapshot.count``."""
        with translated():
            (count,) = self._connection.execute(select_count(table, _DIALECT)).fetchone()
        return int(count)

    def rows(self, table: Table) -> Iterator[Row]:
        """See ``Snapshot.rows``."""
        with translated(), closing(self._connection.execute(select_rows(table, _DIALECT))) as cursor:
            yield from cursor

    def clear(self, table: Table) -> None:
        """See ``Filling.clear``."""
        with translated():
            self._connection.execute(str(delete(table).compile(dialect=_DIALECT)))

    def fill(self, table: Table, rows: Iterable[Row]) -> None:
        """See ``Filling.fill``."""
        with translated():
            self._connection.executemany(str(insert(table).compile(dialect=_DIALECT)), rows)

    def settle(self, tables: Iterable[Table]) -> None:
        """See ``Filling.settle``; nothing here."""


@contextmanager
def sqlite_snapshot(path: Path) -> Iterator[_SqliteCopy]:
    """The file as it stands now; a hub may go on writing, but its write-ahead log grows until this is left."""
    _require(path)
    with closing(open_reader(path)) as connection:
        with translated():
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the snapshot is taken by reading
        yield _SqliteCopy(connection)


@contextmanager
def sqlite_filling(path: Path) -> Iterator[_SqliteCopy]:
    """One transaction that fills the file: committed durably on leaving, rolled back by any exception."""
    _require(path)
    with closing(open_writer(path)) as connection:
        with translated():
            connection.execute("BEGIN IMMEDIATE")
        yield _SqliteCopy(connection)  # an exception closes the connection, which rolls back
        with translated():
            connection.execute("COMMIT")


def _require(path: Path) -> None:
    if not path.is_file():
        raise StorageUnavailableError(f"there is no database file {path}: run `{MIGRATE_COMMAND}`")


def fold(path: Path) -> None:
    """Take the write-ahead log into the file, durably, so that the file alone is the database.

    Nobody may have it open.
    """
    with closing(open_writer(path)) as connection, translated():
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise StorageUnavailableError(f"{path} is in use: its write-ahead log cannot be taken in")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
