"""Claiming a case (签收): a clerk takes on what others opened, online, at a counter or in another region.

Rules:
1. A case that its operator opened is theirs; any other one counts for the operator who claims it, as one of their day.
   Who reads what others opened without a claim soon reads more people than their cases explain.
2. Whoever works on the case may claim it, also from a colleague: the last one has it. Only the department hears of it.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.collecting import check_handed_over
from exchange.cases.new_case import clerk_acts
from exchange.cases.open_step import find_open
from exchange.cases.recording import write_case
from exchange.cases.room import CaseRoom, CaseView, case_etag, check_whole, works_on
from exchange.cases.store import owner_party
from exchange.entities.event import Event, EventType
from exchange.errors import RefusedError
from exchange.purpose.limits import for_case
from exchange.reasons import Reason


def claim_case(call: Call, room: CaseRoom, case_id: str, etag: str) -> CaseView:
    """Take on a case that is not closed; one that the operator has already stays as it is.

    Raises what ``find_open`` raises, and ``RefusedError`` with TOKEN_EXCEEDED, NOT_IMPLEMENTER (the caller only
    collected it), CASE_NOT_HANDED_OVER, CLERK_IS_AGENT, ETAG_MISMATCH, or at commit RATE_LIMITED.
    """
    found, _ = find_open(call, room, case_id)
    case, subject = found.case, f"cases/{case_id}"
    check_whole(call, case)
    if not works_on(call, case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    check_handed_over(call, room, found.case)
    if clerk_acts(call.caller.operator, case.representations) is not None:
        raise RefusedError(Reason.CLERK_IS_AGENT, subject=subject)
    if etag != found.etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=subject)
    if call.caller.name == (case.claimed_by or case.operator):
        return CaseView(case, case_etag(case_id, found.version))
    changed = write_case(call, room.store, found, replace(case, claimed_by=call.caller.name))
    operator = call.caller.operator.id if call.caller.operator else ""
    call.draft.event(
        Event(
            type=EventType.CASE_CLAIMED,
            subject=subject,
            audience=frozenset({call.caller.department.uscc}),
            matter=case.matters[0].code,
            details={"operator": operator},
            owner=room.store.owner(owner_party(case)),
        )
    )
    call.charge(for_case(room.limits, call.draft.operator_tag.hex(), call.now))
    return CaseView(changed.case, case_etag(case_id, changed.version))
