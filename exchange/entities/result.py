"""What a decision leads to: licences issued with it, and licences that the issuer still owes.

Rule: nothing here names people; holders are tags, and a licence is its resource name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseResult:
    """``licences`` are resource names; ``due_matters`` codes of matters whose result the issuer owes."""

    case: str
    approved: bool
    reasons: tuple[str, ...]
    legal_reference: str
    licences: tuple[str, ...]
    due_matters: tuple[str, ...]
    decided_time: int


@dataclass(frozen=True, slots=True)
class DueIssuance:
    """A licence that ``issuer`` owes to an approved case until ``due_time``.

    ``holders`` are their tags in hex. ``overdue_time``: when it was reported as overdue, ``settled_time``: when
    ``licence`` (a resource name) was issued; 0: not.
    """

    case: str
    matter: str
    licence_type: str
    issuer: str
    holders: tuple[str, ...]
    approved_time: int
    due_time: int
    overdue_time: int = 0
    settled_time: int = 0
    licence: str = ""

    @property
    def key(self) -> str:
        """The record's key, also the subject of its due record."""
        return f"{self.case}/{self.matter}"
