"""The errors of the hub's other rooms as the hub's own, and what of their reasons may be told outside."""

from collections.abc import Callable, Sequence
from typing import Final

from exchange.errors import HubError, InvalidError, RefusedError, UnavailableError, Violation
from exchange.reasons import Reason
from signer.errors import SignerError
from storage.errors import CorruptError, ErasedError, LimitExceededError, ObjectNotFoundError, StorageError

_HIDDEN: Final = frozenset({Reason.CASE_UNKNOWN, Reason.CASE_NOT_YOURS})


# The errors of the other rooms, the special before the general.
_OTHERS: Final[tuple[tuple[type[Exception], Callable[[], HubError]], ...]] = (
    (ErasedError, lambda: RefusedError(Reason.PROHIBITED)),
    (CorruptError, lambda: RefusedError(Reason.RECORD_CORRUPT)),
    (ObjectNotFoundError, lambda: RefusedError(Reason.RECORD_CORRUPT)),
    # Storage's bounds on names and sizes: the caller's text was beyond them.
    (
        LimitExceededError,
        lambda: InvalidError((Violation(".", "holds a name or value that is too long", "含有过长的名称或取值"),)),
    ),
    (StorageError, lambda: UnavailableError(Reason.STORAGE_UNAVAILABLE)),
    (SignerError, lambda: UnavailableError(Reason.SIGNER_UNAVAILABLE)),
)


def outward(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """What the caller may know: an unknown case and another department's case answer alike, and nothing beside."""
    if _HIDDEN & set(reasons):
        return (Reason.CASE_UNKNOWN,)
    return tuple(dict.fromkeys(reasons))


def hub_error(error: Exception) -> HubError | None:
    """The hub's error for one of the signer's or storage's; None for an error that nobody expected."""
    if isinstance(error, HubError):
        return error
    return next((make() for kind, make in _OTHERS if isinstance(error, kind)), None)
