"""Plans of PostgreSQL in the hub's sessions, where the server itself would choose others."""

import re
from contextlib import closing

import pytest

from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import connect, reading, writing
from storage.records.statements import postgres_dialect, record_statements

CHEAP = (
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "min_parallel_table_scan_size = 0",
    "min_parallel_index_scan_size = 0",
)
"""What makes a server start processes for a page of fifty, as it does by itself from a million rows on."""
ROWS = 20_000


@pytest.fixture
def server(postgres_servers):
    started = postgres_servers.start()
    for setting in CHEAP:
        started.ask(f"ALTER SYSTEM SET {setting}")
    started.ask("SELECT pg_reload_conf()")
    numbers = f"FROM generate_series(1, {ROWS}) AS i"
    started.ask(f"INSERT INTO record SELECT 'licence', md5(i::text), 1, 'body' {numbers}")
    issuer = "convert_to('issuer' || i % 10, 'UTF8')"
    started.ask(f"INSERT INTO record_index SELECT 'licence', 'issued', {issuer}, md5(i::text) {numbers}")
    started.ask("ANALYZE")
    return started


def plan(address, settings):
    """The generic plan of a page of licences in a session with these settings."""
    names = iter(range(1, 10))
    statement = re.sub(r"%\(\w+\)s", lambda _: f"${next(names)}", record_statements(postgres_dialect()).find)
    with closing(connect(address, settings, "primary", 5.0)) as connection:
        return "\n".join(line for (line,) in connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}"))


@pytest.mark.parametrize("settings", [reading, lambda address: writing(address, 1.0)])
def test_no_look_up_starts_processes(server, settings):
    address = PostgresAddress(server.local())
    seen = plan(address, settings(address))
    assert "record_index_pkey" in seen
    assert "Gather" not in seen


def test_the_server_by_itself_would_start_them(server):
    address = PostgresAddress(server.local())
    assert "Gather" in plan(address, {**reading(address), "max_parallel_workers_per_gather": "2"})
