"""A PostgreSQL database as a target of migrations. Importing this page loads SQLAlchemy's engine and the driver."""

from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.errors import StorageError, StorageUnavailableError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import MIGRATION_SECONDS, connect, migrating
from storage.records.postgres_errors import translate

_TAKE_TURNS: Final = "SELECT pg_advisory_xact_lock(7883375432091529000)"
"""A number of this project's own; whoever migrates holds it until the end of its transaction."""


class PostgresTarget:
    """``migrate.Target`` for the database at an address. The connection is ours: SQLAlchemy sees no password."""

    def __init__(self, address: PostgresAddress) -> None:
        self._address = address

    def engine(self, *, writing: bool) -> Engine:
        """See ``Target.engine``."""

        def opened() -> Any:
            connection = connect(self._address, migrating(self._address), "read-write", MIGRATION_SECONDS)
            connection.autocommit = False
            return connection

        def take_turns(connection: Connection) -> None:
            connection.exec_driver_sql(_TAKE_TURNS)

        engine = create_engine("postgresql+psycopg://", creator=opened, poolclass=NullPool)
        if writing:
            event.listen(engine, "begin", take_turns)
        return engine

    def translate(self, error: SQLAlchemyError) -> StorageError:
        """See ``Target.translate``."""
        if isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.Error):
            return translate(error.orig)
        return StorageUnavailableError(f"the database cannot be read or migrated: {type(error).__name__}")
