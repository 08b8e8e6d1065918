"""The times of a licence: defaults, and what is impossible."""

from dataclasses import dataclass

from exchange.entities.catalogue import LicenceType
from exchange.errors import Violation

LATEST_TIME = 253_402_300_799
"""The last second of the year 9999."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Period:
    """Seconds since 1970 (UTC); ``valid_until_time`` 0: no end."""

    issued_time: int
    valid_from_time: int
    valid_until_time: int


def default_period(issued: int, valid_from: int, valid_until: int, licence_type: LicenceType, now: int) -> Period:
    """The times given (0: not given), completed: issued now, valid from then, until the type's own validity is over."""
    issued = issued or now
    valid_from = valid_from or issued
    if not valid_until and licence_type.validity_days:
        valid_until = valid_from + licence_type.validity_days * _DAY
    return Period(issued, valid_from, valid_until)


def period_problems(period: Period, now: int, path: str = "licence.") -> list[Violation]:
    """Everything that is impossible about the times; ``path`` is what stands before their names in the request."""
    found = [
        Violation(f"{path}{name}", "must lie between 1970 and 9999", "应在1970年至9999年之间")
        for name in ("issued_time", "valid_from_time", "valid_until_time")
        if not 0 <= getattr(period, name) <= LATEST_TIME
    ]
    if period.issued_time > now:
        found.append(Violation(f"{path}issued_time", "must not lie in the future", "不得晚于当前时间"))
    if period.valid_until_time:
        if period.valid_until_time <= period.valid_from_time:
            found.append(Violation(f"{path}valid_until_time", "must lie after valid_from_time", "应晚于有效期起始时间"))
        elif period.valid_until_time <= period.issued_time:
            found.append(Violation(f"{path}valid_until_time", "must lie after issued_time", "应晚于颁发时间"))
    return found
