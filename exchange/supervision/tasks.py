"""Opening inspection tasks: what a supervisor is going to inspect, and what it may read for that.

Rules:
1. A task is about an approved case or a licence whose matter the caller's department supervises today. Whose licence
   may be read follows from that; the caller names no holder.
2. For a case: a licence type that its guide asks for, and of it the fields that the guide asks for. For a licence: that
   licence alone. Never a field that its type prohibits for supervision.
3. A task ends with the result of the inspection, or by itself after at most 90 days. It is read under at most 20 times.
"""

from dataclasses import dataclass

from exchange.call import Call
from exchange.cases.requirements import CaseLine, case_lines
from exchange.cases.room import new_id
from exchange.cases.store import owner_party
from exchange.codes import text_problem
from exchange.entities.case import Case, CaseState
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.licence import Holder
from exchange.entities.page import Page
from exchange.entities.supervision import MAX_TASK_USES, InspectionTask
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason
from exchange.supervision.handing_over import SUPERVISOR, supervisor_of
from exchange.supervision.results import supervised_case
from exchange.supervision.room import MAX_REFERENCE, SupervisionRoom, supervised_licence
from exchange.supervision.task_record import write_task

MAX_SECONDS = 90 * 86_400
MAX_FIELDS = 100


@dataclass(frozen=True, slots=True)
class NewTask:
    """``fields`` empty: all that rule 2 allows. ``until_time``: seconds since 1970 (UTC). ``max_uses``: reads."""

    fields: tuple[str, ...]
    legal_reference: str
    until_time: int
    max_uses: int


@dataclass(frozen=True, slots=True)
class _About:
    """What is inspected, and whose licence is read. ``owner``: whose data key seals it; ``addressee``: who is told."""

    subject: str
    matter: str
    licence_type: str
    identifier: str
    holder: Holder
    owner: str
    addressee: str


def open_case_task(
    call: Call, room: SupervisionRoom, case_id: str, licence_type: str, party: str, new: NewTask
) -> InspectionTask:
    """Open a task about an approved case; ``party`` may be empty if the guide asks one party for the type.

    Raises what ``supervised_case`` raises, ``RefusedError`` with CASE_STATE or EVIDENCE_NOT_REQUIRED, and
    ``InvalidError`` with every bad field.
    """
    case, _ = supervised_case(call, room, case_id)
    if case.state is not CaseState.APPROVED:
        raise RefusedError(Reason.CASE_STATE, subject=f"cases/{case_id}")
    lines = _lines(call, room, case, licence_type, party)
    if not lines:
        raise RefusedError(Reason.EVIDENCE_NOT_REQUIRED, subject=f"cases/{case_id}")
    parties = {line.requirement.party for line in lines}
    asked = frozenset[str]().union(*(line.requirement.fields for line in lines))
    problems = _problems(call, licence_type, new, asked)
    if len(parties) > 1:
        problems.append(
            Violation("task.party", "is needed: several parties have this type", "多个当事人有此类证照，请指明")
        )
    if problems:
        raise InvalidError(tuple(problems))
    about = _About(
        subject=f"cases/{case_id}",
        matter=lines[0].pinned.code,
        licence_type=licence_type,
        identifier="",
        holder=next(one.holder for one in case.parties if one.role in parties),
        owner=room.cases.store.owner(owner_party(case)),
        addressee=case.handling_department,
    )
    return _opened(call, room, new, about, _fields(call, licence_type, new, asked))


def open_licence_task(
    call: Call, room: SupervisionRoom, type_code: str, identifier: str, new: NewTask
) -> InspectionTask:
    """Open a task about a licence. Raises what ``supervised_licence`` raises, and ``InvalidError``."""
    found = supervised_licence(call, room, type_code, identifier)
    licence_type = call.register.licence_types.get(type_code)
    every = frozenset(field.name for field in licence_type.fields) if licence_type is not None else frozenset[str]()
    problems = _problems(call, type_code, new, every)
    if problems:
        raise InvalidError(tuple(problems))
    about = _About(
        subject=found.name,
        matter=found.matter,
        licence_type=type_code,
        identifier=identifier,
        holder=found.holder,
        owner=found.owner,
        addressee=found.issuer,
    )
    return _opened(call, room, new, about, _fields(call, type_code, new, every))


