"""Real servers for tests, one session fixture each: a pytest plugin, loaded by ``tests/conftest.py``.

A server is started when the first test asks for it and ends with the session, however the session ends.
"""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from servers.postgres import PostgresOptions, PostgresServer, make_template
from storage.records.migrate import Database, upgrade
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_migrate import PostgresTarget
from tests.fakes.postgres_calls import address

_TEMPLATE = "migrated"
_SHORT = 60


@pytest.fixture(scope="session")
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose path is short enough for Unix sockets; pytest clears it away later if this session is killed."""
    folder = tmp_path_factory.mktemp("servers")
    if len(str(folder)) > _SHORT:
        folder = Path(tempfile.mkdtemp(prefix="oo-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_template(short_folder: Path) -> Path:
    """An empty cluster to copy."""
    return make_template(short_folder / "postgres-template")


class PostgresDatabases:
    """Fresh databases on one server, each with the newest schema of both chains."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = itertools.count()
        server.ask(f"CREATE DATABASE {_TEMPLATE}")
        for database in Database:
            upgrade(PostgresTarget(self.address(_TEMPLATE)), database)

    def address(self, name: str) -> PostgresAddress:
        """A database's address, with patience: a busy machine must not fail a test."""
        return PostgresAddress(self._server.local(name), statement_seconds=30.0, connect_seconds=30.0)

    def fresh(self) -> PostgresAddress:
        """A database that nobody used yet."""
        return self._made(_TEMPLATE)

    def empty(self) -> PostgresAddress:
        """A database without any table."""
        return self._made("template0")

    def drop(self, address: PostgresAddress) -> None:
        """Remove a database that nobody is connected to any more."""
        self._server.ask(f"DROP DATABASE {conninfo_to_dict(address.url)['dbname']} WITH (FORCE)")

    def _made(self, template: str) -> PostgresAddress:
        name = f"fresh{next(self._numbers)}"
        self._server.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)


@pytest.fixture(scope="session")
def postgres_server(short_folder: Path, postgres_template: Path) -> Iterator[PostgresServer]:
    """One PostgreSQL for every test that only needs a database; it does not survive a power loss."""
    with PostgresServer(short_folder / "pg", PostgresOptions(durable=False, template=postgres_template)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: PostgresServer) -> PostgresDatabases:
    """Fresh databases on that server."""
    return PostgresDatabases(postgres_server)


class PostgresServers:
    """Servers of a test's own, for what a shared one must not suffer."""

    def __init__(self, folder: Path, template: Path, held: ExitStack) -> None:
        self._folder = folder
        self._template = template
        self._held = held

    def start(self, name: str = "a", options: PostgresOptions | None = None) -> PostgresServer:
        """A server with the newest schema of both chains."""
        chosen = replace(options or PostgresOptions(durable=False), template=self._template)
        server = self._held.enter_context(PostgresServer(self._folder / name, chosen))
        for database in Database:
            upgrade(PostgresTarget(PostgresAddress(server.local(), connect_seconds=30.0)), database)
        return server

    def follow(self, server: PostgresServer, name: str = "b") -> PostgresServer:
        """A standby of a server, without which no commit is answered from now on."""
        standby = server.standby(self._folder / name)
        self._held.callback(standby.kill)
        server.require_standby()
        return standby


@pytest.fixture
def postgres_servers(short_folder: Path, postgres_template: Path) -> Iterator[PostgresServers]:
    """Starts servers for one test and kills them after it."""
    folder = Path(tempfile.mkdtemp(dir=short_folder))
    with ExitStack() as held:
        yield PostgresServers(folder, postgres_template, held)
    shutil.rmtree(folder)


@pytest.fixture
def open_postgres() -> Iterator[Callable[..., PostgresRecords]]:
    """Opens records at a URL, for writing and with short times, and closes them after the test."""
    with ExitStack() as held:

        def opened(url: str, **options: Any) -> PostgresRecords:
            records = PostgresRecords(address(url), read_only=False, **options)
            held.callback(records.close)
            return records

        yield opened
