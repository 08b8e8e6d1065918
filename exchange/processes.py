"""What a process of the hub runs once the composition root has built it: start, stop, and what happens in between."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2

from exchange.audit.errors import AuditError, LogKeyError
from exchange.audit.indexer import Indexer, IndexProgress
from exchange.audit.integrator import Integrator, Progress
from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.catalogue.source import RegisterSource
from exchange.edge.shares import Gate
from exchange.metrics import CallMetrics, LogMetrics
from exchange.stores import Leadership
from exchange.trust.watch import TrustWatch
from storage.errors import StorageError

_HEALTH_SECONDS: Final = 0.5
_LEADERSHIP_SECONDS: Final = 1.0
"""How often a process that stands by asks whether it leads now, and one that leads whether it still does."""


class Worker:
    """A gRPC server and what it needs to run: the register's thread, the recorder's connection, the health watch."""

    def __init__(
        self,
        server: grpc.Server,
        registers: RegisterSource,
        recorder: RecorderClient,
        gate: Gate,
        health_servicer: health.HealthServicer,
        metrics: CallMetrics,
        closing: Sequence[Callable[[], None]],
        trust: TrustWatch,
    ) -> None:
        self._metrics = metrics
        self._trust = trust
        self._server = server
        self._registers = registers
        self._recorder = recorder
        self._gate = gate
        self._health = health_servicer
        self._closing = closing
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, name="health", daemon=True)

    def start(self) -> None:
        """Serve."""
        self._registers.start()
        self._trust.start()
        self._watch.start()
        self._server.start()

    def stop(self, grace: float) -> None:
        """Take no more calls; give those under way ``grace`` seconds."""
        self._stopping.set()
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait()
        self._watch.join()
        self._metrics.flush()
        self._registers.stop()
        self._trust.stop()
        self._recorder.close()
        for close in self._closing:
            close()

    def wait(self) -> None:
        """Wait until the server has ended."""
        self._server.wait_for_termination()

    def healthy(self) -> bool:
        """Whether the recorder answers that it could commit now."""
        return self._recorder.healthy()

    def _keep_watch(self) -> None:
        serving: bool | None = None
        while not self._stopping.is_set():
            trouble = self._recorder.trouble()
            self._gate.set(trouble)
            if (trouble is None) is not serving:
                serving = trouble is None
                status = (
                    health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
                )
                self._health.set("", status)
            self._metrics.flush()
            self._stopping.wait(_HEALTH_SECONDS)


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


class Single:
    """The three roles as threads of one process; ``failure`` is what ended the recorder or the integrator early."""

    def __init__(self, worker: Worker, recorder: RecorderServer, integrator: IntegratorProcess) -> None:
        self._worker = worker
        self._recorder = recorder
        self._integrator = integrator
        self._stopping = threading.Event()
        self._recording = threading.Thread(target=self._work, args=(recorder.run,), name="recorder", daemon=True)
        self._integrating = threading.Thread(target=self._work, args=(self._integrate,), name="integrator", daemon=True)
        self._failed: Callable[[], None] = lambda: None
        self.failure: Exception | None = None

    def start(self, failed: Callable[[], None]) -> None:
        """Record, serve, integrate; ``failed`` is called if a role ends by itself, and the hub should then stop."""
        self._failed = failed
        self._recording.start()
        self._worker.start()
        self._integrating.start()

    def stop(self, grace: float) -> None:
        """Finish the calls under way, then the tree, then the recorder."""
        self._worker.stop(grace)
        self._stopping.set()
        self._integrating.join()
        self._recorder.stop()
        self._recording.join()

    def wait(self) -> None:
        """Wait until the server has ended."""
        self._worker.wait()

    def healthy(self) -> bool:
        """Whether the recorder could commit now."""
        return self._worker.healthy()

    def _integrate(self) -> None:
        self._integrator.run(self._stopping)

    def _work(self, role: Callable[[], None]) -> None:
        try:
            role()
        except Exception as error:  # noqa: BLE001 whatever ended the role, the hub must not go on without it
            self.failure = error
            self._failed()
