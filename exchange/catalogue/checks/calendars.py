"""Checks of calendars: days that exist, in their year, and that say something beyond the weeks."""

from collections.abc import Iterator
from itertools import pairwise

from exchange.catalogue.checks.scope import Finding, repeated_findings
from exchange.codes import date_problem, iso_date
from exchange.entities.catalogue import Calendar, CalendarYear, Label

_GAP = Label(zh="年份不连续", en="must follow the year before it without a gap")
_OTHER_YEAR = Label(zh="日期不在该年内", en="is not a day of its year")
_BOTH = Label(zh="该日同时列为休息日和工作日", en="is both a holiday and a working day")
_NO_REST_DAY = Label(zh="该日本为工作日，无需调休", en="is a working day anyway: only a weekly rest day is made one")


def calendar_findings(calendar: Calendar) -> Iterator[Finding]:
    """Everything wrong with the calendar, years that are missing between its first and its last among it."""
    yield from repeated_findings("years", (str(year.year) for year in calendar.years))
    for before, year in pairwise(sorted({each.year for each in calendar.years})):
        if year != before + 1:
            yield f"years[{year}]", _GAP
    for each in calendar.years:
        for path, sentence in _year_findings(each, calendar.rest_days):
            yield f"years[{each.year}].{path}", sentence


def _year_findings(year: CalendarYear, rest_days: frozenset[int]) -> Iterator[Finding]:
    for name, days in (("holidays", year.holidays), ("workdays", year.workdays)):
        for day in sorted(days):
            problem = date_problem(day)
            if problem is not None:
                yield f"{name}[{day}]", problem
            elif not day.startswith(f"{year.year}-"):
                yield f"{name}[{day}]", _OTHER_YEAR
    for day in sorted(year.workdays):
        date = iso_date(day)
        if day in year.holidays:
            yield f"workdays[{day}]", _BOTH
        elif date is not None and date.isoweekday() not in rest_days:
            yield f"workdays[{day}]", _NO_REST_DAY
