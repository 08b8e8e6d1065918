"""The events process: a server of streams where an address is configured, and the hub's own tasks in any case."""

import threading
from collections.abc import Callable
from typing import Protocol

from prometheus_client import REGISTRY, CollectorRegistry

from exchange.audit.recorder_client import RecorderClient
from exchange.background import build_event_tasks
from exchange.config import Config
from exchange.configured import clock_us, decision_limits
from exchange.layout import layout
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
    config: Config, registry: CollectorRegistry = REGISTRY, connect: Callable[[], RecorderClient] | None = None
) -> EventsProcess:
    """The process as configured; ``connect`` makes lines to a recorder: None, to the one in the run folder."""
    line = connect or (lambda: RecorderClient(layout(config).socket))
    server: StreamServer | None = None
    if config.events.address is not None:
        # gRPC is loaded only where streams are served.
        from exchange.events.building import build_event_server  # noqa: PLC0415

        # In a hub of one process the workers' metrics have these names already: there the port's own are not shown.
        shown = registry if connect is None else CollectorRegistry()
        server = build_event_server(config, config.events.address, shown, line(), decision_limits(config), clock_us)
    return EventsProcess(build_event_tasks(config, registry, line()), server)
