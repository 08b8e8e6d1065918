"""Properties of working days and clocks: deadlines are monotone, end with a worked day, and move by what stood."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.cases.clock_codec import decode_clock, encode_clock
from exchange.catalogue.schema import load_folder
from exchange.civil_time import civil_date, civil_midnight
from exchange.clocks.case_clock import WarningTerms, resumed, started, stopped, told, view
from exchange.clocks.working_days import add_working_days, is_working_day, working_days_between
from exchange.entities.catalogue import Calendar, CalendarYear, Label, SpecialProcedure
from tests.fakes.licence_world import FOOD, matter

MAX = settings(max_examples=80, deadline=None)
FIRST = civil_midnight("2025-06-01")
TIMES = st.integers(FIRST, FIRST + 500 * 86_400)
DAYS = st.integers(0, 60)
DATES = st.dates(date(2025, 1, 1), date(2027, 12, 31)).map(date.isoformat)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    rest = draw(st.frozensets(st.integers(1, 7), min_size=1, max_size=3))
    holidays = draw(st.frozensets(DATES, max_size=30))
    workdays = draw(st.frozensets(DATES, max_size=30)) - holidays
    years = tuple(
        CalendarYear(
            year,
            frozenset(day for day in holidays if day.startswith(str(year))),
            frozenset(day for day in workdays if day.startswith(str(year))),
            draw(st.booleans()),
        )
        for year in range(2025, draw(st.integers(2025, 2027)) + 1)
    )
    return Calendar("000000", Label("日历", "calendar"), rest, years)


@MAX
@given(calendars(), TIMES, DAYS)
def test_a_deadline_ends_with_a_worked_day_and_counts_what_is_between(calendar, start, days):
    end = add_working_days(calendar, start, days).time
    last = date.fromisoformat(civil_date(end - 1))
    assert end == civil_midnight(last.isoformat()) + 86_400
    assert end > start
    if days:
        assert is_working_day(calendar, last)
    assert working_days_between(calendar, start, end - 1) == days


@MAX
@given(calendars(), TIMES, DAYS, DAYS)
def test_days_add_up(calendar, start, some, more):
    step = add_working_days(calendar, start, some).time - 1
    assert add_working_days(calendar, step, more).time == add_working_days(calendar, start, some + more).time


@MAX
@given(calendars(), TIMES, TIMES, DAYS)
def test_who_begins_later_ends_no_earlier(calendar, one, other, days):
    early, late = sorted((one, other))
    assert add_working_days(calendar, early, days).time <= add_working_days(calendar, late, days).time
    assert working_days_between(calendar, early, late) == -working_days_between(calendar, late, early)


@MAX
@given(calendars(), TIMES, TIMES, TIMES)
def test_working_days_between_add_up(calendar, one, two, three):
    first, middle, last = sorted((one, two, three))
    whole = working_days_between(calendar, first, last)
    assert whole == working_days_between(calendar, first, middle) + working_days_between(calendar, middle, last)
    assert 0 <= whole <= (last - first) // 86_400 + 1


@MAX
@given(calendars(), TIMES, st.integers(1, 60))
def test_only_settled_years_are_not_provisional(calendar, start, days):
    end = add_working_days(calendar, start, days)
    years = range(int(civil_date(start)[:4]), int(civil_date(end.time - 1)[:4]) + 1)
    settled = {year.year for year in calendar.years if not year.provisional}
    assert end.provisional is not (set(years) <= settled)


@MAX
@given(
    calendars(),
    TIMES,
    st.integers(0, 20),
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 20 * 86_400), st.sampled_from(["stop", "resume", "tell"])), max_size=12),
    st.booleans(),
)
def test_any_order_of_steps_keeps_a_clock_whole(calendar, start, promised, more, steps, counts):
    guide = matter(FOOD, promised_days=promised, statutory_days=promised + more)
    procedure = SpecialProcedure("look", Label("勘验", "look"), 3, counts)
    clock = started("c", [guide], calendar, WarningTerms(), start)
    now = start
    stood = 0
    said = []
    for seconds, step in steps:
        now += seconds
        left = view(clock, calendar, now).days_left
        if step == "stop" and clock.stop is None:
            clock = stopped(clock, procedure, calendar, now)
        elif step == "resume" and clock.stop is not None:
            stood += 0 if counts else working_days_between(calendar, clock.stop.since_time, now)
            clock = resumed(clock, calendar, now)
        elif step == "tell":
            clock, notices = told(clock, now)
            said += [notice for notice in notices if notice != "overdue_procedure"]
            assert not clock.due_time or clock.due_time > now
        if step != "resume" or not view(clock, calendar, now).late:
            assert view(clock, calendar, now).days_left == left
        assert decode_clock(encode_clock(clock)) == clock
        assert list(clock.marks) == sorted(clock.marks, key=lambda mark: mark.time)
    most = add_working_days(calendar, start, promised + more + stood).time
    assert add_working_days(calendar, start, promised + more).time <= clock.statutory_time <= most
    assert len([notice for notice in said if notice != "near"]) == len({*said} - {"near"})


def test_the_country_as_published():
    """Days that the arrangements of 2025 and 2026 name."""
    (country,) = load_folder(Path(__file__).parents[2] / "catalogue").calendars
    worked = {"2025-01-26", "2025-09-28", "2026-01-04", "2026-02-14", "2026-02-28", "2026-10-10", "2026-03-02"}
    rest = {"2025-01-01", "2025-10-08", "2026-02-23", "2026-06-19", "2026-10-07", "2026-03-07", "2027-02-08"}
    assert all(is_working_day(country, date.fromisoformat(day)) for day in worked)
    assert not any(is_working_day(country, date.fromisoformat(day)) for day in rest)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(is_working_day(country, day) for day in days) == 248
