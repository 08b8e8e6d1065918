"""The hot statements of records, journal and access index: asked as the hub asks them, and their plans read.

Rules:
1. Each question is asked through the public interface, with keys drawn at random, by a fixed seed, from those that
   ``growth_rows`` made whole.
2. Each draw is asked once untimed before it is timed: every page that it needs is then in memory. The large tables and
   the small ones are asked by turns, so that what else the machine does falls on both.
3. Plans are those of the sessions that the hub opens, generic as theirs are, whatever the parameters.
4. Transactions are committed durably (fsync); what they add is small beside the step's size.
"""

import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import fields
from random import Random
from typing import Any, Final

from bench import growth_rows as rows
from storage.records import postgres_statements
from storage.records.changes import Change, Expect, Insert, Remember, Spend
from storage.records.index_statements import index_statements
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import connect, reading
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.statements import postgres_dialect, record_statements

Question = Callable[[int], object]
"""Asks about one drawn number."""

_SEED: Final = 20_262
_LIMIT: Final = 50
_SET: Final = 100
_RANGE: Final = 20_000
"""Positions of the time range that the index is asked about."""
_TERMS: Final = 3
_WRITTEN_IN_SQLITE: Final = {
    "get_many", "version", "insert", "replace", "delete", "entries", "add_entry", "drop_entry", "spend", "remember",
    "advance", "append", "forget", "add_posting", "add_moment", "insert_state", "update_state", "clear_postings",
    "clear_moments",
}  # fmt: skip
"""Compiled for every dialect, but PostgreSQL is sent statements of its own in their place."""
_OWN: Final = (
    "LOCK_LOG", "LOG_END", "LOCK_INDEX", "GET_MANY", "VERSIONS", "ENTRIES", "COUNTERS", "REQUESTS", "DELETE_RECORDS",
    "REPLACE_RECORDS", "DELETE_ENTRIES", "SET_COUNTERS", "APPEND", "FORGET",
)  # fmt: skip


class AnswerError(Exception):
    """What was asked for is not there."""


class _NotKeptError(Exception):
    """Ends a transaction that was only to read."""


