"""Prometheus metrics: what each process counts.

Rules:
1. No label says anything of a person, a department or a licence: labels are methods, reasons and roles, all from closed
   lists; anything else counts as ``other``.
2. Counting a call costs less than a microsecond: it is noted in memory, and ``flush`` writes twice a second what came
   together. Children are looked up once and kept.
3. Constructors take the registry. When the supervisor has set ``PROMETHEUS_MULTIPROC_DIR``, values live in files there,
   and the supervisor serves the sum over all processes (``exchange.serve.monitoring``).
"""

import threading
import time
from bisect import bisect_left
from collections import Counter as Counted
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from exchange.reasons import Reason

T = TypeVar("T")

OK: Final = "OK"
OTHER: Final = "other"
_CALL_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_COMMIT_SECONDS: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0)
_SIGNATURE_SECONDS: Final = (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.005, 0.02, 0.1)
_BATCH_UNITS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_OUTCOMES: Final = frozenset({OK, *(reason.value for reason in Reason)})
_QUIET_SECONDS: Final = 1.0
_MOST_NOTED: Final = 1_000_000


class CallMetrics:
    """A worker's calls. ``methods`` are the names that may appear as labels."""

    def __init__(self, registry: CollectorRegistry, methods: Iterable[str]) -> None:
        self._methods = frozenset(methods)
        self._calls = Counter(
            "onceonly_calls", "Calls answered, by method and reason.", ["method", "reason"], registry=registry
        )
        self._seconds = Histogram(
            "onceonly_call_seconds",
            "Time from a call's arrival to its answer.",
            ["method"],
            registry=registry,
            buckets=_CALL_SECONDS,
        )
        self._in_flight = Gauge(
            "onceonly_calls_in_flight", "Calls at work now.", registry=registry, multiprocess_mode="livesum"
        )
        self._signatures = Histogram(
            "onceonly_signature_seconds", "Time of one signature.", registry=registry, buckets=_SIGNATURE_SECONDS
        )
        self._children: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        # Appending to a deque is one step, whichever thread does it; a bound keeps a process that never flushes small.
        self._answered: deque[tuple[str, str, float]] = deque(maxlen=_MOST_NOTED)
        self._came_and_left: deque[int] = deque(maxlen=_MOST_NOTED)
        self._signed: deque[float] = deque(maxlen=_MOST_NOTED)

    def observe(self, method: str, reason: str, seconds: float) -> None:
        """Count a call that was answered with OK or a reason."""
        self._answered.append((method, reason, seconds))

    def began(self) -> None:
        """A call has come in; ``ended`` must follow."""
        self._came_and_left.append(1)

    def ended(self) -> None:
        """A call has left."""
        self._came_and_left.append(-1)

    def flush(self) -> None:
        """Write what was noted since the last time; one thread at a time."""
        answered: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for method, reason, seconds in _taken(self._answered):
            answered[method, reason].append(seconds)
        for (method, reason), times in answered.items():
            children = self._children.get((method, reason)) or self._resolve(method, reason)
            children[0].inc(len(times))
            _observe_all(children[1], times)
        moved: list[int] = list(_taken(self._came_and_left))
        self._in_flight.inc(sum(moved))
        _observe_all(self._signatures, list(_taken(self._signed)))

    def timed(self, sign: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        """``sign`` with its time observed."""

        def signed(data: bytes) -> bytes:
            started = time.perf_counter()
            signature = sign(data)
            self._signed.append(time.perf_counter() - started)
            return signature

        return signed

    def _resolve(self, method: str, reason: str) -> tuple[Counter, Histogram]:
        known = method in self._methods and reason in _OUTCOMES
        name = method if method in self._methods else OTHER
        outcome = reason if reason in _OUTCOMES else OTHER
        children = self._calls.labels(name, outcome), self._seconds.labels(name)
        if known:  # so that what is not known cannot fill the table
            self._children[method, reason] = children
        return children


def _taken(noted: "deque[T]") -> Iterator[T]:
    """What stands in the deque now, taken out; what others append meanwhile is left for the next time."""
    for _ in range(len(noted)):
        yield noted.popleft()


def _observe_all(histogram: Histogram, values: list[float]) -> None:
    """``histogram.observe`` for many values with one write for each bucket that they fall in."""
    bounds: list[float] = histogram._upper_bounds  # noqa: SLF001 the library has no way to observe many at once
    fallen = Counted(bisect_left(bounds, value) for value in values)
    for bucket, count in fallen.items():
        histogram._buckets[bucket].inc(count)  # noqa: SLF001 see above
    if values:
        histogram._sum.inc(sum(values))  # noqa: SLF001 see above


class CommitMetrics:
    """A ``CommitObserver``: the recorder's work as metrics, its troubles also as logs, one line a second at most."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._log = structlog.get_logger("onceonly.recorder")
        self._batches = Histogram(
            "onceonly_commit_batch_units", "Units in one commit.", registry=registry, buckets=_BATCH_UNITS
        )
        self._seconds = Histogram(
            "onceonly_commit_seconds", "Time of one durable commit.", registry=registry, buckets=_COMMIT_SECONDS
        )
        self._kept = Counter("onceonly_access_records", "Access records made durable.", registry=registry)
        self._turned_away = Counter(
            "onceonly_units_turned_away", "Units not committed, by reason.", ["reason"], registry=registry
        )
        self._troubles = Counter(
            "onceonly_recorder_troubles", "Counts lost and connections dropped.", ["kind"], registry=registry
        )
        self._last_line = -_QUIET_SECONDS

    def committed(self, units: int, kept: int, seconds: float) -> None:
        """See ``CommitObserver``."""
        self._batches.observe(units)
        self._seconds.observe(seconds)
        self._kept.inc(kept)

    def failed(self, units: int, reason: Reason, error: Exception | None) -> None:
        """See ``CommitObserver``."""
        self._turned_away.labels(reason.value).inc(units)
        self._say("units turned away", error, reason=reason.value, units=units)

    def counts_lost(self, error: Exception) -> None:
        """See ``CommitObserver``."""
        self._troubles.labels("counts_lost").inc()
        self._say("counts lost: the fast store did not take them", error)

    def dropped(self, error: Exception) -> None:
        """See ``CommitObserver``."""
        self._troubles.labels("dropped").inc()
        self._say("connection dropped", error)

    def _say(self, event: str, error: Exception | None, **fields: str | int) -> None:
        now = self._clock()
        if now - self._last_line >= _QUIET_SECONDS:
            self._last_line = now
            if error is not None:
                fields["error"] = type(error).__name__
            self._log.warning(event, **fields)


class LogMetrics:
    """How far the public tree and the index are behind the journal. Told by the integrator that leads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tree = _gauge(registry, "onceonly_log_size", "Entries under the newest published checkpoint.")
        self._tree_lag = _gauge(registry, "onceonly_log_lag_entries", "Journal entries not yet under a checkpoint.")
        self._index_lag = _gauge(registry, "onceonly_index_lag_entries", "Published entries not yet indexed.")
        self._published = _gauge(
            registry, "onceonly_log_run_time_seconds", "When the tree was last brought up to date."
        )
        self._leading = Gauge(
            "onceonly_log_leading",
            "1 where this machine integrates, 0 where it stands by.",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._unreadable = Counter("onceonly_unreadable_entries", "Entries the index cannot read.", registry=registry)
        self._failures = Counter(
            "onceonly_integrator_failures", "Runs of the tree or the index that failed.", ["work"], registry=registry
        )
        self._lock = threading.Lock()
        self._size = 0
        self._through = 0

    def integrated(self, size: int, waiting: int, now: float) -> None:
        """The tree holds ``size`` entries and ``waiting`` are not in it yet; ``now`` in seconds since 1970."""
        with self._lock:
            self._size = size
            self._tree.set(size)
            self._tree_lag.set(waiting)
            self._published.set(now)
            self._index_lag.set(max(0, self._size - self._through))

    def indexed(self, through: int, unreadable: int) -> None:
        """The index holds the entries before position ``through``; ``unreadable`` of the new ones do not parse."""
        with self._lock:
            self._through = through
            self._unreadable.inc(unreadable)
            self._index_lag.set(max(0, self._size - self._through))

    def leading(self, *, leads: bool) -> None:
        """Whether this machine integrates now. How far the log is behind is the leader's alone to say."""
        self._leading.set(int(leads))
        if not leads:
            self._tree_lag.set(0)
            self._index_lag.set(0)

    def failed(self, *, tree: bool) -> None:
        """A run of the tree, or of the index, failed."""
        self._failures.labels("tree" if tree else "index").inc()


def _gauge(registry: CollectorRegistry, name: str, text: str) -> Gauge:
    # The newest value alone counts: a restarted integrator replaces what its predecessor said.
    return Gauge(name, text, registry=registry, multiprocess_mode="livemostrecent")


class ProcessMetrics:
    """The supervisor's own: what runs and what had to be started again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._restarts = Counter("onceonly_process_restarts", "Processes started again.", ["role"], registry=registry)
        self._running = Gauge("onceonly_processes_running", "Processes that are ready.", ["role"], registry=registry)

    def running(self, role: str, count: int) -> None:
        """``count`` processes of the role are ready."""
        self._running.labels(role).set(count)

    def restarted(self, role: str) -> None:
        """A process of the role had died and was started again."""
        self._restarts.labels(role).inc()


class PublisherMetrics:
    """What the tasks of the publisher, or of another ``role``, did. ``tasks`` may appear as labels."""

    def __init__(self, registry: CollectorRegistry, tasks: Iterable[str], role: str = "publisher") -> None:
        self._tasks = frozenset(tasks)
        self._runs = Counter(
            f"onceonly_{role}_runs", f"Runs of the tasks of {role}.", ["task", "outcome"], registry=registry
        )
        self._succeeded = Gauge(
            f"onceonly_{role}_success_time_seconds",
            "When a task last did all that it had to.",
            ["task"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._leading = Gauge(
            f"onceonly_{role}_leading",
            "1 where this machine does the tasks, 0 where it stands by.",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def ran(self, task: str, now: float) -> None:
        """A run did all that it had to; ``now`` in seconds since 1970."""
        self._runs.labels(self._name(task), "done").inc()
        self._succeeded.labels(self._name(task)).set(now)

    def failed(self, task: str) -> None:
        """A run ended with an error."""
        self._runs.labels(self._name(task), "failed").inc()

    def leading(self, *, leads: bool) -> None:
        """Whether this machine does the tasks now."""
        self._leading.set(int(leads))

    def _name(self, task: str) -> str:
        return task if task in self._tasks else OTHER


class PublicMetrics:
    """A ``PageObserver``: requests for public pages. ``kinds`` are the kinds that may appear as labels."""

    def __init__(self, registry: CollectorRegistry, kinds: Iterable[str]) -> None:
        self._kinds = frozenset(kinds)
        self._requests = Counter(
            "onceonly_public_requests", "Requests for public pages.", ["page", "status"], registry=registry
        )
        self._children: dict[tuple[str, int], Counter] = {}

    def answered(self, kind: str, status: int) -> None:
        """See ``PageObserver``."""
        child = self._children.get((kind, status))
        if child is None:
            name = kind if kind in self._kinds else OTHER
            child = self._children[kind, status] = self._requests.labels(name, str(status))
        child.inc()
