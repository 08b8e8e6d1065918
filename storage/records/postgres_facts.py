"""What a PostgreSQL server promises: asked once before a hub starts, and by whoever inspects an installation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psycopg

from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import connect, reading
from storage.records.postgres_errors import translate

_ASK: Final = """
SELECT current_setting('server_version'),
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',
       current_setting('synchronous_standby_names') <> '',
       extract(epoch FROM clock_timestamp())::float8,
       (SELECT count(*) FROM pg_attribute a
          JOIN pg_class t ON t.oid = a.attrelid AND t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
          JOIN pg_collation c ON c.oid = a.attcollation
         WHERE t.relname = ANY (%(tables)s::text[]) AND c.collname <> 'C')
"""
_TABLES: Final = ("record", "record_index", "counter", "posting", "named_state")


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """``durable``: a commit is on the disk once it is answered (``fsync``, ``full_page_writes``). ``standby``: it waits
    for a synchronous standby too, without which losing this server forks the log. ``clock_ahead_seconds``: the server's
    clock less this machine's. ``bytewise``: all of our names compare by bytes; not if somebody changed a column.
    """

    version: str
    durable: bool
    standby: bool
    clock_ahead_seconds: float
    bytewise: bool


def described(address: PostgresAddress, clock: Callable[[], float] = time.time) -> PostgresFacts:
    """Ask the server at ``address`` that takes writes; ``clock`` gives seconds since 1970.

    Raises ``StorageUnavailableError``, and ``SchemaError`` for a database in another encoding than UTF-8.
    """
    connection = connect(address, reading(address), "read-write", address.answer_seconds)
    try:
        before = clock()
        row = connection.execute(_ASK, {"tables": list(_TABLES)}).fetchone()
        after = clock()
    except psycopg.Error as error:
        raise translate(error) from error
    finally:
        connection.close()
    assert row is not None
    version, durable, standby, server_clock, others = row
    return PostgresFacts(version, durable, standby, server_clock - (before + after) / 2, others == 0)