def record_questions(records: PostgresRecords, licences: int) -> dict[str, Question]:
    """Questions to the records when there are so many licences."""
    cases = licences // 10

    def many(start: int) -> list[int]:
        return [(start + place * 7_919) % licences for place in range(_SET)]

    def tens(start: int) -> list[int]:
        return [10 * ((start + place * 7_919) % cases) for place in range(_SET)]

    def versions(start: int) -> bool:
        with suppress(_NotKeptError), records.write() as transaction:
            transaction.preload(change for number in tens(start) for change in _expected(number))
            raise _NotKeptError
        return True

    return {
        "get": lambda number: records.get("licence", rows.licence_key(number)),
        "get_many": lambda number: records.get_many("licence_number", [rows.number_key(each) for each in many(number)]),
        "find": lambda number: records.find(
            "licence",
            "issued",
            rows.issuer(number) + f"/{rows.TYPE}".encode(),
            after=rows.key_in_first_half(number),
            limit=_LIMIT,
        ),
        "scan": lambda number: records.scan("case", after=rows.case_key(number // 20 * 10), limit=_LIMIT),
        "counter": lambda number: records.counter(rows.counter_name(number // 10 * 10)),
        "remembered": lambda number: records.remembered(rows.request_id(number // 10 * 10)),
        "preload_100": versions,
        "units_100": lambda number: _units(records, tens(number)),
    }


def log_questions(records: PostgresRecords, index: PostgresAccessIndex, positions: int) -> dict[str, Question]:
    """Questions to the journal and the access index when the log has so many positions."""

    def span(position: int) -> dict[str, int]:
        low = min(position, min(positions, rows.WHOLE) - _RANGE)
        start = rows.START_US + low * rows.STEP_US
        return {"start": start, "end": start + _RANGE * rows.STEP_US}

    def terms(position: int) -> list[tuple[str, bytes]]:
        of_it = (("department", rows.issuer(position)), ("outcome", b"allowed"), ("matter", rows.matter(position)))
        return list(of_it)

    def find(count: int) -> Question:
        return lambda position: index.find(terms(position)[:count], **span(position), before=None, limit=_LIMIT)

    return {
        "journal_read": lambda position: next(iter(records.journal(position))),
        "append_100": lambda _: _append(records),
        **{f"find_{count}_terms": find(count) for count in range(_TERMS + 1)},
        "find_operator": lambda position: index.find(
            [("operator", rows.operator(position))], **span(position), before=None, limit=_LIMIT
        ),
        "summarise": lambda position: index.summarise(
            "outcome", [("matter", rows.matter(position))], **span(position), limit=_LIMIT
        ),
    }


def timed(large: Question, small: Question, sizes: tuple[int, int], draws: int) -> tuple[float, float]:
    """Median microseconds of a question at two sizes, by turns, each draw asked once before.

    Raises ``AnswerError`` where an answer is empty: what was timed would be the speed of finding nothing.
    """
    random = Random(_SEED)
    numbers = [[random.randrange(min(size, rows.WHOLE)) for size in sizes] for _ in range(draws)]
    taken: tuple[list[float], list[float]] = ([], [])
    for pair in numbers:
        if not all(question(number) for question, number in zip((large, small), pair, strict=True)):
            raise AnswerError("a question found nothing")
    for pair in numbers:
        for question, number, times in zip((large, small), pair, taken, strict=True):
            started = time.perf_counter()
            question(number)
            times.append(time.perf_counter() - started)
    return 1e6 * statistics.median(taken[0]), 1e6 * statistics.median(taken[1])


def bad_plans(address: PostgresAddress) -> list[str]:
    """Names of statements whose plan reads a table without a key, or all of an index, or in parallel.

    A parallel plan starts processes, which takes longer than any of these look-ups.
    """
    found = []
    with closing(connect(address, reading(address), "primary", 10.0)) as connection:
        for name, statement in _statements():
            row = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {_numbered(statement)}".encode()).fetchone()
            assert row is not None
            plan = json.loads(row[0]) if isinstance(row[0], str) else row[0]
            if any(_scans(node, name) for node in _nodes(plan[0]["Plan"])):
                found.append(name)
    return found


def _expected(number: int) -> list[Change]:
    """What a fetch expects to be unchanged."""
    return [
        Expect("licence", rows.licence_key(number), 1),
        Expect("holding", rows.holding_key(number), 1),
        Expect("data_key", rows.holding_key(number).rpartition("/")[2], 1),
        Expect("case", rows.case_key(number), 1),
    ]


def _units(records: PostgresRecords, numbers: list[int]) -> bool:
    """A batch of units as fetches leave them, with a case opened in every tenth."""
    units: list[list[Change]] = []
    for place, number in enumerate(numbers):
        unit: list[Change] = [
            *_expected(number),
            Spend(rows.counter_name(number), 1, 1 << 40),
            Remember(os.urandom(32), os.urandom(32), b"", rows.START_US),
        ]
        if place % 10 == 0:
            unit.append(Insert("case", os.urandom(16).hex(), os.urandom(880), (("department", rows.issuer(number)),)))
        units.append(unit)
    with records.write() as transaction:
        transaction.preload(change for unit in units for change in unit)
        for unit in units:
            with transaction.unit():
                transaction.apply(unit)
    return True


def _append(records: PostgresRecords) -> bool:
    with records.write() as transaction:
        end = transaction.log_end()
        transaction.append(_SET, end.time_us, os.urandom(_SET * rows.ENTRY_BYTES))
    return True


def _statements() -> Iterator[tuple[str, str]]:
    for statements in (record_statements(postgres_dialect()), index_statements(postgres_dialect())):
        for each in fields(statements):
            if each.name in _WRITTEN_IN_SQLITE:
                continue
            value = getattr(statements, each.name)
            texts = [value] if isinstance(value, str) else list(value)[: _TERMS + 1]
            yield from (
                (f"{each.name}_{place}" if len(texts) > 1 else each.name, one) for place, one in enumerate(texts)
            )
    for name in _OWN:
        yield name, getattr(postgres_statements, name)


def _numbered(statement: str) -> str:
    """psycopg's named parameters as the server's numbered ones."""
    names: dict[str, int] = {}

    def number(mark: re.Match[str]) -> str:
        return f"${names.setdefault(mark[1], len(names) + 1)}"

    return re.sub(r"%\((\w+)\)[sbt]", number, statement)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def _scans(node: dict[str, Any], name: str) -> bool:
    kind = node["Node Type"]
    if kind in {"Seq Scan", "Bitmap Heap Scan", "Gather", "Gather Merge"}:
        return True
    # The end of the log is the last entry of an index, which needs no condition.
    return kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node and name != "LOG_END"
