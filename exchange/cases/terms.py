"""The configured numbers of missing evidence: how long it may be deferred, and how long a dispute may take."""

from dataclasses import dataclass

from exchange.clocks.working_days import add_working_days, calendar_of
from exchange.entities.register import Register

DAY = 86_400


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """Days are working days."""

    deferral_days: int = 20
    reminder_seconds: int = 3 * DAY
    exclusion_seconds: int = 365 * DAY
    dispute_check_days: int = 2
    dispute_answer_days: int = 5

    def end_of(self, register: Register, department: str, now: int, days: int) -> int:
        """When ``days`` working days after ``now`` are over, in seconds since 1970 (UTC), by the calendar in force.

        The calendar is that of the region of ``department`` (a USCC), of the whole country where it is unknown.
        """
        found = register.departments.get(department)
        return add_working_days(calendar_of(register, found.region if found is not None else ""), now, days).time
