"""The scaled hub over the embedded one: PostgreSQL, Valkey and S3 in place of SQLite, memory and files.

Both are real hubs of the same city with two pinned workers, each on one machine; the stores of the scaled one are
servers of their own on the same two cores, reached over 127.0.0.1.

``fetch_scaled_over_embedded``      calls a second, as the generator saw them: the stores take their share of the cores
``fetch_scaled_over_embedded_cpu``  processor time a call of workers and recorder, embedded over scaled: what remains
                                    when the stores stand on machines of their own

Rules:
1. PostgreSQL is durable (fsync) and has no standby: what a standby's answer adds is a network's matter.
2. The two hubs take turns in every round; both have answered each request before (warm). Medians are compared.
3. The processor time of each store's server is told apart, its children included.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.hub import Prepared, running_hub
from bench.load import SMOKE, Load, Rounds, run_round
from bench.results import Results
from bench.stage import WORKERS, Stage
from exchange.demo.machine import Options
from exchange.demo.ports import free_ports
from servers.postgres import PostgresOptions, PostgresServer
from servers.seaweed import SeaweedServer
from servers.valkey import ValkeyServer

STORES: Final = ("postgresql", "valkey", "s3")
_DATABASE: Final = "onceonly"
_PASSWORD: Final = "a-password-for-benchmarks-on-this-machine"
_SMOKE_CASES: Final = 8
_METHODS: Final = ("fetch", "verify")
_WANTED: Final = {"fetch": "≥ 0.70", "verify": "no target"}


@dataclass(frozen=True, slots=True)
class Stores:
    """Running servers: the sections of a configuration that lead a hub to them, and the first process of each."""

    options: Options
    pids: tuple[int, ...]


def measure(results: Results, stage: Stage) -> None:
    """Fetch and verify of the scaled hub over the embedded one's."""
    rounds, load = (1, SMOKE) if results.smoke else (5, Load(4.0, warm_seconds=1.0))
    methods = _METHODS[:1] if results.smoke else _METHODS
    seen = {(method, form): Rounds() for method in methods for form in ("embedded", "scaled")}
    embedded = stage.hub()
    with scaled_hub(_SMOKE_CASES if results.smoke else stage.cases) as scaled:
        for _ in range(rounds):
            for method in methods:
                for form, hub in (("embedded", embedded), ("scaled", scaled)):
                    job = hub.fetch() if method == "fetch" else hub.verify()
                    seen[method, form].add(run_round(hub.target, job, load))
    for (method, form), of_it in seen.items():
        _report(results, f"{method}_{form}", of_it)
    for method in methods:
        ours, theirs = seen[method, "scaled"], seen[method, "embedded"]
        name = f"{method}_scaled_over_embedded"
        results.ratio(
            name, ours.median("per_second") / theirs.median("per_second"), f"{_WANTED[method]} (calls a second)"
        )
        time = theirs.median("cpu_us") / ours.median("cpu_us")
        results.ratio(f"{name}_cpu", time, "processor time a call of workers and recorder; the stores' is told apart")


@contextmanager
def scaled_hub(cases: int) -> Iterator[Prepared]:
    """Start the stores and a hub on them, with as many cases; the servers' folder is short and goes at the end."""
    with ExitStack() as held:
        folder = Path(tempfile.mkdtemp(prefix="scaled-"))
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        stores = held.enter_context(running_stores(folder))
        hub = held.enter_context(running_hub(folder / "hub", WORKERS, cases, stores.options))
        yield replace(hub, target=replace(hub.target, stores=stores.pids))


@contextmanager
def running_stores(folder: Path) -> Iterator[Stores]:
    """One durable PostgreSQL, one Valkey and one SeaweedFS, each with a password."""
    with (
        PostgresServer(folder / "pg", PostgresOptions(password=_PASSWORD)) as postgres,
        ValkeyServer(folder / "valkey", password=_PASSWORD) as valkey,
        SeaweedServer(folder / "s3", free_ports(10)) as seaweed,
    ):
        postgres.ask(f"CREATE DATABASE {_DATABASE}")
        seaweed.make_bucket(_DATABASE)
        password, access, secret = (
            _kept(folder / name, content)
            for name, content in (
                ("password", _PASSWORD),
                ("access", seaweed.access_key),
                ("secret", seaweed.secret_key),
            )
        )
        yield Stores(
            {
                "records": {"url": postgres.database(_DATABASE), "password_file": password},
                "objects": {
                    "url": f"{seaweed.url}/{_DATABASE}",
                    "access_key_file": access,
                    "secret_key_file": secret,
                },
                "fast": {"url": valkey.url, "password_file": password},
            },
            (_first_process(folder / "pg"), valkey.pid, seaweed.pid),
        )


def _kept(path: Path, secret: str) -> str:
    path.touch(mode=0o600)
    path.write_text(f"{secret}\n", encoding="utf-8")
    return str(path)


def _first_process(folder: Path) -> int:
    """PostgreSQL's own, whose children are its sessions and writers."""
    return int((folder / "data" / "postmaster.pid").read_text("ascii").splitlines()[0])


def _report(results: Results, name: str, rounds: Rounds) -> None:
    results.figure(f"{name}_per_s", rounds.median("per_second"), "1/s", "both forms by turns, 64 in flight, warm")
    results.figure(f"{name}_p50_ms", rounds.median("p50_ms"), "ms", "p50 of the same")
    results.figure(f"{name}_p99_ms", rounds.median("p99_ms"), "ms", "p99 of the same")
    results.figure(f"{name}_cpu_us", rounds.median("cpu_us"), "µs", "processor time a call: workers and recorder")
    results.figure(f"{name}_recorder_us", rounds.median("recorder_us"), "µs", "the recorder's part of it")
    results.figure(f"{name}_integrator_us", rounds.median("integrator_us"), "µs", "of the integrator, behind the calls")
    for store, used in zip(STORES, rounds.stores_us(), strict=False):
        results.figure(f"{name}_{store}_us", used, "µs", f"processor time a call of {store}, behind and during them")
