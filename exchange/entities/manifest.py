"""A manifest: lines of cases that a second person agreed to have fetched beyond an operator's hourly limits."""

from dataclasses import dataclass
from enum import StrEnum


class ManifestState(StrEnum):
    """How far a manifest is. One that ended or was withdrawn opens nothing any more."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """A line of a case: case id, matter code (may be empty if one matter of the case has the line), requirement id."""

    case: str
    matter: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``proposer``, ``approver`` and ``withdrawer`` are tags of operators of ``department`` (hex); empty: nobody yet.

    Times: seconds since 1970 (UTC), 0: not yet. ``until_time``: the first second in which it opens nothing.
    """

    id: str
    department: str
    items: tuple[ManifestItem, ...]
    reason: str
    proposer: str
    proposed_time: int
    until_time: int
    approver: str = ""
    approved_time: int = 0
    withdrawer: str = ""
    withdrawn_time: int = 0

    @property
    def cases(self) -> int:
        """How many cases it names."""
        return len({item.case for item in self.items})

    def state(self, now: int) -> ManifestState:
        """How far it is at ``now``; withdrawn stays withdrawn when its time is over."""
        if self.withdrawn_time:
            return ManifestState.WITHDRAWN
        if now >= self.until_time:
            return ManifestState.ENDED
        return ManifestState.APPROVED if self.approved_time else ManifestState.PROPOSED
