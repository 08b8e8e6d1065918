"""The configured numbers of missing evidence: how long it may be deferred, and how long a dispute may take."""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.clocks.weekdays import after_weekdays
from exchange.entities.register import Register

DAY = 86_400

WorkingDays = Callable[[Register, str, int, int], int]


def weekdays_alone(_register: Register, _region: str, now: int, days: int) -> int:
    """Working days where nothing says which days are holidays."""
    return after_weekdays(now, days)


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """Days are working days but for ``reminder_seconds`` and ``exclusion_seconds``.

    ``working_days(register, region, now, days)`` is the end of the working day that is ``days`` after the day of
    ``now`` in a region (6 digits) under the catalogue in force, in seconds since 1970 (UTC).
    """

    deferral_days: int = 20
    reminder_seconds: int = 3 * DAY
    exclusion_seconds: int = 365 * DAY
    dispute_check_days: int = 2
    dispute_answer_days: int = 5
    working_days: WorkingDays = weekdays_alone

    def end_of(self, register: Register, department: str, now: int, days: int) -> int:
        """When ``days`` working days of a department (USCC) after ``now`` are over; where it is unknown, weekdays."""
        found = register.departments.get(department)
        return self.working_days(register, found.region if found is not None else "", now, days)
