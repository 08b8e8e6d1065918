"""A case: the evidence object of the SERVICE purpose."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchange.entities.catalogue import CaseAssurance
from exchange.entities.licence import Holder


class CaseState(StrEnum):
    """OPEN → ACCEPTED → (AWAITING_EVIDENCE) → APPROVED | REFUSED | WITHDRAWN | LAPSED."""

    OPEN = "open"
    ACCEPTED = "accepted"
    AWAITING_EVIDENCE = "awaiting_evidence"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class CaseRelation(StrEnum):
    """What a case has to do with the department that lists it.

    OWN: it handles or collected the case. SHARED: the case's files are shared with it by rule.
    """

    OWN = "own"
    SHARED = "shared"


CLOSED = frozenset({CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.LAPSED})


@dataclass(frozen=True, slots=True)
class CaseParty:
    """Someone a case is about: ``role`` is a party id of the matter guide (``applicant``, ``seller``…)."""

    role: str
    holder: Holder


class RepresentationKind(StrEnum):
    """On what somebody acts for a party: an authority given, an office held, or the law."""

    AGENT = "agent"
    LEGAL_REPRESENTATIVE = "legal_representative"
    HANDLER = "handler"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class Representation:
    """Somebody (``agent``) acts for one party, for named requirements (empty: all), never delegated on.

    ``authorised_by``: the legal representative who sent a handler. ``document_digest``: hex SHA-256 of the signed paper
    that it rests on, empty where there is none. ``revoked_time`` 0: not taken back.
    """

    party: str
    agent: Holder
    requirements: frozenset[str]
    valid_from_time: int
    valid_until_time: int
    kind: RepresentationKind = RepresentationKind.AGENT
    authorised_by: Holder | None = None
    document_digest: str = ""
    revoked_time: int = 0


@dataclass(frozen=True, slots=True)
class PinnedMatter:
    """The guide a case was opened under: matter code, revision number and the revision's digest."""

    code: str
    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A holder's recorded consent: scoped to case, party, requirement lines, fields, time and uses.

    ``statement_digest`` is hex SHA-256 of the notice the holder agreed to; ``fields`` empty: all fields of the lines;
    ``language`` (``zh-CN`` or ``en``) is that of the notice, empty where the hub did not make it.
    """

    id: str
    case: str
    party: str
    requirements: frozenset[str]
    fields: frozenset[str]
    valid_from_time: int
    valid_until_time: int
    max_uses: int
    statement_digest: str
    recorded_by: str
    revoked_time: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case. ``operator`` is who opened it; times are seconds since 1970 (UTC), 0: none.

    ``claimed_by``: who took it on since, as ``Caller.name``; empty: nobody, it is with who opened it.

    ``representations``: at most one for each party, sorted by party.
    """

    id: str
    number: str
    matters: tuple[PinnedMatter, ...]
    bundle: str
    handling_department: str
    collecting_department: str
    parties: tuple[CaseParty, ...]
    representations: tuple[Representation, ...]
    situations: frozenset[str]
    channel: str
    operator: str
    assurance: CaseAssurance
    state: CaseState
    opened_time: int
    accepted_time: int
    closed_time: int
    expires_time: int
    note: str = field(repr=False)
    claimed_by: str = ""

    def holder_of(self, party: str | None) -> Holder | None:
        """The holder who is that party of the case; None: it has none."""
        return next((one.holder for one in self.parties if one.role == party), None)

    def representation_of(self, party: str | None) -> Representation | None:
        """Who acts for that party; None: nobody, the party acts itself."""
        return next((one for one in self.representations if one.party == party), None)
