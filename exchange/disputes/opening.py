"""Opening a dispute: a licence that a case needs is missing, or some of its fields are wrong.

Rules:
1. Whose licence it is, the case says; the caller names a line, and for a wrong licence the one that was released to it.
2. Names of fields, never values: what is right, the issuer finds in its own files.
3. One unanswered dispute of a line at a time.
"""

from dataclasses import dataclass, replace

from exchange.call import Call
from exchange.cases.open_step import find_open, line_of
from exchange.cases.recording import write_evidence
from exchange.cases.requirements import CaseLine
from exchange.cases.room import FoundCase, new_id, works_on
from exchange.clocks.due import put
from exchange.clocks.working_days import department_deadline
from exchange.disputes.room import (
    DisputeRoom,
    DisputeView,
    draft_dispute,
    due_of,
    find_dispute,
    store_dispute,
    tell_dispute,
)
from exchange.entities.dispute import ANSWERED, Dispute, DisputeKind, DisputeState
from exchange.entities.event import EventType
from exchange.entities.licence import Holder, Licence
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.licences.lifecycle import MAX_IDENTIFIER_LENGTH
from exchange.reasons import Reason
from storage.errors import ErasedError

MAX_FIELDS = 100


@dataclass(frozen=True, slots=True)
class NewDispute:
    """``issuer`` may be empty where the licence tells it, or where the type has one; ``licence``: an identifier."""

    case: str
    matter: str
    requirement: str
    kind: DisputeKind | None
    issuer: str
    licence: str
    fields: tuple[str, ...]


def open_dispute(call: Call, room: DisputeRoom, new: NewDispute) -> DisputeView:
    """Put a line of an open case to the licence's issuer.

    Raises what ``find_open`` raises; ``RefusedError`` with NOT_IMPLEMENTER, EVIDENCE_NOT_REQUIRED or DISPUTE_EXISTS;
    ``InvalidError`` with every bad field; ``NotFoundError(LICENCE_NOT_FOUND)`` if it is not a licence of that type and
    party, or none of the line was released for the case. Not checked: whether it is missing or wrong.
    """
    # 1 The case, which the caller handles, and the line.
    found, evidence = find_open(call, room.cases, new.case)
    if not works_on(call, found.case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=f"cases/{new.case}")
    line = line_of(call, room.cases, found, new.matter, new.requirement)
    known = evidence.of(line)
    if known.dispute and find_dispute(call, room.cases, known.dispute).dispute.state not in ANSWERED:
        raise RefusedError(Reason.DISPUTE_EXISTS, subject=f"disputes/{known.dispute}")
    # 2 What is disputed, and with whom.
    problems = _problems(new, line)
    if problems:
        raise InvalidError(tuple(problems))
    holder = next(party.holder for party in found.case.parties if party.role == line.requirement.party)
    issuer = (
        _licence(call, room, found, line, holder, new).issuing_authority if new.licence else _issuer(call, new, line)
    )
    # 3 The dispute, its clock, and the line that names it.
    terms = room.cases.terms
    check = department_deadline(call.register, issuer, call.now, terms.dispute_check_days)
    dispute = Dispute(
        id=new_id(room.cases, call.now_us),
        case=new.case,
        matter=line.pinned.code,
        requirement=line.requirement.id,
        kind=new.kind or DisputeKind.MISSING,
        licence_type=line.requirement.licence_type,
        licence=new.licence,
        fields=tuple(sorted(new.fields)),
        holder=holder,
        issuer=issuer,
        asking_department=call.caller.department.uscc,
        operator=call.caller.name,
        state=DisputeState.OPEN,
        opened_time=call.now,
        check_deadline=check,
        answer_deadline=department_deadline(call.register, issuer, call.now, terms.dispute_answer_days),
        due_time=check,
    )
    view = store_dispute(call, room.cases, dispute, 0)
    call.change(put(due_of(dispute)))
    write_evidence(call, room.cases.store, found.case, evidence, [replace(known, dispute=dispute.id)])
    draft_dispute(call, room.cases, dispute)
    tell_dispute(call, room.cases, dispute, EventType.DISPUTE_OPENED)
    return view


def _problems(new: NewDispute, line: CaseLine) -> list[Violation]:
    wrong = new.kind is DisputeKind.WRONG
    found: list[Violation] = []
    if new.kind is None:
        found.append(Violation("dispute.kind", "must say what is wrong", "应注明缺失或有误"))
    if wrong != bool(new.licence) or len(new.licence) > MAX_IDENTIFIER_LENGTH or "/" in new.licence:
        en = "goes with a wrong licence and must be its identifier alone, without licenceTypes/{code}/licences/"
        found.append(Violation("dispute.licence", en, "证照有误时必须填写，且仅填证照标识本身，不带资源名前缀"))
    if wrong != bool(new.fields) or len(new.fields) > MAX_FIELDS or not set(new.fields) <= line.requirement.fields:
        en, zh = "goes with a wrong licence and must name fields of the line", "证照有误时必须列明该材料的字段名"
        found.append(Violation("dispute.fields", en, zh))
    if wrong and new.issuer:
        found.append(Violation("dispute.issuer", "is told by the licence", "由证照确定，无需填写"))
    return found


def _issuer(call: Call, new: NewDispute, line: CaseLine) -> str:
    """Who is asked for a licence that is missing: an issuer of its type."""
    licence_type = call.register.licence_types.get(line.requirement.licence_type)
    issuers = licence_type.issuers if licence_type is not None else frozenset[str]()
    if new.issuer in issuers:
        return new.issuer
    if not new.issuer and len(issuers) == 1:
        return next(iter(issuers))
    en, zh = "must name one of the departments that issue the type", "应填写该类证照的颁发机构之一"
    raise InvalidError((Violation("dispute.issuer", en, zh),))


def _licence(
    call: Call, room: DisputeRoom, found: FoundCase, line: CaseLine, holder: Holder, new: NewDispute
) -> Licence:
    """The licence that is said to be wrong: released for this line of this case, of its type and its party."""
    unknown = NotFoundError(Reason.LICENCE_NOT_FOUND, "licences", new.licence)
    evidence = room.cases.store.evidence
    if not any(evidence.is_fetched(found.case.id, matter, line.requirement.id) for matter in line.matters):
        raise unknown
    try:
        licence = call.read(room.licences.licences, new.licence).value
    except ErasedError as error:
        raise unknown from error
    if licence is None or licence.type_code != line.requirement.licence_type:
        raise unknown
    numbers = {(one.id_type, one.id_number) for one in licence.holders}
    if (holder.id_type, holder.id_number) not in numbers:
        raise unknown
    return licence
