"""Days from Monday to Friday: what a limit in working days comes to where no calendar of holidays is at hand."""

from collections.abc import Callable
from datetime import date, timedelta

from exchange.civil_time import civil_date, civil_midnight

WorkingDays = Callable[[int, int], int]
"""(now, days) in, the end of that many working days after the day of ``now`` out; seconds since 1970."""

_SATURDAY = 5


def weekdays_later(now: int, days: int) -> int:
    """The end (midnight, China Standard Time) of the ``days``-th weekday after the day of ``now``; ``days`` ≥ 1."""
    day = date.fromisoformat(civil_date(now))
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return civil_midnight((day + timedelta(days=1)).isoformat())
