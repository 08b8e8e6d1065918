"""EMERGENCY: a responder reads of one person what the incident's profile names, while the incident runs.

Rules:
1. Each read is told at once to every audit department, whoever confirmed the incident.
2. What the catalogue has ceased to open since the incident was declared is closed at once; what it opened since is not
   opened by it.
"""

from exchange.call import Call
from exchange.entities.catalogue import Role
from exchange.entities.event import EventType
from exchange.entities.incident import Incident
from exchange.incidents.room import (
    IncidentRoom,
    emergency_profile,
    find_incident,
    incident_event,
    is_overdue,
    operator_tag,
    owed_by,
)
from exchange.purpose.object_facts import IncidentFacts
from exchange.warrants.room import FindWarrant
from exchange.warrants.warrant import PURPOSES, Asked, Warrant, unknown


def incident_warrants(room: IncidentRoom) -> FindWarrant:
    """What finds the warrant of an incident."""

    def find(call: Call, asked: Asked) -> Warrant:
        found = find_incident(call, room.store, asked.id)
        if found is None:
            return unknown(asked)
        incident, profile = found.value, _profile(call, found.value)
        code = asked.licence_type or (next(iter(profile)) if len(profile) == 1 else "")
        owed = owed_by(call, room.store, operator_tag(room.cases, call.caller.name))
        return Warrant(
            name=asked.name,
            purpose=PURPOSES[asked.collection],
            role=Role.RESPONDER,
            incident=IncidentFacts(
                id=incident.id,
                department=incident.department,
                reason=incident.reason,
                seconded=bool(incident.confirmed_time),
                alerted=incident.alerted,
                licence_types=frozenset(profile),
                fields=profile.get(code, frozenset()),
                from_time=incident.opened_time,
                until_time=incident.until_time,
                ended=bool(incident.closed_time),
                review_overdue=is_overdue(call, room.store, owed),
            ),
            holder=incident.holder,
            licence_type=code,
            until=incident.until_time,
            alert=incident_event(call, EventType.INCIDENT_READ, incident, found.owner, licence_type=code),
        )

    return find


def _profile(call: Call, incident: Incident) -> dict[str, frozenset[str]]:
    """Rule 2: what the incident was declared for, as far as it is open today."""
    declared = {code: emergency_profile(call.register, code).intersection(fields) for code, fields in incident.profile}
    return {code: fields for code, fields in declared.items() if fields}
