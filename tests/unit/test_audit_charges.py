"""Limits, tallies and bars: within one batch as across batches."""

import pytest

from exchange.audit.charges import ChargeBook, standing
from exchange.audit.unit import Bar, Limit, LimitReached, Tally
from exchange.reasons import Reason
from storage.errors import StorageUnavailableError
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
