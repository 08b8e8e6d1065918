"""The answer about one line of a case (一次性告知), and the notice about all of them."""

from dataclasses import dataclass
from enum import StrEnum

from exchange.entities.catalogue import Label
from exchange.entities.evidence import Standing
from exchange.reasons import Reason

NO_LABEL = Label(zh="", en="")


class Availability(StrEnum):
    """What to do about a line."""

    AVAILABLE = "available"
    CONSENT_NEEDED = "consent_needed"
    DEFERRABLE = "deferrable"
    REPLACEABLE = "replaceable"
    HAND_IN = "hand_in"
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """The state of one line. ``fields``: what the guide lets the caller read; ``uses_left``: fetches that are left.

    ``covered_by``: (matter, requirement) of the line whose licence makes this one needless. ``issued_time`` and
    ``status_time`` (when the hub last knew the status) are those of the licence that is available, else 0.
    ``deferrable_until``: until when it may follow, 0: it may not. ``agreement_issuers``: USCCs of those with whose
    agreement it could be read. ``dispute``: the newest one's id. ``sentence`` is for the applicant.
    """

    requirement: str
    matter: str
    label: Label
    licence_type: str
    party: str
    availability: Availability
    reasons: tuple[Reason, ...]
    fields: tuple[str, ...]
    uses_left: int
    advice: Label
    issued_time: int = 0
    status_time: int = 0
    standing: Standing = Standing.OUT
    covered_by: tuple[str, str] | None = None
    deferrable_until: int = 0
    commitment_text: Label | None = None
    agreement_issuers: tuple[str, ...] = ()
    dispute: str = ""
    dispute_state: str = ""
    sentence: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class EvidenceNotice:
    """What the applicant is told, once and completely, and the hex SHA-256 of it."""

    text: Label
    digest: str
