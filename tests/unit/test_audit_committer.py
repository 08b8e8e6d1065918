"""A batch of units in one transaction: each on its own, all or none kept when the engine fails."""

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from exchange.audit import journal
from exchange.audit.committer import DAY_US, Committer, position_at
from exchange.audit.unit import WEBHOOK_DELAY, Bar, Committed, ConditionFailed, Limit, LimitReached, Note, Tally
from exchange.audit.wire import OutOfBounds, Unable, Value
from exchange.reasons import Reason
from storage.errors import Cause, StorageUnavailableError
from storage.fast.memory import MemoryFast
from storage.records.changes import Expect, Insert, Remember, Replace, Spend
from tests.fakes.audit_world import START_US, Watcher, disk_world, entry, memory_world, unit

RATE = Limit("rate", 3600, 1, Reason.RATE_LIMITED)


@pytest.fixture
def world(tmp_path):
    with disk_world(tmp_path) as made:
        yield made


def test_each_unit_of_a_batch_stands_or_falls_alone(world):
    insert = Insert("case", "c1", b"body")
    replies = world.commit(
        unit(0, insert),
        unit(1, Insert("case", "c2", b"x"), insert),
        unit(2, Expect("case", "c1", 1), charges=(RATE,)),
        unit(3, charges=(RATE,)),
        unit(4, Insert("case", "k" * 201, b"")),
        unit(5, charges=(Limit("k" * 201, 60, 1, Reason.RATE_LIMITED),)),
        unit(6, Spend("uses", 2, 1), charges=(Tally("spent", 60),)),
        unit(7),
    )
    assert replies[0] == Committed(0)
    assert replies[1] == ConditionFailed(Cause.EXISTS, 1, same=False)
    assert replies[2] == Committed(1)
    assert replies[3] == LimitReached(Reason.RATE_LIMITED, 3600)
    assert isinstance(replies[4], OutOfBounds)
    assert isinstance(replies[5], OutOfBounds)
    assert replies[6] == ConditionFailed(Cause.SPENT, 0, same=False)
    assert replies[7] == Committed(2)
    assert world.records.get("case", "c2") is None
    assert [item.entry for item in journal.read(world.records)] == [entry(0), entry(2), entry(7)]
    assert (world.fast.count("rate"), world.fast.count("spent")) == (1, 0)
    assert world.watcher.batches == [(8, 3)]


def test_a_note_is_kept_without_an_entry_and_stands_or_falls_alone(world):
    kept, same = Note((Insert(WEBHOOK_DELAY, "k", b"1"),)), Note((Insert(WEBHOOK_DELAY, "k", b"2"),))
    both = Note((Insert(WEBHOOK_DELAY, "other", b"1"), Insert(WEBHOOK_DELAY, "k", b"2")))
    replies = world.commit(kept, unit(0), same, both, unit(1))
    exists = [ConditionFailed(Cause.EXISTS, position, same=False) for position in (0, 1)]
    assert replies == [Value(value=True), Committed(0), *exists, Committed(1)]
    assert [item.entry for item in journal.read(world.records)] == [entry(0), entry(1)]
    assert world.commit(Note((Replace(WEBHOOK_DELAY, "k", 1, b"3"),))) == [Value(value=True)]
    assert [record.body for record in world.records.scan(WEBHOOK_DELAY)] == [b"3"]
    assert world.records.journal_length() == 2


def test_a_repeated_request_is_recognised(world):
    first = Remember(b"r" * 32, b"d" * 32, b"", START_US)
    other = Remember(b"r" * 32, b"e" * 32, b"", START_US)
    assert world.commit(unit(0, first)) == [Committed(0)]
    assert world.commit(unit(1, first), unit(2, other)) == [
        ConditionFailed(Cause.REMEMBERED, 0, same=True),
        ConditionFailed(Cause.REMEMBERED, 0, same=False),
    ]
    assert world.records.journal_length() == 1
    committer = world.committer()
    world.clock.us += 8 * DAY_US
    assert committer.forget_requests(7 * 86_400) == 1


