"""The facts of one decision: what the hub knew about one call for one requirement line.

Rules:
1. Every fact may be missing (``None``). A missing fact that a guard needs is a denial, never a pass.
2. A group that does not apply (no agent, no consent) is the empty group: all its facts are missing.
3. Persons appear as tags only: 32 lower-case hex characters of a keyed HMAC. No names, no identity numbers.
4. Times are whole seconds since 1970 (UTC); windows are ``from <= time < until``.
5. Facts are what the hub's own registers say, never what a caller claims. Whoever builds them checks that; nothing
   here does.
"""

from dataclasses import dataclass

from exchange.entities.case import CaseState, RepresentationKind
from exchange.entities.catalogue import Basis, CaseAssurance, Purpose, Role, Sharing, Status
from exchange.entities.licence import LicenceState
from exchange.purpose.object_facts import DisputeFacts, IncidentFacts, LetterFacts, TaskFacts

_NO_TASK, _NO_LETTER, _NO_DISPUTE, _NO_INCIDENT = TaskFacts(), LetterFacts(), DisputeFacts(), IncidentFacts()


@dataclass(frozen=True, slots=True)
class CallerFacts:
    """Who calls, over what (steps 1 to 3).

    ``department`` is its USCC. ``operator_assurance`` is the login's level, 1 to 3. ``required_role`` and
    ``required_assurance`` are what the method asks of its callers. The operator's facts stay missing for SELF.
    """

    certificate_registered: bool | None = None
    certificate_revoked: bool | None = None
    token_valid: bool | None = None
    token_bound: bool | None = None
    department: str | None = None
    department_status: Status | None = None
    department_roles: frozenset[Role] | None = None
    operator_status: Status | None = None
    operator_roles: frozenset[Role] | None = None
    operator_assurance: int | None = None
    required_role: Role | None = None
    required_assurance: int | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is asked (steps 4 and 8).

    ``fresh``: the request id was not used for another read. ``fields`` empty: all allowed fields. ``token_*`` are the
    limits of the token's ``authorization_details``: matter codes, case tags and requirement ids; empty: no limit.
    """

    fresh: bool | None = None
    requirement: str | None = None
    fields: frozenset[str] | None = None
    token_matters: frozenset[str] | None = None
    token_cases: frozenset[str] | None = None
    token_requirements: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The evidence object of SERVICE (step 6).

    ``tag`` is the case id's tag. ``expires_time`` 0: no deadline. ``delegated``: the matter's implementer delegates the
    matter to the caller's counter at this time. ``outstanding``: the line may still be read (false for a line that
    a case awaiting deferred evidence already has; to whom files are shared, false for what was not fetched before).
    ``collecting``: the caller does no more than collect the case, for another region. ``shared``: the case is accepted,
    and its files are shared with the caller's region. ``handed_over``: who collected the case for another region has
    handed it over, or nobody did.
    """

    exists: bool | None = None
    tag: str | None = None
    state: CaseState | None = None
    expires_time: int | None = None
    handling_department: str | None = None
    delegated: bool | None = None
    assurance: CaseAssurance | None = None
    situations: frozenset[str] | None = None
    outstanding: bool | None = None
    collecting: bool | None = None
    shared: bool | None = None
    handed_over: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The evidence object of SELF (step 6): a holder's login. ``level`` is its ``acr``, 1 to 3."""

    holder: str | None = None
    level: int | None = None
    required_level: int | None = None
    expires_time: int | None = None


@dataclass(frozen=True, slots=True)
class MandateFacts:
    """The evidence object of OVERSIGHT (step 6).

    ``auditor`` is a USCC. ``departments`` empty: all of them; ``asked`` empty: the query is about all of them.
    """

    id: str | None = None
    auditor: str | None = None
    departments: frozenset[str] | None = None
    asked: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None


