"""A counter's day in any order of right and wrong steps, against a model: on PostgreSQL and Valkey.

Every window has a connection of its own. ``ONCEONLY_MACHINE_RUNS`` makes it longer (docs/testing.md).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.fast.redis import RedisFast
from storage.records.interface import Records
from storage.records.postgres import PostgresRecords
from tests.fakes.counter_day import WholeDay
from tests.fakes.counter_machine import open_counter_world
from tests.fakes.counter_window import MANY
from tests.fakes.licence_world import World
from tests.real_servers import PostgresDatabases
from tests.real_valkey import valkey_address

RUNS = int(os.environ.get("ONCEONLY_MACHINE_RUNS", "4"))


def test_the_counter_on_servers(postgres_databases: PostgresDatabases) -> None:
    class OnServers(WholeDay):
        narrow = MANY  # Valkey's clock cannot be turned, and its counts outlive a day

        @contextmanager
        def opened(self) -> Iterator[World]:
            self.address = postgres_databases.fresh()
            self.readers = ExitStack()
            records = PostgresRecords(self.address, read_only=False, lock_seconds=30.0)
            with (
                tempfile.TemporaryDirectory() as folder,
                closing(RedisFast(valkey_address("valkey"))) as fast,
                open_counter_world(Path(folder), records, fast) as world,
                self.readers,
            ):
                yield world
            postgres_databases.drop(self.address)

        def reader(self) -> Records:
            return self.readers.enter_context(closing(PostgresRecords(self.address, read_only=True)))

    bounds = settings(
        max_examples=RUNS,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(OnServers, settings=bounds)
