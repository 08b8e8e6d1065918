"""Connections to PostgreSQL: how they are opened, bounded and set up.

Rules:
1. No call waits without an end. The server bounds statements, locks and standing transactions; this side bounds the
   wait for an answer, since a stopped server bounds nothing.
2. A connection that did not answer in time is closed: nobody knows what it would answer next.
3. A session takes the settings that the server knows, so that older servers and compatible ones serve too.
4. Every statement is a look-up by keys, so plans are made once and for good (``plan_cache_mode``), and scans, hash
   joins and merge joins are ruled out: a table without statistics must not turn a look-up into a scan. Parallel plans
   are too: at a million rows a page of fifty would be read by processes that take longer to start than to read it.
5. Open a database after a process has forked, never before.
"""

import math
import time
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from storage.errors import SchemaError, StorageError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_errors import translate
from storage.records.schema import MIGRATE_COMMAND

Parameters = Mapping[str, object]
Settings = Mapping[str, str]
_RV = TypeVar("_RV")

MIGRATION_SECONDS: Final = 600.0
MIGRATION_LOCK_SECONDS: Final = 10.0
"""How long a migration waits for a table in use; everybody after it in the queue waits as long."""

_KEYED: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "enable_memoize": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
_CONFIGURE: Final = """
SELECT current_setting('server_encoding'),
       (SELECT count(set_config(wanted.name, wanted.setting, false))
          FROM unnest(%(names)s::text[], %(settings)s::text[]) AS wanted (name, setting)
          JOIN pg_settings AS known ON known.name = wanted.name)
"""


class NoAnswerError(psycopg.OperationalError):
    """The server did not answer in time; the connection was closed. Never leaves this package."""


class PostgresConnection(psycopg.Connection[TupleRow]):
    """A connection whose every wait ends after ``answer_seconds``; it is closed then."""

    answer_seconds: float = 5.0

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:
        """See ``psycopg.Connection.wait``; raises ``psycopg.OperationalError`` when the time is over."""
        allowed = self.answer_seconds if timeout is None else timeout
        until = time.monotonic() + allowed
        try:
            return super().wait(gen, interval, allowed)
        except psycopg.OperationalError as error:
            if time.monotonic() < until:
                raise
            self.pgconn.finish()
            raise NoAnswerError("no answer in time") from error


def reading(address: PostgresAddress) -> Settings:
    """The session settings of a reader."""
    return {**_KEYED, **_bounds(address, address.statement_seconds), "default_transaction_read_only": "on"}


def writing(address: PostgresAddress, lock_seconds: float) -> Settings:
    """The session settings of a writer, which waits at most ``lock_seconds`` for the log."""
    bounds = _bounds(address, address.statement_seconds + lock_seconds)
    whole = address.statement_seconds * 2 + address.idle_seconds + lock_seconds
    return {
        **_KEYED,
        **bounds,
        "lock_timeout": _milliseconds(lock_seconds),
        "transaction_timeout": _milliseconds(whole),
        "synchronous_commit": "on",
    }


def leading(address: PostgresAddress, silence_seconds: float) -> Settings:
    """The session settings of a leader, which the server ends if it says nothing for ``silence_seconds``."""
    return {
        **_bounds(address, address.statement_seconds),
        "idle_session_timeout": _milliseconds(silence_seconds),
    }


def migrating(address: PostgresAddress) -> Settings:
    """The session settings of a migration: plans as the server likes them, and time to rewrite a table."""
    return {
        **_bounds(address, MIGRATION_SECONDS),
        "idle_in_transaction_session_timeout": _milliseconds(MIGRATION_SECONDS),
        "lock_timeout": _milliseconds(MIGRATION_LOCK_SECONDS),
    }


def _bounds(address: PostgresAddress, statement_seconds: float) -> dict[str, str]:
    return {
        "statement_timeout": _milliseconds(statement_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(address.idle_seconds),
        "lock_timeout": _milliseconds(address.statement_seconds),
        "client_encoding": "UTF8",
    }


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1_000)))


def connect(address: PostgresAddress, settings: Settings, target: str, answer_seconds: float) -> PostgresConnection:
    """Open a connection of one's own; ``target`` is libpq's ``target_session_attrs``.

    Raises ``StorageUnavailableError`` and ``SchemaError``.
    """
    try:
        connection = PostgresConnection.connect(address.url, **_options(address, target))
    except psycopg.Error as error:
        raise translate(error) from error
    try:
        prepare(connection, settings, answer_seconds)
    except psycopg.Error as error:
        connection.close()
        raise translate(error) from error
    except StorageError:
        connection.close()
        raise
    return connection


def prepare(connection: PostgresConnection, settings: Settings, answer_seconds: float) -> None:
    """Set a new session up. Raises ``psycopg.Error``, and ``SchemaError`` for a database that cannot hold all names."""
    connection.answer_seconds = answer_seconds
    # One type for whole numbers whatever their size, so that each statement is prepared once.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    wanted = {"names": list(settings), "settings": list(settings.values())}
    row = connection.execute(_CONFIGURE, wanted).fetchone()
    encoding = row[0] if row else "unknown"
    if encoding != "UTF8":
        raise SchemaError(
            f"the database is encoded in {encoding}, which cannot hold every name: make a new one with CREATE DATABASE "
            f"… ENCODING 'UTF8' TEMPLATE template0, then run `{MIGRATE_COMMAND}`"
        )


def _options(address: PostgresAddress, target: str) -> dict[str, Any]:
    """Settings of the connection itself. Those that choose TLS and authentication override the URL and environment."""
    options: dict[str, Any] = {
        "autocommit": True,
        "application_name": "onceonly",
        "client_encoding": "UTF8",
        "connect_timeout": max(1, math.ceil(address.connect_seconds)),
        "gssencmode": "disable",
        "keepalives_count": 3,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "sslmode": "disable",
        "target_session_attrs": target,
        "tcp_user_timeout": _milliseconds(address.answer_seconds * 2),
    }
    if address.tls_ca is not None:
        options |= {"sslmode": "verify-full", "sslrootcert": str(address.tls_ca), "ssl_min_protocol_version": "TLSv1.2"}
    # Without a password of ours none is taken from the environment either, whatever the server asks for.
    options["require_auth"] = "scram-sha-256" if address.password else "none"
    if address.password:
        options["password"] = address.password
    return options