def list_tasks(call: Call, room: SupervisionRoom, *, after: str, limit: int) -> Page[InspectionTask]:
    """A page of the tasks of the caller's department, oldest first; ended ones included."""
    call.draft.purpose = Purpose.SUPERVISION.value
    return room.store.tasks.page(SUPERVISOR, call.caller.department.uscc, after=after, limit=limit)


def _lines(call: Call, room: SupervisionRoom, case: Case, licence_type: str, party: str) -> list[CaseLine]:
    """The lines of the case that ask for the type, of matters that the caller supervises, and of parties it has."""
    own = call.caller.department.uscc
    return [
        line
        for line in case_lines(room.cases.catalogue, call.register, case)
        if line.present
        and line.requirement.licence_type == licence_type
        and party in {"", line.requirement.party}
        and supervisor_of(call.register, line.pinned.code) == own
    ]


def _problems(call: Call, licence_type: str, new: NewTask, every: frozenset[str]) -> list[Violation]:
    found: list[Violation] = []
    problem = text_problem(new.legal_reference, MAX_REFERENCE)
    if problem is not None or not new.legal_reference:
        en, zh = (problem.en, problem.zh) if problem is not None else ("must be given", "应注明法律依据")
        found.append(Violation("task.legal_reference", en, zh))
    if not call.now < new.until_time <= call.now + MAX_SECONDS:
        found.append(Violation("task.until_time", "must be within the next 90 days", "应在今后90天之内"))
    if not 1 <= new.max_uses <= MAX_TASK_USES:
        found.append(Violation("task.max_uses", f"must be 1 to {MAX_TASK_USES}", f"应为1至{MAX_TASK_USES}"))
    if len(new.fields) > MAX_FIELDS or not _fields(call, licence_type, new, every) >= set(new.fields):
        found.append(Violation("task.fields", "must be fields that supervision may read", "应为监管可读取的字段"))
    return found


def _fields(call: Call, licence_type: str, new: NewTask, every: frozenset[str]) -> frozenset[str]:
    """Rule 2, narrowed to what was named."""
    found = call.register.licence_types.get(licence_type)
    if found is None:
        return frozenset()
    prohibited = {field.name for field in found.fields if Purpose.SUPERVISION in field.prohibited_purposes}
    allowed = every - prohibited
    return allowed & set(new.fields) if new.fields else allowed


def _opened(call: Call, room: SupervisionRoom, new: NewTask, about: _About, fields: frozenset[str]) -> InspectionTask:
    """Put the task, name it in the record, and tell whoever approved or issued."""
    task = InspectionTask(
        id=new_id(room.cases, call.now_us),
        supervisor=call.caller.department.uscc,
        subject=about.subject,
        matter=about.matter,
        licence_type=about.licence_type,
        identifier=about.identifier,
        holder=about.holder,
        fields=tuple(sorted(fields)),
        legal_reference=new.legal_reference,
        opened_by=call.caller.name,
        opened_time=call.now,
        until_time=new.until_time,
        max_uses=new.max_uses,
    )
    write_task(call, task, about.owner, 0)
    call.draft.sealed_owner = about.owner
    call.draft.matter = task.matter
    call.draft.evidence_object = f"inspectionTasks/{task.id}"
    call.draft.event(
        Event(
            EventType.SUPERVISION_TASK_OPENED,
            task.subject,
            frozenset({about.addressee, task.supervisor}),
            matter=task.matter,
            licence_type=task.licence_type,
            details={"task": task.id, "until": str(task.until_time), "uses": str(task.max_uses)},
            owner=about.owner,
        )
    )
    return task
