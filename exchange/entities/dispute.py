"""A dispute: a question to an issuer about a licence that a case needs. It never holds a field's value."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchange.entities.licence import Holder


class DisputeKind(StrEnum):
    """The hub has no licence that should be there, or one whose fields are wrong."""

    MISSING = "missing"
    WRONG = "wrong"


class DisputeState(StrEnum):
    """OPEN → CHECKED → CORRECTED | REFUSED; a checked answer may also follow at once."""

    OPEN = "open"
    CHECKED = "checked"
    CORRECTED = "corrected"
    REFUSED = "refused"


ANSWERED = frozenset({DisputeState.CORRECTED, DisputeState.REFUSED})


@dataclass(frozen=True, slots=True)
class Dispute:
    """``licence``: the identifier of the wrong one; ``fields``: names only. Times: seconds since 1970 (UTC), 0: none.

    ``due_time``: when its clock is looked at next, 0: not any more. Deadlines are the first second that is too late.
    """

    id: str
    case: str
    matter: str
    requirement: str
    kind: DisputeKind
    licence_type: str
    licence: str
    fields: tuple[str, ...]
    holder: Holder
    issuer: str
    asking_department: str
    operator: str
    state: DisputeState
    opened_time: int
    check_deadline: int
    answer_deadline: int
    due_time: int
    checked_time: int = 0
    answered_time: int = 0
    corrected_licence: str = ""
    reason: str = field(default="", repr=False)

    def overdue(self, now: int) -> bool:
        """Whether the issuer is late at ``now``."""
        if self.state in ANSWERED:
            return False
        return now >= self.answer_deadline or (self.state is DisputeState.OPEN and now >= self.check_deadline)
