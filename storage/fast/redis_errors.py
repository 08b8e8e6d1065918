"""What an error of the library or an answer of the server means to whoever uses the fast store.

Nothing of the original text is repeated: it may hold commands, and with them keys and values.
"""

from typing import Final

from redis import exceptions

from storage.errors import LimitExceededError, StorageError, StorageUnavailableError
from storage.fast.redis_commands import NOT_COUNTER, NOT_VALUE, OVERFLOW

_LOCKED_OUT: Final = "the fast store does not let this hub in: check its user and password"
_SAID: Final[tuple[tuple[type[Exception], str], ...]] = (
    # The first that fits: subclasses stand before their bases.
    (exceptions.MaxConnectionsError, "all connections to the fast store are in use: wait"),
    (exceptions.AuthenticationError, _LOCKED_OUT),
    (exceptions.AuthorizationError, _LOCKED_OUT),
    (exceptions.NoPermissionError, "the fast store's user may not do what the hub does: give it its keys and commands"),
    (exceptions.BusyLoadingError, "the fast store is still loading its data: wait"),
    (exceptions.OutOfMemoryError, "the fast store is out of memory: raise its maxmemory, or wait"),
    (exceptions.ReadOnlyError, "the fast store's server is a read-only replica: name its primary"),
    (exceptions.ClusterDownError, "the fast store's cluster is down: see its nodes"),
    (exceptions.ClusterCrossSlotError, "the fast store's server is one of a cluster: say that it is one"),
    (exceptions.TimeoutError, "the fast store did not answer in time: see its load and the network"),
    (exceptions.ConnectionError, "the fast store cannot be reached: see that it runs, its address and TLS"),
    (OSError, "the fast store cannot be reached: see that it runs, its address and TLS"),
)
_CODES: Final[dict[str, type[Exception]]] = {
    "NOPERM": exceptions.NoPermissionError,
    "OOM": exceptions.OutOfMemoryError,
    "READONLY": exceptions.ReadOnlyError,
}
_TYPE_ERRORS: Final = (
    (NOT_COUNTER, "the key holds a value or a set, not a counter"),
    (NOT_VALUE, "the key holds a counter or a set, not a value"),
    ("WRONGTYPE", "the key holds content of another type"),
)


def storage_error(error: Exception) -> StorageError:
    """The error of this package that stands for one of the library's."""
    for kind, sentence in _SAID:
        if isinstance(error, kind):
            return StorageUnavailableError(sentence)
    return _refused(str(error)) if isinstance(error, exceptions.ResponseError) else nonsense()


def step_error(code: str) -> StorageError:
    """The error that stands for the code with which a step in a script failed."""
    return storage_error(_CODES.get(code, exceptions.ResponseError)(code))


def nonsense() -> StorageUnavailableError:
    """An answer that no Redis gives."""
    return StorageUnavailableError("the fast store's answer makes no sense: see that it is Redis or Valkey")


def unsettled() -> StorageUnavailableError:
    """Every server asked said that another one holds the key."""
    return StorageUnavailableError(
        "the fast store's servers send each other's keys on: wait for the cluster to settle, or say that it is one"
    )


def _refused(text: str) -> StorageError:
    if OVERFLOW in text:
        return LimitExceededError("the counter would pass 64 bits")
    for mark, sentence in _TYPE_ERRORS:
        if mark in text:
            return StorageError(sentence)
    return StorageUnavailableError("the fast store refused an operation: see its version and its user's permissions")
