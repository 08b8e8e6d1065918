"""What the issuer does with a dispute: it looks into it, and answers."""

from dataclasses import replace

from exchange.call import Call
from exchange.clocks.due import put, taken
from exchange.codes import text_problem
from exchange.disputes.room import (
    DisputeRoom,
    DisputeView,
    FoundDispute,
    due_of,
    find_received,
    store_dispute,
    tell_dispute,
    view_of,
)
from exchange.entities.dispute import ANSWERED, Dispute, DisputeState
from exchange.entities.event import EventType
from exchange.entities.licence import LicenceState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.lifecycle import MAX_IDENTIFIER_LENGTH
from exchange.reasons import Reason
from storage.errors import ErasedError

MAX_REASON = 500


def check_dispute(call: Call, room: DisputeRoom, dispute_id: str, etag: str) -> DisputeView:
    """Say that the issuer has looked into it: from here on the deadline of its answer counts.

    Raises ``NotFoundError(DISPUTE_NOT_FOUND)`` and ``RefusedError`` with ETAG_MISMATCH or DISPUTE_STATE.
    """
    found = _received(call, room, dispute_id, etag)
    if found.dispute.state is not DisputeState.OPEN:
        raise RefusedError(Reason.DISPUTE_STATE, subject=f"disputes/{dispute_id}")
    changed = replace(found.dispute, state=DisputeState.CHECKED, checked_time=call.now)
    if found.dispute.due_time != found.dispute.answer_deadline:
        if found.dispute.due_time:
            call.change(taken(due_of(found.dispute)))
        changed = replace(changed, due_time=changed.answer_deadline)
        call.change(put(due_of(changed)))
    tell_dispute(call, room.cases, changed, EventType.DISPUTE_CHECKED)
    return store_dispute(call, room.cases, changed, found.version)


def answer_dispute(
    call: Call, room: DisputeRoom, dispute_id: str, etag: str, *, corrected_licence: str, reason: str
) -> DisputeView:
    """Answer it: corrected by the caller's licence that is named, or refused with a reason; late answers count too.

    Raises ``NotFoundError(DISPUTE_NOT_FOUND)``, ``RefusedError`` with ETAG_MISMATCH or DISPUTE_STATE, and
    ``InvalidError`` with every bad field. Not checked: that the licence says now what it should.
    """
    found = _received(call, room, dispute_id, etag)
    if found.dispute.state in ANSWERED:
        raise RefusedError(Reason.DISPUTE_STATE, subject=f"disputes/{dispute_id}")
    problems = _problems(call, room, found.dispute, corrected_licence, reason)
    if problems:
        raise InvalidError(tuple(problems))
    if found.dispute.due_time:
        call.change(taken(due_of(found.dispute)))
    changed = replace(
        found.dispute,
        state=DisputeState.CORRECTED if corrected_licence else DisputeState.REFUSED,
        checked_time=found.dispute.checked_time or call.now,
        answered_time=call.now,
        corrected_licence=corrected_licence,
        reason=reason,
        due_time=0,
    )
    tell_dispute(call, room.cases, changed, EventType.DISPUTE_ANSWERED)
    return store_dispute(call, room.cases, changed, found.version)


def _received(call: Call, room: DisputeRoom, dispute_id: str, etag: str) -> FoundDispute:
    found = find_received(call, room, dispute_id)
    if etag != view_of(call, found.dispute, found.version).etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=f"disputes/{dispute_id}")
    return found


def _problems(call: Call, room: DisputeRoom, dispute: Dispute, corrected: str, reason: str) -> list[Violation]:
    found: list[Violation] = []
    if bool(corrected) == bool(reason):
        en, zh = (
            "either the corrected licence or a reason, and not both",
            "更正后的证照与不予更正的理由须且只能填写一项",
        )
        return [Violation("corrected_licence", en, zh)]
    if corrected and not _corrects(call, room, dispute, corrected):
        en = "must be the identifier alone of a licence in force of yours, of that type and holder, issued since"
        zh = "应仅填证照标识，且为贵单位在异议提出后颁发的、同类型、同持证主体的有效证照"
        found.append(Violation("corrected_licence", en, zh))
    problem = text_problem(reason, MAX_REASON)
    if problem is not None:
        found.append(Violation("reason", problem.en, problem.zh))
    return found


def _corrects(call: Call, room: DisputeRoom, dispute: Dispute, identifier: str) -> bool:
    """Whether the licence can be the answer; a licence that was there all along corrects nothing."""
    if len(identifier) > MAX_IDENTIFIER_LENGTH or identifier == dispute.licence:
        return False
    room.licences.licences.forget(identifier)
    try:
        licence = call.read(room.licences.licences, identifier).value
    except ErasedError:
        return False
    if licence is None or licence.issuing_authority != call.caller.department.uscc:
        return False
    numbers = {(one.id_type, one.id_number) for one in licence.holders}
    same = (dispute.holder.id_type, dispute.holder.id_number) in numbers
    since = licence.history[0].recorded_time >= dispute.opened_time
    return same and since and licence.type_code == dispute.licence_type and licence.state is LicenceState.ACTIVE
