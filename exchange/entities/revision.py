"""A revision of a catalogue entity: what it says, and how it came to be in force.

Rules:
1. A published revision never changes; a new one supersedes it.
2. Times are whole seconds since 1970 (UTC), 0: not yet.
"""

from dataclasses import dataclass
from enum import StrEnum

from exchange.entities.catalogue import Entity, EntityKind


class RevisionState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of an entity and how it came to be. ``author``, ``publisher``, ``approver``: ``uscc/operator id``.

    ``approver``: who of a second department let it widen access, over the revision ``approved_over`` (0: none).
    """

    kind: EntityKind
    code: str
    number: int
    state: RevisionState
    entity: Entity
    digest: str
    author: str
    publisher: str
    proposed_time: int
    published_time: int
    superseded_time: int
    note: str
    approver: str = ""
    approved_over: int = 0
