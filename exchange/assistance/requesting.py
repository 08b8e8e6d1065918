"""Writing a letter of request, reading one's own, and taking one back.

Rules:
1. A letter names one person, one issuer, licence types and the fields of each, the law, an end and a number of uses.
2. Only types that the issuer issues, and never a field that its type prohibits for assistance.
3. At most 90 days and 20 uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exchange.assistance.room import (
    REQUESTER,
    AssistanceRoom,
    draft_letter,
    letter_event,
    sent_letter,
    write_letter,
)
from exchange.call import Call
from exchange.cases.new_case import holder_problems
from exchange.cases.room import new_id
from exchange.codes import text_problem
from exchange.entities.catalogue import Purpose
from exchange.entities.event import EventType
from exchange.entities.letter import Letter, LetterState
from exchange.entities.licence import Holder
from exchange.entities.page import Page
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_SECONDS = 90 * 86_400
MAX_USES = 20
MAX_TYPES = 10
MAX_FIELDS = 100
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class NewLetter:
    """``profile``: the fields by licence type. ``until_time``: seconds since 1970 (UTC)."""

    issuer: str
    holder: Holder = field(repr=False)
    profile: Mapping[str, tuple[str, ...]]
    legal_reference: str
    note: str = field(repr=False)
    until_time: int
    max_uses: int


def request_letter(call: Call, room: AssistanceRoom, new: NewLetter) -> Letter:
    """Put a letter to an issuer. Raises ``InvalidError`` with every bad field.

    Not checked: that there is such a person, or that they have such a licence.
    """
    problems = _problems(call, new)
    if problems:
        raise InvalidError(tuple(problems))
    letter = Letter(
        id=new_id(room.cases, call.now_us),
        requester=call.caller.department.uscc,
        issuer=new.issuer,
        holder=new.holder,
        profile=tuple((code, tuple(sorted(set(new.profile[code])))) for code in sorted(new.profile)),
        legal_reference=new.legal_reference,
        note=new.note,
        until_time=new.until_time,
        max_uses=new.max_uses,
        requested_by=call.caller.name,
        requested_time=call.now,
    )
    owner = room.cases.store.owner(new.holder)
    draft_letter(call, room, letter, owner)
    write_letter(call, letter, owner, 0)
    call.draft.event(letter_event(EventType.LETTER_REQUESTED, letter, owner))
    return letter


def withdraw_letter(call: Call, room: AssistanceRoom, letter_id: str) -> Letter:
    """Take a letter back: nothing more is read under it; doing it again changes nothing.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN, or LETTER_STATE for one that was refused.
    """
    found = sent_letter(call, room, letter_id)
    if found.value.state is LetterState.WITHDRAWN:
        return found.value
    if found.value.state is LetterState.REFUSED:
        raise RefusedError(Reason.LETTER_STATE, subject=f"letters/{letter_id}")
    withdrawn = replace(found.value, state=LetterState.WITHDRAWN)
    write_letter(call, withdrawn, found.owner, found.version)
    call.draft.event(letter_event(EventType.LETTER_WITHDRAWN, withdrawn, found.owner))
    return withdrawn


def get_letter(call: Call, room: AssistanceRoom, letter_id: str) -> Letter:
    """A letter of the caller's department. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    return sent_letter(call, room, letter_id).value


def list_letters(call: Call, room: AssistanceRoom, *, after: str, limit: int) -> Page[Letter]:
    """A page of the letters that the caller's department wrote, oldest first."""
    call.draft.purpose = Purpose.ASSISTANCE.value
    return room.store.letters.page(REQUESTER, call.caller.department.uscc, after=after, limit=limit)


def _problems(call: Call, new: NewLetter) -> list[Violation]:
    found = [*holder_problems(new.holder, "letter.holder"), *_profile_problems(call, new)]
    for name, text in (("legal_reference", new.legal_reference), ("note", new.note)):
        problem = text_problem(text, MAX_TEXT)
        if problem is not None or not text:
            en, zh = (problem.en, problem.zh) if problem is not None else ("must be given", "必须填写")
            found.append(Violation(f"letter.{name}", en, zh))
    if not call.now < new.until_time <= call.now + MAX_SECONDS:
        found.append(Violation("letter.until_time", "must be within the next 90 days", "应在今后90天之内"))
    if not 1 <= new.max_uses <= MAX_USES:
        found.append(Violation("letter.max_uses", f"must be 1 to {MAX_USES}", f"应为1至{MAX_USES}"))
    return found


def _profile_problems(call: Call, new: NewLetter) -> list[Violation]:
    if not 1 <= len(new.profile) <= MAX_TYPES:
        return [Violation("letter.types", f"must be 1 to {MAX_TYPES} types", f"应为1至{MAX_TYPES}类证照")]
    found = []
    for code, fields in new.profile.items():
        licence_type = call.register.licence_types.get(code)
        if licence_type is None or new.issuer not in licence_type.issuers:
            found.append(Violation("letter.types", "must be types that the issuer issues", "应为该机构颁发的证照类型"))
            continue
        readable = {each.name for each in licence_type.fields if Purpose.ASSISTANCE not in each.prohibited_purposes}
        if not 0 < len(fields) <= MAX_FIELDS or not set(fields) <= readable:
            en, zh = "must name fields that assistance may read", "应列明协查可读取的字段"
            found.append(Violation("letter.types.fields", en, zh))
    return found
