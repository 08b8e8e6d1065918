"""The clock of a case: started with acceptance, stopped for special procedures, told of in time, ended with the case.

Rules:
1. A clock and its due record change in one unit. A case accepted before hubs kept clocks has none, and does without.
2. Stopping and resuming are steps of the case: they need its etag, and give it a new one.
3. What is told goes out as events; whoever reads a case judges its deadlines from the clock, told or not.
"""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.call import Call
from exchange.cases.room import CaseRoom, find_due_case
from exchange.cases.store import owner_party
from exchange.cases.telling import pinned_matters, responsible, say
from exchange.cases.window import window_end
from exchange.clocks.case_clock import ClockView, ended, started, told, view
from exchange.clocks.due import Due, DueKind, put
from exchange.clocks.working_days import calendar_of
from exchange.entities.case import Case
from exchange.entities.catalogue import Calendar
from exchange.entities.clock import CaseClock, Notice
from exchange.entities.event import EventType

_EVENTS: Mapping[Notice, EventType] = MappingProxyType(
    {
        Notice.NEAR: EventType.CASE_DEADLINE_NEAR,
        Notice.OVERDUE: EventType.CASE_OVERDUE,
        Notice.OVERDUE_STATUTORY: EventType.CASE_OVERDUE_STATUTORY,
        Notice.OVERDUE_PROCEDURE: EventType.CASE_PROCEDURE_OVERDUE,
    }
)


def start_clock(call: Call, room: CaseRoom, case: Case) -> ClockView:
    """Start the clock of a case that is accepted now; the end of its window is not waited for any more."""
    calendar = case_calendar(call, case)
    matters = [matter for _, matter in pinned_matters(room, case)]
    clock = started(case.id, matters, calendar, room.warnings, call.now)
    known = call.read(room.store.clocks, case.id)
    key = call.data_key(room.store.owner(owner_party(case)))
    call.change(*room.store.withdrawn(window_end(case)), room.store.write_clock(clock, key, known.version))
    _schedule(call, room, known.value, clock)
    return view(clock, calendar, call.now)


def end_clock(call: Call, room: CaseRoom, case: Case) -> ClockView | None:
    """End the clock of a case that is closed now, and take away what is due for it; None: it has none."""
    call.change(*room.store.withdrawn(window_end(case)))
    known = call.read(room.store.clocks, case.id)
    if known.value is None:
        return None
    clock = known.value if known.value.ended_time else ended(known.value, call.now)
    if clock != known.value:
        key = call.data_key(room.store.owner(owner_party(case)))
        call.change(room.store.write_clock(clock, key, known.version))
        _schedule(call, room, known.value, clock)
    return view(clock, case_calendar(call, case), call.now)


def read_clock(call: Call, room: CaseRoom, case: Case) -> ClockView | None:
    """The clock of a case as it stands now; None: it has none."""
    clock = call.read(room.store.clocks, case.id).value
    return None if clock is None else view(clock, case_calendar(call, case), call.now)


def change_clock(call: Call, room: CaseRoom, case: Case, clock: CaseClock) -> ClockView:
    """Store what became of a case's clock, move its due record, and list the case where it is late."""
    known = call.read(room.store.clocks, case.id)
    key = call.data_key(room.store.owner(owner_party(case)))
    who = responsible(room, case) if clock.told else frozenset[str]()
    call.change(room.store.write_clock(clock, key, known.version, who))
    _schedule(call, room, known.value, clock)
    return view(clock, case_calendar(call, case), call.now)


def tell_clock(call: Call, room: CaseRoom, case_id: str, due: Due) -> None:
    """Tell what the clock of a case has come to: the handler of ``DueKind.CASE_CLOCK``, right however late it runs."""
    case = find_due_case(call, room, case_id).case
    clock = call.read(room.store.clocks, case_id).value
    if clock is None or clock.due_time != due.time:
        return  # the due record was of a clock that has moved on
    after, notices = told(clock, call.now)
    change_clock(call, room, case, after)
    stop = after.stop
    for notice in notices:
        deadline = {
            Notice.OVERDUE_STATUTORY: after.statutory_time,
            Notice.OVERDUE_PROCEDURE: stop.limit_time if stop else 0,
        }.get(notice, after.promised_time)
        details = {"deadline": str(deadline)}
        if notice is Notice.OVERDUE_PROCEDURE and stop is not None:
            details["procedure"] = stop.procedure
        say(call, room, case, _EVENTS[notice], details)


def case_calendar(call: Call, case: Case) -> Calendar:
    """The calendar of the region of the department that handles the case."""
    department = call.register.departments.get(case.handling_department)
    return calendar_of(call.register, department.region if department is not None else "")


def _schedule(call: Call, room: CaseRoom, before: CaseClock | None, clock: CaseClock) -> None:
    """Move the clock's due record from where it was to where it is to be."""
    was = before.due_time if before is not None else 0
    if was == clock.due_time:
        return
    if was:
        call.change(*room.store.withdrawn(Due(was, DueKind.CASE_CLOCK, clock.case)))
    if clock.due_time:
        call.change(put(Due(clock.due_time, DueKind.CASE_CLOCK, clock.case)))
