"""Schema versions: bring a database to the newest, tell where it stands, refuse one this code does not know.

Migrations only go forward. They run inside one transaction, so a database is never left between two revisions, and
processes that migrate at the same time take turns. On PostgreSQL a migration waits only briefly for tables in use, and
gives up rather than hold everybody else up. Importing this page loads Alembic: workers need not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

import storage.migrations
from storage.errors import SchemaError, StorageError, StorageUnavailableError
from storage.records.schema import ACCESS_INDEX, MIGRATE_COMMAND, RECORDS


class Target(Protocol):
    """A database that is no SQLite file, such as ``postgres_migrate.PostgresTarget``."""

    def engine(self, *, writing: bool) -> Engine:
        """An engine whose transactions take turns with other migrations' if they write."""
        ...

    def translate(self, error: SQLAlchemyError) -> StorageError:
        """The storage error that an error of the engine stands for."""
        ...


Where = str | Target
"""The URL of an SQLite file (``sqlite_url``), or another database."""


class Database(StrEnum):
    """Which chain of migrations a database follows."""

    RECORDS = "records"
    INDEX = "index"


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file, as the functions below take it."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string(hide_password=False)


def upgrade(where: Where, database: Database = Database.RECORDS) -> str:
    """Run the missing migrations and return the revision reached.

    Raises ``SchemaError`` for a database that this code must not touch (made by a newer version, or not ours) and
    ``StorageUnavailableError`` if the engine cannot be reached or written.
    """
    config = _config(database)
    with _connection(where, writing=True) as connection:
        _refuse_foreign(connection, config, database)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        reached = _revision(connection, database)
    assert reached is not None
    return reached


def current(where: Where, database: Database = Database.RECORDS) -> str | None:
    """The revision a database is at; None if it was never migrated."""
    with _connection(where, writing=False) as connection:
        return _revision(connection, database)


def check(where: Where, database: Database = Database.RECORDS) -> None:
    """Raise ``SchemaError``, which says what to run, unless the database is at the newest revision this code knows."""
    config = _config(database)
    with _connection(where, writing=False) as connection:
        _refuse_foreign(connection, config, database)
        found = _revision(connection, database)
    newest = ScriptDirectory.from_config(config).get_current_head()
    if found is None:
        raise SchemaError(f"the {database} database is empty: run `{MIGRATE_COMMAND}`")
    if found != newest:
        raise SchemaError(f"the {database} database is at {found}, older than {newest}: run `{MIGRATE_COMMAND}`")


def _refuse_foreign(connection: Connection, config: Config, database: Database) -> None:
    found = _revision(connection, database)
    if found is None:
        foreign = set(inspect(connection).get_table_names()) & _tables(database)
        if foreign:
            raise SchemaError(
                f"the {database} database has tables but no known schema version: point the configuration at a new "
                f"database, or restore this one from a backup, then run `{MIGRATE_COMMAND}`"
            )
        return
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise SchemaError(
            f"the {database} database is at {found}, which this version does not know (a newer one made it): install "
            f"the newer version, then run `{MIGRATE_COMMAND}`"
        )


def _tables(database: Database) -> set[str]:
    metadata = RECORDS if database is Database.RECORDS else ACCESS_INDEX
    return set(metadata.tables)


def _config(database: Database) -> Config:
    (folder,) = storage.migrations.__path__
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("version_locations", str(Path(folder) / database).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = _version_table(database)
    return config


def _version_table(database: Database) -> str:
    return f"{database}_revision"


def _revision(connection: Connection, database: Database) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": _version_table(database)})
    return context.get_current_revision()


@contextmanager
def _connection(where: Where, *, writing: bool) -> Iterator[Connection]:
    target = SqliteTarget(where) if isinstance(where, str) else where
    engine = target.engine(writing=writing)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise target.translate(error) from error
    finally:
        engine.dispose()


class SqliteTarget:
    """An SQLite file, by its URL."""

    def __init__(self, url: str) -> None:
        try:
            self._address = make_url(url)
        except ArgumentError as error:
            raise StorageUnavailableError(
                "the database's address is not a URL: see `database` in the configuration"
            ) from error
        if self._address.get_backend_name() != "sqlite":
            raise StorageUnavailableError("only an SQLite file has a plain URL as its address")

    def engine(self, *, writing: bool) -> Engine:
        """See ``Target.engine``. Raises ``SchemaError`` where there is no file."""
        if not Path(self._address.database or "").is_file():
            raise SchemaError(f"there is no database file {self._address.database}: run `{MIGRATE_COMMAND}`")
        engine = create_engine(self._address, poolclass=NullPool)
        _begin_explicitly(engine, "BEGIN IMMEDIATE" if writing else "BEGIN")
        return engine

    def translate(self, error: SQLAlchemyError) -> StorageError:
        """See ``Target.translate``."""
        return StorageUnavailableError(f"the database cannot be read or migrated: {type(error).__name__}")


def _begin_explicitly(engine: Any, begin: str) -> None:
    """Make SQLite's schema changes part of the transaction: its driver would otherwise begin none before them."""

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
