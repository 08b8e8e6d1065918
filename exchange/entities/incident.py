"""An incident: what breaks the glass, and why."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchange.entities.licence import Holder


class IncidentReason(StrEnum):
    """Why data is needed at once; nothing else justifies it."""

    DISASTER = "disaster"
    EPIDEMIC = "epidemic"
    LIFE_AT_RISK = "life_at_risk"
    PUBLIC_SAFETY = "public_safety"


class IncidentReview(StrEnum):
    """What the audit department found afterwards."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


@dataclass(frozen=True, slots=True)
class Incident:
    """One person whose licences are needed at once. Times: seconds since 1970 (UTC), 0: not yet.

    ``profile`` pairs each licence type with the fields that may be read of it. ``opened_by``, ``confirmed_by`` and
    ``reviewed_by`` are ``uscc/operator id``. ``alerted``: an audit department was told when it was opened.
    """

    id: str
    department: str
    reason: IncidentReason
    holder: Holder = field(repr=False)
    profile: tuple[tuple[str, tuple[str, ...]], ...]
    note: str = field(repr=False)
    opened_by: str
    opened_time: int
    until_time: int
    review_deadline: int
    alerted: bool
    confirmed_by: str = ""
    confirmed_time: int = 0
    closed_time: int = 0
    overdue_time: int = 0
    review: IncidentReview | None = None
    review_note: str = field(default="", repr=False)
    reviewed_by: str = ""
    reviewed_time: int = 0
