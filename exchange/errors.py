"""The errors that use cases raise; the edge turns each into a gRPC status with its details.

HubError
├── RefusedError          one or more reasons of purpose, permission or state: nothing was read or changed
├── InvalidError          bad fields of the request, all of them at once
├── NotFoundError         a named resource does not exist, or is not the caller's to know of
├── UnavailableError      something the hub needs is away: try again after ``retry_seconds``
└── StaleError            what was read changed before it could be committed: the pipeline runs the call again
"""

from dataclasses import dataclass

from exchange.reasons import Reason


class HubError(Exception):
    """Base of the errors that a call may end with."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


class RefusedError(HubError):
    """Refused: every failed guard is in ``reasons``; ``subject`` names the resource or requirement, never a person."""

    def __init__(self, *reasons: Reason, subject: str = "", retry_seconds: int = 0) -> None:
        super().__init__(reasons)
        self.subject = subject
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class Violation:
    """One bad field: its path in the request (``holders[0].id_number``) and what is wrong, in both languages."""

    field: str
    en: str
    zh: str


class InvalidError(HubError):
    """The request is malformed; ``violations`` names every bad field."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__((Reason.FIELD_INVALID,))
        self.violations = violations


class NotFoundError(HubError):
    """``kind`` and ``name`` say what was not found, as the caller named it."""

    def __init__(self, reason: Reason, kind: str, name: str) -> None:
        super().__init__((reason,))
        self.kind = kind
        self.name = name


class UnavailableError(HubError):
    """Something the hub needs is away; ``retry_seconds`` is when to try again."""

    def __init__(self, reason: Reason, retry_seconds: int = 1) -> None:
        super().__init__((reason,))
        self.retry_seconds = retry_seconds


class StaleError(HubError):
    """What was read changed before the commit. Never leaves the hub; ``subjects`` names the records to read again."""

    def __init__(self, *subjects: tuple[str, str]) -> None:
        super().__init__((Reason.STORAGE_UNAVAILABLE,))
        self.subjects = subjects
