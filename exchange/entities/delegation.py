"""Delegation: which other department does a department's duty, in which matters, and how long.

Dates are ISO 8601 calendar dates; the last is included.
"""

from dataclasses import dataclass
from enum import StrEnum


class DelegatedDuty(StrEnum):
    """What a delegated department does: all of it, collecting for another region, or reading what is shared."""

    HANDLE = "handle"
    COLLECT = "collect"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class CounterDelegation:
    """``counter`` (a department's USCC) does its duty in named matters for the department that publishes this.

    COLLECT and SHARE are for departments of other regions, in matters that are offered across regions.
    """

    counter: str
    matters: frozenset[str]
    valid_from: str
    valid_until: str
    duty: DelegatedDuty = DelegatedDuty.HANDLE
