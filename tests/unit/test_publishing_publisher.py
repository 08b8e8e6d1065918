"""The publisher: tasks that go on whatever happens, one machine at a time, and an end within seconds."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry

from exchange.audit.errors import LogForkError, ProofError
from exchange.metrics import PublisherMetrics
from exchange.publishing import publisher
from exchange.publishing.publisher import PublisherProcess
from exchange.stores import AlwaysLeading, Leadership
from storage.errors import StorageUnavailableError
from tests.fakes.running_hub import until


class Repeated:
    """A task that calls ``work`` with the number of its run."""

    def __init__(self, work: Callable[[int], None], name: str = "status-lists", interval: float = 0.01) -> None:
        self.name = name
        self.interval = interval
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self._work = work
        self._lock = threading.Lock()

    def run_once(self) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.runs += 1
            self._work(self.runs)
        finally:
            self.at_once -= 1


class Seat:
    """Which of several candidates leads: the one that is named; None: the store that says so is away."""

    def __init__(self) -> None:
        self.leader: str | None = ""
        self.closed: set[str] = set()

    def candidate(self, name: str) -> Leadership:
        return Candidate(self, name)


class Candidate:
    def __init__(self, seat: Seat, name: str) -> None:
        self._seat = seat
        self._name = name

    def try_lead(self) -> bool:
        if self._seat.leader is None:
            raise StorageUnavailableError("away")
        return self._seat.leader == self._name

    def close(self) -> None:
        self._seat.closed.add(self._name)


class Running:
    """A publisher in a thread."""

    def __init__(self, *tasks: Repeated, leadership: Leadership | None = None) -> None:
        self.registry = CollectorRegistry()
        self.closed = threading.Event()
        self.failure: Exception | None = None
        self._stop = threading.Event()
        metrics = PublisherMetrics(self.registry, [task.name for task in tasks])
        self._process = PublisherProcess(tasks, leadership or AlwaysLeading(), metrics, [self.closed.set])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._process.run(self._stop)
        except Exception as error:  # noqa: BLE001 looked at by the test
            self.failure = error

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> float:
        """Stop it; returns how many seconds that took."""
        began = time.monotonic()
        self._stop.set()
        self._thread.join()
        assert self.closed.is_set()
        return time.monotonic() - began

    def counted(self, outcome: str, task: str = "status-lists") -> float:
        labels = {"task": task, "outcome": outcome}
        return self.registry.get_sample_value("onceonly_publisher_runs_total", labels) or 0.0


def test_a_task_is_done_again_and_again_and_counted() -> None:
    running = Running(Repeated(lambda _: None))
    until(lambda: running.counted("done") >= 3, "three runs")
    assert running.registry.get_sample_value("onceonly_publisher_leading") == 1
    succeeded = running.registry.get_sample_value("onceonly_publisher_success_time_seconds", {"task": "status-lists"})
    assert succeeded is not None
    assert succeeded > 1_700_000_000
    running.stop()


@pytest.mark.parametrize("error", [StorageUnavailableError("away"), ProofError("not yet"), ValueError("a mistake")])
def test_an_error_ends_neither_the_task_nor_another(error: Exception) -> None:
    def fails_twice(run: int) -> None:
        if run <= 2:
            raise error

    failing, other = Repeated(fails_twice), Repeated(lambda _: None, name="witnesses")
    running = Running(failing, other)
    until(lambda: running.counted("done") >= 1, "a run after the failures")
    assert running.counted("failed") == 2
    until(lambda: running.counted("done", "witnesses") >= 1, "the other task")
    running.stop()
    assert running.failure is None


def test_what_cannot_be_mended_ends_the_publisher_with_its_reason() -> None:
    def forks(_run: int) -> None:
        raise LogForkError("two histories")

    other = Repeated(lambda _: None, name="witnesses")
    running = Running(Repeated(forks), other)
    until(running.ended, "the publisher to end")
    assert isinstance(running.failure, LogForkError)
    assert running.closed.is_set()
    assert running.counted("failed") == 1


def test_pauses_after_failures_grow_and_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "_LONGEST_PAUSE", 0.05)
    times: list[float] = []

    def fails(_run: int) -> None:
        times.append(time.monotonic())
        raise StorageUnavailableError("away")

    running = Running(Repeated(fails, interval=0.001))
    until(lambda: len(times) >= 30, "thirty failures")
    running.stop()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps[10:]) >= 0.05


def test_a_task_that_waits_for_a_slow_peer_does_not_keep_the_hub_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publisher, "STOP_SECONDS", 0.2)
    release, waiting = threading.Event(), threading.Event()

    def hangs(_run: int) -> None:
        waiting.set()
        release.wait()

    running = Running(Repeated(hangs))
    assert waiting.wait(30)
    assert running.stop() < 10
    release.set()


def test_with_no_tasks_it_idles() -> None:
    running = Running()
    until(lambda: running.registry.get_sample_value("onceonly_publisher_leading") == 1, "leading")
    assert running.stop() < 10


def test_one_machine_publishes_and_another_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "_LEADERSHIP_SECONDS", 0.02)
    seat = Seat()
    tasks = {name: Repeated(lambda _: None) for name in ("first", "second")}
    machines = {name: Running(task, leadership=seat.candidate(name)) for name, task in tasks.items()}
    assert all(task.runs == 0 for task in tasks.values())
    seat.leader = "first"
    until(lambda: tasks["first"].runs > 2, "the first to publish")
    assert tasks["second"].runs == 0
    seat.leader = None
    until(lambda: machines["first"].registry.get_sample_value("onceonly_publisher_leading") == 0, "nobody to lead")
    until(lambda: tasks["first"].at_once == 0, "the first to end its run")
    at = tasks["first"].runs
    seat.leader = "second"
    until(lambda: tasks["second"].runs > 2, "the second to publish")
    assert tasks["first"].runs <= at + 1
    seat.leader = "first"
    until(lambda: tasks["first"].runs > at + 2, "the first to publish again")
    for machine in machines.values():
        machine.stop()
    assert all(task.most_at_once == 1 for task in tasks.values())
    assert seat.closed == {"first", "second"}


def test_no_task_runs_twice_when_a_machine_leads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "STOP_SECONDS", 0.01)
    monkeypatch.setattr(publisher, "_LEADERSHIP_SECONDS", 0.01)
    seat = Seat()
    seat.leader = "one"
    hold, held = threading.Event(), threading.Event()

    def waits(_run: int) -> None:
        held.set()
        hold.wait(30)

    task = Repeated(waits)
    running = Running(task, leadership=seat.candidate("one"))
    assert held.wait(30)
    seat.leader = "another"
    until(lambda: running.registry.get_sample_value("onceonly_publisher_leading") == 0, "standing by")
    seat.leader = "one"
    time.sleep(0.1)
    assert task.at_once == 1
    hold.set()
    until(lambda: task.runs > 2, "going on")
    running.stop()
    assert task.most_at_once == 1
