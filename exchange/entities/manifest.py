"""A manifest: lines of cases that a second person agreed to have fetched beyond an operator's hourly limits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """A line of a case: case id, matter code (may be empty if one matter of the case has the line), requirement id."""

    case: str
    matter: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``proposer`` and ``approver`` are tags of operators of ``department`` (hex); empty: nobody yet.

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

    @property
    def cases(self) -> int:
        """How many cases it names."""
        return len({item.case for item in self.items})
