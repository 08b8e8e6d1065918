"""Schema versions: bring a database to the newest, tell where it stands, refuse one this code does not know.

Migrations only go forward. They run inside one transaction, so a database is never left between two revisions, and
processes that migrate at the same time take turns. On PostgreSQL a migration waits only briefly for tables in use, and
gives up rather than hold everybody else up. Importing this page loads Alembic: workers need not.

Versions that run side by side, as in an upgrade of one machine after the other:
1. A migration may name, as ``SERVED_FROM``, the oldest revision whose version serves on its schema too. That is noted
   in the database, since that version does not know the migration.
2. ``schema.COMPATIBLE_FROM`` names the oldest schema that this version itself serves on.
3. Where neither says so, a version serves on the newest schema that it knows, and on no other.
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
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

import storage.migrations
from storage.errors import SchemaError, StorageError, StorageUnavailableError
from storage.records.schema import ACCESS_INDEX, COMPATIBLE_FROM, MIGRATE_COMMAND, RECORDS


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
        _note_served(connection, config, database)
    assert reached is not None
    return reached


def newest(database: Database = Database.RECORDS) -> str:
    """The newest revision that this version knows."""
    return _chain(_config(database))[-1]


def current(where: Where, database: Database = Database.RECORDS) -> str | None:
    """The revision a database is at; None if it was never migrated."""
    with _connection(where, writing=False) as connection:
        return _revision(connection, database)


def check(where: Where, database: Database = Database.RECORDS) -> None:
    """Raise ``SchemaError``, which says what to run, unless this version serves on the database's schema."""
    config = _config(database)
    with _connection(where, writing=False) as connection:
        found = _revision(connection, database)
        _refuse_tables(connection, found, database)
        served = _served_from(connection, database)
    if found is None:
        raise SchemaError(f"the {database} database is empty: run `{MIGRATE_COMMAND}`")
    chain = _chain(config)
    if found not in chain and served not in chain:
        raise _unknown(found, database)
    head = ScriptDirectory.from_config(config).get_current_head()
    oldest = COMPATIBLE_FROM.get(database, head)
    if found in chain and found != head and (oldest not in chain or chain.index(found) < chain.index(oldest)):
        raise SchemaError(f"the {database} database is at {found}, older than {head}: run `{MIGRATE_COMMAND}`")


def _refuse_foreign(connection: Connection, config: Config, database: Database) -> None:
    """Refuse what this version must not migrate."""
    found = _revision(connection, database)
    _refuse_tables(connection, found, database)
    if found is not None and found not in _chain(config):
        raise _unknown(found, database)


def _refuse_tables(connection: Connection, found: str | None, database: Database) -> None:
    if found is None and set(inspect(connection).get_table_names()) & _tables(database):
        raise SchemaError(
            f"the {database} database has tables but no known schema version: point the configuration at a new "
            f"database, or restore this one from a backup, then run `{MIGRATE_COMMAND}`"
        )


def _unknown(found: str, database: Database) -> SchemaError:
    return SchemaError(
        f"the {database} database is at {found}, which this version does not know (a newer one made it): install "
        f"the newer version, then run `{MIGRATE_COMMAND}`"
    )


def _chain(config: Config) -> list[str]:
    """The revisions that this version knows, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def _note_served(connection: Connection, config: Config, database: Database) -> None:
    """Note the oldest version that serves on the schema just reached, which is the newest that this version knows."""
    chain = _chain(config)
    scripts = [ScriptDirectory.from_config(config).get_revision(revision) for revision in chain]
    oldest = max(chain.index(getattr(script.module, "SERVED_FROM", script.revision)) for script in scripts)
    table = _served_table(database)
    if inspect(connection).has_table(table.name):
        connection.execute(delete(table))
    elif chain[oldest] == chain[-1]:
        return  # what is not noted means the newest alone
    else:
        table.create(connection)
    connection.execute(insert(table).values(oldest=chain[oldest]))


def _served_from(connection: Connection, database: Database) -> str | None:
    """The oldest revision whose version serves on the database, where one was noted."""
    table = _served_table(database)
    return connection.scalar(select(table.c.oldest)) if inspect(connection).has_table(table.name) else None


def _served_table(database: Database) -> Table:
    return Table(f"{database}_oldest_revision", MetaData(), Column("oldest", Text, nullable=False))


def _tables(database: Database) -> set[str]:
    metadata = RECORDS if database is Database.RECORDS else ACCESS_INDEX
    return set(metadata.tables)


def _config(database: Database) -> Config:
    (folder,) = storage.migrations.__path__
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    places = "\n".join(str(place) for place in locations(database))
    config.set_main_option("version_locations", places.replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = _version_table(database)
    return config


def locations(database: Database) -> list[Path]:
    """The folders of a chain's migrations."""
    (folder,) = storage.migrations.__path__
    return [Path(folder) / database]


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
