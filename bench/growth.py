"""Whether the hot statements stay as quick on PostgreSQL when tables grow to millions of rows.

Two tables' families grow by steps of ten: licences (with all that issuing leaves for each), and positions of the log
(journal, moments, postings). At every step, after ANALYZE, each hot statement is timed warm and its plan is read.

``growth_…``              time at the largest step over that at the smallest, asked by turns
``growth_worst_over_log`` the worst of these, each over what a tree of keys would grow by: log n_large / log n_small

Rules:
1. A step is taken if what it should need, by the one before, is within the budgets of disk and time. For what is not
   reached, a line ``a + b·log10 n`` through the steps seen is drawn on, and its figure says so.
2. A second database of the same server stays at the smallest step; at every step the two are asked by turns.
3. Timed are calls of the storage interface over a Unix socket, on one connection, without anybody else.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from math import log10
from pathlib import Path
from typing import Final

import psycopg

from bench import growth_rows as rows
from bench.growth_questions import Question, bad_plans, log_questions, record_questions, timed
from bench.results import Results
from bench.stage import Stage
from servers.postgres import PostgresOptions, PostgresServer
from storage.records.migrate import Database, upgrade
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.postgres_migrate import PostgresTarget

_SETTINGS: Final = (
    ("shared_buffers", "1GB"),
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "1h"),
    ("maintenance_work_mem", "1GB"),
    ("autovacuum", "off"),
)
_SMOKE_SETTINGS: Final = (("autovacuum", "off"),)
_KEEP_FREE: Final = 5 << 30
_SLOWER: Final = 1.5
"""How much longer a byte takes at each step: all keys are sorted anew."""
_WRITES: Final = frozenset({"units_100", "append_100", "preload_100"})
_WAITS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Budget:
    """``seconds`` and ``bytes`` of the whole part; ``draws`` of each question."""

    seconds: float
    bytes: int
    draws: int


FULL: Final = Budget(720.0, 20 << 30, 400)
SMOKE: Final = Budget(0.0, 1 << 30, 3)
"""Two small steps of each, whatever the time."""


@dataclass(frozen=True, slots=True)
class Side:
    """One database: its address, the hub's way into it, and a connection to load it over."""

    address: PostgresAddress
    records: PostgresRecords
    index: PostgresAccessIndex
    connection: rows.Connection


Seen = tuple[int, float, float]
"""A size, and the microseconds of a question there and, in turn with it, at the smallest size."""


@dataclass(slots=True)
class Family:
    """One family of tables: how to add to it, what to ask of it, and what was seen at each size."""

    name: str
    sizes: tuple[int, ...]
    tables: tuple[str, ...]
    thin_bytes: int
    add: Callable[[rows.Connection, int, int], None]
    questions: Callable[[Side, int], dict[str, Question]]
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    reached: int = 0
    took: float = 0.0
    used: int = 0


def measure(results: Results, _stage: Stage) -> None:
    """Grow, ask, and report."""
    measure_within(results, SMOKE if results.smoke else FULL)


def measure_within(results: Results, budget: Budget) -> None:
    """The same within a budget."""
    until = time.monotonic() + budget.seconds
    families = _families(results.smoke)
    scanning: set[str] = set()
    with _databases(_SMOKE_SETTINGS if results.smoke else _SETTINGS) as (small, large):
        for place in range(len(families[0].sizes)):
            for family in families:
                size = family.sizes[place]
                if place == 0:
                    _load(family, small, 0, size)
                elif not (results.smoke or _fits(family, place, budget, until, families)):
                    continue
                _grow(family, large, size)
                _ask(family, small, large, budget.draws)
                scanning |= set(bad_plans(large.address))
    for family in families:
        _report(results, family)
    worst = max(_over_log(family, seen) for family in families for seen in family.seen.values())
    results.ratio("growth_worst_over_log", worst, "≤ 1 or thereabouts (warm: all pages in memory)")
    meaning = f"statements that read a table without a key, or in parallel: {', '.join(sorted(scanning)) or 'none'}"
    results.figure("plans_with_seq_scan", len(scanning), "", meaning)


def _families(smoke: bool) -> tuple[Family, Family]:
    return (
        Family(
            "licences",
            (1_000, 4_000) if smoke else (10_000, 100_000, 1_000_000, 10_000_000),
            rows.RECORD_TABLES,
            rows.THIN_LICENCE_BYTES,
            rows.add_licences,
            lambda side, size: record_questions(side.records, size),
        ),
        Family(
            "positions",
            (20_000, 30_000) if smoke else (100_000, 1_000_000, 10_000_000, 100_000_000),
            rows.LOG_TABLES,
            rows.THIN_POSITION_BYTES,
            rows.add_positions,
            lambda side, size: log_questions(side.records, side.index, size),
        ),
    )


