"""The collection of a case for another region (异地代收代办): who does what, and what was done."""

from dataclasses import dataclass

CHECK_IDENTITY = "check_identity"
CHECK_FORM = "check_form"
COLLECTING_DUTIES = (CHECK_IDENTITY, CHECK_FORM, "forward_papers", "hand_over")
"""Of the department whose counter the applicant came to, in their order."""
HANDLING_DUTIES = ("fetch", "accept", "decide", "answer")
"""Of the department that answers for the case."""
CHECKED = frozenset({CHECK_IDENTITY, CHECK_FORM})
"""What the collecting department says it has checked when it hands a case over."""


@dataclass(frozen=True, slots=True)
class Collection:
    """``handed_over_by``: department and operator; times are seconds since 1970 (UTC), 0: not yet."""

    case: str
    collecting_department: str
    handling_department: str
    collected_time: int
    handed_over_time: int = 0
    handed_over_by: str = ""
