"""Accepting, deciding and withdrawing a case: by the department that handles it or its delegated counter.

Beside what each says of itself, they raise what ``take_case`` raises and ``RefusedError`` with NOT_IMPLEMENTER (the
caller's department only collected the case), ETAG_MISMATCH, CASE_NOT_OPEN (closed already) or CASE_STATE.
A case with deferred evidence is accepted to await it; whatever closes a case ends what was deferred for it.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.clock import end_clock, start_clock
from exchange.cases.collecting import check_handed_over, tell_sharers
from exchange.cases.delegation import may_handle
from exchange.cases.line_standing import awaited, missing_lines
from exchange.cases.open_step import take_case
from exchange.cases.recording import end_deferral, subject_of, write_evidence
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, check_whole, works_on
from exchange.cases.states import Step, next_state
from exchange.cases.store import owner_party
from exchange.cases.telling import say
from exchange.clocks.case_clock import ClockView
from exchange.codes import text_problem
from exchange.entities.case import Case
from exchange.entities.event import EventType
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_NOTE = 500


def accept_case(call: Call, room: CaseRoom, case_id: str, etag: str) -> CaseView:
    """Accept an open case (受理), to await its evidence if some was deferred (容缺受理).

    Raises ``RefusedError`` with CASE_EXPIRED after its window, and EVIDENCE_MISSING naming the lines that its guides
    ask for and that are neither fetched, handed in, deferred nor committed, and CASE_NOT_HANDED_OVER.
    """
    found = take_case(call, room, case_id)
    if call.now >= found.case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    check_step(call, found, etag)
    next_state(found.case.state, Step.ACCEPT)
    check_handed_over(call, room, found.case)
    waits = _complete_but_deferred(call, room, found)
    state = next_state(found.case.state, Step.ACCEPT_DEFERRED if waits else Step.ACCEPT)
    clock = start_clock(call, room, found.case)
    accepted = replace(found.case, state=state, accepted_time=call.now)
    say(call, room, accepted, EventType.CASE_ACCEPTED, {"state": state})
    tell_sharers(call, room, accepted)
    return _store(call, room, found, accepted, clock)


def decide_case(call: Call, room: CaseRoom, case_id: str, etag: str, *, approved: bool, note: str) -> CaseView:
    """Close a case with a decision (办结), also after its window. Raises ``InvalidError`` (note)."""
    _check_note(note)
    found = take_case(call, room, case_id)
    check_step(call, found, etag)
    return _close(call, room, found, Step.APPROVE if approved else Step.REFUSE, note)


def withdraw_case(call: Call, room: CaseRoom, case_id: str, etag: str, note: str) -> CaseView:
    """Close a case that the applicant withdraws. Raises ``InvalidError`` (note)."""
    _check_note(note)
    found = take_case(call, room, case_id)
    check_step(call, found, etag)
    view = _close(call, room, found, Step.WITHDRAW, note)
    say(call, room, view.case, EventType.CASE_WITHDRAWN, {})
    return view


def check_step(call: Call, found: FoundCase, etag: str) -> None:
    """The caller handles the case (who only collected it does not), may change all of it, and has read it as it is now.

    Raises ``RefusedError`` with NOT_IMPLEMENTER, TOKEN_EXCEEDED or ETAG_MISMATCH.
    """
    subject = f"cases/{found.case.id}"
    check_whole(call, found.case)
    department, case = call.caller.department.uscc, found.case
    for_whole = department == case.handling_department or all(
        may_handle(call.register, pin.code, department, call.now) for pin in case.matters
    )
    if not works_on(call, case) or not for_whole:  # a counter for one of its matters reads for that one alone
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    if etag != found.etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=subject)


def _complete_but_deferred(call: Call, room: CaseRoom, found: FoundCase) -> bool:
    """Whether deferred evidence is still out; deferrals of lines that came in, or whose deadline has passed, end here.

    Raises ``RefusedError(EVIDENCE_MISSING)``.
    """
    case, evidence = found.case, found.evidence
    missing = missing_lines(call, room, case, evidence)
    if missing:
        raise RefusedError(Reason.EVIDENCE_MISSING, subject=subject_of(line.told_name for line in missing))
    waits = awaited(call, room, case, evidence.lines.values())
    ended = [line for line in evidence.lines.values() if line.waits and line not in waits]
    if ended:
        changed = [end_deferral(call, case, line) for line in ended]
        write_evidence(call, room.store, case, evidence, changed)
    return bool(waits)


def _end_deferrals(call: Call, room: CaseRoom, found: FoundCase) -> None:
    """Nothing of a closed case is waited for any more."""
    ended = [end_deferral(call, found.case, line) for line in found.evidence.lines.values() if line.waits]
    if ended:
        write_evidence(call, room.store, found.case, found.evidence, ended)


def _close(call: Call, room: CaseRoom, found: FoundCase, step: Step, note: str) -> CaseView:
    state = next_state(found.case.state, step)
    _end_deferrals(call, room, found)
    clock = end_clock(call, room, found.case)
    return _store(call, room, found, replace(found.case, state=state, closed_time=call.now, note=note), clock)


def _store(call: Call, room: CaseRoom, found: FoundCase, changed: Case, clock: ClockView | None) -> CaseView:
    key = call.data_key(room.store.owner(owner_party(changed)))
    call.change(room.store.write_case(changed, key, found.version))
    return CaseView(changed, case_etag(changed.id, found.version + 1), clock)


def _check_note(note: str) -> None:
    problem = text_problem(note, MAX_NOTE)
    if problem is not None:
        raise InvalidError((Violation("note", problem.en, problem.zh),))
