"""Whatever is done to records, a copy of them answers alike, on either engine, and a copy of the copy is equal."""

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import ConditionFailedError
from storage.records.changes import Delete, Insert, Remember, Replace, Spend
from storage.records.copying import copy_records
from storage.records.migrate import sqlite_url
from storage.records.postgres import PostgresRecords
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create

KINDS = ("k", "K")
NAMES = ("a", "A", "é", "e\u0301", "\uffff", "\U00020bb7")
kinds, names = st.sampled_from(KINDS), st.sampled_from(NAMES)
entries = st.lists(st.tuples(st.sampled_from("iI"), st.binary(min_size=1, max_size=2)), max_size=3).map(tuple)
requests = st.sampled_from([bytes([n]) * 32 for n in range(4)])
changes = st.one_of(
    st.builds(Insert, kinds, names, st.binary(max_size=3), entries),
    st.builds(Replace, kinds, names, st.integers(0, 3), st.binary(max_size=3), entries),
    st.builds(Delete, kinds, names, st.integers(1, 3)),
    st.builds(Spend, names, st.integers(1, 3), st.integers(0, 9)),
    st.builds(Remember, requests, requests, st.binary(max_size=2), st.integers(0, 1 << 61)),
)
transactions = st.lists(st.tuples(st.lists(changes, max_size=5), st.integers(0, 3)), max_size=6)


def do(records, done):
    for units, batch in done:
        with records.write() as transaction:
            for change in units:
                try:
                    transaction.apply([change])
                except ConditionFailedError:
                    continue
            if batch:
                transaction.append(batch, batch * 7, bytes(batch))


def told(records):
    """Everything the read interface tells of what was done."""
    scanned = [records.scan(kind) for kind in KINDS]
    values = {bytes([n]) for n in range(256)}
    return (
        scanned,
        [records.find(kind, index, value) for kind in KINDS for index in "iI" for value in sorted(values)[:8]],
        [records.counter(name) for name in NAMES],
        [records.remembered(bytes([n]) * 32) for n in range(4)],
        list(records.journal()),
    )


@settings(max_examples=15, deadline=None)
@given(done=transactions)
def test_a_copy_answers_alike(postgres_databases, done):
    there = postgres_databases.fresh()
    with tempfile.TemporaryDirectory() as name:
        first, last = Path(name, "first"), Path(name, "last")
        create(first)
        create(last)
        with closing(SqliteRecords(first, read_only=False)) as records:
            do(records, done)
            expected = told(records)
        copied = copy_records(sqlite_url(first), there, progress=lambda *_: None)
        assert copied == copy_records(there, sqlite_url(last), progress=lambda *_: None)
        for copy in (PostgresRecords(there, read_only=True), SqliteRecords(last, read_only=True)):
            with closing(copy):
                assert told(copy) == expected
