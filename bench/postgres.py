"""Journal entries a second of one recorder, by entries in a batch: SQLite, and PostgreSQL on the same machine and disk.

Each batch is one durable commit. The two engines take turns, so that both bear the same disk and neighbours.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.results import Results
from bench.stage import Stage
from servers.postgres import PostgresServer
from storage.records.changes import Expect, Insert, Remember, Replace
from storage.records.interface import Records
from storage.records.migrate import upgrade
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_migrate import PostgresTarget
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create

_ENTRY_BYTES = 2_000
_BATCHES = (1, 10, 100)
_UNITS = 100


def measure(results: Results, _stage: Stage) -> None:
    """Entries a second at each size of batch, then whole units with changes of their own."""
    rounds, seconds = (1, 0.05) if results.smoke else (5, 2.0)
    with tempfile.TemporaryDirectory(prefix="oo-") as folder, _engines(Path(folder)) as engines:
        for count in _BATCHES:
            _compare(results, engines, f"journal_batch_{count}", lambda of, n=count: _append(of, n), rounds, seconds)
        _compare(results, engines, f"units_batch_{_UNITS}", _Town(), rounds, seconds)
    at_once = results.figures[f"postgresql_journal_batch_{_BATCHES[-1]}_per_s"][0]
    results.ratio("postgresql_entries_per_s_at_100", at_once, "≥ 20,000 entries/s (no baseline: a floor)")


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, Records]]:
    create(folder / "records.db")
    with PostgresServer(folder / "pg") as server:
        address = PostgresAddress(server.local())
        upgrade(PostgresTarget(address))
        engines: dict[str, Records] = {
            "sqlite": SqliteRecords(folder / "records.db", read_only=False),
            "postgresql": PostgresRecords(address, read_only=False),
        }
        try:
            yield engines
        finally:
            for records in engines.values():
                records.close()


def _compare(
    results: Results,
    engines: dict[str, Records],
    name: str,
    work: Callable[[Records], int],
    rounds: int,
    seconds: float,
) -> None:
    seen: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(rounds):
        for engine, records in engines.items():
            seen[engine].append(_per_second(lambda of=records: work(of), seconds))
    for engine, rates in seen.items():
        meaning = f"{engine}: {name.replace('_', ' ')}, entries of {_ENTRY_BYTES} bytes, each batch one durable commit"
        results.figure(f"{engine}_{name}_per_s", statistics.median(rates), "1/s", meaning)
    ratio = statistics.median(seen["postgresql"]) / statistics.median(seen["sqlite"])
    results.ratio(f"postgresql_over_sqlite_{name}", ratio, "no target: what the round trips cost")


def _per_second(work: Callable[[], int], seconds: float) -> float:
    work()
    done, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        done += work()
    return done / passed


def _append(records: Records, count: int) -> int:
    with records.write() as transaction:
        transaction.append(count, 1, os.urandom(count * _ENTRY_BYTES))
    return count


class _Town:
    """A batch of units as the hub's: each expects a record, replaces another, makes a third, and is remembered."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, records: Records) -> int:
        units = []
        for number in range(self._made, self._made + _UNITS):
            case = f"{number:012}-{id(records)}"
            units.append(
                (
                    Expect("matter", "none", 0),
                    Insert("case", case, os.urandom(600), (("holder", os.urandom(16)),)),
                    Replace("case", case, 1, os.urandom(600), (("holder", os.urandom(16)), ("state", b"open"))),
                    Remember(os.urandom(32), os.urandom(32), b"", number),
                )
            )
        self._made += _UNITS
        with records.write() as transaction:
            transaction.preload(change for unit in units for change in unit)
            for unit in units:
                with transaction.unit():
                    transaction.apply(unit)
            transaction.append(_UNITS, 1, os.urandom(_UNITS * _ENTRY_BYTES))
        return _UNITS
