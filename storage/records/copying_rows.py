"""What copying a records database asks of an engine: its rows in key order, and a transaction that takes rows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from sqlalchemy import Dialect, func, select
from sqlalchemy.sql.schema import Table

Row = Sequence[str | bytes | int]
"""A row's values in the order of the table's columns."""


class Snapshot(Protocol):
    """A database as it stood at one moment."""

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        ...

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows in the order of the primary key, one after the other."""
        ...


class Filling(Snapshot, Protocol):
    """A transaction that fills a database, and sees what it has filled in."""

    def clear(self, table: Table) -> None:
        """Remove every row of a table."""
        ...

    def fill(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert rows."""
        ...

    def settle(self, tables: Iterable[Table]) -> None:
        """Prepare for being used, as the engine likes it."""
        ...


def select_rows(table: Table, dialect: Dialect) -> str:
    """The SQL that gives a table's rows in key order."""
    return str(select(*table.columns).order_by(*table.primary_key.columns).compile(dialect=dialect))


def select_count(table: Table, dialect: Dialect) -> str:
    """The SQL that counts a table's rows."""
    return str(select(func.count()).select_from(table).compile(dialect=dialect))
