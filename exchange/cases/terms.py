"""The configured numbers of missing evidence: how long it may be deferred, and how long a dispute may take."""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.clocks.weekdays import after_weekdays

DAY = 86_400


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """Days are working days but for ``reminder_seconds`` and ``exclusion_seconds``.

    ``working_days(now, days)`` is the end of the working day that is ``days`` after the day of ``now``, in seconds
    since 1970 (UTC).
    """

    deferral_days: int = 20
    reminder_seconds: int = 3 * DAY
    exclusion_seconds: int = 365 * DAY
    dispute_check_days: int = 2
    dispute_answer_days: int = 5
    working_days: Callable[[int, int], int] = after_weekdays
