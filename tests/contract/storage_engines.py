"""Every engine of every storage interface, one list each: a new engine joins here and must pass the suites unchanged.

``open_*`` functions take the engine's name and a folder of the test's own, and may be called again to reopen.
"""

from collections.abc import Callable
from pathlib import Path

from storage.fast.interface import Fast
from storage.fast.memory import MemoryFast
from storage.objects.files import FileObjects
from storage.objects.interface import Objects
from storage.objects.memory import MemoryObjects
from storage.records.interface import AccessIndex, Records
from storage.records.memory import MemoryRecords
from storage.records.memory_index import MemoryAccessIndex
from storage.records.migrate import Database
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_index import SqliteAccessIndex
from tests.contract.moved_redis import open_moved
from tests.fakes.made_databases import make
from tests.real_seaweed import objects_in_folder

POSTGRESQL = "postgresql"
RECORDS = ("memory", "sqlite", "sqlite-uncached", POSTGRESQL)
INDEXES = ("memory", "sqlite", POSTGRESQL)
OBJECTS = ("memory", "files", "s3")
FAST = ("memory", "valkey", "valkey-cluster")
LASTING_RECORDS = ("sqlite", POSTGRESQL)
LASTING_INDEXES = ("sqlite", POSTGRESQL)
LASTING_OBJECTS = ("files", "s3")

_POSTGRESQL_URL = "postgresql.url"


class Clock:
    """A clock that the test moves; ``followers`` are told by how much. Servers with a clock of their own follow so."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self.followers: list[Callable[[float], None]] = []

    @property
    def now(self) -> float:
        return self._now

    @now.setter
    def now(self, now: float) -> None:
        step, self._now = now - self._now, now
        for follow in self.followers:
            follow(step)

    def __call__(self) -> float:
        return self._now


def note_postgresql(folder: Path, address: PostgresAddress) -> None:
    """Say which database the test of this folder uses."""
    (folder / _POSTGRESQL_URL).write_text(address.url, encoding="utf-8")


def noted_postgresql(folder: Path) -> PostgresAddress:
    """The database noted; patient, since a busy machine must not fail a test."""
    url = (folder / _POSTGRESQL_URL).read_text(encoding="utf-8")
    return PostgresAddress(url, statement_seconds=30.0, connect_seconds=30.0, idle_seconds=30.0)


def open_records(engine: str, folder: Path, lock_seconds: float = 30.0) -> Records:
    if engine == "memory":
        return MemoryRecords(lock_seconds=lock_seconds)
    if engine == POSTGRESQL:
        return PostgresRecords(noted_postgresql(folder), read_only=False, lock_seconds=lock_seconds)
    path = folder / "records.db"
    make(path)
    known = 0 if engine == "sqlite-uncached" else 1_000
    return SqliteRecords(path, read_only=False, known_versions=known, lock_seconds=lock_seconds)


def open_index(engine: str, folder: Path) -> AccessIndex:
    if engine == "memory":
        return MemoryAccessIndex()
    if engine == POSTGRESQL:
        return PostgresAccessIndex(noted_postgresql(folder))
    path = folder / "index.db"
    make(path, Database.INDEX)
    return SqliteAccessIndex(path)


def open_objects(engine: str, folder: Path) -> Objects:
    if engine == "memory":
        return MemoryObjects()
    return FileObjects(folder / "objects") if engine == "files" else objects_in_folder(folder)


def open_fast(engine: str, clock: Clock, max_keys: int = 1_000) -> Fast:
    if engine == "memory":
        return MemoryFast(clock, max_keys)
    fast = open_moved(engine)
    clock.followers.append(fast.move)
    return fast
