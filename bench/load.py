"""Load on a server from processes of their own, and what the server's processes used to bear it."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgpack

from bench.usage import processor_seconds, tree_seconds

IN_FLIGHT: Final = 64
PROCESSES: Final = 4
CONNECTIONS: Final = 8
"""Of each generator process: enough for the kernel to spread them over two workers about evenly."""
_MOST_FAILED: Final = 0.01
_ATTEMPTS: Final = 3

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """A TLS identity (PEM), and the metadata of its calls, taken in turn."""

    certificate: bytes
    key: bytes
    metadata: tuple[Metadata, ...] = ((),)


class LoadError(Exception):
    """The calls that were to be measured were refused: what was measured would be the speed of refusals."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to call, how, and the processes that bear the load.

    ``workers`` and ``recorder`` are what a call costs; the integrator, which works behind the calls, is told apart, and
    so is each server of ``stores`` (its first process; its children count with it).
    """

    address: str
    authority: bytes
    workers: tuple[int, ...]
    recorder: int
    integrator: int | None = None
    stores: tuple[int, ...] = ()

    def used(self) -> tuple[float, ...]:
        """Processor seconds so far of workers, recorder, integrator, and each of the stores."""
        behind = 0.0 if self.integrator is None else processor_seconds((self.integrator,))
        stores = (tree_seconds(pid) for pid in self.stores)
        return processor_seconds(self.workers), processor_seconds((self.recorder,)), behind, *stores


@dataclass(frozen=True, slots=True)
class Job:
    """Calls of one method (``/service/method``): requests as bytes, taken in turn.

    Where a request holds ``generator.PLACEHOLDER``, every call gets a fresh id. Each generator process is one of the
    ``callers``.
    """

    method: str
    requests: Sequence[bytes]
    callers: tuple[Caller, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round: answered calls a second, milliseconds at p50 and p99, and microseconds of processor time a call.

    ``cpu_us`` is what workers and recorder used, ``recorder_us`` the recorder's part of it; ``stores_us`` has a member
    for each of the target's stores.
    """

    calls: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    recorder_us: float
    integrator_us: float
    stores_us: tuple[float, ...]


@dataclass(slots=True)
class Rounds:
    """Rounds of one job, taken in turn with others; each property is the median over them."""

    rounds: list[Round] = field(default_factory=list)

    def add(self, one: Round) -> None:
        self.rounds.append(one)

    def median(self, name: str) -> float:
        """The median of one member of the rounds."""
        return statistics.median(float(getattr(one, name)) for one in self.rounds)

    def stores_us(self) -> list[float]:
        """The median of each store's processor time a call."""
        return [statistics.median(each) for each in zip(*(one.stores_us for one in self.rounds), strict=True)]


@dataclass(frozen=True, slots=True)
class Load:
    """How much: for ``seconds`` (or ``calls`` times), ``in_flight`` at once from ``processes``, after warming up.

    ``per_second`` is what all callers offer together, each at its own even pace; 0: each as fast as it is answered.
    """

    seconds: float
    warm_seconds: float = 0.5
    calls: int = 0
    in_flight: int = IN_FLIGHT
    processes: int = PROCESSES
    per_second: float = 0.0


SMOKE: Final = Load(0.2, warm_seconds=0.05, in_flight=8, processes=1)
"""A round of the smoke form: long enough for every caller to be answered, too short for its figures."""


def run_round(target: Target, job: Job, load: Load) -> Round:
    """Put the load on the target, and tell what its callers saw and its processes used.

    The kernel spreads the connections over the workers by chance. Where most of one department's fell to one worker,
    that turns some of its calls away; then the round is taken again, over new connections, twice at most.
    Raises ``LoadError`` if more than one call in a hundred was refused each time, or a generator died.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _one_round(target, job, load)
        except LoadError as error:
            print(f"again: {error}", file=sys.stderr)
    return _one_round(target, job, load)


def _one_round(target: Target, job: Job, load: Load) -> Round:
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="bench-load-")))
        running = [
            held.enter_context(_generator(folder / f"job-{number}", target, job, number, load))
            for number in range(load.processes)
        ]
        for one in running:
            if _line(one).strip() != "ready":
                raise LoadError(f"the load generator for {job.method} did not get ready")
        before = target.used()
        for one in running:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        answers = [json.loads(_line(one)) for one in running]
        used = tuple(1e6 * (after - was) for was, after in zip(before, target.used(), strict=True))
    return _round(job, answers, used)


def _round(job: Job, answers: list[Mapping[str, object]], used: tuple[float, ...]) -> Round:
    taken: list[float] = []
    errors: Counter[str] = Counter()
    longest = 0.0
    for answer in answers:
        seconds, refused, took = answer["seconds"], answer["errors"], answer["took"]
        assert isinstance(seconds, list)
        assert isinstance(refused, dict)
        assert isinstance(took, float)
        taken += seconds
        errors.update(refused)
        longest = max(longest, took)
    if not taken or errors.total() > _MOST_FAILED * len(taken):
        raise LoadError(
            f"{job.method}: {errors.total()} calls failed, {len(taken)} were answered: {errors.most_common(3)}"
        )
    taken.sort()
    return Round(
        calls=len(taken),
        per_second=len(taken) / longest,
        p50_ms=1e3 * taken[len(taken) // 2],
        p99_ms=1e3 * taken[len(taken) * 99 // 100],
        cpu_us=(used[0] + used[1]) / len(taken),
        recorder_us=used[1] / len(taken),
        integrator_us=used[2] / len(taken),
        stores_us=tuple(each / len(taken) for each in used[3:]),
    )


def _generator(path: Path, target: Target, job: Job, number: int, load: Load) -> "subprocess.Popen[str]":
    """Start one process with its share of the work."""
    caller = job.callers[number % len(job.callers)]
    share = len(job.requests) * number // load.processes
    in_flight = max(1, load.in_flight // load.processes)
    described = {
        "address": target.address,
        "authority": target.authority,
        "certificate": caller.certificate,
        "key": caller.key,
        "metadata": caller.metadata,
        "method": job.method,
        "requests": [*job.requests[share:], *job.requests[:share]],
        "connections": min(CONNECTIONS, in_flight),
        "in_flight": in_flight,
        "seconds": load.seconds,
        "warm_seconds": load.warm_seconds,
        "calls": load.calls // load.processes,
        "pace_seconds": load.in_flight / load.per_second if load.per_second else 0.0,
    }
    path.write_bytes(msgpack.packb(described))
    return subprocess.Popen(
        [sys.executable, "-m", "bench.generator", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()
