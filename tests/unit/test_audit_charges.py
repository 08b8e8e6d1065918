"""Limits, tallies and bars: within one batch as across batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit.charges import ChargeBook, standing
from exchange.audit.unit import Bar, Limit, LimitReached, Tally
from exchange.reasons import Reason
from storage.errors import LimitExceededError, StorageError, StorageUnavailableError
from storage.fast.memory import MemoryFast


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def fast(seconds):
    return MemoryFast(seconds, 100)


RATE = Limit("rate", 3600, 3, Reason.RATE_LIMITED)
LOCK = Tally("refusals", 600, 2, "lock", 600)
LOCKED = Bar("lock", Reason.LOCKED_OUT)


def admitted(book, *charges):
    return book.admit(charges) is None


def test_a_limit_counts_the_batch_and_what_was_kept_before(fast):
    first = ChargeBook(fast)
    assert admitted(first, RATE)
    assert admitted(first, RATE)
    assert fast.count("rate") == 0
    first.keep()
    assert fast.count("rate") == 2
    second = ChargeBook(fast)
    assert admitted(second, RATE)
    assert second.admit([RATE]) == LimitReached(Reason.RATE_LIMITED, 1200)
    second.keep()
    assert fast.count("rate") == 3


def test_a_limit_ends_with_its_time(fast, seconds):
    book = ChargeBook(fast)
    for _ in range(3):
        book.admit([RATE])
    book.keep()
    seconds.now = 3601
    assert admitted(ChargeBook(fast), RATE)


def test_a_withdrawn_unit_counts_for_nothing(fast):
    book = ChargeBook(fast)
    member = Limit("holders", 60, 1, Reason.TRAWL_SUSPECTED, b"a")
    assert admitted(book, RATE)
    assert admitted(book, RATE, member, LOCK, LOCK)
    book.withdraw()
    assert admitted(book, LOCKED)
    assert admitted(book, Limit("holders", 60, 1, Reason.TRAWL_SUSPECTED, b"b"))
    assert admitted(book, RATE)
    assert admitted(book, RATE)
    assert not admitted(book, RATE)
    book.keep()
    assert standing(fast, ("rate", "refusals", "lock", "holders")) == (3, 0, 0, 1)


def test_a_refused_unit_counts_none_of_its_charges(fast):
    book = ChargeBook(fast)
    assert not admitted(book, RATE, Limit("none", 60, 0, Reason.RATE_LIMITED))
    book.keep()
    assert fast.count("rate") == 0


def test_members_count_once(fast):
    book = ChargeBook(fast)

    def holder(name):
        return Limit("holders", 60, 2, Reason.TRAWL_SUSPECTED, name)

    assert admitted(book, holder(b"a"), holder(b"a"), holder(b"b"))
    assert admitted(book, holder(b"a"))  # full, but this one was counted before
    book.withdraw()
    assert not admitted(book, holder(b"c"))
    book.keep()
    again = ChargeBook(fast)
    assert admitted(again, holder(b"a"))
    assert not admitted(again, holder(b"c"))


def test_a_limit_grows_with_the_count_it_is_measured_per(fast):
    book = ChargeBook(fast)
    cases = Tally("cases", 60)
    for _ in range(5):
        assert admitted(book, cases)
    holders = [Limit("holders", 60, 2, Reason.TRAWL_SUSPECTED, bytes([number]), "cases") for number in range(9)]
    assert admitted(book, *holders[:8])  # 2 + 5 × 6/5
    assert not admitted(book, holders[8])


def test_a_tally_that_reaches_its_threshold_bars(fast, seconds):
    book = ChargeBook(fast)
    assert admitted(book, LOCKED, LOCK)
    assert admitted(book, LOCKED, LOCK)
    assert book.admit([LOCKED]) == LimitReached(Reason.LOCKED_OUT, 60)
    book.keep()
    assert standing(fast, ("refusals", "lock")) == (2, 1)
    assert not admitted(ChargeBook(fast), LOCKED)
    seconds.now = 300
    more = ChargeBook(fast)
    assert admitted(more, LOCK)
    more.keep()
    seconds.now = 601  # the third refusal did not prolong the bar
    assert admitted(ChargeBook(fast), LOCKED)


def test_counts_that_do_not_fit_are_told_and_the_others_kept(seconds):
    fast = MemoryFast(seconds, 1)
    book = ChargeBook(fast)
    assert admitted(book, RATE, LOCK, RATE)
    with pytest.raises(StorageUnavailableError, match="full"):
        book.keep()
    assert fast.count("rate") == 2


class CountedFast(MemoryFast):
    """The memory engine, and how often it was asked: each question would be a round trip to a server elsewhere."""

    def __init__(self, seconds):
        super().__init__(seconds, 10_000)
        self.looks = self.charges = self.singles = 0
        self.within = False

    def look(self, keys, members):
        self.looks += 1
        return self.batch(lambda: super(CountedFast, self).look(keys, members))

    def charge(self, steps):
        self.charges += 1
        return self.batch(lambda: super(CountedFast, self).charge(steps))

    def batch(self, work):
        self.within = True
        try:
            return work()
        finally:
            self.within = False

    def count(self, key):
        self.singles += not self.within
        return super().count(key)

    def has_member(self, key, member):
        self.singles += not self.within
        return super().has_member(key, member)


def fetch(name, holder):
    per = Tally(f"cases/{name}", 60)
    trawl = Limit(f"holders/{name}", 60, 2, Reason.TRAWL_SUSPECTED, holder, f"cases/{name}")
    rate = Limit(f"rate/{name}", 60, 3, Reason.RATE_LIMITED)
    return (
        Bar(f"bar/{name}", Reason.LOCKED_OUT),
        per,
        trawl,
        rate,
        Tally(f"refusals/{name}", 60, 4, f"bar/{name}", 60),
    )


def test_a_batch_reads_once_and_writes_once(seconds):
    fast = CountedFast(seconds)
    units = [fetch(f"operator-{number % 7}", bytes([number])) for number in range(20)]
    book = ChargeBook(fast)
    book.load(charge for unit in units for charge in unit)
    assert all(admitted(book, *unit) for unit in units)
    book.keep()
    assert (fast.looks, fast.charges, fast.singles) == (1, 1, 0)
    more = ChargeBook(fast)
    more.load(fetch("operator-0", b"new"))
    assert not admitted(more, *fetch("operator-0", b"new"))
    more.keep()
    more.load(())
    assert standing(fast, ("rate/operator-0", "none", "holders/operator-6")) == (3, 0, 2)
    assert (fast.looks, fast.charges, fast.singles) == (3, 1, 0)


def test_a_bar_costs_one_more_write_only_when_it_is_reached(seconds):
    fast = CountedFast(seconds)
    book = ChargeBook(fast)
    book.load([LOCK, LOCKED])
    assert admitted(book, LOCKED, LOCK, LOCK)
    assert not admitted(book, LOCKED)
    book.keep()
    assert (fast.charges, fast.count("lock")) == (2, 1)


CHARGES = st.one_of(
    st.builds(
        Limit,
        st.sampled_from(["a", "b"]),
        st.just(60),
        st.integers(0, 4),
        st.just(Reason.RATE_LIMITED),
        per=st.sampled_from(["", "a", "p"]),
    ),
    st.builds(
        Limit,
        st.sampled_from(["s", "t"]),
        st.just(60),
        st.integers(0, 3),
        st.just(Reason.TRAWL_SUSPECTED),
        st.sampled_from([b"1", b"2", b"3"]),
        st.sampled_from(["", "p"]),
    ),
    st.builds(Tally, st.sampled_from(["p", "q"]), st.just(60), st.integers(0, 3), st.just("bar"), st.just(60)),
    st.just(Bar("bar", Reason.LOCKED_OUT)),
)
BATCHES = st.lists(st.lists(st.tuples(st.lists(CHARGES, max_size=4), st.booleans()), max_size=6), max_size=4)


@given(BATCHES)
def test_a_loaded_batch_is_judged_as_one_that_asks_each_time(batches):
    """And as if every unit were kept before the next is judged: a batch's own earlier units count."""
    stores = [MemoryFast(lambda: 0.0, 1_000) for _ in range(3)]
    for batch in batches:
        loaded, asking = ChargeBook(stores[0]), ChargeBook(stores[1])
        loaded.load(charge for charges, _ in batch for charge in charges)
        for charges, held in batch:
            alone = ChargeBook(stores[2])
            books = (loaded, asking, alone)
            answers = [book.admit(charges) for book in books]
            assert answers[0] == answers[1] == answers[2]
            if answers[0] is None and not held:
                for book in books:
                    book.withdraw()
            alone.keep()
        loaded.keep()
        asking.keep()
        keys = ("a", "b", "s", "t", "p", "q", "bar")
        assert standing(stores[0], keys) == standing(stores[1], keys) == standing(stores[2], keys)


