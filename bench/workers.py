"""Two pinned workers over one: what a second core gives, in calls a second and in the workers' own time.

The generator, the recorder and the integrator sit on the same two cores. So a second worker does not find a core of its
own: it takes what those had. Three things are therefore measured side by side, for the hub and for the bare servers:

``two_workers_over_one_…``       calls a second, two workers over one, as the generator saw them
``two_workers_over_one_…_bare``  the same of the bare servers of that mode: what this machine and its generator allow
``two_workers_over_one_…_own``   twice the workers' processor time a call of one worker over that of two: what two
                                 workers would bear over one if each had a core for itself alone; below 2 is what they
                                 cost each other (caches of the processor, connections, smaller batches)

and how much of their cores the workers had (``…_busy``): one worker near 1 is saturated; two that had far less than 2
were starved by the generator, and then the first ratio says nothing about the hub.

Rules:
1. One worker and two take turns in every round, hub and bare alike; medians are compared.
2. One worker gets half as many calls at once as two, so that each worker has as many in hand.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench import bare
from bench.bare import bare_servers
from bench.hub import Prepared, running_hub
from bench.load import IN_FLIGHT, SMOKE, Job, Load, Rounds, Target, run_round
from bench.results import Results
from bench.stage import WORKERS, Stage

_WANTED: Final = {"fetch": "≥ 1.6", "verify": "≥ 1.6", "echo": "no target", "check": "no target"}


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same server with one worker and with two, and the job of the next round for each."""

    one: tuple[Target, Callable[[], Job]]
    two: tuple[Target, Callable[[], Job]]


def measure(results: Results, stage: Stage) -> None:
    """Fetch and verify of the hub, echo and check of the bare servers, with one worker and with two."""
    rounds, load = (1, SMOKE) if results.smoke else (5, Load(3.0, warm_seconds=0.75, in_flight=IN_FLIGHT))
    with ExitStack() as held:
        folder = stage.folder("workers")
        alone = stage.lone() if results.smoke else held.enter_context(running_hub(folder / "hub", 1, stage.cases))
        pairs = _pairs(held, folder, stage, alone)
        if results.smoke:
            pairs = {name: pairs[name] for name in ("fetch", "echo")}
        seen = {(name, count): Rounds() for name in pairs for count in (1, WORKERS)}
        for _ in range(rounds):
            for name, pair in pairs.items():
                for count, (target, job) in ((1, pair.one), (WORKERS, pair.two)):
                    share = replace(load, in_flight=load.in_flight * count // WORKERS)
                    seen[name, count].add(run_round(target, job(), share))
    for name in pairs:
        _report(results, name, seen[name, 1], seen[name, WORKERS])


def _pairs(held: ExitStack, folder: Path, stage: Stage, alone: Prepared) -> Mapping[str, _Pair]:
    hub = stage.hub()
    servers = stage.bare()
    alone_folder = folder / "bare"
    server = held.enter_context(bare_servers(alone_folder, 1, stage.entry_bytes))
    checks = [bare.check(each) for each in (alone_folder, stage.bare_folder)]
    return {
        "fetch": _Pair((alone.target, alone.fetch), (hub.target, hub.fetch)),
        "verify": _Pair((alone.target, alone.verify), (hub.target, hub.verify)),
        "echo": _Pair((server, lambda: bare.echo(alone_folder)), (servers, lambda: bare.echo(stage.bare_folder))),
        "check": _Pair((server, lambda: checks[0]), (servers, lambda: checks[1])),
    }


def _report(results: Results, name: str, one: Rounds, two: Rounds) -> None:
    of_hub = name in {"fetch", "verify"}
    for words, count, rounds in (("one_worker", 1, one), ("two_workers", WORKERS, two)):
        rate, own = rounds.median("per_second"), _own(rounds)
        in_flight = IN_FLIGHT * count // WORKERS
        results.figure(f"{words}_{name}_per_s", rate, "1/s", f"{'hub' if of_hub else 'bare'}, {in_flight} in flight")
        results.figure(f"{words}_{name}_own_us", own, "µs", "processor time a call of the workers alone")
        results.figure(f"{words}_{name}_busy", rate * own / 1e6, "cores", "what the workers had of their cores")
    ratio = f"two_workers_over_one_{name}" + ("" if of_hub else "_bare")
    seen = two.median("per_second") / one.median("per_second")
    results.ratio(ratio, seen, f"{_WANTED[name]} (calls a second, generator on the same cores)")
    results.ratio(f"{ratio}_own", WORKERS * _own(one) / _own(two), "2 at best: had each worker a core for itself")


def _own(rounds: Rounds) -> float:
    return rounds.median("cpu_us") - rounds.median("recorder_us")
