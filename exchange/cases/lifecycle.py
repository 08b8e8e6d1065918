"""Accepting, deciding and withdrawing a case: by the department that handles it or its delegated counter.

Beside what each says of itself, they raise what ``find_case`` raises and ``RefusedError`` with NOT_IMPLEMENTER (the
caller's department only collected the case), ETAG_MISMATCH, CASE_NOT_OPEN (closed already) or CASE_STATE.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, find_case, works_on
from exchange.cases.states import Step, next_state
from exchange.cases.step_events import tell_step
from exchange.cases.store import owner_party
from exchange.codes import text_problem
from exchange.entities.case import Case
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_NOTE = 500


def accept_case(call: Call, room: CaseRoom, case_id: str, etag: str) -> CaseView:
    """Accept an open case (受理). Raises ``RefusedError(CASE_EXPIRED)`` after its window."""
    found = find_case(call, room, case_id)
    if call.now >= found.case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    _check_step(call, found, etag)
    state = next_state(found.case.state, Step.ACCEPT)
    accepted = _store(call, room, found, replace(found.case, state=state, accepted_time=call.now))
    tell_step(call, room, accepted.case)
    return accepted


def decide_case(call: Call, room: CaseRoom, case_id: str, etag: str, *, approved: bool, note: str) -> CaseView:
    """Close a case with a decision (办结), also after its window. Raises ``InvalidError`` (note)."""
    _check_note(note)
    found = find_case(call, room, case_id)
    _check_step(call, found, etag)
    return _close(call, room, found, Step.APPROVE if approved else Step.REFUSE, note)


def withdraw_case(call: Call, room: CaseRoom, case_id: str, etag: str, note: str) -> CaseView:
    """Close a case that the applicant withdraws. Raises ``InvalidError`` (note)."""
    _check_note(note)
    found = find_case(call, room, case_id)
    _check_step(call, found, etag)
    withdrawn = _close(call, room, found, Step.WITHDRAW, note)
    tell_step(call, room, withdrawn.case)
    return withdrawn


def _check_step(call: Call, found: FoundCase, etag: str) -> None:
    """The caller handles the case (who only collected it does not) and has read it as it is now.

    Raises ``RefusedError`` with NOT_IMPLEMENTER or ETAG_MISMATCH.
    """
    subject = f"cases/{found.case.id}"
    if not works_on(call, found.case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    if etag != case_etag(found.case.id, found.version):
        raise RefusedError(Reason.ETAG_MISMATCH, subject=subject)


def _close(call: Call, room: CaseRoom, found: FoundCase, step: Step, note: str) -> CaseView:
    state = next_state(found.case.state, step)
    return _store(call, room, found, replace(found.case, state=state, closed_time=call.now, note=note))


def _store(call: Call, room: CaseRoom, found: FoundCase, changed: Case) -> CaseView:
    key = call.data_key(room.store.owner(owner_party(changed)))
    call.change(room.store.write_case(changed, key, found.version))
    return CaseView(changed, case_etag(changed.id, found.version + 1))


def _check_note(note: str) -> None:
    problem = text_problem(note, MAX_NOTE)
    if problem is not None:
        raise InvalidError((Violation("note", problem.en, problem.zh),))
