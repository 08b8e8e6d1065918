"""Incidents."""

from dataclasses import replace
from typing import Final

from onceonly.v1 import incident_service_pb2 as pb

from exchange.cases.masking import masked_holder
from exchange.edge.convert.values import enum_member, enum_value, holder, holder_message, set_by_hub, timestamp
from exchange.entities.incident import Incident, IncidentReason, IncidentReview
from exchange.entities.licence import Holder
from exchange.errors import InvalidError
from exchange.incidents.declaring import NewIncident

_BY_CALLER = frozenset({"reason", "holder", "licence_types", "note"})
_NOBODY: Final = Holder("", "", "")


def new_incident(message: pb.Incident) -> NewIncident:
    """What is declared; raises ``InvalidError`` when the caller sets what only the hub may."""
    wrong = set_by_hub(message, "incident", _BY_CALLER)
    if wrong:
        raise InvalidError(tuple(wrong))
    reason = enum_member(IncidentReason, pb.IncidentReason.Name(message.reason))
    return NewIncident(reason, holder(message.holder), tuple(message.licence_types), message.note)


def incident_review(value: int) -> IncidentReview | None:
    """What a review found; None for UNSPECIFIED."""
    return enum_member(IncidentReview, pb.IncidentReview.Name(value))


def incident_message(incident: Incident) -> pb.Incident:
    """As the department that declared it sees it: its person masked."""
    return pb.Incident(
        name=f"incidents/{incident.id}",
        reason=enum_value(IncidentReason, incident.reason),
        holder=holder_message(masked_holder(incident.holder)) if incident.holder.id_type else None,
        licence_types=[code for code, _ in incident.profile],
        note=incident.note,
        department=incident.department,
        alerted=incident.alerted,
        opened_time=timestamp(incident.opened_time),
        until_time=timestamp(incident.until_time),
        confirmed_time=timestamp(incident.confirmed_time),
        closed_time=timestamp(incident.closed_time),
        review_deadline=timestamp(incident.review_deadline),
        reviewed_time=timestamp(incident.reviewed_time),
        review=None if incident.review is None else enum_value(IncidentReview, incident.review),
        review_note=incident.review_note,
    )


def audited_message(incident: Incident) -> pb.Incident:
    """As an auditor sees it: without its person, and without what was written about it."""
    return incident_message(replace(incident, holder=_NOBODY, note=""))
