"""Was a licence valid at a time? Answered from its history and its period alone.

Rules:
1. The state at a time is the one after the last event that had effect by then; events with the same effective time
   count in the order in which they were recorded.
2. What ends a licence (revoked, superseded, transferred) comes before suspension, and both before its period.
3. Periods are ``valid_from_time <= t < valid_until_time``; ``valid_until_time`` 0 is no end.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from exchange.entities.licence import Licence, LicenceState


class Validity(StrEnum):
    """The answer."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    NOT_ISSUED = "not_issued"


_OF_STATE: Mapping[LicenceState, Validity] = MappingProxyType(
    {
        LicenceState.SUSPENDED: Validity.SUSPENDED,
        LicenceState.REVOKED: Validity.REVOKED,
        LicenceState.TRANSFERRED_OUT: Validity.SUPERSEDED,
        LicenceState.SUPERSEDED: Validity.SUPERSEDED,
    }
)


def state_at(licence: Licence, time: int) -> LicenceState | None:
    """The state that held at ``time`` (seconds since 1970); None before the licence was issued."""
    state = None
    for event in sorted(licence.history, key=lambda event: event.effective_time):
        if event.effective_time > time:
            break
        state = event.state
    return state


def validity_at(licence: Licence, time: int) -> Validity:
    """Whether the licence was valid at ``time``, or why not."""
    state = state_at(licence, time)
    if state is None or time < licence.issued_time:
        return Validity.NOT_ISSUED
    if state in _OF_STATE:
        return _OF_STATE[state]
    if time < licence.valid_from_time:
        return Validity.NOT_YET_VALID
    if licence.valid_until_time and time >= licence.valid_until_time:
        return Validity.EXPIRED
    return Validity.VALID
