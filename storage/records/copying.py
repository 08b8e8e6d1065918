"""Copy a whole records database into an empty one, whichever engines the two are on, and prove that the copy is equal.

Rules:
1. The source is read from one snapshot, so a running hub may write on meanwhile; it is never written.
2. The target has the source's schema and holds nothing; it is filled in one transaction. Whatever stops the copy leaves
   it empty, so an interrupted copy is simply begun again.
3. Before that transaction commits, every row is read back: counts and digests of both sides must agree.
4. Rows are read in key order, one after the other: no table is ever in memory.

The access index is not copied: it is rebuilt from the journal.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.schema import Table

from storage.errors import CorruptError, SchemaError, StorageError, StorageUnavailableError
from storage.records import migrate
from storage.records.copying_postgres import postgres_filling, postgres_snapshot
from storage.records.copying_rows import Filling, Row, Snapshot
from storage.records.copying_sqlite import sqlite_filling, sqlite_snapshot
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_migrate import PostgresTarget
from storage.records.schema import MIGRATE_COMMAND, RECORDS, log_state

Place = str | PostgresAddress
"""The URL of an SQLite file (``migrate.sqlite_url``), or a PostgreSQL database."""

TABLES: Final[tuple[Table, ...]] = tuple(sorted(RECORDS.tables.values(), key=lambda table: table.name))
_TELL_EVERY: Final = 1_000
_UNTOUCHED: Final = [(1, 0)]
"""The rows of ``log_state`` in a database that was made and never used."""


class NotEmptyError(StorageError):
    """The target of a copy holds something already."""


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table: how many ``rows``, and the SHA-256 (hex) over all of them in key order."""

    name: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Copied:
    """Every table of a records database, in the order of their names; equal databases give equal values."""

    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)


def copy_records(source: Place, target: Place, *, progress: Callable[[int, int], None]) -> Copied:
    """Copy every table of ``source`` into ``target``, which ``migrate.upgrade`` made and nobody used.

    ``progress`` is told now and then how many rows are written and read back, and how many there are to write and read
    back. Raises ``NotEmptyError`` for a target that holds anything, ``SchemaError`` for two different schemas,
    ``CorruptError`` if a row cannot be read as its table declares or the target gives back other rows than it took,
    ``StorageUnavailableError`` if an engine is away.
    """
    _require_same_schema(source, target)
    with _filling(target) as writing:
        _require_empty(writing)
        writing.clear(log_state)
        with _snapshot(source) as reading:
            told = _Told(progress, sum(reading.count(table) for table in TABLES))
            taken = [_copy_table(reading, writing, table, told) for table in TABLES]
        for table, copied in zip(TABLES, taken, strict=True):
            if _described(writing, table, told) != copied:
                raise CorruptError(
                    f"table {table.name}: the target gave back other rows than it took, and was left empty"
                )
        writing.settle(TABLES)
    told.all()
    return Copied(tuple(taken))


def require_empty(place: Place) -> None:
    """Refuse a database that holds anything. Raises ``NotEmptyError``, else as ``copy_records``."""
    with _snapshot(place) as reading:
        _require_empty(reading)


def _require_empty(reading: Snapshot) -> None:
    for table in TABLES:
        if table is log_state:
            continue
        if next(iter(reading.rows(table)), None) is not None:
            raise NotEmptyError(f"the database holds rows of {table.name} already: name an empty database")
    if list(reading.rows(log_state)) != _UNTOUCHED:
        raise NotEmptyError("the database has kept a log before: name an empty database")


def _copy_table(reading: Snapshot, writing: Filling, table: Table, told: "_Told") -> TableCopy:
    digest = _Digest(table)
    writing.fill(table, _seen(reading, table, digest, told))
    return digest.finish()


def _seen(reading: Snapshot, table: Table, digest: "_Digest", told: "_Told") -> Iterator[Row]:
    for row in reading.rows(table):
        digest.add(row)
        told.one()
        yield row


def _described(reading: Snapshot, table: Table, told: "_Told") -> TableCopy:
    digest = _Digest(table)
    for row in reading.rows(table):
        digest.add(row)
        told.one()
    return digest.finish()


class _Digest:
    """Counts and hashes the rows of a table, and refuses values that are not of their column's type."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._types = tuple(column.type.python_type for column in table.columns)
        self._hash = sha256()
        self._rows = 0

    def add(self, row: Row) -> None:
        parts: list[bytes] = []
        for value, wanted in zip(row, self._types, strict=True):
            if type(value) is not wanted:
                raise CorruptError(f"table {self._table.name} holds a value of another type: restore it from a backup")
            parts.append(_encoded(value))
        self._hash.update(b"".join(parts))
        self._rows += 1

    def finish(self) -> TableCopy:
        return TableCopy(self._table.name, self._rows, self._hash.hexdigest())


def _encoded(value: str | bytes | int) -> bytes:
    """A value so that no two sequences of values have the same bytes."""
    if isinstance(value, int):
        return b"i" + value.to_bytes(8, "big", signed=True)
    content = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return (b"b" if isinstance(value, bytes) else b"t") + len(content).to_bytes(8, "big") + content


class _Told:
    """Progress over rows that are written once and read back once, told now and then."""

    def __init__(self, progress: Callable[[int, int], None], rows: int) -> None:
        self._progress = progress
        self._total = 2 * rows
        self._done = 0

    def all(self) -> None:
        self._progress(self._total, self._total)

    def one(self) -> None:
        self._done += 1
        if self._done % _TELL_EVERY == 0:
            self._progress(self._done, self._total)


def _require_same_schema(source: Place, target: Place) -> None:
    revisions = [migrate.current(where(place)) for place in (source, target)]
    if None in revisions:
        raise SchemaError(f"a database without a schema cannot be copied from or to: run `{MIGRATE_COMMAND}`")
    if revisions[0] != revisions[1]:
        raise SchemaError(
            f"the databases are at {revisions[0]} and {revisions[1]}: run `{MIGRATE_COMMAND}` on the older one first"
        )


def where(place: Place) -> migrate.Where:
    """The place as ``storage.records.migrate`` takes it."""
    return place if isinstance(place, str) else PostgresTarget(place)


def _snapshot(place: Place) -> AbstractContextManager[Snapshot]:
    return sqlite_snapshot(_path(place)) if isinstance(place, str) else postgres_snapshot(place)


def _filling(place: Place) -> AbstractContextManager[Filling]:
    return sqlite_filling(_path(place)) if isinstance(place, str) else postgres_filling(place)


def _path(url: str) -> Path:
    try:
        address = make_url(url)
    except ArgumentError:
        raise StorageUnavailableError("the database's address is not a URL") from None
    if address.get_backend_name() != "sqlite" or not address.database:
        raise StorageUnavailableError("only an SQLite file has a plain URL as its address")
    return Path(address.database)