@dataclass(frozen=True, slots=True)
class GuideFacts:
    """The matter guide: the revision that the case pins and the one in force (step 7).

    ``implementer`` is a USCC. ``current_revision`` 0: none in force. ``transition_end_time``: until when the pinned
    revision may be used by itself, 0 if it is in force or was given no transition. ``verified``: signature and sequence
    of the catalogue that this hub reads are right. Digests are lower-case hex SHA-256.
    """

    matter: str | None = None
    implementer: str | None = None
    pinned_revision: int | None = None
    pinned_digest: str | None = None
    current_revision: int | None = None
    current_digest: str | None = None
    transition_end_time: int | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One requirement line as a guide revision states it (step 8); all missing: the revision has no such line."""

    licence_type: str | None = None
    party: str | None = None
    fields: frozenset[str] | None = None
    bases: frozenset[Basis] | None = None
    situations: frozenset[str] | None = None
    min_assurance: CaseAssurance | None = None
    max_uses: int | None = None
    withdrawn: bool | None = None


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """The licence type's label (steps 9 and 10).

    ``prohibitions`` pairs a field with the purposes it must not serve, fields in order, each once; ``masked`` are
    the fields with a mask rule. ``fields`` are all of the type's and are needed for SELF alone.
    """

    code: str | None = None
    sharing: Sharing | None = None
    prohibitions: tuple[tuple[str, frozenset[Purpose]], ...] | None = None
    masked: frozenset[str] | None = None
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """The agreement that lets the requester read a conditionally shared type (step 10).

    ``requester`` is a USCC. The sets may be cut down to what this call is about; an empty one covers nothing.
    ``daily_cap`` 0: none; ``used_today`` counts this agreement's releases of the day.
    """

    id: str | None = None
    requester: str | None = None
    licence_types: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    matters: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    daily_cap: int | None = None
    used_today: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """The holder's recorded consent (step 11). ``case`` is a case tag; ``fields`` empty: all fields of its lines."""

    id: str | None = None
    case: str | None = None
    party: str | None = None
    requirements: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    uses_left: int | None = None
    revoked: bool | None = None


@dataclass(frozen=True, slots=True)
class RepresentationFacts:
    """Whether an agent acts for the line's party in this case, and on what authority (step 12).

    ``agent_present`` false: the party acts itself and the rest stays missing. ``requirements`` empty: all of them.
    ``shown``: the licence or paper that the kind rests on shows it now; no fact for an agent, whose authority was given
    at the window. ``majority_time``: when the ward of a guardian becomes 18.
    """

    agent_present: bool | None = None
    party: str | None = None
    requirements: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    agent_is_clerk: bool | None = None
    kind: RepresentationKind | None = None
    revoked: bool | None = None
    shown: bool | None = None
    majority_time: int | None = None


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """The operator's counts and limits before this call (step 13).

    ``fetches`` of the running hour; ``holders`` (distinct) and ``cases`` (opened) of the day; ``uses`` of this line in
    this case so far. These refuse early; the recorder counts exactly when the call commits.
    """

    locked: bool | None = None
    fetches: int | None = None
    fetches_limit: int | None = None
    holders: int | None = None
    cases: int | None = None
    extra_holders: int | None = None
    uses: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything phase one decides from.

    ``policy`` names the rules they were gathered for. ``holder`` is the tag of the holder that the hub resolved from
    the evidence object: the case's party, the session, the task, letter, dispute or incident. ``restricted``: the
    purposes that a restriction on the holder forbids.
    """

    policy: str | None = None
    purpose: Purpose | None = None
    time: int | None = None
    holder: str | None = None
    restricted: frozenset[Purpose] | None = None
    caller: CallerFacts = CallerFacts()
    request: RequestFacts = RequestFacts()
    case: CaseFacts = CaseFacts()
    session: SessionFacts = SessionFacts()
    mandate: MandateFacts = MandateFacts()
    guide: GuideFacts = GuideFacts()
    pinned: LineFacts = LineFacts()
    current: LineFacts = LineFacts()
    licence_type: TypeFacts = TypeFacts()
    agreement: AgreementFacts = AgreementFacts()
    consent: ConsentFacts = ConsentFacts()
    representation: RepresentationFacts = RepresentationFacts()
    standing: StandingFacts = StandingFacts()
    task: TaskFacts = _NO_TASK
    letter: LetterFacts = _NO_LETTER
    dispute: DisputeFacts = _NO_DISPUTE
    incident: IncidentFacts = _NO_INCIDENT


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    """What phase two decides from (step 14): the licence that was looked up for (type, resolved holder).

    ``holders`` are tags. ``valid_until_time`` 0: none. ``digest_ok``: the stored credential has the digest that its
    register entry names; ``signature_ok``: it verified at its signing time; ``status_fresh``: its state was read
    recently enough. If nothing was found, ``found`` is false and the rest stays missing.
    """

    found: bool | None = None
    type_code: str | None = None
    holders: frozenset[str] | None = None
    state: LicenceState | None = None
    valid_from_time: int | None = None
    valid_until_time: int | None = None
    digest_ok: bool | None = None
    signature_ok: bool | None = None
    status_fresh: bool | None = None
