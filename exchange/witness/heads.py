"""What a witness has seen: the newest head of each log, durable before anything is signed.

Rules:
1. A head moves by compare-and-swap in one transaction (SQLite, WAL, synchronous = FULL): of two requests from the same
   head one wins, in this process and between processes, and a power loss takes back nothing that was answered.
2. The file is made once, with the key. One that is gone is never begun anew: a witness that forgot would cosign a
   second history.
"""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from exchange.witness.errors import HeadMovedError, HeadsError
from signer.witnessing import UNSEEN, Head

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUSY_SECONDS: Final = 5.0
_TABLE: Final = (
    "CREATE TABLE heads (origin TEXT PRIMARY KEY, size INTEGER NOT NULL CHECK (size >= 0),"
    " root BLOB NOT NULL CHECK (length(root) = 32)) STRICT"
)


def create_heads(path: Path) -> None:
    """Make the database. Raises ``HeadsError`` if it exists or cannot be made."""
    if path.exists():
        raise HeadsError(f"{path} exists already: what a witness has seen is never begun anew")
    with _told(path), closing(sqlite3.connect(path)) as database:
        path.chmod(0o600)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(_TABLE)
        database.commit()


class Heads:
    """The heads in a database that ``create_heads`` made; for several threads. Raises ``HeadsError`` if it is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        if not path.is_file():
            raise HeadsError(f"{path} is gone: restore it, or retire this witness's key and make a new witness")
        with _told(path):
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA synchronous = FULL")

    def head(self, origin: str) -> Head:
        """The newest head of a log; ``UNSEEN`` if there is none. Raises ``HeadsError``."""
        with self._lock, _told(self._path):
            return self._head(origin)

    def advance(self, origin: str, old: Head, new: Head) -> None:
        """Move a log's head, durably. Raises ``HeadMovedError`` if it is not ``old`` now, ``HeadsError``."""
        with self._lock, _told(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                if self._head(origin) != old:
                    raise HeadMovedError(origin)
                self._database.execute(
                    "INSERT INTO heads VALUES (?, ?, ?)"
                    " ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root",
                    (origin, new.size, new.root),
                )
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def _head(self, origin: str) -> Head:
        row = self._database.execute("SELECT size, root FROM heads WHERE origin = ?", (origin,)).fetchone()
        return UNSEEN if row is None else Head(*row)


@contextmanager
def _told(path: Path) -> "Iterator[None]":
    """The database's errors as ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise HeadsError(f"{path} cannot be used: {type(error).__name__}") from error
