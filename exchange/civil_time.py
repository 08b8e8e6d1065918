"""Calendar days of the catalogue: they begin and end at midnight, China Standard Time."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

DAY_SECONDS: Final = 86_400

CIVIL_TIME: Final = timezone(timedelta(hours=8))
"""China Standard Time, all year round."""


def civil_date(now: int) -> str:
    """The calendar date (ISO 8601) of a time in seconds since 1970."""
    return datetime.fromtimestamp(now, UTC).astimezone(CIVIL_TIME).date().isoformat()


def civil_midnight(date: str) -> int:
    """When a calendar date (ISO 8601) begins, in seconds since 1970. Raises ``ValueError`` for what is no date."""
    return int(datetime.fromisoformat(date).replace(tzinfo=CIVIL_TIME).timestamp())
