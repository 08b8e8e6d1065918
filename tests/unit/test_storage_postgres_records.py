"""What PostgreSQL's engines do beyond the contract: bounds of their own, and what breaks inside a transaction."""

import psycopg
import pytest

from storage.errors import CorruptError, LimitExceededError, StorageUnavailableError
from storage.records.changes import Expect, Insert
from storage.records.postgres import PostgresRecords
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.postgres_write import MAX_HELD
from storage.records.sql_index_reads import MAX_ENTRIES


@pytest.fixture
def address(postgres_databases):
    return postgres_databases.fresh()


@pytest.fixture
def records(address):
    opened = PostgresRecords(address, read_only=False, lock_seconds=30.0)
    yield opened
    opened.close()


def run(address, sql):
    with psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute(sql)


CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'
"""


def test_what_was_opened_for_reading_refuses_changes(address):
    records = PostgresRecords(address, read_only=True)
    with pytest.raises(StorageUnavailableError, match="reading only"), records.write():
        pass
    with pytest.raises(StorageUnavailableError, match="reading only"):
        records.forget_requests(1)
    records.close()
    index = PostgresAccessIndex(address, read_only=True)
    with pytest.raises(StorageUnavailableError, match="reading only"):
        index.add(0, [])
    index.close()


def test_a_transaction_whose_engine_failed_cannot_commit(records, address):
    def swallow():
        with records.write() as transaction:
            transaction.apply([Insert("k", "a", b"")])
            run(address, CUT)
            with pytest.raises(StorageUnavailableError):
                transaction.apply([Expect("k", "b", 0)])
            for refused in (lambda: transaction.append(1, 1, b""), lambda: transaction.preload([])):
                with pytest.raises(StorageUnavailableError, match="begin another"):
                    refused()

    with pytest.raises(StorageUnavailableError, match="begin another"):
        swallow()
    assert records.get("k", "a") is None
    with records.write() as transaction:
        transaction.apply([Insert("k", "a", b"")])


def test_a_lost_log_row_is_damage(records, address):
    run(address, "DELETE FROM log_state")
    with pytest.raises(CorruptError, match="backup"):
        records.journal_length()
    with pytest.raises(CorruptError, match="backup"), records.write() as transaction:
        transaction.append(1, 1, b"")


def test_a_gap_in_the_journal_is_damage(records, address):
    with records.write() as transaction:
        for _ in range(3):
            transaction.append(2, 1, b"x")
    run(address, "DELETE FROM journal WHERE first = 2")
    with pytest.raises(CorruptError, match="position 2"):
        list(records.journal())


def test_a_transaction_holds_a_bounded_number_of_bytes(records):
    body = bytes(MAX_HELD // 4)

    def too_much(transaction):
        with transaction.unit():
            for _ in range(5):
                transaction.append(1, 1, body)

    with records.write() as transaction:
        with pytest.raises(LimitExceededError, match="holds"):
            too_much(transaction)
        assert transaction.append(1, 1, b"room again") == 0
    assert records.journal_length() == 1


def test_the_index_takes_a_bounded_number_of_entries(address):
    index = PostgresAccessIndex(address)
    with pytest.raises(LimitExceededError):
        index.add(0, [(1, [])] * (MAX_ENTRIES + 1))
    index.add(0, [(number, [("n", b"%d" % (number % 3))]) for number in range(45_000)])
    assert index.indexed_through() == 45_000
    assert index.summarise("n", [], start=0, end=1 << 40, limit=3) == [(b"0", 15_000), (b"1", 15_000), (b"2", 15_000)]
    index.close()
