"""Special procedures (特别程序) of a case: stopping its clock for one, and resuming it.

Beside what each says of itself, they raise what ``take_case`` raises and ``RefusedError`` with NOT_IMPLEMENTER,
ETAG_MISMATCH, CASE_NOT_OPEN (closed already) or CASE_STATE (not accepted yet, or accepted without a clock).
"""

from exchange.call import Call
from exchange.cases.clock import case_calendar, change_clock
from exchange.cases.lifecycle import check_step
from exchange.cases.open_step import take_case
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag
from exchange.cases.store import owner_party
from exchange.cases.telling import pinned_matters, say
from exchange.clocks.case_clock import MAX_STOPS, resumed, stopped
from exchange.entities.case import CLOSED
from exchange.entities.clock import CaseClock
from exchange.entities.event import EventType
from exchange.errors import RefusedError
from exchange.reasons import Reason


def stop_clock(call: Call, room: CaseRoom, case_id: str, procedure: str, etag: str) -> CaseView:
    """Begin a special procedure of the guide; unless its days count, the case's clock stands until it is resumed.

    Raises ``RefusedError`` with CLOCK_STOPPED (one is under way), PROCEDURE_UNKNOWN (the guide has none of that id) or
    PROCEDURES_EXHAUSTED (the case had 50).
    """
    found, clock = _found(call, room, case_id, etag)
    subject = f"cases/{case_id}"
    if clock.stop is not None:
        raise RefusedError(Reason.CLOCK_STOPPED, subject=subject)
    offered = [each for _, matter in pinned_matters(room, found.case) for each in matter.special_procedures]
    chosen = next((each for each in offered if each.id == procedure), None)
    if chosen is None:
        raise RefusedError(Reason.PROCEDURE_UNKNOWN, subject=subject)
    if len(clock.stops) >= MAX_STOPS:
        raise RefusedError(Reason.PROCEDURES_EXHAUSTED, subject=subject)
    after = stopped(clock, chosen, case_calendar(call, found.case), call.now)
    details = {"procedure": procedure, "limit": str(after.stops[-1].limit_time)}
    return _step(call, room, found, after, EventType.CASE_CLOCK_STOPPED, details)


def resume_clock(call: Call, room: CaseRoom, case_id: str, etag: str) -> CaseView:
    """End the special procedure under way; the deadlines move on by the working days that the clock stood.

    Raises ``RefusedError`` with CLOCK_RUNNING (none is under way).
    """
    found, clock = _found(call, room, case_id, etag)
    if clock.stop is None:
        raise RefusedError(Reason.CLOCK_RUNNING, subject=f"cases/{case_id}")
    after = resumed(clock, case_calendar(call, found.case), call.now)
    details = {"procedure": clock.stop.procedure, "deadline": str(after.promised_time)}
    return _step(call, room, found, after, EventType.CASE_CLOCK_RESUMED, details)


def _found(call: Call, room: CaseRoom, case_id: str, etag: str) -> tuple[FoundCase, CaseClock]:
    """The case, if the caller may change it, and its clock, if it has one that has not ended."""
    found = take_case(call, room, case_id)
    check_step(call, found, etag)
    if found.case.state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"cases/{case_id}")
    clock = call.read(room.store.clocks, case_id).value
    if clock is None:
        raise RefusedError(Reason.CASE_STATE, subject=f"cases/{case_id}")
    return found, clock


def _step(
    call: Call, room: CaseRoom, found: FoundCase, clock: CaseClock, what: EventType, details: dict[str, str]
) -> CaseView:
    """Store the clock, and the case with it, so that a second window's step finds another etag."""
    shown = change_clock(call, room, found.case, clock)
    key = call.data_key(room.store.owner(owner_party(found.case)))
    call.change(room.store.write_case(found.case, key, found.version))
    say(call, room, found.case, what, details)
    return CaseView(found.case, case_etag(found.case.id, found.version + 1), shown)
