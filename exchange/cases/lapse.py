"""A case that lapses by itself: nobody accepted it in its window, or what it waited for did not come."""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.clock import end_clock
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, find_due_case
from exchange.cases.states import Step, next_state
from exchange.cases.store import owner_party
from exchange.cases.telling import say
from exchange.clocks.due import Due
from exchange.entities.case import CaseState
from exchange.entities.event import EventType

WINDOW = "window"
"""Why it lapsed: it was not accepted in its window."""
DEFERRAL = "deferral"
"""Why it lapsed: what was deferred did not come by its deadline."""


def lapse_case(call: Call, room: CaseRoom, case_id: str, _due: Due) -> None:
    """Let a case lapse whose window has ended without acceptance: the handler of ``DueKind.CASE_WINDOW``.

    Does nothing for a case that was accepted or closed. Raises as ``find_due_case``.
    """
    found = find_due_case(call, room, case_id)
    if found.case.state is CaseState.OPEN and call.now >= found.case.expires_time:
        lapse(call, room, found, WINDOW)


def lapse(call: Call, room: CaseRoom, found: FoundCase, reason: str) -> CaseView:
    """Close an open case, or one that awaits evidence, without a decision; ``reason`` is a short code for the event.

    Raises ``RefusedError`` with CASE_NOT_OPEN or CASE_STATE.
    """
    state = next_state(found.case.state, Step.LAPSE)
    closed = replace(found.case, state=state, closed_time=min(call.now, found.case.expires_time))
    clock = end_clock(call, room, found.case)
    key = call.data_key(room.store.owner(owner_party(closed)))
    call.change(room.store.write_case(closed, key, found.version))
    say(call, room, closed, EventType.CASE_LAPSED, {"reason": reason})
    return CaseView(closed, case_etag(closed.id, found.version + 1), clock)
