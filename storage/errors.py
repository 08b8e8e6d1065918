"""What can go wrong in storage.

StorageError
├── StorageUnavailableError   the engine cannot be reached, is full, read-only or too slow: try again later
├── SchemaError               the database's schema is older or newer than this code knows
├── ConditionFailedError      a change's condition did not hold; nothing of its unit was kept
├── ObjectExistsError         create-once found other bytes under the same name
├── ObjectNotFoundError       no object of that name
├── CorruptError              bytes that do not open, or do not match their digest
└── LimitExceededError        a value larger than the interface allows
"""

from enum import StrEnum


class StorageError(Exception):
    """Base of every error that this package raises on purpose."""


class StorageUnavailableError(StorageError):
    """The engine cannot be reached, is full, read-only or too slow."""


class SchemaError(StorageError):
    """The database's schema is not the one this code knows; the message names the command to run."""


class Cause(StrEnum):
    """Which condition of a change did not hold."""

    EXISTS = "exists"
    MISSING = "missing"
    REMEMBERED = "remembered"
    SPENT = "spent"
    VERSION = "version"


class ConditionFailedError(StorageError):
    """A change's condition did not hold, so nothing of its unit was kept.

    ``position`` is the index of the failed change in its unit; ``same`` tells, for ``REMEMBERED`` only, whether
    the remembered request had the same body.
    """

    def __init__(self, cause: Cause, position: int, subject: str, *, same: bool = False) -> None:
        super().__init__(f"change {position} ({subject}): {cause.value}")
        self.cause = cause
        self.position = position
        self.subject = subject
        self.same = same


class ObjectExistsError(StorageError):
    """Create-once found other bytes under the same name."""


class ObjectNotFoundError(StorageError):
    """There is no object of that name."""


class CorruptError(StorageError):
    """Stored bytes do not open or do not match their digest."""


class ErasedError(StorageError):
    """The data key was destroyed on purpose, and what it sealed with it; it is never made anew."""


class LimitExceededError(StorageError):
    """A name, value or page is larger than the interface allows."""
