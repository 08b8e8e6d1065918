"""Reviewing incidents afterwards: the audit department says whether breaking the glass was justified.

Rules:
1. Reviewers act under their audit mandate, see no person and no licence data, and are never who declared or confirmed.
2. A review ends an incident that still runs: nothing is read of which nobody would say afterwards what it was for.
3. A review that is missing at its deadline is told once, and suspends who declared the incident until it is there.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.clocks.due import taken
from exchange.codes import text_problem
from exchange.entities.event import EventType
from exchange.entities.incident import Incident, IncidentReview
from exchange.entities.page import Page
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.incidents.room import (
    EVERY,
    WAITING,
    IncidentRoom,
    IncidentStore,
    due_of,
    find_incident,
    operator_tag,
    owed_by,
    tell_incident,
    write_incident,
    write_owed,
)
from exchange.oversight.mandate import scope_under
from exchange.reasons import Reason

MAX_NOTE = 500


def list_waiting(call: Call, room: IncidentRoom, mandate: str, *, after: str, limit: int) -> Page[Incident]:
    """A page of the incidents that wait for a review, oldest first; a page may be short where the mandate covers few.

    Raises what ``scope_under`` raises.
    """
    scope = scope_under(call, room.desk, mandate, frozenset())
    page = room.store.incidents.page(WAITING, EVERY.decode(), after=after, limit=limit)
    return Page(tuple(each for each in page.items if not scope or each.department in scope), page.next_key)


def review_incident(
    call: Call, room: IncidentRoom, incident_id: str, mandate: str, review: IncidentReview | None, note: str
) -> Incident:
    """Review an incident, once.

    Raises what ``scope_under`` raises, ``InvalidError`` with every bad field, and ``RefusedError`` with
    EVIDENCE_OBJECT_UNKNOWN (alike for one that is missing, reviewed, or outside the mandate) or SECOND_PERSON_NEEDED.
    """
    problem = text_problem(note, MAX_NOTE)
    bad = [Violation("note", problem.en, problem.zh)] if problem is not None else []
    if review is None:
        bad.append(Violation("review", "must be named", "应注明复核结论"))
    if bad:
        raise InvalidError(tuple(bad))
    scope = scope_under(call, room.desk, mandate, frozenset())
    found = find_incident(call, room.store, incident_id)
    name = f"incidents/{incident_id}"
    if found is None or found.value.reviewed_time or (scope and found.value.department not in scope):
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=name)
    incident = found.value
    if call.caller.name in {incident.opened_by, incident.confirmed_by}:
        raise RefusedError(Reason.SECOND_PERSON_NEEDED, subject=name)
    runs = not incident.closed_time and call.now < incident.until_time
    reviewed = replace(
        incident,
        closed_time=call.now if runs else incident.closed_time,
        review=review,
        review_note=note,
        reviewed_by=call.caller.name,
        reviewed_time=call.now,
    )
    write_incident(call, reviewed, found.owner, found.version)
    tag = operator_tag(room.cases, incident.opened_by)
    owed = owed_by(call, room.store, tag)
    write_owed(call, tag, tuple(each for each in owed.reviews if each[0] != incident.id), owed.version)
    if not incident.overdue_time:
        call.change(taken(due_of(incident)))
    call.draft.sealed_owner = found.owner
    tell_incident(call, EventType.INCIDENT_REVIEWED, reviewed, found.owner, review=str(review))
    return reviewed


def report_overdue_review(call: Call, store: IncidentStore, subject: str) -> None:
    """The deadline of a review: if it is missing, say so, once.

    ``subject`` is the incident's id. Whoever runs it has taken the due record away already.
    """
    found = find_incident(call, store, subject)
    if found is None or found.value.reviewed_time or found.value.overdue_time:
        return
    overdue = replace(found.value, overdue_time=call.now)
    call.draft.sealed_owner = found.owner
    write_incident(call, overdue, found.owner, found.version)
    tell_incident(call, EventType.INCIDENT_REVIEW_OVERDUE, overdue, found.owner)
