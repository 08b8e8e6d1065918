"""An event: something that happened by a call, that other departments are told of.

Rules:
1. An event is part of the access log's entry of the call that made it: it has happened exactly if that entry is there,
   and its place among all events is the entry's position.
2. Who may be told is settled when it happens (``audience``) and asked again when it is told.
3. Subject and details are encrypted under the data key of whom they are about. Names, numbers and field values never
   stand in them: whoever is told of a case or a licence fetches it under a purpose of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

EVERY_DEPARTMENT: Final = frozenset({"*"})
"""The audience of what every department that takes part may know."""


class EventType(StrEnum):
    """What can happen; the part before the dot is what it happens to."""

    APPLICATION_OPENED = "application.opened"
    CASE_OPENED = "case.opened"
    CASE_ACCEPTED = "case.accepted"
    CASE_APPROVED = "case.approved"
    CASE_CLAIMED = "case.claimed"
    CASE_CLOCK_RESUMED = "case.clock_resumed"
    CASE_CLOCK_STOPPED = "case.clock_stopped"
    CASE_DEADLINE_NEAR = "case.deadline_near"
    CASE_REFUSED = "case.refused"
    CASE_WITHDRAWN = "case.withdrawn"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_LAPSED = "case.lapsed"
    CASE_COLLECTED = "case.collected"
    CASE_COMPLETED = "case.completed"
    CASE_SHARED = "case.shared"
    CASE_OVERDUE = "case.overdue"
    CASE_OVERDUE_STATUTORY = "case.overdue_statutory"
    CASE_PROCEDURE_OVERDUE = "case.procedure_overdue"
    CATALOGUE_PUBLISHED = "catalogue.published"
    CATALOGUE_RETIRED = "catalogue.retired"
    COMMITMENT_KEPT = "commitment.kept"
    COMMITMENT_BROKEN = "commitment.broken"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REVOKED = "consent.revoked"
    DEFERRAL_EXCLUSION_LIFTED = "deferral.exclusion_lifted"
    DEFERRAL_LAPSED = "deferral.lapsed"
    DEFERRAL_REMINDER = "deferral.reminder"
    DISPUTE_ANSWERED = "dispute.answered"
    DISPUTE_CHECKED = "dispute.checked"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_OVERDUE = "dispute.overdue"
    EVIDENCE_COMMITTED = "evidence.committed"
    EVIDENCE_DEFERRED = "evidence.deferred"
    EVIDENCE_HANDED_IN = "evidence.handed_in"
    INCIDENT_CLOSED = "incident.closed"
    INCIDENT_CONFIRMED = "incident.confirmed"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_READ = "incident.read"
    INCIDENT_REVIEWED = "incident.reviewed"
    INCIDENT_REVIEW_OVERDUE = "incident.review_overdue"
    ISSUANCE_DUE = "issuance.due"
    ISSUANCE_OVERDUE = "issuance.overdue"
    ISSUANCE_SETTLED = "issuance.settled"
    LETTER_APPROVED = "letter.approved"
    LETTER_READ = "letter.read"
    LETTER_REFUSED = "letter.refused"
    LETTER_REQUESTED = "letter.requested"
    LETTER_WITHDRAWN = "letter.withdrawn"
    LICENCE_ISSUED = "licence.issued"
    LICENCE_RENEWED = "licence.renewed"
    LICENCE_AMENDED = "licence.amended"
    LICENCE_SUSPENDED = "licence.suspended"
    LICENCE_REINSTATED = "licence.reinstated"
    LICENCE_REVOKED = "licence.revoked"
    SUPERVISION_COMMITMENT_TO_CHECK = "supervision.commitment_to_check"
    MANIFEST_APPROVED = "manifest.approved"
    MANIFEST_PROPOSED = "manifest.proposed"
    MANIFEST_WITHDRAWN = "manifest.withdrawn"
    PENALTY_PROPOSED = "penalty.proposed"
    PENALTY_CARRIED_OUT = "penalty.carried_out"
    PENALTY_REFUSED = "penalty.refused"
    PENALTY_OVERDUE = "penalty.overdue"
    RATING_GIVEN = "rating.given"
    REPRESENTATION_RECORDED = "representation.recorded"
    REPRESENTATION_REVOKED = "representation.revoked"
    RECTIFICATION_OVERDUE = "rectification.overdue"
    RECTIFICATION_ANSWERED = "rectification.answered"
    SUPERVISION_RESULT = "supervision.result"
    SUPERVISION_TASK_OPENED = "supervision.task_opened"
    RESTRICTION_APPROVED = "restriction.approved"
    RESTRICTION_LIFTED = "restriction.lifted"
    RESTRICTION_PROPOSED = "restriction.proposed"
    PRESENTATION_REDEEMED = "presentation.redeemed"


@dataclass(frozen=True, slots=True)
class Event:
    """``subject`` is a resource name (``cases/{id}``); ``details`` are short codes and times.

    ``audience`` holds USCCs, or is ``EVERY_DEPARTMENT``.
    ``owner`` is whose data key seals subject and details (as ``CaseStore.owner`` gives it); empty: the call's record's.
    """

    type: EventType
    subject: str
    audience: frozenset[str]
    matter: str = ""
    licence_type: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
