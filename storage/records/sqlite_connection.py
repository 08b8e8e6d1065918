"""Connections to an SQLite file: how they are opened, lent and closed, and what their errors mean here.

Rules:
1. WAL, so that readers and the one writer do not wait for each other; ``synchronous=FULL``, so that what was committed
   survives power loss (the rebuildable access index alone uses NORMAL).
2. Freed content is overwritten (``secure_delete``), since erasing a person's key must leave no copy in the file.
3. Open a database after a process has forked, never before: SQLite connections do not survive a fork.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from storage.errors import CorruptError, SchemaError, StorageError, StorageUnavailableError
from storage.records.schema import MIGRATE_COMMAND

BUSY_SECONDS = 5.0
WRITER_CACHE_KIB = 32_768
WAL_PAGES = 8_000
"""Pages (of 4 KiB) after which a commit also checkpoints: a page that changes often in between is copied once."""

_Answer = TypeVar("_Answer")
Parameters = Mapping[str, str | bytes | int]


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that refuses every change."""
    with translated():
        connection = open_connection(path)
        connection.execute("PRAGMA query_only = ON")
        return connection


def open_writer(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """The connection of the one writer; commits are durable with FULL, and only consistent with NORMAL."""
    with translated():
        connection = open_connection(path)
        for pragma in (
            f"synchronous = {synchronous}",
            "fullfsync = ON",  # macOS: a plain fsync stops at the drive's cache
            "checkpoint_fullfsync = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",
            f"cache_size = -{WRITER_CACHE_KIB}",
            f"wal_autocheckpoint = {WAL_PAGES}",
            "journal_size_limit = 67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def open_connection(path: Path) -> sqlite3.Connection:
    """A plain connection to a file that exists; raises ``sqlite3.Error``."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
    )
    try:
        # Reads the header, so that a file that is no database is refused now.
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def translate(error: sqlite3.Error) -> StorageError:
    """What the driver's error means to a caller; the message names SQLite's code, never values."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return CorruptError(f"the database file is damaged or no database ({name}): restore it from a backup")
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return SchemaError(f"the database lacks a table this version needs: run `{MIGRATE_COMMAND}`")
    return StorageUnavailableError(f"the database cannot be read or written now ({name})")


@contextmanager
def translated() -> Iterator[None]:
    """Raise the driver's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from error


class Readers:
    """Read connections, lent to one thread at a time: as many exist as threads ever read at once.

    A pool rather than thread-locals, so that threads which end leave no open connection behind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        self._lock = threading.Lock()
        self._idle.append(open_reader(path))

    def rows(self, sql: str, parameters: Parameters) -> list[Any]:
        """Run one statement in a read transaction of its own."""
        return self.run(lambda connection: connection.execute(sql, parameters).fetchall())

    def row(self, sql: str, parameters: Parameters) -> Any:
        """The first row, or None."""
        connection = self._take()
        try:
            return connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise translate(error) from error
        finally:
            self._give_back(connection)

    def run(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        """Lend a connection to ``work``, which must leave no transaction open."""
        connection = self._take()
        try:
            return work(connection)
        except sqlite3.Error as error:
            raise translate(error) from error
        finally:
            self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StorageUnavailableError("the database was closed")
        try:
            return self._idle.pop()
        except IndexError:
            return open_reader(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close every idle connection; one that is lent closes when it comes back."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
