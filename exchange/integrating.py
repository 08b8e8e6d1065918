"""The integrator at work: the tree and the index, kept up with the journal on the one machine of the hub that leads."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from exchange.audit.errors import AuditError, LogKeyError
from exchange.audit.indexer import Indexer, IndexProgress
from exchange.audit.integrator import Integrator, Progress
from exchange.metrics import LogMetrics
from exchange.stores import Leadership
from storage.errors import StorageError

_LEADERSHIP_SECONDS: Final = 1.0
"""How often a process that stands by asks whether it leads now, and one that leads whether it still does."""


class IntegratorProcess:
    """The tree and the index, kept up with the journal by a thread each, on the one machine of the hub that leads.

    The others stand by and take over within seconds. Should two of them work for a moment, as when the one that led has
    lost its connection and does not know it yet, compare-and-swap lets only one of them through.
    """

    def __init__(
        self,
        integrator: Integrator,
        indexer: Indexer,
        leadership: Leadership,
        metrics: LogMetrics,
        interval: float,
        closing: Sequence[Callable[[], None]],
    ) -> None:
        self._integrator = integrator
        self._indexer = indexer
        self._leadership = leadership
        self._metrics = metrics
        self._interval = interval
        self._closing = closing
        self._log = structlog.get_logger("onceonly.integrator")

    def run(self, stop: threading.Event) -> None:
        """Run until ``stop``, then once more; raises what no later run could mend."""
        while not stop.is_set():
            if self._leads():
                self._lead(stop)
            else:
                stop.wait(_LEADERSHIP_SECONDS)
        self._leadership.close()
        for close in self._closing:
            close()

    def _lead(self, stop: threading.Event) -> None:
        """Integrate and index until ``stop`` or until another machine leads."""
        resign = threading.Event()
        index = threading.Thread(
            target=self._indexer.run, args=(resign, self._interval / 2, self._indexed), name="indexer", daemon=True
        )
        watch = threading.Thread(target=self._keep_leading, args=(stop, resign), name="leadership", daemon=True)
        index.start()
        watch.start()
        self._integrator.run(resign, self._interval, self._integrated)
        index.join()
        watch.join()
        if stop.is_set():
            self._once_more()

    def _keep_leading(self, stop: threading.Event, resign: threading.Event) -> None:
        while not stop.wait(_LEADERSHIP_SECONDS) and self._leads():
            pass
        resign.set()

    def _leads(self) -> bool:
        try:
            leads = self._leadership.try_lead()
        except StorageError:
            leads = False
        self._metrics.leading(leads=leads)
        return leads

    def _once_more(self) -> None:
        """The last entries, before the recorder stops; where a store or key is away they wait for the next start."""
        try:
            self._integrated(self._integrator.run_once())
            self._indexed(self._indexer.run_once())
        except (StorageError, LogKeyError) as error:
            self._integrated(error)

    def _integrated(self, outcome: Progress | AuditError | StorageError) -> None:
        if isinstance(outcome, Progress):
            self._metrics.integrated(outcome.size, outcome.waiting, time.time())
        else:
            self._metrics.failed(tree=True)
            self._log.error("the public log was not brought up to date", error=type(outcome).__name__)

    def _indexed(self, outcome: IndexProgress | AuditError | StorageError) -> None:
        if isinstance(outcome, IndexProgress):
            self._metrics.indexed(outcome.through, outcome.unreadable)
        else:
            self._metrics.failed(tree=False)
            self._log.error("the access index was not brought up to date", error=type(outcome).__name__)
