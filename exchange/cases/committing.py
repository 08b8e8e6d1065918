"""Committing in place of evidence (告知承诺): the applicant states that it is so, and somebody checks later.

Rules:
1. Only what the guide lets a commitment replace, and only what the hub cannot give.
2. The text is the guide's own, or the hub's; its digest and the language are kept.
3. Each commitment leaves a task for the supervising department: ``commitment_check``/case id/matter/requirement,
   indexed under ``supervisor``: the supervising department's USCC, or the handling one's where the guide names none.
"""

from dataclasses import dataclass, replace

import msgpack

from exchange.call import Call
from exchange.cases.case_now import seen_lines
from exchange.cases.deferring import FindAvailable
from exchange.cases.line_standing import standing
from exchange.cases.material_store import MaterialStore
from exchange.cases.open_step import find_unaccepted, needed_line
from exchange.cases.promise import commitment_text, text_digest
from exchange.cases.recording import end_deferral, subject_of, tell, write_case, write_evidence
from exchange.cases.requirements import CaseLine
from exchange.cases.room import CaseRoom, CaseView, case_etag
from exchange.cases.signing import NewPromise, signed
from exchange.cases.store import owner_party
from exchange.entities.case import Case
from exchange.entities.catalogue import Label, Necessity
from exchange.entities.event import Event, EventType
from exchange.entities.evidence import Standing
from exchange.errors import RefusedError
from exchange.reasons import Reason
from storage.records.changes import Insert

COMMITMENT_CHECK = "commitment_check"
SUPERVISOR = "supervisor"
TO_CHECK = "open"


@dataclass(frozen=True, slots=True)
class Committed:
    """The case after the change, the text that is signed, and its digest."""

    view: CaseView
    text: Label
    text_digest: str


def commit_evidence(
    call: Call,
    room: CaseRoom,
    materials: MaterialStore,
    find_available: FindAvailable,
    case_id: str,
    etag: str,
    name: tuple[str, str],
    new: NewPromise,
    *,
    validate_only: bool,
) -> Committed:
    """Let a commitment take the place of a line; ``validate_only``: make the text, record nothing.

    ``name`` is (matter, requirement). Raises what ``find_unaccepted`` raises; ``InvalidError`` with every bad field;
    ``RefusedError`` with EVIDENCE_NOT_REQUIRED, NOT_REPLACEABLE, EVIDENCE_ALREADY_IN, EVIDENCE_AVAILABLE or
    PROMISE_CHANGED. Not checked: whether what is stated is true; that is the later check.
    """
    # 1 The case as the caller has read it, and a line that may be replaced.
    found, evidence = find_unaccepted(call, room, case_id, etag)
    line = needed_line(call, room, found, *name)
    known = evidence.of(line)
    reasons: list[Reason] = []
    if line.requirement.necessity is not Necessity.REPLACEABLE:
        reasons.append(Reason.NOT_REPLACEABLE)
    if standing(room.store.evidence, case_id, line, known, call.now) is not Standing.OUT:
        reasons.append(Reason.EVIDENCE_ALREADY_IN)
    if reasons:
        raise RefusedError(*reasons, subject=subject_of([line.told_name]))
    # 2 What the hub has needs no commitment.
    if find_available(call, case_id, (line,)):
        raise RefusedError(Reason.EVIDENCE_AVAILABLE, subject=subject_of([line.told_name]))
    # 3 The text, and the applicant's signature under it.
    text = commitment_text(line)
    digest = text_digest(text)
    if validate_only:
        return Committed(CaseView(found.case, etag), text, digest)
    promise = signed(call, room, materials, found.case, text, new)
    # 4 The line, the task to check it, and a new etag.
    committed = replace(end_deferral(call, found.case, known), commitment=promise)
    kept = write_evidence(call, room.store, found.case, evidence, [committed])
    changed = write_case(call, room.store, found, found.case)
    tell(call, room.store, found.case, EventType.EVIDENCE_COMMITTED, committed)
    _hand_to_supervisor(call, room, found.case, line)
    seen = seen_lines(call, room.catalogue, changed.case, kept)
    view = CaseView(changed.case, case_etag(case_id, changed.version), evidence=seen)
    return Committed(view, text, digest)


def _hand_to_supervisor(call: Call, room: CaseRoom, case: Case, line: CaseLine) -> None:
    supervisor = line.guide.supervising_department or case.handling_department
    matter, requirement = line.told_name
    body = msgpack.packb(
        {"case": case.id, "matter": matter, "requirement": requirement, "made_time": call.now, "state": TO_CHECK}
    )
    key = f"{case.id}/{matter}/{requirement}"
    call.change(Insert(COMMITMENT_CHECK, key, body, ((SUPERVISOR, supervisor.encode()),)))
    call.draft.event(
        Event(
            type=EventType.SUPERVISION_COMMITMENT_TO_CHECK,
            subject=f"cases/{case.id}",
            audience=frozenset({supervisor, case.handling_department}),
            matter=matter,
            licence_type=line.requirement.licence_type,
            details={"requirement": requirement},
            owner=room.store.owner(owner_party(case)),
        )
    )
