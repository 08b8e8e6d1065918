"""A letter of request (协查函): one department asks another for licences of one person, and says by what law."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchange.entities.licence import Holder


class LetterState(StrEnum):
    """REQUESTED → APPROVED | REFUSED by the issuer; WITHDRAWN by the requester from either of the first two."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Letter:
    """Times: seconds since 1970 (UTC), 0: not yet. ``requester`` and ``issuer`` are USCCs.

    ``profile`` pairs each licence type with the fields that may be read of it, ``max_uses`` times altogether, until
    ``until_time``. ``requested_by`` and ``decided_by`` are ``uscc/operator id``; ``answer``: why it was refused.
    """

    id: str
    requester: str
    issuer: str
    holder: Holder = field(repr=False)
    profile: tuple[tuple[str, tuple[str, ...]], ...]
    legal_reference: str
    note: str = field(repr=False)
    until_time: int
    max_uses: int
    requested_by: str
    requested_time: int
    state: LetterState = LetterState.REQUESTED
    decided_by: str = ""
    decided_time: int = 0
    answer: str = field(default="", repr=False)
