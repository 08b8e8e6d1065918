"""``onceonly serve``: check everything that can be checked, then run the hub until it is told to stop."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from exchange import logs
from exchange.audit.recorder_client import RecorderClient
from exchange.config import Config, available_cores, load
from exchange.installation import check
from exchange.serve.child import Post, python_command
from exchange.serve.listening import reserve, reserve_events, reserve_public
from exchange.serve.monitoring import MonitoringPage, collect_from
from exchange.serve.role import HOPELESS, explain
from exchange.serve.run_folder import RunFolder
from exchange.serve.supervisor import START_SECONDS, Supervisor
from exchange.stores import stores_for_logs

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    role: python_command(f"exchange.serve.{role}")
    for role in ("recorder", "integrator", "publisher", "events", "public", "worker")
}


def serve(
    path: Path | None, commands: Mapping[str, tuple[str, ...]] = COMMANDS, start_seconds: float = START_SECONDS
) -> int:
    """Run the hub that the configuration describes; returns the exit code, 2 if it refuses to start.

    Call it from the main thread of a process that does nothing else. ``commands`` are the processes' commands by
    role; one that is not ready ``start_seconds`` after its start is killed.
    """
    try:
        config = load(path)
        logs.configure(config.logging.level, config.logging.format, "supervisor")
        check(config)
        if config.worker_count == 0:
            # The supervisor needs no gRPC: it stays small and quick to start.
            from exchange.serve.single import serve_alone  # noqa: PLC0415 only this way of serving loads gRPC here

            return serve_alone(config)
        return _supervise(config, path, commands, start_seconds)
    except HOPELESS as error:
        return explain(error)


def _supervise(config: Config, path: Path | None, commands: Mapping[str, tuple[str, ...]], start_seconds: float) -> int:
    with ExitStack() as held:
        run = held.enter_context(RunFolder(config.hub.data_dir / "run"))
        port, address = reserve(config.listen.address)
        held.enter_context(port)
        public = reserve_public(config, held)
        events = reserve_events(config, held)
        registry = collect_from(run.metrics)
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(run.metrics),
            "ONCEONLY_LISTEN__ADDRESS": address,
            **({"ONCEONLY_PUBLIC__ADDRESS": public} if public is not None else {}),
            **({"ONCEONLY_EVENTS__ADDRESS": events} if events is not None else {}),
        }
        page_address: str | None = None

        def ready(pids: dict[str, int]) -> None:
            facts = {
                "pid": os.getpid(),
                "address": address,
                "events": events,
                "public": public,
                "metrics": page_address,
            }
            run.ready({**facts, "roles": pids})
            structlog.get_logger("onceonly.supervisor").info(
                "ready", address=address, workers=config.worker_count, **stores_for_logs(config)
            )

        supervisor = Supervisor(
            posts(config, commands),
            config=path.absolute() if path else None,
            environment=environment,
            grace=config.listen.stop_grace_seconds,
            forget=run.forget,
            registry=registry,
            ready=ready,
            start_seconds=start_seconds,
        )
        if config.metrics.address is not None:
            recorder = RecorderClient(run.socket)
            held.callback(recorder.close)
            page = MonitoringPage(
                config.metrics.address, registry, lambda: supervisor.calls_served() and recorder.healthy()
            )
            page_address = held.enter_context(page).address
        return supervisor.run()


def posts(config: Config, commands: Mapping[str, tuple[str, ...]] = COMMANDS) -> list[Post]:
    """One of each, the public pages if they are served, and the workers, each on a core of its own if it can be."""
    cores = available_cores()
    return [
        Post("recorder", "recorder", commands["recorder"]),
        Post("integrator", "integrator", commands["integrator"]),
        Post("publisher", "publisher", commands["publisher"]),
        Post("events", "events", commands["events"]),
        *([Post("public", "public", commands["public"])] if config.public.address is not None else []),
        *(
            Post("worker", f"worker-{number}", commands["worker"], cores[number % len(cores)])
            for number in range(config.worker_count)
        ),
    ]