class FailingRecords:
    """Records whose engine fails when the transaction is to be committed, or when it is asked for anything."""

    def __init__(self, records):
        self._records = records
        self.failing = True
        self.silent = False

    def __getattr__(self, name):
        return getattr(self._records, name)

    @contextmanager
    def write(self):
        with self._records.write() as transaction:
            yield transaction
            if self.failing:
                raise StorageUnavailableError("the disk is full")

    def journal_length(self):
        if self.silent:
            raise StorageUnavailableError("no answer")
        return self._records.journal_length()


class Stopwatch:
    now = 0.0

    def __call__(self):
        return self.now


def test_when_the_engine_fails_nothing_is_kept_and_everyone_told():
    with memory_world() as world:
        records, stopwatch = FailingRecords(world.records), Stopwatch()
        committer = Committer(records, world.fast, world.clock, stopwatch, world.watcher)
        duplicate = Insert("case", "c1", b"")
        replies = committer.commit([unit(0, duplicate, charges=(RATE,)), unit(1, duplicate)])
        assert replies == [Unable(Reason.AUDIT_UNAVAILABLE)] * 2
        assert world.records.journal_length() == 0
        assert world.fast.count("rate") == 0
        assert world.watcher.failures == [(2, Reason.AUDIT_UNAVAILABLE)]
        assert not committer.well()
        stopwatch.now = 6
        assert committer.well()
        records.failing = False
        assert committer.commit([unit(0, duplicate, charges=(RATE,))]) == [Committed(0)]
        assert committer.well()


class ClockedRecords:
    """Records whose engine has a clock of its own, as a server has."""

    def __init__(self, records, clock_us):
        self._records = records
        self.clock_us = clock_us

    def __getattr__(self, name):
        return getattr(self._records, name)

    @contextmanager
    def write(self):
        with self._records.write() as transaction:
            yield ClockedTransaction(transaction, self.clock_us)


class ClockedTransaction:
    def __init__(self, transaction, clock_us):
        self._transaction = transaction
        self._clock_us = clock_us

    def __getattr__(self, name):
        return getattr(self._transaction, name)

    def log_end(self):
        return replace(self._transaction.log_end(), clock_us=self._clock_us)


def test_a_clock_unlike_the_engines_stops_commits_until_it_is_right(world):
    records = ClockedRecords(world.records, START_US)
    committer = Committer(records, world.fast, world.clock, time.monotonic, world.watcher)
    assert committer.commit([unit(0)]) == [Committed(0)]
    for wrong in (START_US + 10_000_001, START_US - 10_000_001):
        world.clock.us = wrong
        assert committer.commit([unit(1)]) == [Unable(Reason.CLOCK_UNTRUSTED)]
        assert not committer.well()
    assert world.records.journal_length() == 1
    world.clock.us = START_US - 9_000_000
    assert committer.commit([unit(1)]) == [Committed(1)]
    assert committer.well()
    times = [batch.time_us for batch in world.records.journal()]
    assert times == sorted(times)


def test_records_that_stop_answering_are_noticed_though_nobody_writes(world):
    stopwatch = Stopwatch()
    records = FailingRecords(world.records)
    committer = Committer(records, world.fast, world.clock, stopwatch, world.watcher)
    stopwatch.now = 2
    committer.probe()
    assert committer.well()
    records.silent = True
    committer.probe()
    assert committer.well()  # it answered a moment ago
    stopwatch.now = 4
    committer.probe()
    assert not committer.well()
    records.silent = False
    committer.probe()
    assert committer.well()


