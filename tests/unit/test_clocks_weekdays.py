"""Limits in weekdays end at midnight, China Standard Time, whatever the time of day that they begin."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from exchange.civil_time import civil_date, civil_midnight
from exchange.clocks.weekdays import after_weekdays

YEAR = st.integers(civil_midnight("2020-01-01"), civil_midnight("2035-12-31"))


def last_day(now: int, days: int) -> str:
    """The last day of a limit."""
    return civil_date(after_weekdays(now, days) - 1)


def test_a_weekend_is_passed_over() -> None:
    thursday, friday = civil_midnight("2026-01-01") + 3_600, civil_midnight("2026-01-03") - 1
    assert last_day(thursday, 1) == "2026-01-02"
    assert last_day(friday, 1) == "2026-01-05"
    assert last_day(friday + 1, 1) == last_day(friday + 86_401, 1) == "2026-01-05"
    assert last_day(thursday, 15) == "2026-01-22"


@given(now=YEAR, days=st.integers(1, 250))
def test_it_counts_exactly_so_many_weekdays(now: int, days: int) -> None:
    end = after_weekdays(now, days)
    first, last = date.fromisoformat(civil_date(now)), date.fromisoformat(civil_date(end - 1))
    between = [date.fromordinal(day).weekday() < 5 for day in range(first.toordinal() + 1, last.toordinal() + 1)]
    assert sum(between) == days
    assert between[-1]
    assert end == civil_midnight(date.fromordinal(last.toordinal() + 1).isoformat())
