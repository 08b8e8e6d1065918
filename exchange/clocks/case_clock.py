"""What a case's clock does: pure steps from one clock to the next.

Rules:
1. It starts with acceptance, on the limits of the guide that the case follows; of several matters the longest counts.
2. A special procedure whose days do not count lets the deadlines stand; they move on by the working days that it took,
   and what was to be told before them with them. Its own limit runs.
3. Whether a deadline has passed is judged from the clock at any time, whatever was told of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from exchange.clocks.working_days import add_working_days, working_days_between
from exchange.entities.catalogue import Calendar, Matter, SpecialProcedure
from exchange.entities.clock import CaseClock, Mark, Notice, Stop

MAX_STOPS: Final = 50
"""Special procedures of one case."""


@dataclass(frozen=True, slots=True)
class WarningTerms:
    """When to warn: so many working days before the promised deadline, and after so much of the time (per cent)."""

    days_before: int = 1
    share_percent: int = 80


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock at a moment. ``days_left``: working days to the promised deadline (where none is promised, to the
    statutory one), below 0 when it has passed; ``late``: the deadlines that have.
    """

    clock: CaseClock
    days_left: int
    late: frozenset[Notice]


def started(case: str, matters: Iterable[Matter], calendar: Calendar, terms: WarningTerms, now: int) -> CaseClock:
    """The clock of a case accepted at ``now``; a limit of 0 days is none."""
    limits = [(matter.promised_days, matter.statutory_days) for matter in matters]
    promised, statutory = (max(days) for days in zip(*limits, strict=True))
    ends = [add_working_days(calendar, now, days) for days in (promised, statutory) if days]
    near = {promised - terms.days_before, promised * terms.share_percent // 100}
    marks = {Mark(add_working_days(calendar, now, days).time, Notice.NEAR) for days in near if 0 < days < promised}
    if promised:
        marks.add(Mark(add_working_days(calendar, now, promised).time, Notice.OVERDUE))
    if statutory:
        marks.add(Mark(add_working_days(calendar, now, statutory).time, Notice.OVERDUE_STATUTORY))
    clock = CaseClock(
        case=case,
        started_time=now,
        promised_time=ends[0].time if promised else 0,
        statutory_time=ends[-1].time if statutory else 0,
        provisional=any(end.provisional for end in ends),
        marks=_sorted(marks),
        stops=(),
        told=frozenset(),
        due_time=0,
        ended_time=0,
    )
    return _scheduled(clock)


def stopped(clock: CaseClock, procedure: SpecialProcedure, calendar: Calendar, now: int) -> CaseClock:
    """The clock once a special procedure began; the caller has checked that none is under way."""
    limit = add_working_days(calendar, now, procedure.limit_days)
    stop = Stop(procedure.id, now, limit.time, 0, procedure.counts)
    provisional = clock.provisional or limit.provisional
    return _scheduled(replace(clock, stops=(*clock.stops, stop), provisional=provisional))


def resumed(clock: CaseClock, calendar: Calendar, now: int) -> CaseClock:
    """The clock once the special procedure under way has ended."""
    stop = clock.stop
    assert stop is not None
    stops = (*clock.stops[:-1], replace(stop, until_time=now))
    told = clock.told - {Notice.OVERDUE_PROCEDURE}
    running = replace(clock, stops=stops, told=told)
    stood = 0 if stop.counts else working_days_between(calendar, stop.since_time, now)
    if not stood:
        return _scheduled(running)

    def moved(time: int) -> int:
        """A deadline that had passed before the clock stood stays passed."""
        return add_working_days(calendar, time - 1, stood).time if time > stop.since_time else time

    late = add_working_days(calendar, max(clock.promised_time, clock.statutory_time, 1) - 1, stood)
    return _scheduled(
        replace(
            running,
            promised_time=moved(clock.promised_time),
            statutory_time=moved(clock.statutory_time),
            provisional=clock.provisional or late.provisional,
            marks=_sorted(Mark(moved(mark.time), mark.notice) for mark in clock.marks),
        )
    )


def ended(clock: CaseClock, now: int) -> CaseClock:
    """The clock of a case that was closed: it tells nothing any more."""
    stop = clock.stop
    stops = clock.stops if stop is None else (*clock.stops[:-1], replace(stop, until_time=now))
    return replace(clock, marks=(), stops=stops, due_time=0, ended_time=now)


def told(clock: CaseClock, now: int) -> tuple[CaseClock, tuple[Notice, ...]]:
    """The clock after everything was told whose time has come, and what that is; what is late is not warned of."""
    passed = {mark.notice for mark in _waiting(clock) if mark.time <= now}
    left = clock.marks if _stands(clock) else tuple(mark for mark in clock.marks if mark.time > now)
    if Notice.OVERDUE in passed | clock.told:
        passed.discard(Notice.NEAR)
    after = replace(clock, marks=left, told=clock.told | (passed - {Notice.NEAR}))
    return _scheduled(after), tuple(sorted(passed))


def view(clock: CaseClock, calendar: Calendar, now: int) -> ClockView:
    """How the clock stands at ``now``: for an ended one at its end, for one that stands since it does."""
    at = clock.ended_time or now
    stop = clock.stop
    running = stop.since_time if stop is not None and not stop.counts else at
    deadlines = {Notice.OVERDUE: clock.promised_time, Notice.OVERDUE_STATUTORY: clock.statutory_time}
    late = {notice for notice, time in deadlines.items() if time and running >= time}
    if stop is not None and at >= stop.limit_time:
        late.add(Notice.OVERDUE_PROCEDURE)
    end = clock.promised_time or clock.statutory_time
    left = working_days_between(calendar, running, end - 1) if end else 0
    return ClockView(clock, left, frozenset(late))


def _waiting(clock: CaseClock) -> tuple[Mark, ...]:
    """What is to be told with time, as long as nothing else happens."""
    stop = clock.stop
    procedure: tuple[Mark, ...] = ()
    if stop is not None and Notice.OVERDUE_PROCEDURE not in clock.told:
        procedure = (Mark(stop.limit_time, Notice.OVERDUE_PROCEDURE),)
    return procedure if _stands(clock) else (*clock.marks, *procedure)


def _stands(clock: CaseClock) -> bool:
    return clock.stop is not None and not clock.stop.counts


def _scheduled(clock: CaseClock) -> CaseClock:
    return replace(clock, due_time=min((mark.time for mark in _waiting(clock)), default=0))


def _sorted(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: (mark.time, mark.notice)))