class Away(MemoryFast):
    """A store that is away for everything, and how often that was found out."""

    asked = 0

    def look(self, keys, members):
        self.asked += 1
        raise StorageUnavailableError("away")

    def count(self, key):
        return len(self.look((), ())[0])

    def has_member(self, key, member):
        return bool(self.look((), ())[1])


def test_a_store_that_is_away_is_asked_once_for_a_batch(seconds):
    fast = Away(seconds, 10)
    units = [fetch("operator", bytes([number])) for number in range(20)]
    book = ChargeBook(fast)
    book.load(charge for unit in units for charge in unit)
    for unit in units:
        with pytest.raises(StorageUnavailableError):
            book.admit(unit)
        book.withdraw()
    assert admitted(book)  # a unit that needs no limit
    assert fast.asked == 1


def test_one_bad_key_spoils_no_other_unit(fast):
    fast.put("rate-of-b", b"a value", 60)
    bad = [Limit("k" * 201, 60, 1, Reason.RATE_LIMITED)], [Limit("rate-of-b", 60, 1, Reason.RATE_LIMITED)]
    book = ChargeBook(fast)
    book.load([*bad[0], *bad[1], RATE])
    for charges, error in zip(bad, (LimitExceededError, StorageError), strict=True):
        with pytest.raises(error):
            book.admit(charges)
        book.withdraw()
    assert admitted(book, RATE)
    book.keep()
    assert fast.count("rate") == 1
