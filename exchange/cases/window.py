"""How long a case may be read for: from its opening to its end at the latest."""

from collections.abc import Iterable

from exchange.clocks.due import Due, DueKind
from exchange.entities.case import Case
from exchange.entities.catalogue import Matter

DAY = 86_400
LEAST_DAYS = 30
MOST_DAYS = 400


def expiry(opened_time: int, matters: Iterable[Matter]) -> int:
    """When nothing can be read for a case any more, in seconds since 1970.

    Twice the longest time limit of its matters, since special procedures (勘验, 听证) stop the clock, in calendar days
    (seven for five working days), but at least 30 days and at most 400. Public holidays are not counted.
    """
    longest = max((max(matter.statutory_days, matter.promised_days) for matter in matters), default=0)
    calendar_days = 2 * -(-longest * 7 // 5)
    return opened_time + min(max(LEAST_DAYS, calendar_days), MOST_DAYS) * DAY


def window_end(case: Case) -> Due:
    """What is due at the end of the case's window, unless it was accepted or closed before."""
    return Due(case.expires_time, DueKind.CASE_WINDOW, case.id)