def test_a_clock_that_stepped_back_stops_commits_until_it_is_right(world):
    committer = world.committer()
    committer.commit([unit(0)])
    world.clock.us = START_US - 1_000_000
    assert committer.commit([unit(1)]) == [Committed(1)]
    world.clock.us = START_US - 1_000_001
    assert not committer.well()
    assert committer.commit([unit(2)]) == [Unable(Reason.CLOCK_UNTRUSTED)]
    assert world.committer().commit([unit(2)]) == [Unable(Reason.CLOCK_UNTRUSTED)]  # also after a restart
    world.clock.us = START_US
    assert committer.commit([unit(2)]) == [Committed(2)]
    times = [batch.time_us for batch in world.records.journal()]
    assert times == sorted(times)


class AwayFast(MemoryFast):
    """A fast store that cannot be asked, or not be written."""

    def __init__(self, *, reads):
        super().__init__(time.monotonic, 10)
        self._reads = reads

    def count(self, key):
        if not self._reads:
            raise StorageUnavailableError("away")
        return super().count(key)

    def add(self, key, amount, ttl):
        raise StorageUnavailableError("away")


def test_without_the_fast_store_only_units_without_limits_pass():
    with memory_world() as world:
        committer = Committer(world.records, AwayFast(reads=False), world.clock, time.monotonic, world.watcher)
        replies = committer.commit([unit(0, charges=(Bar("lock", Reason.LOCKED_OUT),)), unit(1)])
        assert replies == [Unable(Reason.STORAGE_UNAVAILABLE), Committed(0)]
        assert world.watcher.failures == [(1, Reason.STORAGE_UNAVAILABLE)]


def test_lost_counts_do_not_undo_what_is_durable():
    with memory_world() as world:
        committer = Committer(world.records, AwayFast(reads=True), world.clock, time.monotonic, world.watcher)
        assert committer.commit([unit(0, charges=(RATE,))]) == [Committed(0)]
        assert len(world.watcher.lost) == 1


def charges_of(entries):
    for time_us, _ in entries:
        yield Tally(f"at/{time_us}", 60)
        yield Bar("ignored", Reason.LOCKED_OUT)


def test_the_last_day_is_counted_again_at_the_start(world):
    committer = world.committer()
    for hours in range(0, 48, 6):
        world.clock.us = START_US + hours * 3_600_000_000
        committer.commit([unit(hours), unit(hours + 1)])
    again = Committer(world.records, world.fast, world.clock, time.monotonic, Watcher())
    assert again.rebuild(charges_of, 1_000) == 2 * 2 * 5
    assert world.fast.count(f"at/{START_US + 18 * 3_600_000_000}") == 2
    assert world.fast.count(f"at/{START_US + 12 * 3_600_000_000}") == 0
    few = MemoryFast(time.monotonic, 100)
    assert Committer(world.records, few, world.clock, time.monotonic, Watcher()).rebuild(charges_of, 3) == 6
    assert few.count(f"at/{START_US + 42 * 3_600_000_000}") == 2


def test_a_full_fast_store_ends_the_recount(world):
    world.fill(5)
    watcher = Watcher()
    full = MemoryFast(time.monotonic, 1)
    committer = Committer(world.records, full, world.clock, time.monotonic, watcher)

    def many(entries):
        return (Tally(f"k{number}", 60) for number, _ in enumerate(entries))

    assert committer.rebuild(many, 1_000) == 1
    assert len(watcher.lost) == 1


def test_positions_are_found_by_time(world):
    committer = world.committer()
    for step in range(4):
        world.clock.us = START_US + step * 10
        committer.commit([unit(2 * step), unit(2 * step + 1)])
    assert [position_at(world.records, START_US + at) for at in (-5, 0, 1, 10, 25, 30, 31)] == [0, 0, 2, 2, 6, 6, 8]


def test_an_empty_batch_of_survivors_appends_nothing(world):
    assert world.commit(unit(0, Expect("case", "c", 1))) == [ConditionFailed(Cause.VERSION, 0, same=False)]
    assert world.records.journal_length() == 0
    assert world.watcher.batches == [(1, 0)]
