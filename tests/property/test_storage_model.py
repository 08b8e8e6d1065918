"""SQLite against the plain engines in memory: whatever is done, both must answer alike."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.errors import ConditionFailedError
from storage.records.changes import Delete, Expect, Insert, Remember, Replace, Spend
from storage.records.memory import MemoryRecords
from storage.records.memory_index import MemoryAccessIndex
from storage.records.migrate import Database
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_index import SqliteAccessIndex
from tests.fakes.made_databases import make

KINDS = ("k", "K")
NAMES = ("a", "A", "é", "e\u0301", "\uffff", "\U00020bb7")
VALUES = (b"\x00", b"v", b"V")
kinds, names = st.sampled_from(KINDS), st.sampled_from(NAMES)
versions = st.integers(0, 3)
entries = st.lists(st.tuples(st.sampled_from("iI"), st.sampled_from(VALUES)), max_size=3).map(tuple)
requests = st.sampled_from([bytes([n]) * 32 for n in range(4)])
changes = st.one_of(
    st.builds(Insert, kinds, names, st.binary(max_size=3), entries),
    st.builds(Replace, kinds, names, versions, st.binary(max_size=3), entries),
    st.builds(Delete, kinds, names, versions),
    st.builds(Expect, kinds, names, versions),
    st.builds(Spend, names, st.integers(1, 3), st.integers(0, 9)),
    st.builds(Remember, requests, requests, st.binary(max_size=2), st.integers(0, 9)),
)
units = st.lists(changes, min_size=1, max_size=4)


def undo_if(condition):
    if condition:
        raise KeyError


def outcome(transaction, unit, *, spoil):
    """What a unit came to: None, or the failed condition."""
    try:
        with transaction.unit():
            transaction.apply(unit)
            undo_if(spoil)
    except ConditionFailedError as error:
        return error.cause, error.position, error.same
    except KeyError:
        return "spoilt"
    return None


def told(records):
    """Everything the read interface tells."""
    return {
        "scan": [records.scan(kind) for kind in KINDS],
        "get": [[records.get(kind, name) for name in NAMES] for kind in KINDS],
        "many": [records.get_many(kind, NAMES) for kind in KINDS],
        "find": [records.find(kind, index, value) for kind in KINDS for index in "iI" for value in VALUES],
        "counters": [records.counter(name) for name in NAMES],
        "requests": [records.remembered(bytes([n]) * 32) for n in range(4)],
        "journal": (records.journal_length(), list(records.journal())),
    }


class RecordsMachine(RuleBasedStateMachine):
    """Two stores with the same history; the version cache is tiny, so that it turns over."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        make(self.folder / "x.db")
        self.stores = [MemoryRecords(), self.open()]

    def open(self):
        return SqliteRecords(self.folder / "x.db", read_only=False, known_versions=6)

    @rule(batch=st.lists(st.tuples(units, st.integers(0, 5)), max_size=5), keep=st.booleans(), count=st.integers(0, 3))
    def write(self, batch, keep, count):
        ends = []
        for store in self.stores:
            outcomes = []
            try:
                with store.write() as transaction:
                    outcomes += [outcome(transaction, unit, spoil=spoil == 0) for unit, spoil in batch]
                    if count:
                        outcomes.append(transaction.append(count, 1, b"b"))
                    undo_if(not keep)
            except KeyError:
                outcomes.append("rolled back")
            ends.append(outcomes)
        assert ends[0] == ends[1]

    @rule(before=st.integers(0, 9))
    def forget(self, before):
        counts = [store.forget_requests(before) for store in self.stores]
        assert counts[0] == counts[1]

    @rule()
    def reopen(self):
        self.stores[1].close()
        self.stores[1] = self.open()

    @rule(batch=units)
    def write_from_another_process(self, batch):
        other = self.open()
        ends = []
        for store in (self.stores[0], other):
            with store.write() as transaction:
                ends.append(outcome(transaction, batch, spoil=False))
        other.close()
        assert ends[0] == ends[1]

    @invariant()
    def both_tell_the_same(self):
        assert told(self.stores[0]) == told(self.stores[1])

    def teardown(self):
        for store in self.stores:
            store.close()
        shutil.rmtree(self.folder)


TestRecords = RecordsMachine.TestCase
TestRecords.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)

terms = st.tuples(st.sampled_from("nNm"), st.sampled_from([b"a", b"b", b"\x00"]))
log_entries = st.lists(st.tuples(st.integers(0, 30), st.lists(terms, max_size=5)), max_size=8)
questions = st.tuples(
    st.lists(terms, max_size=4),
    st.integers(-1, 32),
    st.integers(-1, 32),
    st.one_of(st.none(), st.integers(0, 40)),
    st.integers(1, 6),
)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(log_entries, max_size=5), asked=st.lists(questions, min_size=5, max_size=15))
def test_both_indexes_find_and_count_alike(batches, asked):
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder, "i.db"), Database.INDEX)
        indexes = [MemoryAccessIndex(), SqliteAccessIndex(Path(folder, "i.db"))]
        for index in indexes:
            for batch in batches:
                index.add(index.indexed_through(), batch)
        for wanted, start, end, before, limit in asked:
            found = [index.find(wanted, start=start, end=end, before=before, limit=limit) for index in indexes]
            assert found[0] == found[1]
            counted = [index.summarise("n", wanted, start=start, end=end, limit=limit) for index in indexes]
            assert counted[0] == counted[1]
        indexes[1].close()
