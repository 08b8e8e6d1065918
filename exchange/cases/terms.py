"""The configured numbers of missing evidence: how long it may be deferred, and how long a dispute may take."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """Days are working days."""

    deferral_days: int = 20
    reminder_seconds: int = 3 * DAY
    exclusion_seconds: int = 365 * DAY
    dispute_check_days: int = 2
    dispute_answer_days: int = 5
