"""What a supervising department is told, checks and proposes after an approval (审管衔接).

Rule: cases and licences are named and their states told; nothing of what is in them. Whose they are the hub keeps to
itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from exchange.entities.licence import Holder, LicenceState


class HandOffKind(StrEnum):
    CASE_APPROVED = "case_approved"
    LICENCE_CHANGED = "licence_changed"


class CommitmentState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


class SupervisionOutcome(StrEnum):
    PASSED = "passed"
    TO_RECTIFY = "to_rectify"
    FAILED = "failed"


class PenaltyKind(StrEnum):
    """暂扣 or 吊销."""

    SUSPEND = "suspend"
    REVOKE = "revoke"


class PenaltyState(StrEnum):
    PROPOSED = "proposed"
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class HandOff:
    """``case`` is an id, ``licence`` a resource name; each empty where it does not apply."""

    id: str
    kind: HandOffKind
    supervisor: str
    origin: str
    matter: str
    case: str
    licence: str
    licence_state: LicenceState | None
    made_time: int
    acknowledged_time: int = 0


@dataclass(frozen=True, slots=True)
class CommitmentCheck:
    """What an applicant committed to in place of evidence, to be checked afterwards."""

    case: str
    matter: str
    requirement: str
    made_time: int
    state: CommitmentState


@dataclass(frozen=True, slots=True)
class SupervisionResult:
    """``subject`` is the resource name of a case or a licence; ``findings`` are codes."""

    id: str
    subject: str
    supervisor: str
    outcome: SupervisionOutcome
    findings: tuple[str, ...]
    made_time: int


@dataclass(frozen=True, slots=True)
class Penalty:
    """A proposal of ``supervisor`` that ``issuer`` carries out or refuses until ``due_time``. Times 0: not yet."""

    id: str
    licence: str
    matter: str
    kind: PenaltyKind
    legal_reference: str
    supervisor: str
    issuer: str
    proposed_time: int
    due_time: int
    state: PenaltyState = PenaltyState.PROPOSED
    settled_time: int = 0
    overdue_time: int = 0
    refusal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SupervisedLicence:
    """What supervision may know of a licence: its ``name``, not what is in it. ``owner``: whose data key seals it."""

    name: str
    issuer: str
    matter: str
    state: LicenceState
    owner: str
    holder: Holder = field(repr=False)


MAX_TASK_USES: Final = 20
"""How often a task may be read under at the most."""


@dataclass(frozen=True, slots=True)
class InspectionTask:
    """What a supervisor inspects, and what it may read for that: one type of one holder, these fields, for a time.

    ``subject`` is the resource name of an approved case or of a licence; ``identifier``: the one licence that may be
    read, empty: the holder's of that type. ``closed_time`` 0 and ``result`` empty: open. ``max_uses``: how often it may
    be read under; a task of before there was such a number has the most.
    """

    id: str
    supervisor: str
    subject: str
    matter: str
    licence_type: str
    identifier: str
    holder: Holder = field(repr=False)
    fields: tuple[str, ...]
    legal_reference: str
    opened_by: str
    opened_time: int
    until_time: int
    closed_time: int = 0
    result: str = ""
    max_uses: int = MAX_TASK_USES
