"""The recorder as a process: killed, restarted and stopped while many threads commit."""

import signal
import threading

import pytest

from exchange.audit import journal
from exchange.audit.integrator import Integrator
from exchange.audit.log_export import export_log
from exchange.audit.offline import verify_log
from exchange.audit.proofs import PublishedLog
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Committed, ConditionFailed
from exchange.errors import UnavailableError
from exchange.reasons import Reason
from storage.errors import Cause
from storage.objects.files import FileObjects
from storage.records.changes import Insert, Remember, Spend
from storage.records.memory_index import MemoryAccessIndex
from storage.records.sqlite import SqliteRecords
from tests.fakes.audit_world import START_US, entry, log_key, unit
from tests.fakes.recorder_process import recorder_process, socket_path, start

THREADS = 8


@pytest.fixture
def client(tmp_path):
    made = RecorderClient(socket_path(tmp_path))
    yield made
    made.close()


def request(number):
    return Remember(number.to_bytes(32), b"d" * 32, b"", START_US + number)


class Callers:
    """Threads that commit one numbered unit after another and note what they were told."""

    def __init__(self, client, *, retry):
        self.acknowledged: dict[int, int] = {}
        self.unknown: set[int] = set()
        self.reasons: set[Reason] = set()
        self.stop = threading.Event()
        self._client, self._retry = client, retry
        self._threads = [threading.Thread(target=self._work, args=(lane,)) for lane in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def join(self):
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, lane):
        number = lane
        while not self.stop.is_set():
            self._commit(number)
            number += THREADS

    def _commit(self, number):
        while True:
            try:
                answer = self._client.commit(unit(number, Insert("case", str(number), b"x"), request(number)), 5)
            except UnavailableError as error:
                self.reasons.update(error.reasons)
                self.unknown.add(number)
                if not self._retry:
                    return
                if self.stop.wait(0.01):
                    return
                continue
            if isinstance(answer, Committed):
                assert number not in self.acknowledged
                self.acknowledged[number] = answer.index
            else:
                # An earlier attempt, whose answer was lost, had been committed: the retry learns it.
                assert isinstance(answer, ConditionFailed)
                assert answer.cause in {Cause.EXISTS, Cause.REMEMBERED}
                assert number in self.unknown
            return


def wait_for(condition):
    for _ in range(1_000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to be")


def test_everything_acknowledged_survives_kill_9(tmp_path, client):
    with recorder_process(tmp_path) as process:
        assert client.wait_connected(20)
        callers = Callers(client, retry=False)
        wait_for(lambda: len(callers.acknowledged) >= 1_000)
        process.kill()
        process.wait()
        wait_for(lambda: len(callers.unknown) >= 1)
        callers.join()
        assert callers.reasons == {Reason.AUDIT_UNAVAILABLE}
    records = SqliteRecords(tmp_path / "records.db", read_only=True)
    kept = {item.index: item.entry for item in journal.read(records)}
    for number, index in callers.acknowledged.items():
        assert kept[index] == entry(number)
        assert records.get("case", str(number)) is not None
    # What was not acknowledged is there with its change, or not at all: never half.
    assert len(kept) == sum(1 for _ in records_of(records))
    assert len(set(kept.values())) == len(kept)
    key, private = log_key()
    objects = FileObjects(tmp_path / "objects")
    Integrator(records, MemoryAccessIndex(), objects, key, private.sign).run_once()
    export_log(tmp_path / "export", PublishedLog(objects, key), objects, records)
    report = verify_log(tmp_path / "export", key.vkey)
    assert report.ok
    assert report.entries == len(kept)
    objects.close()
    records.close()


def records_of(records):
    after = ""
    while page := records.scan("case", after=after, limit=1_000):
        yield from page
        after = page[-1].key


def test_callers_that_retry_lose_and_repeat_nothing_over_restarts(tmp_path, client):
    process = start(tmp_path)
    try:
        assert client.wait_connected(20)
        callers = Callers(client, retry=True)
        for killed in range(1, 3):
            wait_for(lambda done=killed: len(callers.acknowledged) >= 300 * done)
            process.kill()
            process.wait()
            process = start(tmp_path)
            assert client.wait_connected(20)
        wait_for(lambda: len(callers.acknowledged) >= 900)
        callers.join()
        assert client.healthy()
    finally:
        process.kill()
        process.wait()
    records = SqliteRecords(tmp_path / "records.db", read_only=True)
    entries = [item.entry for item in journal.read(records)]
    assert len(set(entries)) == len(entries)
    assert {entry(number) for number in callers.acknowledged} <= set(entries)
    records.close()


def test_a_graceful_stop_answers_what_it_accepted(tmp_path, client):
    with recorder_process(tmp_path) as process:
        assert client.wait_connected(20)
        callers = Callers(client, retry=False)
        wait_for(lambda: len(callers.acknowledged) >= 500)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        callers.join()
    assert not socket_path(tmp_path).exists()
    assert not client.healthy()
    records = SqliteRecords(tmp_path / "records.db", read_only=True)
    assert records.journal_length() == len(callers.acknowledged)
    records.close()


def test_sixteen_callers_race_for_one_use(tmp_path, client):
    with recorder_process(tmp_path):
        assert client.wait_connected(20)
        barrier, answers = threading.Barrier(16), []

        def race(number):
            barrier.wait()
            answers.append(client.commit(unit(number, Spend("consent/1", 1, 1)), 5))

        for turn in range(10):
            threads = [threading.Thread(target=race, args=(turn * 16 + lane,)) for lane in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert sum(isinstance(answer, Committed) for answer in answers) == 1
    assert sum(answer == ConditionFailed(Cause.SPENT, 0, same=False) for answer in answers) == 159
