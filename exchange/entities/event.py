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

MAX_DETAIL: Final = 500
"""Characters of one detail."""


class EventType(StrEnum):
    """What can happen; the part before the dot is what it happens to."""

    CASE_OPENED = "case.opened"
    CASE_ACCEPTED = "case.accepted"
    CASE_APPROVED = "case.approved"
    CASE_REFUSED = "case.refused"
    CASE_WITHDRAWN = "case.withdrawn"
    CASE_LAPSED = "case.lapsed"
    CATALOGUE_PUBLISHED = "catalogue.published"
    CATALOGUE_RETIRED = "catalogue.retired"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REVOKED = "consent.revoked"
    LICENCE_ISSUED = "licence.issued"
    LICENCE_RENEWED = "licence.renewed"
    LICENCE_AMENDED = "licence.amended"
    LICENCE_SUSPENDED = "licence.suspended"
    LICENCE_REINSTATED = "licence.reinstated"
    LICENCE_REVOKED = "licence.revoked"
    PRESENTATION_REDEEMED = "presentation.redeemed"


@dataclass(frozen=True, slots=True)
class Event:
    """``subject`` is a resource name (``cases/{id}``); ``audience`` holds USCCs; ``details`` are short codes and times.

    ``owner`` is whose data key seals subject and details (as ``CaseStore.owner`` gives it); empty: the call's record's.
    """

    type: EventType
    subject: str
    audience: frozenset[str]
    matter: str = ""
    licence_type: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
