"""Several recorders on one PostgreSQL: in turn, killed, and stopped in the middle of a transaction."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import ConditionFailedError
from storage.records.changes import Expect, Insert, Replace, Spend
from storage.records.postgres import PostgresRecords

PATIENCE = 60.0
IN_THE_MIDDLE = """
import sys
from storage.errors import StorageUnavailableError
from storage.records.changes import Insert
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
records = PostgresRecords(PostgresAddress(sys.argv[1], idle_seconds=1.0), read_only=False)
try:
    with records.write() as transaction:
        transaction.apply([Insert("k", "mine", b"")])
        transaction.append(1, 1, b"mine")
        print("holding", flush=True)
        sys.stdin.readline()
except StorageUnavailableError as error:
    print(error, flush=True)
records.close()
"""


@pytest.fixture
def address(postgres_databases):
    return postgres_databases.fresh()


@pytest.fixture
def open_records(address):
    stores = []

    def opened():
        stores.append(PostgresRecords(address, read_only=False, lock_seconds=30.0))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def holder(address):
    """Another recorder's process, which has taken the log and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", IN_THE_MIDDLE, address.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])},
    )
    with process:
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_recorders_in_turn_keep_one_contiguous_log_and_lose_nothing(open_records):
    recorders = [open_records() for _ in range(4)]
    with recorders[0].write() as transaction:
        transaction.apply([Insert("k", "shared", b"")])

    def work(number):
        records = recorders[number]
        done = stale = 0
        while done < 20:
            seen = records.get("k", "shared").version
            with records.write() as transaction:
                transaction.preload([Expect("k", "shared", seen)])
                try:
                    transaction.apply([Replace("k", "shared", seen, b""), Spend("c", 1, 80)])
                    transaction.append(3, 1, b"%d-%d" % (number, done))
                    done += 1
                except ConditionFailedError:
                    stale += 1
        return stale

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    records = recorders[0]
    assert (records.get("k", "shared").version, records.counter("c"), records.journal_length()) == (81, 80, 240)
    bodies = [batch.body for batch in records.journal()]
    assert [batch.first for batch in records.journal()] == list(range(0, 240, 3))
    for number in range(4):
        assert [body for body in bodies if body.startswith(b"%d-" % number)] == [
            b"%d-%d" % (number, n) for n in range(20)
        ]


def test_a_killed_recorder_leaves_the_log_to_others(open_records, holder):
    holder.kill()
    records = open_records()
    with records.write() as transaction:
        transaction.apply([Expect("k", "mine", 0)])
        assert transaction.append(1, 1, b"other") == 0


def test_a_stopped_recorder_holds_the_log_no_longer_than_it_may_stand_still(open_records, holder, postgres_server):
    records = open_records()
    log = postgres_server.folder / "log"
    before = log.stat().st_size
    holder.send_signal(signal.SIGSTOP)
    with records.write() as transaction:
        transaction.apply([Expect("k", "mine", 0)])
        assert transaction.append(1, 1, b"other") == 0
    holder.send_signal(signal.SIGCONT)
    told, _ = holder.communicate("go on\n", timeout=PATIENCE)
    assert "unknown" in told or "rolled back" in told
    # Not the limit of the whole transaction, which is several times as long.
    assert "idle-in-transaction timeout" in log.read_text(encoding="utf-8")[before:]
    assert [batch.body for batch in records.journal()] == [b"other"]
    assert records.get("k", "mine") is None


def test_preloading_changes_nothing_and_is_not_needed(open_records):
    records = open_records()
    changes = [Insert("k", "a", b"1", (("i", b"v"),)), Replace("k", "a", 1, b"2", (("i", b"w"),)), Spend("c", 1, 1)]
    with records.write() as transaction:
        transaction.preload([*changes, Insert("\0", "x" * 500, b"")])
        transaction.preload(changes)
    assert (records.get("k", "a"), records.counter("c")) == (None, 0)
    with records.write() as transaction:
        transaction.preload(changes[:1])
        transaction.apply(changes)
        transaction.preload(changes)
        transaction.apply([Expect("k", "a", 2)])
    assert [row.key for row in records.find("k", "i", b"w")] == ["a"]
    assert records.find("k", "i", b"v") == []


def test_a_transaction_that_asks_for_nothing_waits_for_nobody(open_records, holder):
    records = open_records()
    with records.write() as transaction, transaction.unit():
        pass
    assert holder.poll() is None
