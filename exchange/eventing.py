"""The events process: a server of streams where an address is configured, and the hub's own tasks in any case."""

import threading
from typing import Protocol

from prometheus_client import REGISTRY, CollectorRegistry

from exchange.audit.recorder_client import RecorderClient
from exchange.background import build_event_tasks
from exchange.config import Config
from exchange.publishing.publisher import PublisherProcess


class StreamServer(Protocol):
    """What answers EventService: started once, stopped once."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class EventsProcess:
    """Start it, then ``run`` it until it is told to stop."""

    def __init__(self, tasks: PublisherProcess, server: StreamServer | None) -> None:
        self._tasks = tasks
        self._server = server

    def start(self) -> None:
        """Serve. Raises ``OSError`` when the address cannot be had."""
        if self._server is not None:
            self._server.start()

    def run(self, stop: threading.Event) -> None:
        """Do the tasks until ``stop``; raises what no later run of them could mend. Streams end then."""
        try:
            self._tasks.run(stop)
        finally:
            if self._server is not None:
                self._server.stop()


def build_events(
    config: Config, registry: CollectorRegistry = REGISTRY, recorder: RecorderClient | None = None
) -> EventsProcess:
    """The process as configured; ``recorder``: None connects to the one in the run folder."""
    del recorder
    return EventsProcess(build_event_tasks(config, registry), None)
