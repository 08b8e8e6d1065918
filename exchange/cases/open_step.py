"""What every step that changes a case begins with: the case, as it stands now.

Rules:
1. A step takes the case with ``take_case``, and with nothing else. What is written later is written over what that
   returns: a case that counted as accepted is noted as such before the step, by the very unit of the step.
2. A step of a case that has lapsed with a deadline is refused, whether or not that was noted.
"""

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, case_now
from exchange.cases.recording import end_waiting
from exchange.cases.requirements import CaseLine, case_lines
from exchange.cases.room import CaseRoom, FoundCase, check_lines, draft_people, find_recorded_case, works_on
from exchange.entities.case import CLOSED, CaseState
from exchange.errors import RefusedError
from exchange.reasons import Reason


def take_case(call: Call, room: CaseRoom, case_id: str) -> FoundCase:
    """The case for a step that changes it; one that awaits only what guides have withdrawn is noted as accepted.

    Raises what ``find_case`` raises, and ``RefusedError(DEFERRAL_LAPSED)`` for a case that has lapsed with a deadline
    while nobody has noted it yet.
    """
    found = find_recorded_case(call, room, case_id)
    state = case_now(call, room.catalogue, found.case, found.evidence.lines.values()).state
    if state is found.case.state:
        return found
    if state is CaseState.LAPSED:
        raise RefusedError(Reason.DEFERRAL_LAPSED, subject=f"cases/{case_id}")
    return end_waiting(call, room.store, found)


def find_open(call: Call, room: CaseRoom, case_id: str) -> tuple[FoundCase, CaseEvidence]:
    """The case, neither closed nor out of its window, and what is known of its evidence.

    Raises what ``take_case`` raises, and ``RefusedError`` with CASE_NOT_OPEN or CASE_EXPIRED.
    """
    found = take_case(call, room, case_id)
    if found.case.state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"cases/{case_id}")
    if call.now >= found.case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    draft_people(call, room, found.case)
    return found, found.evidence


def find_unaccepted(call: Call, room: CaseRoom, case_id: str, etag: str) -> tuple[FoundCase, CaseEvidence]:
    """The same of a case that is not accepted yet, which the caller handles and has read as it is now.

    Raises besides ``RefusedError`` with NOT_IMPLEMENTER, ETAG_MISMATCH or CASE_STATE.
    """
    found, evidence = find_open(call, room, case_id)
    subject = f"cases/{case_id}"
    if not works_on(call, found.case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    if etag != found.etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=subject)
    if found.case.state is not CaseState.OPEN:
        raise RefusedError(Reason.CASE_STATE, subject=subject)
    return found, evidence


def line_of(call: Call, room: CaseRoom, found: FoundCase, matter: str, requirement: str) -> CaseLine:
    """The line of the case; ``matter`` empty: of the first matter that has it, any matter that states it alike will do.

    Raises ``RefusedError(TOKEN_EXCEEDED)`` if the caller's token is for other lines, and
    ``RefusedError(EVIDENCE_NOT_REQUIRED)`` if the case does not ask for it, or has nobody whose it could be.
    """
    check_lines(call, found.case.id, (requirement,))
    for line in case_lines(room.catalogue, call.register, found.case):
        if line.requirement.id == requirement and line.present and (not matter or matter in line.matters):
            return line
    raise RefusedError(Reason.EVIDENCE_NOT_REQUIRED, subject=f"{matter}/{requirement}"[:200])


def needed_line(call: Call, room: CaseRoom, found: FoundCase, matter: str, requirement: str) -> CaseLine:
    """The same, of a line that no other one covers: nobody promises what is not needed."""
    line = line_of(call, room, found, matter, requirement)
    if line.covered_by is not None:
        raise RefusedError(Reason.EVIDENCE_NOT_REQUIRED, subject="/".join(line.told_name))
    return line
