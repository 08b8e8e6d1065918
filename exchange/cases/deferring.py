"""Deferring evidence (容缺): the case may be accepted without it, and it follows until a deadline.

Rules:
1. Only what the guide lets be deferred, and only what the hub cannot give: what it has is fetched, not promised.
2. The applicant signs a text that the hub makes, in both languages, from the guide; only its digest is kept.
3. Whoever let a deferral lapse defers nothing for a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, seen_lines
from exchange.cases.exclusion import excluded_until
from exchange.cases.line_standing import standing
from exchange.cases.material_store import MaterialStore
from exchange.cases.open_step import find_unaccepted, needed_line
from exchange.cases.promise import deferral_text, text_digest
from exchange.cases.recording import deadlines, end_deferral, subject_of, tell, write_case, write_evidence
from exchange.cases.requirements import CaseLine
from exchange.cases.room import CaseRoom, CaseView, case_etag
from exchange.cases.signing import NewPromise, signed
from exchange.cases.terms import EvidenceTerms
from exchange.clocks.due import put
from exchange.clocks.working_days import department_deadline
from exchange.entities.case import Case
from exchange.entities.catalogue import Label, Necessity
from exchange.entities.event import EventType
from exchange.entities.evidence import Deferral, EvidenceForm, LineEvidence, Promise, Standing
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_LINES = 40

FindAvailable = Callable[[Call, str, tuple[CaseLine, ...]], tuple[CaseLine, ...]]
"""(call, case id, lines) → those of the lines that the hub could release for the case now."""


@dataclass(frozen=True, slots=True)
class NewDeferral:
    """``lines``: (matter, requirement), matter empty where one alone has it. ``deadline`` 0: as late as is allowed."""

    lines: tuple[tuple[str, str], ...]
    form: EvidenceForm | None
    deadline: int
    promise: NewPromise


@dataclass(frozen=True, slots=True)
class Deferred:
    """The case after the change, the text that is signed, its digest, and the deadline (the first second too late)."""

    view: CaseView
    text: Label
    text_digest: str
    deadline: int


def defer_evidence(
    call: Call,
    room: CaseRoom,
    materials: MaterialStore,
    find_available: FindAvailable,
    case_id: str,
    etag: str,
    new: NewDeferral,
    *,
    validate_only: bool,
) -> Deferred:
    """Let lines of a case that is not accepted yet follow later; ``validate_only``: make the text, record nothing.

    Raises what ``find_unaccepted`` raises; ``InvalidError`` with every bad field; ``RefusedError`` with
    EVIDENCE_NOT_REQUIRED, NOT_DEFERRABLE, EVIDENCE_ALREADY_IN, DEFERRAL_EXCLUDED, EVIDENCE_AVAILABLE, PROMISE_CHANGED.
    """
    # 1 The case as the caller has read it, and the request by itself.
    found, evidence = find_unaccepted(call, room, case_id, etag)
    form, deadline = _checked(call, room, found.case, new)
    # 2 Lines that may be deferred, of an applicant who may defer.
    lines = tuple(dict.fromkeys(needed_line(call, room, found, *name) for name in new.lines))
    _check_lines(call, room, found.case, evidence, lines)
    # 3 What the hub has is not deferred.
    available = find_available(call, case_id, lines)
    if available:
        raise RefusedError(Reason.EVIDENCE_AVAILABLE, subject=subject_of(line.told_name for line in available))
    # 4 The text, and the applicant's signature under it.
    text = deferral_text(lines, form, deadline)
    digest = text_digest(text)
    if validate_only:
        return Deferred(CaseView(found.case, etag), text, digest, deadline)
    promise = signed(call, room, materials, found.case, text, new.promise)
    # 5 The lines, their deadlines, and a new etag.
    deferred = tuple(_deferred(call, room, found.case, evidence, line, form, deadline, promise) for line in lines)
    kept = write_evidence(call, room.store, found.case, evidence, deferred)
    changed = write_case(call, room.store, found, found.case)
    seen = seen_lines(call, room.catalogue, changed.case, kept)
    view = CaseView(changed.case, case_etag(case_id, changed.version), evidence=seen)
    return Deferred(view, text, digest, deadline)


def _checked(call: Call, room: CaseRoom, case: Case, new: NewDeferral) -> tuple[EvidenceForm, int]:
    latest = latest_deadline(call, room.terms, case)
    deadline = new.deadline or latest
    found: list[Violation] = []
    if not 1 <= len(new.lines) <= MAX_LINES:
        found.append(Violation("lines", f"must be 1 to {MAX_LINES}", f"应为1至{MAX_LINES}项"))
    if new.form is None:
        found.append(Violation("form", "must say how it is to be handed in", "应注明补交形式"))
    if not call.now < deadline <= latest:
        en = f"must lie ahead, and at most {room.terms.deferral_days} working days and within the case's window"
        zh = f"应晚于当前时间，不超过{room.terms.deferral_days}个工作日且在办件有效期内"
        found.append(Violation("deadline", en, zh))
    if found:
        raise InvalidError(tuple(found))
    assert new.form is not None
    return new.form, deadline


def latest_deadline(call: Call, terms: EvidenceTerms, case: Case) -> int:
    """The latest deadline that a deferral of the case may be given now."""
    return min(
        department_deadline(call.register, case.handling_department, call.now, terms.deferral_days), case.expires_time
    )


def _check_lines(call: Call, room: CaseRoom, case: Case, evidence: CaseEvidence, lines: tuple[CaseLine, ...]) -> None:
    reasons: list[Reason] = []
    stands = [standing(room.store.evidence, case.id, line, evidence.of(line), call.now) for line in lines]
    if any(line.requirement.necessity is not Necessity.DEFERRABLE for line in lines):
        reasons.append(Reason.NOT_DEFERRABLE)
    if any(one is not Standing.OUT for one in stands):
        reasons.append(Reason.EVIDENCE_ALREADY_IN)
    if excluded_until(call, room.store, case):
        reasons.append(Reason.DEFERRAL_EXCLUDED)
    if reasons:
        raise RefusedError(*reasons, subject=subject_of(line.told_name for line in lines))


def _deferred(
    call: Call,
    room: CaseRoom,
    case: Case,
    evidence: CaseEvidence,
    line: CaseLine,
    form: EvidenceForm,
    deadline: int,
    promise: Promise,
) -> LineEvidence:
    known = end_deferral(call, case, evidence.of(line))  # one whose deadline has passed may still be noted as due
    reminder = max(deadline - room.terms.reminder_seconds, 0)
    deferral = Deferral(form, deadline, reminder if reminder > call.now else 0, promise, 0, lapsed=False)
    changed = LineEvidence(
        known.matter, known.requirement, known.materials, deferral, known.commitment, known.fetched_time, known.dispute
    )
    call.change(*(put(due) for due in deadlines(case.id, changed)))
    tell(call, room.store, case, EventType.EVIDENCE_DEFERRED, changed)
    return changed
