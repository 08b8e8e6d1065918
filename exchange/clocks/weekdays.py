"""Working days where no calendar says otherwise: Monday to Friday, China Standard Time, no holidays."""

from datetime import date, timedelta

from exchange.civil_time import DAY_SECONDS, civil_date, civil_midnight

_SATURDAY = 5


def after_weekdays(now: int, days: int) -> int:
    """When the ``days``-th weekday after the day of ``now`` ends, in seconds since 1970 (UTC). ``days``: 1 to 400."""
    day = date.fromisoformat(civil_date(now))
    for _ in range(days):
        day += timedelta(days=1)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
    return civil_midnight(day.isoformat()) + DAY_SECONDS
