"""The records interface under threads, a reader beside a writer, and a writer that is killed."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from storage_engines import LASTING_RECORDS, RECORDS, open_records

from storage.errors import Cause, ConditionFailedError, StorageUnavailableError
from storage.records.changes import Expect, Insert, Replace, Spend

RACERS = 16


@pytest.fixture(params=RECORDS)
def records(request, tmp_path):
    opened = open_records(request.param, tmp_path)
    yield opened
    opened.close()


def race(work):
    """Run ``work(number)`` in 16 threads that start together; their results."""
    start = threading.Barrier(RACERS)

    def run(number):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def test_one_of_sixteen_inserts_wins(records):
    def insert(number):
        with records.write() as transaction:
            try:
                transaction.apply([Insert("k", "one", str(number).encode())])
            except ConditionFailedError as error:
                return error.cause
        return str(number).encode()

    ends = race(insert)
    assert ends.count(Cause.EXISTS) == RACERS - 1
    assert records.get("k", "one").body in ends


def test_sixteen_writers_lose_no_change(records):
    with records.write() as transaction:
        transaction.apply([Insert("k", "one", b"")])

    def spend(_):
        done = 0
        while done < 5:
            seen = records.get("k", "one").version
            with records.write() as transaction:
                try:
                    transaction.apply([Replace("k", "one", seen, b""), Spend("c", 1, 80)])
                    transaction.append(1, 1, b"")
                    done += 1
                except ConditionFailedError as error:
                    causes.add(error.cause)

    causes = set()
    race(spend)
    assert causes <= {Cause.VERSION}
    assert (records.get("k", "one").version, records.counter("c"), records.journal_length()) == (81, 80, 80)


def test_readers_never_see_half_a_transaction(records):
    with records.write() as transaction:
        transaction.apply([Insert("k", key, b"0", (("i", b"0"),)) for key in "abc"])
    stop = threading.Event()

    def read():
        while not stop.is_set():
            assert len({row.body for row in records.scan("k")}) == 1
            assert len(records.get_many("k", ["a", "b", "c"])) == 3
            found = records.find("k", "i", b"0")
            assert len({row.body for row in found}) <= 1

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for version in range(1, 40):
            body = str(version % 2).encode()
            with records.write() as transaction:
                transaction.apply([Replace("k", key, version, body, (("i", body),)) for key in "abc"])
        stop.set()
        for reader in readers:
            reader.result()


@pytest.mark.parametrize("engine", RECORDS)
def test_a_thread_that_waits_too_long_for_the_writer_is_told(engine, tmp_path):
    records = open_records(engine, tmp_path, lock_seconds=0.1)
    with records.write() as transaction, ThreadPoolExecutor(1) as pool:
        transaction.apply([Insert("k", "a", b"")])
        with pytest.raises(StorageUnavailableError):
            pool.submit(lambda: records.write().__enter__()).result()
    with records.write() as transaction:
        transaction.apply([Expect("k", "a", 1)])
    records.close()


WRITER = """
import sys
from pathlib import Path
from storage_engines import open_records
from storage.records.changes import Insert
records = open_records(sys.argv[1], Path(sys.argv[2]))
for number in range(1_000_000):
    with records.write() as transaction:
        for part in range(5):
            with transaction.unit():
                transaction.apply([Insert("k", f"{number:07}-{part}", b"x" * 500, (("n", b"%d" % number),))])
        transaction.append(5, number, b"y" * 2_000)
    print(number, flush=True)
"""


@pytest.mark.parametrize("engine", LASTING_RECORDS)
def test_a_killed_writer_loses_nothing_it_acknowledged(engine, tmp_path):
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, engine, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    with writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(120)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    assert writer.returncode == -signal.SIGKILL

    records = open_records(engine, tmp_path)
    assert acknowledged == list(range(len(acknowledged)))
    whole = records.journal_length() // 5
    assert whole in (len(acknowledged), len(acknowledged) + 1)
    assert [batch.time_us for batch in records.journal()] == list(range(whole))
    for number in range(whole):
        assert len(records.find("k", "n", b"%d" % number)) == 5
    assert records.find("k", "n", b"%d" % whole) == []
    records.close()
