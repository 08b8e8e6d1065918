"""``onceonly serve``: check everything that can be checked, then run the hub until it is told to stop."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from exchange import logs
from exchange.audit.recorder_client import RecorderClient
from exchange.config import Config, available_cores, load
from exchange.installation import check
from exchange.serve.child import Post, python_command
from exchange.serve.copying import import_all
from exchange.serve.listening import reserve, reserve_events, reserve_public
from exchange.serve.monitoring import MonitoringPage, collect_from
from exchange.serve.role import HOPELESS, explain
from exchange.serve.run_folder import RunFolder
from exchange.serve.supervisor import START_SECONDS, Supervisor
from exchange.stores import stores_for_logs

MODULES: Final[Mapping[str, str]] = {
    role: f"exchange.serve.{role}" for role in ("recorder", "integrator", "publisher", "events", "public", "worker")
}
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {role: python_command(module) for role, module in MODULES.items()}


def serve(
    path: Path | None,
    commands: Mapping[str, tuple[str, ...]] | None = None,
    start_seconds: float = START_SECONDS,
) -> int:
    """Run the hub that the configuration describes; returns the exit code, 2 if it refuses to start.

    Call it from the main thread of a process that does nothing else. ``commands`` are other commands by role than the
    hub's own; a process that is not ready ``start_seconds`` after its start is killed.
    """
    try:
        config = load(path)
        logs.configure(config.logging.level, config.logging.format, "supervisor")
        check(config)
        if config.worker_count == 0:
            from exchange.serve.single import serve_alone  # noqa: PLC0415 the other way loads all this in its own time

            return serve_alone(config)
        return _supervise(config, path, commands, start_seconds)
    except HOPELESS as error:
        return explain(error)


def _supervise(
    config: Config, path: Path | None, commands: Mapping[str, tuple[str, ...]] | None, start_seconds: float
) -> int:
    if commands is None:
        import_all(MODULES[role] for role in MODULES)
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
        page = _page(config, registry, held)

        def ready(pids: dict[str, int]) -> None:
            if page is not None and not page.serves:
                # Only now: while processes begin as copies of this one, it must have a single thread.
                recorder = RecorderClient(run.socket)
                held.callback(recorder.close)
                page.serve(lambda: supervisor.calls_served() and recorder.healthy())
            metrics = page.address if page is not None else None
            addresses = {"address": address, "events": events, "public": public, "metrics": metrics}
            run.ready({"pid": os.getpid(), **addresses, "roles": pids})
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
        return supervisor.run()


def _page(config: Config, registry: CollectorRegistry, held: ExitStack) -> MonitoringPage | None:
    """The monitoring page at its address, not served yet. Raises ``ConfigError`` if the address cannot be used."""
    if config.metrics.address is None:
        return None
    return held.enter_context(MonitoringPage(config.metrics.address, registry))


def posts(config: Config, commands: Mapping[str, tuple[str, ...]] | None = None) -> list[Post]:
    """One of each, the public pages if they are served, and the workers, each on a core of its own if it can be."""
    cores = available_cores()

    def post(role: str, name: str, core: int | None = None) -> Post:
        if commands is None:
            return Post(role, name, COMMANDS[role], core, MODULES[role])
        return Post(role, name, commands[role], core)

    workers = [post("worker", f"worker-{number}", cores[number % len(cores)]) for number in range(config.worker_count)]
    public = [post("public", "public")] if config.public.address is not None else []
    return [*(post(role, role) for role in ("recorder", "integrator", "publisher", "events")), *public, *workers]
