"""Tasks at work, those of the publisher and of the events process: each in a thread of its own, on one machine.

Rules:
1. One machine of the hub leads, the others stand by and take over within seconds. Two may work for a moment: what a
   task writes compares what it replaces, or only ever grows.
2. An error ends no task: it is logged, counted, and tried again, after a longer pause each time, up to five seconds.
   What no later run could mend ends the process, and the hub says why.
3. Told to stop, it does not wait for a task longer than a few seconds: whatever a task does may be cut off anywhere.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from exchange.audit.errors import JournalError, LogCorruptError, LogForkError
from exchange.metrics import PublisherMetrics
from exchange.stores import Leadership
from exchange.task import Task
from storage.errors import SchemaError, StorageError

BEYOND_REPAIR: Final = (JournalError, LogCorruptError, LogForkError, SchemaError)
"""Errors that another run would meet again, and after which the hub must not go on as if nothing were."""
STOP_SECONDS: Final = 5.0
_LEADERSHIP_SECONDS: Final = 1.0
_LONGEST_PAUSE: Final = 5.0
_DOUBLINGS: Final = 16
_QUIET_SECONDS: Final = 30.0


class PublisherProcess:
    """Runs ``tasks`` while this machine leads. With no tasks it idles. ``closing`` is called when it has stopped.

    ``role`` names the process in logs, and its threads.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        leadership: Leadership,
        metrics: PublisherMetrics,
        closing: Sequence[Callable[[], None]],
        role: str = "publisher",
    ) -> None:
        self._tasks = tasks
        self._leadership = leadership
        self._metrics = metrics
        self._closing = closing
        self._beyond_repair: Exception | None = None
        self._role = role
        self._log = structlog.get_logger(f"onceonly.{role}")

    def run(self, stop: threading.Event) -> None:
        """Run until ``stop``; raises what no later run could mend."""
        try:
            while not stop.is_set() and self._beyond_repair is None:
                if self._leads():
                    self._lead(stop)
                else:
                    stop.wait(_LEADERSHIP_SECONDS)
        finally:
            self._leadership.close()
            for close in self._closing:
                close()
        if self._beyond_repair is not None:
            raise self._beyond_repair

    def _lead(self, stop: threading.Event) -> None:
        """Run every task until ``stop``, until another machine leads or until one meets what cannot be mended."""
        resign = threading.Event()
        threads = [
            threading.Thread(target=self._repeat, args=(task, resign), name=f"{self._role}-{task.name}", daemon=True)
            for task in self._tasks
        ]
        for thread in threads:
            thread.start()
        while not stop.wait(_LEADERSHIP_SECONDS) and self._beyond_repair is None and self._leads():
            pass
        resign.set()
        # 1. Before this machine could lead again, every task has ended: none may run twice.
        while not stop.is_set() and self._beyond_repair is None and any(thread.is_alive() for thread in threads):
            stop.wait(0.1)
        # 2. A machine that stops waits for nobody.
        until = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            self._log.warning("a task did not end in time and is cut off")

    def _leads(self) -> bool:
        try:
            leads = self._leadership.try_lead()
        except StorageError:
            leads = False
        self._metrics.leading(leads=leads)
        return leads

    def _repeat(self, task: Task, resign: threading.Event) -> None:
        failures = 0
        said = float("-inf")
        while not resign.is_set():
            try:
                task.run_once()
            except BEYOND_REPAIR as error:
                self._metrics.failed(task.name)
                self._failed(task, error)
                self._beyond_repair = error
                return
            except Exception as error:  # noqa: BLE001 rule 2: whatever a task raises, the others go on, and so does it
                failures += 1
                now = time.monotonic()
                self._metrics.failed(task.name)
                if now - said >= _QUIET_SECONDS:
                    said = now
                    self._failed(task, error)
            else:
                failures = 0
                self._metrics.ran(task.name, time.time())
            resign.wait(max(task.interval, min(task.interval * 2 ** min(failures, _DOUBLINGS), _LONGEST_PAUSE)))

    def _failed(self, task: Task, error: Exception) -> None:
        self._log.error(f"a task of {self._role} failed", task=task.name, error=type(error).__name__)