@contextmanager
def _databases(settings: tuple[tuple[str, str], ...]) -> Iterator[tuple[Side, Side]]:
    folder = Path(tempfile.mkdtemp(prefix="growth-"))
    try:
        with PostgresServer(folder / "pg", PostgresOptions(settings=settings)) as server, ExitStack() as held:
            yield _side(held, server, "small"), _side(held, server, "large")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _side(held: ExitStack, server: PostgresServer, name: str) -> Side:
    server.ask(f"CREATE DATABASE {name}")
    address = PostgresAddress(server.local(name), statement_seconds=_WAITS)
    for database in Database:
        upgrade(PostgresTarget(address), database)
    return Side(
        address,
        held.enter_context(closing(PostgresRecords(address, read_only=False))),
        held.enter_context(closing(PostgresAccessIndex(address, read_only=True))),
        held.enter_context(psycopg.connect(address.url, autocommit=True)),
    )


def _fits(family: Family, place: int, budget: Budget, until: float, families: Sequence[Family]) -> bool:
    """Whether the next step, judged by the last one, should stay within what is left of time and disk."""
    size = family.sizes[place]
    if family.reached != family.sizes[place - 1]:
        return False
    whole = family.used * min(size, rows.WHOLE) // min(family.reached, rows.WHOLE)
    used = whole + max(0, size - rows.WHOLE) * family.thin_bytes
    held = sum(each.used for each in families if each is not family)
    free = shutil.disk_usage(tempfile.gettempdir()).free - _KEEP_FREE
    seconds = family.took * used / family.used * _SLOWER
    return held + used <= budget.bytes and used - family.used < free and time.monotonic() + seconds < until


def _grow(family: Family, large: Side, size: int) -> None:
    started = time.monotonic()
    _load(family, large, family.reached, size)
    family.took = time.monotonic() - started
    family.reached = size
    family.used = sum(_size(large.connection, table) for table in family.tables)
    print(
        f"[{size:,} {family.name}: {family.took:.0f} s, {family.used >> 20} MB] ", end="", file=sys.stderr, flush=True
    )


def _load(family: Family, side: Side, low: int, high: int) -> None:
    with rows.loading(side.connection, family.tables):
        family.add(side.connection, low, high)


def _ask(family: Family, small: Side, large: Side, draws: int) -> None:
    sizes = family.reached, family.sizes[0]
    others = family.questions(small, sizes[1])
    for name, question in family.questions(large, sizes[0]).items():
        asked = min(draws, max(10, draws // 8)) if name in _WRITES else draws
        at_large, at_small = timed(question, others[name], sizes, asked)
        family.seen.setdefault(name, []).append((sizes[0], at_large, at_small))


def _size(connection: rows.Connection, table: str) -> int:
    row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", (table,)).fetchone()
    assert row is not None
    return int(row[0])


def _report(results: Results, family: Family) -> None:
    results.figure(f"growth_{family.name}", family.reached, family.name, "the largest step within the budgets")
    results.figure(f"growth_{family.name}_load_s", family.took, "s", "making that step's rows, keys and statistics")
    results.figure(f"growth_{family.name}_gb", family.used / 1e9, "GB", "tables and indexes at that step")
    for name, seen in family.seen.items():
        for size, taken, _ in seen:
            results.figure(f"growth_{name}_at_{size}_us", taken, "µs", f"p50, warm, {size:,} {family.name}")
        most = family.sizes[-1]
        if family.reached < most:
            meaning = f"not measured: a + b·log10 n through {len(seen)} steps"
            results.figure(f"growth_{name}_at_{most}_us", _drawn_on(seen, most), "µs", meaning)
        size, taken, at_small = seen[-1]
        wanted = log10(size) / log10(family.sizes[0])
        results.ratio(f"growth_{name}", taken / at_small, f"≤ {wanted:.2f} ({size:,} over {family.sizes[0]:,})")


def _over_log(family: Family, seen: Sequence[Seen]) -> float:
    """How a question grew to the largest step, over how the logarithm of the size did."""
    size, taken, at_small = seen[-1]
    return (taken / at_small) / (log10(size) / log10(family.sizes[0]))


def _drawn_on(seen: Sequence[Seen], size: int) -> float:
    """The least-squares line through the steps at ``size``.

    Each step counts by its time over the small one's of the same moment, at the pace of the first step.
    """
    pace = seen[0][2]
    xs, ys = [log10(each) for each, _, _ in seen], [pace * taken / at_small for _, taken, at_small in seen]
    if len(seen) < 2:
        return ys[0]
    slope, start = statistics.linear_regression(xs, ys)
    return start + slope * log10(size)
