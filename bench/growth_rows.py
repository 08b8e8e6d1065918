"""Synthetic rows in the shape that issuing, fetching and indexing leave behind, made where they are kept, and seeded.

For each licence: its record under the issuer's index entry, its holder's holding and data key, its taken number and its
place on a status list; for each tenth licence a case with its index entry and counter, and a remembered request. For
fifty positions of the log one journal batch; for each position its moment and five of the access index's eleven terms.
Lengths of keys and bodies are those of the sample city's.

Rules:
1. The server itself makes the rows (INSERT … SELECT): a stream from here would take most of the time. Every value is a
   function of its row's number, so that questions can name rows without asking for them.
2. Primary keys and indexes are dropped before a step and built after it, as they were: one sort instead of millions of
   single insertions. What is built so is packed a little more densely than what grew.
3. Beyond ``WHOLE`` licences or positions rows are thinned, to spare the disk: bodies are cut short, one licence in ten
   has a number and a place, one position in ten has postings. Questions ask for what is whole.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import md5
from typing import Any, Final

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

WHOLE: Final = 1_000_000
BATCH: Final = 50
"""Positions of one journal batch."""
ENTRY_BYTES: Final = 560
ISSUERS: Final = 40
OPERATORS: Final = 2_000
MATTERS: Final = 60
STEP_US: Final = 10_000
START_US: Final = 1_700_000_000_000_000
LATE_US: Final = 4_000
TYPE: Final = "11980000MB0000019B001"
RECORD_TABLES: Final = ("record", "record_index", "counter", "request")
LOG_TABLES: Final = ("journal", "moment", "posting")

THIN_LICENCE_BYTES: Final = 1_400
"""What a thinned licence takes with all its rows and their index entries."""
THIN_POSITION_BYTES: Final = 180
_WHOLE_RECORDS: Final = {"licence": 82, "holding": 12, "case": 55, "answer": 106, "every": 1}
"""Lengths of bodies in sixteens of bytes."""
_THIN_RECORDS: Final = {"licence": 1, "holding": 1, "case": 4, "answer": 1, "every": 10}
_WHOLE_LOG: Final = {"batch": BATCH * ENTRY_BYTES // 16, "every": 1}
_THIN_LOG: Final = {"batch": 16, "every": 10}

_LICENCE_KEY: Final = (
    "'1.2.156.3005.2.11980000MB0000019B001.11990100MB0000019L.' || upper(substr(md5('l' || i), 1, 20)) || '.001.R'"
)
_ISSUER: Final = f"'119901' || lpad((i % {ISSUERS})::text, 3, '0') || 'MB0000019L'"
_COUNTER: Final = "11990100MB0000019L3990101000000/business_licence"
_CASE_KEY: Final = "lpad(to_hex(i), 12, '0') || substr(md5('c' || i), 1, 20)"
_RECORD: Final = "INSERT INTO record (kind, key, version, body) "
_RANGE: Final = "FROM generate_series(%(low)s::int8, %(high)s::int8 - 1) AS i"
_SOME: Final = " WHERE i % %(every)s = 0"

_RECORD_STEPS: Final = (
    _RECORD + f"SELECT 'licence', {_LICENCE_KEY}, 1, decode(repeat(md5('b' || i), %(licence)s), 'hex') {_RANGE}",
    _RECORD
    + f"SELECT 'holding', '{TYPE}/' || md5('h' || i), 1, decode(repeat(md5('o' || i), %(holding)s), 'hex') {_RANGE}",
    _RECORD + f"SELECT 'licence_number', md5('n' || i), 1, convert_to({_LICENCE_KEY}, 'UTF8') {_RANGE}{_SOME}",
    _RECORD + f"SELECT 'data_key', md5('h' || i), 1, decode(repeat(md5('k' || i), 4), 'hex') {_RANGE}",
    _RECORD
    + f"SELECT 'status_index', {_ISSUER} || '/202611/' || i / 100000 || '/' || lpad((i % 100000)::text, 7, '0'),"
    f" 1, convert_to({_LICENCE_KEY}, 'UTF8') {_RANGE}{_SOME}",
    (
        "INSERT INTO record_index (kind, name, value, key) "
        f"SELECT 'licence', 'issued', convert_to({_ISSUER} || '/{TYPE}', 'UTF8'), {_LICENCE_KEY} {_RANGE}"
    ),
    _RECORD
    + f"SELECT 'case', {_CASE_KEY}, 1, decode(repeat(md5('a' || i), %(case)s), 'hex') {_RANGE} WHERE i % 10 = 0",
    (
        "INSERT INTO record_index (kind, name, value, key) "
        f"SELECT 'case', 'department', convert_to({_ISSUER}, 'UTF8'), {_CASE_KEY} {_RANGE} WHERE i % 10 = 0"
    ),
    (f"INSERT INTO counter (name, value) SELECT 'uses/' || {_CASE_KEY} || '/{_COUNTER}', 1 {_RANGE} WHERE i % 10 = 0"),
    (
        "INSERT INTO request (request, body_digest, answer, time_us) "
        "SELECT decode(md5('q' || i) || md5('r' || i), 'hex'), decode(md5('s' || i) || md5('t' || i), 'hex'), "
        f"decode(repeat(md5('u' || i), %(answer)s), 'hex'), {START_US} + i * 1000 {_RANGE} WHERE i % 10 = 0"
    ),
)
_LOG_STEPS: Final = (
    # Not compressed, since what the hub writes there, salts and digests mostly, does not compress either.
    "ALTER TABLE journal ALTER body SET STORAGE EXTERNAL",
    "DELETE FROM journal WHERE first >= %(low)s",  # what was appended while questions were asked
    (
        f"INSERT INTO journal (first, count, time_us, body) SELECT i, {BATCH}, {START_US} + i * {STEP_US}, "
        f"decode(repeat(md5('j' || i), %(batch)s), 'hex') "
        f"FROM generate_series(%(low)s::int8, %(high)s::int8 - 1, {BATCH}) AS i"
    ),
    "ALTER TABLE journal ALTER body SET STORAGE EXTENDED",
    (
        f"INSERT INTO moment (position, time_us, high_us) "
        f"SELECT i, {START_US} + i * {STEP_US} - (i % 5) * {LATE_US // 4}, {START_US} + i * {STEP_US} {_RANGE}"
    ),
    (
        "INSERT INTO posting (name, value, position) "
        f"SELECT term.name, term.value, i {_RANGE}, LATERAL (VALUES "
        f"('department', convert_to({_ISSUER}, 'UTF8')), ('operator', decode(md5('p' || i % {OPERATORS}), 'hex')), "
        "('holder', decode(md5('h' || i / 3), 'hex')), "
        "('outcome', convert_to(CASE WHEN i % 7 = 0 THEN 'refused' ELSE 'allowed' END, 'UTF8')), "
        f"('matter', convert_to('11990100MB0000019L39901' || lpad((i % {MATTERS})::text, 8, '0'), 'UTF8'))"
        f") AS term (name, value){_SOME}"
    ),
    "UPDATE log_state SET next = %(high)s",
    (
        f"UPDATE progress SET through = %(high)s, late_us = {LATE_US}, "
        f"high_us = {START_US} + (%(high)s::int8 - 1) * {STEP_US}"
    ),
)


def add_licences(connection: Connection, low: int, high: int) -> None:
    """Add licences ``low`` ≤ i < ``high`` and what belongs to them."""
    for part_low, part_high, whole in _parts(low, high):
        lengths = _WHOLE_RECORDS if whole else _THIN_RECORDS
        _run(connection, _RECORD_STEPS, {"low": part_low, "high": part_high, **lengths})


def add_positions(connection: Connection, low: int, high: int) -> None:
    """Add the log's positions ``low`` ≤ i < ``high``, both multiples of ``BATCH``."""
    for part_low, part_high, whole in _parts(low, high):
        lengths = _WHOLE_LOG if whole else _THIN_LOG
        _run(connection, _LOG_STEPS, {"low": part_low, "high": part_high, **lengths})


