"""Counts that the fast store lost come back from the journal, once, whoever notices it."""

import pytest

from exchange.audit.errors import JournalError
from exchange.audit.recount import LEASE, LEASE_SECONDS, MARKS, PORTION, CountsWatch, Recount
from exchange.audit.unit import Bar, Limit, Tally
from exchange.reasons import Reason
from storage.errors import StorageUnavailableError
from storage.fast.memory import MemoryFast
from tests.fakes.audit_world import memory_world


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def fast(seconds):
    return MemoryFast(seconds, 10_000)


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


def charges_of(entries):
    """One call, one of its hour and two holders for each entry."""
    for number, _ in enumerate(entries):
        yield Bar("bar", Reason.LOCKED_OUT)
        yield Limit("rate", 3600, 3, Reason.RATE_LIMITED)
        yield Limit("holders", 3600, 3, Reason.RATE_LIMITED, b"%d" % (number % 2))


class Watched:
    """A watch over a store and a journal, and what it told."""

    def __init__(self, world, fast, seconds, charges=charges_of):
        self.begun, self.lost, self.unread = 0, [], []
        self.world, self.fast, self.charges = world, fast, charges
        self.watch = CountsWatch(fast, self.begin, self.lost.append, self.unread.append, seconds)

    def begin(self):
        self.begun += 1
        return Recount(self.world.records, self.fast, self.charges, 0)

    def settle(self):
        while not self.watch.wait():
            self.watch.tick()


def counts(fast):
    return tuple(fast.look(("rate", "holders"), ())[0])


def test_the_first_counts_and_the_second_does_not(world, fast, seconds):
    world.fill(5)
    first, second = Watched(world, fast, seconds), Watched(world, fast, seconds)
    first.watch.start()
    second.watch.start()
    assert (first.begun, second.begun, counts(fast)) == (1, 0, (5, 2))
    assert all(fast.look(MARKS, ())[0])
    assert fast.get(LEASE) is None
    seconds.now = 5
    second.watch.tick()
    assert second.begun == 0


def test_a_store_that_lost_everything_is_counted_again_in_portions(world, fast, seconds):
    world.fill(2 * PORTION + 5, batch=500)
    one, two = Watched(world, fast, seconds), Watched(world, fast, seconds)
    one.watch.start()
    two.watch.start()
    fast.close()
    one.watch.tick()
    assert one.watch.wait() == 1.0
    seconds.now = 1.0
    one.watch.tick()
    two.watch.tick()
    assert (one.begun, two.begun) == (2, 0)
    assert counts(fast)[0] == PORTION  # low, until it is done
    assert (one.watch.wait(), two.watch.wait()) == (0.0, 1.0)
    fast.add("rate", 1, 3600)  # a call while it counts: it is in the journal too
    world.fill(1, first=9_000)
    one.settle()
    assert counts(fast) == (2 * PORTION + 6, 2)
    seconds.now = 2.0
    two.watch.tick()
    assert (one.begun, two.begun, one.lost, one.unread) == (2, 0, [], [])


def test_counting_twice_or_at_once_doubles_nothing(world, fast, seconds):
    world.fill(5)
    passes = [Recount(world.records, fast, charges_of, 0) for _ in range(3)]
    for one in (*passes, *passes):
        one.step()
    assert counts(fast) == (5, 2)
    fast.add("rate", 2, 3600)
    Recount(world.records, fast, charges_of, 0).step()
    assert counts(fast) == (7, 2)


def test_the_part_of_one_server_of_a_cluster_is_noticed(world, fast, seconds):
    world.fill(5)
    watched = Watched(world, fast, seconds)
    watched.watch.start()
    fast.delete("rate")
    fast.delete(MARKS[17])
    seconds.now = 1.0
    watched.watch.tick()
    watched.settle()
    assert (watched.begun, counts(fast)) == (2, (5, 2))


def test_a_lease_that_nobody_renews_ends(world, fast, seconds):
    world.fill(5)
    dead, next_one = Watched(world, fast, seconds), Watched(world, fast, seconds)
    assert fast.put_if_absent(LEASE, b"a recorder that was killed", LEASE_SECONDS)
    dead.watch.start()
    assert dead.begun == 0
    seconds.now = LEASE_SECONDS - 1
    next_one.watch.tick()
    assert (next_one.begun, counts(fast)) == (0, (0, 0))
    seconds.now = LEASE_SECONDS
    next_one.watch.tick()
    next_one.settle()
    assert counts(fast) == (5, 2)


def test_a_long_count_keeps_its_lease(world, fast, seconds):
    world.fill(5 * PORTION, batch=500)
    slow, other = Watched(world, fast, seconds), Watched(world, fast, seconds)
    slow.watch.tick()
    for _ in range(3):
        seconds.now += LEASE_SECONDS - 5
        slow.watch.tick()
        other.watch.tick()
    assert (slow.begun, other.begun) == (1, 0)


def test_a_tally_over_its_threshold_bars_again(world, fast, seconds):
    world.fill(5)

    def refusals(entries):
        return (Tally("refusals", 600, 4, "bar", 60) for _ in entries)

    Watched(world, fast, seconds, refusals).watch.start()
    assert fast.look(("refusals", "bar"), ())[0] == [5, 1]


def test_a_journal_that_cannot_be_read_is_told_and_tried_later(world, fast, seconds):
    world.fill(5)

    def broken(entries):
        raise JournalError("the journal jumps")

    watched = Watched(world, fast, seconds, broken)
    watched.watch.tick()
    assert len(watched.unread) == 1
    assert watched.watch.wait() == 60
    assert fast.get(LEASE) is None
    watched.charges = charges_of
    seconds.now = 60
    watched.watch.tick()
    watched.settle()
    assert counts(fast) == (5, 2)
    fresh = Watched(world, MemoryFast(seconds, 100), seconds, broken)
    with pytest.raises(JournalError):
        fresh.watch.start()


def test_a_full_store_is_told_and_tried_later(world, seconds):
    world.fill(5)
    small = MemoryFast(seconds, 10)
    watched = Watched(world, small, seconds)
    watched.watch.start()
    assert "full" in str(watched.lost[0])
    assert (counts(small), watched.watch.wait()) == ((5, 2), 60)


class AwayFast(MemoryFast):
    away = True

    def look(self, keys, members):
        if self.away:
            raise StorageUnavailableError("away")
        return super().look(keys, members)


def test_a_store_that_is_away_is_counted_once_it_is_back(world, seconds):
    world.fill(5)
    fast = AwayFast(seconds, 1_000)
    watched = Watched(world, fast, seconds)
    watched.watch.start()
    assert (len(watched.lost), watched.begun) == (1, 0)
    seconds.now = 1
    watched.watch.tick()
    fast.away = False
    watched.watch.tick()
    assert watched.begun == 0
    seconds.now = 2
    watched.watch.tick()
    watched.settle()
    assert (counts(fast), len(watched.lost)) == ((5, 2), 1)
