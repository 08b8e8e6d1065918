"""Ratings (好差评) and what a bad one obliges the department to."""

from dataclasses import dataclass, field
from enum import StrEnum

LEVELS = (1, 2, 3, 4, 5)
BAD_LEVELS = frozenset({1, 2})


class RatingChannel(StrEnum):
    """Where a rating is given: each counts once for a case."""

    COUNTER = "counter"
    ONLINE = "online"
    PHONE = "phone"
    KIOSK = "kiosk"
    MESSAGE = "message"


class RectificationOutcome(StrEnum):
    """How a bad rating was answered: put right, explained, or found to have no ground (误评)."""

    RECTIFIED = "rectified"
    EXPLAINED = "explained"
    UNFOUNDED = "unfounded"


@dataclass(frozen=True, slots=True)
class Rating:
    """``level``: 5 very satisfied to 1 very dissatisfied; ``reasons`` are codes."""

    level: int
    reasons: tuple[str, ...]
    comment: str = field(repr=False)
    channel: RatingChannel
    rated_time: int


@dataclass(frozen=True, slots=True)
class CaseRatings:
    """The ratings of one case, and the one ticket that lets its holder give one.

    ``ticket`` is the keyed tag of the ticket in hex, never the ticket itself; ``ticket_used_time`` 0: not used yet.
    """

    case: str
    ticket: str
    ticket_used_time: int
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, slots=True)
class Rectification:
    """The duty to contact whoever gave a bad rating, and to answer it. Times 0: not yet."""

    case: str
    department: str
    matters: tuple[str, ...]
    rating: Rating
    contact_due_time: int
    answer_due_time: int
    contacted_time: int = 0
    answered_time: int = 0
    answer: str = field(default="", repr=False)
    outcome: RectificationOutcome | None = None
    reported_steps: tuple[str, ...] = ()
    """Steps of which it was told that their limit passed unmet."""

    @property
    def key(self) -> str:
        """The record's key."""
        return f"{self.case}/{self.rating.channel}"

    def overdue(self, now: int) -> bool:
        """Whether a limit has passed unmet at ``now``."""
        late_contact = not self.contacted_time and now >= self.contact_due_time
        return not self.answered_time and (late_contact or now >= self.answer_due_time)