@contextmanager
def loading(connection: Connection, tables: Iterable[str]) -> Iterator[None]:
    """Without keys, indexes and fsync inside; with all of them, statistics and clean pages after it."""
    _durable(connection, "off")
    made: list[str] = []
    for table in tables:
        made += _drop_indexes(connection, table)
    yield
    for statement in made:
        connection.execute(statement.encode())
    for table in tables:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    _durable(connection, "on")
    connection.execute("CHECKPOINT")
    os.sync()


def licence_key(number: int) -> str:
    """The key of a licence."""
    return f"1.2.156.3005.2.{TYPE}.11990100MB0000019L.{_digest('l', number)[:20].upper()}.001.R"


def key_in_first_half(number: int) -> str:
    """Where a page of licences may begin, so that a whole one is left after it."""
    return f"1.2.156.3005.2.{TYPE}.11990100MB0000019L.{number % 8}{_digest('l', number)[:19].upper()}.001.R"


def holding_key(number: int) -> str:
    """The key of its holder's holding."""
    return f"{TYPE}/{_digest('h', number)}"


def number_key(number: int) -> str:
    """The key of its taken number."""
    return _digest("n", number)


def case_key(number: int) -> str:
    """The key of the case that goes with a licence whose number is a multiple of ten."""
    return f"{number:012x}{_digest('c', number)[:20]}"


def counter_name(number: int) -> str:
    """The counter of that case's line."""
    return f"uses/{case_key(number)}/{_COUNTER}"


def request_id(number: int) -> bytes:
    """The remembered request that goes with such a licence."""
    return bytes.fromhex(_digest("q", number) + _digest("r", number))


def issuer(number: int) -> bytes:
    """The issuer of a licence, and the department of a position."""
    return f"119901{number % ISSUERS:03}MB0000019L".encode()


def matter(number: int) -> bytes:
    """The matter of a position."""
    return f"11990100MB0000019L39901{number % MATTERS:08}".encode()


def operator(number: int) -> bytes:
    """The operator of a position."""
    return bytes.fromhex(_digest("p", number % OPERATORS))


def _digest(letter: str, number: int) -> str:
    return md5(f"{letter}{number}".encode(), usedforsecurity=False).hexdigest()


def _parts(low: int, high: int) -> Iterator[tuple[int, int, bool]]:
    if low < WHOLE:
        yield low, min(high, WHOLE), True
    if high > WHOLE:
        yield max(low, WHOLE), high, False


def _run(connection: Connection, steps: Iterable[str], parameters: dict[str, int]) -> None:
    for step in steps:
        text = step.replace(" % ", " %% ")
        used = {name: value for name, value in parameters.items() if f"%({name})s" in text}
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(text.encode(), used or None)


def _durable(connection: Connection, setting: str) -> None:
    connection.execute(f"ALTER SYSTEM SET fsync = {setting}".encode())
    connection.execute("SELECT pg_reload_conf()")


def _drop_indexes(connection: Connection, table: str) -> list[str]:
    """Drop a table's primary key and indexes; returns the statements that make them again."""
    keys = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        (table,),
    ).fetchall()
    named = {name for name, _ in keys}
    indexes = connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,)).fetchall()
    made = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for name, definition in keys]
    for name, _ in keys:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for name, definition in indexes:
        if name not in named:
            made.append(definition)
            connection.execute(f"DROP INDEX {name}".encode())
    return made
