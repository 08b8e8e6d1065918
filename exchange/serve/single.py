"""The whole hub in this process (``workers = 0``): for tests and tiny machines. Nothing starts it again if it dies."""

import os
import signal
import threading
from contextlib import ExitStack

import structlog
from prometheus_client import CollectorRegistry

from exchange.app import build_single
from exchange.config import Config
from exchange.serve.listening import reserve, reserve_events, reserve_public
from exchange.serve.monitoring import MonitoringPage
from exchange.serve.run_folder import RunFolder
from exchange.stores import stores_for_logs


def serve_alone(config: Config) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. Call it from the main thread.

    Raises ``ConfigError`` and what the stores raise if the hub cannot start, and what ended a role early, such as a
    log that would fork.
    """
    log = structlog.get_logger("onceonly.serve")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with ExitStack() as held:
        run = held.enter_context(RunFolder(config.hub.data_dir / "run"))
        port, address = reserve(config.listen.address)
        held.enter_context(port)
        public = reserve_public(config, held)
        events = reserve_events(config, held)
        registry = CollectorRegistry()
        sections = {
            "listen": config.listen.model_copy(update={"address": address}),
            "events": config.events.model_copy(update={"address": events}),
            "public": config.public.model_copy(update={"address": public}),
        }
        hub = build_single(config.model_copy(update=sections), registry)
        page: str | None = None
        if config.metrics.address is not None:
            served = held.enter_context(MonitoringPage(config.metrics.address, registry))
            served.serve(hub.healthy)
            page = served.address
        hub.start(stop.set)
        facts = {"pid": os.getpid(), "address": address, "events": events, "public": public, "metrics": page}
        run.ready({**facts, "roles": {"single": os.getpid()}})
        log.info("ready", address=address, workers=0, **stores_for_logs(config))
        stop.wait()
        log.info("stopping")
        hub.stop(config.listen.stop_grace_seconds)
        hub.wait()
        if hub.failure is not None:
            raise hub.failure
        log.info("stopped")
    return 0
