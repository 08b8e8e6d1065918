"""Working days: which days are worked, and when so many of them are over.

Rules:
1. The day on which something begins does not count; a limit of n working days ends with the nth working day after it.
2. Days are those of China Standard Time: a limit ends at the midnight after its last working day.
3. A year that the calendar does not have, or has only provisionally, is counted by what is known; what rests on it is
   provisional.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from exchange.civil_time import DAY_SECONDS, civil_date, civil_midnight
from exchange.entities.catalogue import Calendar, Label
from exchange.entities.register import Register

MAX_DAYS: Final = 36_600
"""Working days that can be added at once: more than any matter's limit may be."""

_WHOLE_COUNTRY: Final = "000000"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """``time``: seconds since 1970 from which it is missed; ``provisional``: a calendar may still move it."""

    time: int
    provisional: bool


def calendar_of(register: Register, region: str) -> Calendar:
    """The calendar of a region (6 digits): its own, its city's, its province's or the country's.

    Where none is published, weekends alone are rest, and whatever is counted is provisional.
    """
    for code in (region, f"{region[:4]}00", f"{region[:2]}0000", _WHOLE_COUNTRY):
        found = register.calendars.get(code)
        if found is not None:
            return found
    return Calendar(_WHOLE_COUNTRY, Label("只计周末", "weekends alone"), frozenset({6, 7}), ())


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether ``day`` is worked: not a holiday, and not a weekly rest day unless it is made a working day."""
    year = next((each for each in calendar.years if each.year == day.year), None)
    if year is not None and day.isoformat() in year.workdays:
        return True
    if year is not None and day.isoformat() in year.holidays:
        return False
    return day.isoweekday() not in calendar.rest_days


def add_working_days(calendar: Calendar, start_time: int, days: int) -> Deadline:
    """The end of the ``days``-th working day after the day of ``start_time`` (seconds since 1970, UTC).

    0 days: the end of that day itself, worked or not. Raises ``ValueError`` for less than 0 or over 36,600 days.
    """
    if not 0 <= days <= MAX_DAYS:
        raise ValueError(f"{days} working days: 0 to {MAX_DAYS} can be added")
    day = date.fromisoformat(civil_date(start_time))
    first = day.year
    left = days
    while left:
        day += _DAY
        left -= is_working_day(calendar, day)
    settled = {each.year for each in calendar.years if not each.provisional}
    return Deadline(_end_of(day), not settled.issuperset(range(first, day.year + 1)))


def department_deadline(register: Register, department: str, start_time: int, days: int) -> int:
    """When a limit of ``days`` working days of a department (USCC) ends, in seconds since 1970 (UTC).

    The calendar is that of its region under ``register``; the whole country's where the department is unknown.
    """
    found = register.departments.get(department)
    return add_working_days(calendar_of(register, found.region if found is not None else ""), start_time, days).time


def working_days_between(calendar: Calendar, start_time: int, end_time: int) -> int:
    """How many working days there are after the day of ``start_time`` up to and with the day of ``end_time``.

    Less than 0 if that day comes before. Both are seconds since 1970 (UTC).
    """
    start, end = (date.fromisoformat(civil_date(time)) for time in (start_time, end_time))
    if end < start:
        return -working_days_between(calendar, end_time, start_time)
    return sum(is_working_day(calendar, start + n * _DAY) for n in range(1, (end - start).days + 1))


def _end_of(day: date) -> int:
    return civil_midnight(day.isoformat()) + DAY_SECONDS
