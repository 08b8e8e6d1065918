"""A PostgreSQL database as a copy's source or target: rows travel by COPY in binary. Raises storage errors only."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Final

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import TupleRow
from sqlalchemy import LargeBinary, Text, delete
from sqlalchemy.sql.schema import Table

from storage.records.copying_rows import Row, select_count, select_rows
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import MIGRATION_SECONDS, connect, migrating
from storage.records.postgres_errors import translate
from storage.records.schema import RECORDS
from storage.records.statements import postgres_dialect

_DIALECT: Final = postgres_dialect()
_WHOLE_TABLE_MS: Final = "86400000"
"""The longest that moving one table may take, a day; each wait for an answer is bounded by far less."""


class _PostgresCopy:
    """One transaction on a PostgreSQL database."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self._connection = connection

    def count(self, table: Table) -> int:
        """See ``Snapshot.count``."""
        with _translated():
            row = self._connection.execute(select_count(table, _DIALECT).encode()).fetchone()
        assert row is not None
        return int(row[0])

    def rows(self, table: Table) -> Iterator[Row]:
        """See ``Snapshot.rows``."""
        statement = f"COPY ({select_rows(table, _DIALECT)}) TO STDOUT (FORMAT BINARY)"
        with _translated(), self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.set_types(_types(table))
            yield from copy.rows()

    def clear(self, table: Table) -> None:
        """See ``Filling.clear``."""
        with _translated():
            self._connection.execute(str(delete(table).compile(dialect=_DIALECT)).encode())

    def fill(self, table: Table, rows: Iterable[Row]) -> None:
        """See ``Filling.fill``."""
        columns = ", ".join(_quoted(column.name) for column in table.columns)
        statement = f"COPY {_quoted(table.name)} ({columns}) FROM STDIN (FORMAT BINARY)"
        with _translated(), self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.set_types(_types(table))
            for row in rows:
                copy.write_row(row)

    def settle(self, tables: Iterable[Table]) -> None:
        """See ``Filling.settle``: the server learns what the tables hold now."""
        with _translated():
            self._connection.execute(f"ANALYZE {', '.join(_quoted(table.name) for table in tables)}".encode())


@contextmanager
def postgres_snapshot(address: PostgresAddress) -> Iterator[_PostgresCopy]:
    """The database as it stands now (REPEATABLE READ, READ ONLY); hubs may go on writing."""
    with closing(_connected(address)) as connection:
        with _translated():
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SELECT 1")  # the snapshot is taken by the first statement
        yield _PostgresCopy(connection)


@contextmanager
def postgres_filling(address: PostgresAddress) -> Iterator[_PostgresCopy]:
    """One transaction that fills the database alone: committed on leaving, rolled back by any exception."""
    tables = ", ".join(_quoted(name) for name in sorted(RECORDS.tables))
    with closing(_connected(address)) as connection:
        with _translated():
            connection.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE".encode())
        yield _PostgresCopy(connection)  # an exception closes the connection, which rolls back
        with _translated():
            connection.commit()


def _connected(address: PostgresAddress) -> psycopg.Connection[TupleRow]:
    settings = {**migrating(address), "statement_timeout": _WHOLE_TABLE_MS, "synchronous_commit": "on"}
    connection = connect(address, settings, "read-write", MIGRATION_SECONDS)
    connection.autocommit = False
    return connection


def _types(table: Table) -> list[str]:
    return [
        "bytea" if isinstance(column.type, LargeBinary) else "text" if isinstance(column.type, Text) else "int8"
        for column in table.columns
    ]


def _quoted(name: str) -> str:
    return _DIALECT.identifier_preparer.quote(name)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error
