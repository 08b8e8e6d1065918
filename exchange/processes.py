"""What a process of the hub runs once the composition root has built it: start, stop, and what happens in between."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2

from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.catalogue.source import RegisterSource
from exchange.edge.shares import Gate
from exchange.eventing import EventsProcess
from exchange.integrating import IntegratorProcess
from exchange.metrics import CallMetrics
from exchange.public.server import PublicServer
from exchange.publishing.publisher import PublisherProcess
from exchange.trust.watch import TrustWatch

_HEALTH_SECONDS: Final = 0.5


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


class Single:
    """The roles as threads of one process; ``failure`` is what ended one of them early, if it was not the worker."""

    def __init__(
        self,
        worker: Worker,
        recorder: RecorderServer,
        integrator: IntegratorProcess,
        publisher: PublisherProcess,
        public: PublicServer | None,
        events: EventsProcess,
    ) -> None:
        self._worker = worker
        self._recorder = recorder
        self._public = public
        self._events = events
        self._stopping = threading.Event()
        self._recording = self._thread("recorder", recorder.run)
        self._others = [
            self._thread("integrator", lambda: integrator.run(self._stopping)),
            self._thread("publisher", lambda: publisher.run(self._stopping)),
            self._thread("events", lambda: events.run(self._stopping)),
        ]
        if public is not None:
            self._others.append(self._thread("public-watch", lambda: public.run(self._stopping)))
        self._failed: Callable[[], None] = lambda: None
        self.failure: Exception | None = None

    def start(self, failed: Callable[[], None]) -> None:
        """Record, serve, publish; ``failed`` is called if a role ends by itself, and the hub should then stop."""
        self._failed = failed
        self._recording.start()
        self._worker.start()
        self._events.start()
        if self._public is not None:
            self._public.start()
        for thread in self._others:
            thread.start()

    def stop(self, grace: float) -> None:
        """Finish the calls under way, then the tree and what is published, then the recorder."""
        self._worker.stop(grace)
        self._stopping.set()
        for thread in self._others:
            thread.join()
        self._recorder.stop()
        self._recording.join()

    def wait(self) -> None:
        """Wait until the server has ended."""
        self._worker.wait()

    def healthy(self) -> bool:
        """Whether the recorder could commit now."""
        return self._worker.healthy()

    def _thread(self, name: str, role: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._work, args=(role,), name=name, daemon=True)

    def _work(self, role: Callable[[], None]) -> None:
        try:
            role()
        except Exception as error:  # noqa: BLE001 whatever ended the role, the hub must not go on without it
            self.failure = error
            self._failed()
