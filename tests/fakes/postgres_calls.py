"""Calls to a PostgreSQL that fails on purpose: short times for the hub, long patience for the test."""

import time

from storage.errors import StorageUnavailableError
from storage.records.changes import Insert
from storage.records.postgres_address import PostgresAddress

PATIENCE = 60.0


def address(url, **options):
    times = {"statement_seconds": 1.0, "connect_seconds": 2.0, "idle_seconds": 1.0}
    return PostgresAddress(url, **{**times, **options})


def insert(records, key, body=b""):
    with records.write() as transaction:
        transaction.apply([Insert("k", key, body)])
        return transaction.append(1, 1, key.encode())


def write_and(records, changes, meanwhile):
    """One transaction with one entry, and what happens before it commits."""
    with records.write() as transaction:
        transaction.apply(changes)
        transaction.append(1, 1, b"entry")
        meanwhile()


def eventually(attempt):
    """What the attempt returns once the database is back; it must come back by itself."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except StorageUnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def wait_for(server, sql):
    until = time.monotonic() + PATIENCE
    while server.ask(sql) != "t":
        assert time.monotonic() < until, sql
        time.sleep(0.02)
