"""PostgreSQL against the plain engines in memory: the machine that SQLite must pass, unchanged."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test
from test_storage_model import RecordsMachine, log_entries, questions

from storage.records.memory import MemoryRecords
from storage.records.memory_index import MemoryAccessIndex
from storage.records.postgres import PostgresRecords
from storage.records.postgres_index import PostgresAccessIndex


def test_both_stores_answer_alike(postgres_databases):
    class PostgresMachine(RecordsMachine):
        @initialize()
        def begin(self):
            self.folder = Path(tempfile.mkdtemp())
            self.address = postgres_databases.fresh()
            self.stores = [MemoryRecords(), self.open()]

        def open(self):
            return PostgresRecords(self.address, read_only=False, lock_seconds=30.0)

        def teardown(self):
            super().teardown()
            postgres_databases.drop(self.address)

    bounds = settings(max_examples=15, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(PostgresMachine, settings=bounds)


@pytest.fixture
def index(postgres_databases):
    address = postgres_databases.fresh()
    index = PostgresAccessIndex(address)
    yield index
    index.close()
    postgres_databases.drop(address)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(log_entries, max_size=5), asked=st.lists(questions, min_size=5, max_size=15))
def test_both_indexes_find_and_count_alike(index, batches, asked):
    index.clear()  # a database of its own for each example takes longer than all that is asked
    indexes = [MemoryAccessIndex(), index]
    for one in indexes:
        for batch in batches:
            one.add(one.indexed_through(), batch)
    for wanted, start, end, before, limit in asked:
        found = [one.find(wanted, start=start, end=end, before=before, limit=limit) for one in indexes]
        assert found[0] == found[1]
        counted = [one.summarise("n", wanted, start=start, end=end, limit=limit) for one in indexes]
        assert counted[0] == counted[1]
