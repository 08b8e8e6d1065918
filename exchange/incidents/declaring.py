"""Declaring an incident, having a second person confirm it, and ending it.

Rules:
1. Opening alerts every audit department at once. Where there is none, nothing is read before a second person confirms.
2. It runs for 30 minutes at the most, is about one person, and opens only what the catalogue in force opens to
   incidents (``emergency_profile`` of each licence type).
3. An operator of whose incidents a review is overdue declares and confirms no other.
"""

from dataclasses import dataclass, field, replace

from exchange.call import Call
from exchange.cases.new_case import holder_problems
from exchange.cases.room import new_id
from exchange.clocks.due import put
from exchange.clocks.working_days import department_deadline
from exchange.codes import text_problem
from exchange.entities.event import EventType
from exchange.entities.incident import Incident, IncidentReason
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.incidents.room import (
    IncidentRoom,
    draft_incident,
    due_of,
    emergency_profile,
    is_overdue,
    operator_tag,
    owed_by,
    own_incident,
    still_owing,
    tell_incident,
    write_incident,
    write_owed,
)
from exchange.oversight.auditors import auditors
from exchange.purpose.object_guards import MAX_INCIDENT_SECONDS
from exchange.reasons import Reason

MAX_NOTE = 500
MAX_TYPES = 10
MAX_UNREVIEWED = 20
REVIEW_DAYS = 1
"""Working days."""


@dataclass(frozen=True, slots=True)
class NewIncident:
    """``licence_types``: codes, of which the catalogue says the fields. ``note`` says in words what happened."""

    reason: IncidentReason | None
    holder: Holder = field(repr=False)
    licence_types: tuple[str, ...]
    note: str = field(repr=False)


def open_incident(call: Call, room: IncidentRoom, new: NewIncident) -> Incident:
    """Declare an incident.

    Raises ``InvalidError`` with every bad field, and ``RefusedError`` with REVIEW_OVERDUE, or RATE_LIMITED for an
    operator with 20 incidents that nobody has reviewed. Not checked: that there is a person of that number.
    """
    problems = _problems(call, new)
    if problems or new.reason is None:
        raise InvalidError(tuple(problems))
    tag = operator_tag(room.cases, call.caller.name)
    owed = owed_by(call, room.store, tag)
    owing = still_owing(call, room.store, owed)
    if any(deadline <= call.now for _, deadline in owing):
        raise RefusedError(Reason.REVIEW_OVERDUE)
    if len(owing) >= MAX_UNREVIEWED:
        raise RefusedError(Reason.RATE_LIMITED)
    department = call.caller.department.uscc
    incident = Incident(
        id=new_id(room.cases, call.now_us),
        department=department,
        reason=new.reason,
        holder=new.holder,
        profile=tuple(
            (code, tuple(sorted(emergency_profile(call.register, code)))) for code in sorted(set(new.licence_types))
        ),
        note=new.note,
        opened_by=call.caller.name,
        opened_time=call.now,
        until_time=call.now + MAX_INCIDENT_SECONDS,
        review_deadline=department_deadline(call.register, department, call.now, REVIEW_DAYS),
        alerted=bool(auditors(call)),
    )
    owner = room.cases.store.owner(new.holder)
    draft_incident(call, room, incident, owner)
    write_incident(call, incident, owner, 0)
    write_owed(call, tag, (*owing, (incident.id, incident.review_deadline)), owed.version)
    call.change(put(due_of(incident)))
    tell_incident(call, EventType.INCIDENT_OPENED, incident, owner, review_deadline=str(incident.review_deadline))
    return incident


def confirm_incident(call: Call, room: IncidentRoom, incident_id: str) -> Incident:
    """Agree as a second person of the department; doing it again changes nothing.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN, SECOND_PERSON_NEEDED, INCIDENT_NOT_RUNNING or REVIEW_OVERDUE.
    """
    found = own_incident(call, room, incident_id)
    incident = found.value
    if incident.opened_by == call.caller.name:
        raise RefusedError(Reason.SECOND_PERSON_NEEDED, subject=f"incidents/{incident_id}")
    if incident.closed_time or call.now >= incident.until_time:
        raise RefusedError(Reason.INCIDENT_NOT_RUNNING, subject=f"incidents/{incident_id}")
    if incident.confirmed_time:
        return incident
    if is_overdue(call, room.store, owed_by(call, room.store, operator_tag(room.cases, call.caller.name))):
        raise RefusedError(Reason.REVIEW_OVERDUE)
    confirmed = replace(incident, confirmed_by=call.caller.name, confirmed_time=call.now)
    write_incident(call, confirmed, found.owner, found.version)
    tell_incident(call, EventType.INCIDENT_CONFIRMED, confirmed, found.owner)
    return confirmed


def close_incident(call: Call, room: IncidentRoom, incident_id: str) -> Incident:
    """End it: nothing more is read under it; doing it again changes nothing. The review is owed all the same.

    Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``.
    """
    found = own_incident(call, room, incident_id)
    if found.value.closed_time:
        return found.value
    closed = replace(found.value, closed_time=call.now)
    write_incident(call, closed, found.owner, found.version)
    tell_incident(call, EventType.INCIDENT_CLOSED, closed, found.owner)
    return closed


def get_incident(call: Call, room: IncidentRoom, incident_id: str) -> Incident:
    """An incident of the caller's department. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    return own_incident(call, room, incident_id).value


def _problems(call: Call, new: NewIncident) -> list[Violation]:
    found = holder_problems(new.holder, "incident.holder")
    if new.reason is None:
        found.append(Violation("incident.reason", "must be named", "应注明事由"))
    opened = all(emergency_profile(call.register, code) for code in new.licence_types)
    if not 1 <= len(new.licence_types) <= MAX_TYPES or not opened:
        en = f"must name 1 to {MAX_TYPES} types that have an emergency profile in the catalogue"
        zh = f"应为目录中列明紧急调取范围的1至{MAX_TYPES}类证照"
        found.append(Violation("incident.licence_types", en, zh))
    problem = text_problem(new.note, MAX_NOTE)
    if problem is not None or not new.note:
        en, zh = (problem.en, problem.zh) if problem is not None else ("must say what happened", "应说明情况")
        found.append(Violation("incident.note", en, zh))
    return found
