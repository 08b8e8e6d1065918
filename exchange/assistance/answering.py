"""What the issuer does with a letter of request: it agrees, or refuses with a reason.

Rules:
1. Who wrote the letter never answers it, also where both departments are one.
2. Until it has answered, the issuer sees in full whom the letter is about; the record of such a look says so.
"""

from dataclasses import replace

from exchange.assistance.requesting import MAX_TEXT
from exchange.assistance.room import ISSUER, AssistanceRoom, letter_event, received_letter, write_letter
from exchange.call import Call
from exchange.codes import text_problem
from exchange.entities.catalogue import Purpose
from exchange.entities.event import EventType
from exchange.entities.letter import Letter, LetterState
from exchange.entities.page import Page
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.fields import HOLDER_FIELDS
from exchange.reasons import Reason


def approve_letter(call: Call, room: AssistanceRoom, letter_id: str) -> Letter:
    """Agree to a letter as it stands.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN, SECOND_PERSON_NEEDED, LETTER_STATE, or LETTER_EXPIRED.
    """
    return _answer(call, room, letter_id, LetterState.APPROVED, "")


def refuse_letter(call: Call, room: AssistanceRoom, letter_id: str, answer: str) -> Letter:
    """Refuse a letter with a reason. Raises as ``approve_letter``, and ``InvalidError`` for a reason that is none."""
    problem = text_problem(answer, MAX_TEXT)
    if problem is not None or not answer:
        en, zh = (problem.en, problem.zh) if problem is not None else ("must say why", "应说明理由")
        raise InvalidError((Violation("answer", en, zh),))
    return _answer(call, room, letter_id, LetterState.REFUSED, answer)


def get_received_letter(call: Call, room: AssistanceRoom, letter_id: str) -> Letter:
    """A letter that is put to the caller's department. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    letter = received_letter(call, room, letter_id).value
    if letter.state is LetterState.REQUESTED:
        call.draft.items[-1].fields_released = HOLDER_FIELDS
    return letter


def list_received_letters(call: Call, room: AssistanceRoom, *, after: str, limit: int) -> Page[Letter]:
    """A page of the letters that are put to the caller's department, oldest first."""
    call.draft.purpose = Purpose.ASSISTANCE.value
    return room.store.letters.page(ISSUER, call.caller.department.uscc, after=after, limit=limit)


def _answer(call: Call, room: AssistanceRoom, letter_id: str, state: LetterState, answer: str) -> Letter:
    found = received_letter(call, room, letter_id)
    name = f"letters/{letter_id}"
    if found.value.requested_by == call.caller.name:
        raise RefusedError(Reason.SECOND_PERSON_NEEDED, subject=name)
    if found.value.state is not LetterState.REQUESTED:
        raise RefusedError(Reason.LETTER_STATE, subject=name)
    if call.now >= found.value.until_time:
        raise RefusedError(Reason.LETTER_EXPIRED, subject=name)
    answered = replace(found.value, state=state, decided_by=call.caller.name, decided_time=call.now, answer=answer)
    write_letter(call, answered, found.owner, found.version)
    approved = state is LetterState.APPROVED
    kind = EventType.LETTER_APPROVED if approved else EventType.LETTER_REFUSED
    call.draft.event(letter_event(kind, answered, found.owner))
    return answered
