"""What every step that concerns a case's evidence begins with: the case, open, in its window, and its lines."""

from exchange.call import Call
from exchange.cases.line_standing import CaseEvidence, read_evidence
from exchange.cases.requirements import CaseLine, case_lines
from exchange.cases.room import CaseRoom, FoundCase, case_etag, check_lines, draft_people, find_case, works_on
from exchange.entities.case import CLOSED, CaseState
from exchange.errors import RefusedError
from exchange.reasons import Reason


def find_open(call: Call, room: CaseRoom, case_id: str) -> tuple[FoundCase, CaseEvidence]:
    """The case, neither closed nor out of its window, and what is known of its evidence.

    Raises what ``find_case`` raises, and ``RefusedError`` with CASE_NOT_OPEN or CASE_EXPIRED.
    """
    found = find_case(call, room, case_id)
    if found.case.state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"cases/{case_id}")
    if call.now >= found.case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    draft_people(call, room, found.case)
    return found, read_evidence(call, room.store.evidence, case_id)


def find_unaccepted(call: Call, room: CaseRoom, case_id: str, etag: str) -> tuple[FoundCase, CaseEvidence]:
    """The same of a case that is not accepted yet, which the caller handles and has read as it is now.

    Raises besides ``RefusedError`` with NOT_IMPLEMENTER, ETAG_MISMATCH or CASE_STATE.
    """
    found, evidence = find_open(call, room, case_id)
    subject = f"cases/{case_id}"
    if not works_on(call, found.case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    if etag != case_etag(case_id, found.version):
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
        raise RefusedError(Reason.EVIDENCE_NOT_REQUIRED, subject="/".join(line.name))
    return line
