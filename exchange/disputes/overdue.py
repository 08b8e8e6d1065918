"""What a dispute's clock does by itself: it says that the issuer is late, once for each deadline."""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.room import CaseRoom
from exchange.clocks.due import put
from exchange.disputes.room import draft_dispute, due_of, find_dispute, store_dispute, tell_dispute
from exchange.entities.dispute import ANSWERED
from exchange.entities.event import EventType
from exchange.errors import NotFoundError


def report_overdue(call: Call, room: CaseRoom, subject: str) -> None:
    """A deadline of a dispute: if the issuer is late, say so, and look again at the next one.

    ``subject`` is the dispute's id. Whoever runs it has taken the due record away already.
    """
    try:
        found = find_dispute(call, room, subject)
    except NotFoundError:
        return
    dispute = found.dispute
    if dispute.state in ANSWERED or not dispute.due_time:
        return
    if call.now < dispute.due_time:
        call.change(put(due_of(dispute)))
        return
    ahead = dispute.answer_deadline if call.now < dispute.answer_deadline else 0
    changed = replace(dispute, due_time=ahead)
    if ahead:
        call.change(put(due_of(changed)))
    draft_dispute(call, room, changed)
    if dispute.overdue(call.now):
        tell_dispute(call, room, changed, EventType.DISPUTE_OVERDUE)
    store_dispute(call, room, changed, found.version)
