"""The list of what is due: in order of time, put and taken once."""

import pytest

from exchange.clocks.due import DUE, Due, DueKind, due_now, put, taken
from storage.errors import ConditionFailedError, CorruptError
from storage.records.changes import Insert
from storage.records.sqlite import SqliteRecords
from tests.fakes.made_databases import make


@pytest.fixture
def records(tmp_path):
    make(tmp_path / "records.db")
    opened = SqliteRecords(tmp_path / "records.db", read_only=False)
    yield opened
    opened.close()


def applied(records, *changes):
    with records.write() as transaction:
        transaction.apply(changes)


def test_what_is_due_is_told_earliest_first_and_nothing_that_is_not(records):
    later, sooner, never = (Due(time, DueKind.CASE_CLOCK, f"s{time}") for time in (900, 20, 10_000_000_000))
    applied(records, *(put(due) for due in (later, never, sooner)))
    assert due_now(records, 900) == [sooner, later]
    assert due_now(records, 899) == [sooner]
    assert due_now(records, 900, limit=1) == [sooner]
    applied(records, taken(sooner))
    assert due_now(records, 900) == [later]


def test_it_is_put_once_and_taken_once(records):
    due = Due(5, DueKind.CASE_CLOCK, "with/slashes/in it")
    applied(records, put(due))
    with pytest.raises(ConditionFailedError):
        applied(records, put(due))
    assert due_now(records, 5) == [due]
    applied(records, taken(due))
    with pytest.raises(ConditionFailedError):
        applied(records, taken(due))


@pytest.mark.parametrize("due", [Due(-1, DueKind.CASE_CLOCK, "s"), Due(1, DueKind.CASE_CLOCK, "s" * 151)])
def test_what_cannot_be_kept_is_refused(due):
    with pytest.raises(ValueError, match="not to be kept"):
        put(due)


@pytest.mark.parametrize("key", ["5/case-clock/s", "000000000005/other/s", "x", "000000000005/case-clock"])
def test_a_key_that_none_put_is_corrupt(records, key):
    applied(records, Insert(DUE, key, b"1"))
    with pytest.raises(CorruptError):
        due_now(records, 10**12)
