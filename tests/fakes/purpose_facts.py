"""Facts of calls that are allowed, to change one thing at a time from. All of them are synthetic."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from exchange.entities.case import CaseState, RepresentationKind
from exchange.entities.catalogue import Basis, CaseAssurance, Purpose, Role, Sharing, Status
from exchange.entities.incident import IncidentReason
from exchange.entities.licence import LicenceState
from exchange.purpose.decision import POLICY
from exchange.purpose.facts import (
    AgreementFacts,
    CallerFacts,
    CaseFacts,
    ConsentFacts,
    Facts,
    GuideFacts,
    LicenceFacts,
    LineFacts,
    MandateFacts,
    RepresentationFacts,
    RequestFacts,
    SessionFacts,
    StandingFacts,
    TypeFacts,
)
from exchange.purpose.object_facts import DisputeFacts, IncidentFacts, LetterFacts, TaskFacts

NOW = 1_790_000_000
DAY = 86_400
DEPARTMENT = "11990100MB0000001T"
OTHER = "11990100MB0000002R"
TYPE = "11990000MB0000000J001"
MATTER = f"{DEPARTMENT}2000100101001"
HOLDER, CASE = "ab" * 16, "cd" * 16
NONE: frozenset[Any] = frozenset()


def some(*members: Any) -> frozenset[Any]:
    return frozenset(members)


CALLER = CallerFacts(
    certificate_registered=True,
    certificate_revoked=False,
    token_valid=True,
    token_bound=True,
    department=DEPARTMENT,
    department_status=Status.ACTIVE,
    department_roles=some(Role.REQUESTER, Role.ISSUER),
    operator_status=Status.ACTIVE,
    operator_roles=some(Role.REQUESTER),
    operator_assurance=2,
    required_role=Role.REQUESTER,
    required_assurance=2,
)
LINE = LineFacts(
    licence_type=TYPE,
    party="applicant",
    fields=some("name", "code", "address", "scope"),
    bases=some(Basis.DUTY),
    situations=NONE,
    min_assurance=CaseAssurance.C1,
    max_uses=3,
    withdrawn=False,
)
STANDING = StandingFacts(locked=False, fetches=4, fetches_limit=60, holders=9, cases=8, extra_holders=5, uses=0)

SERVICE = Facts(
    policy=POLICY,
    purpose=Purpose.SERVICE,
    time=NOW,
    holder=HOLDER,
    restricted=NONE,
    caller=CALLER,
    request=RequestFacts(
        fresh=True,
        requirement="business_licence",
        fields=NONE,
        token_matters=NONE,
        token_cases=NONE,
        token_requirements=NONE,
    ),
    case=CaseFacts(
        exists=True,
        tag=CASE,
        state=CaseState.ACCEPTED,
        expires_time=NOW + 30 * DAY,
        handling_department=DEPARTMENT,
        delegated=False,
        assurance=CaseAssurance.C1,
        situations=some("new"),
        outstanding=True,
        collecting=False,
        shared=False,
        handed_over=True,
    ),
    guide=GuideFacts(
        matter=MATTER,
        implementer=DEPARTMENT,
        pinned_revision=3,
        pinned_digest="3" * 64,
        current_revision=3,
        current_digest="3" * 64,
        transition_end_time=0,
        verified=True,
    ),
    pinned=LINE,
    current=LINE,
    licence_type=TypeFacts(
        code=TYPE, sharing=Sharing.UNCONDITIONAL, prohibitions=(), masked=some("code", "phone"), fields=None
    ),
    representation=RepresentationFacts(agent_present=False),
    standing=STANDING,
)
"""A statutory duty, one guide revision, the applicant at the window."""

FULL = replace(
    SERVICE,
    request=replace(
        SERVICE.request,
        fields=some("name", "code"),
        token_matters=some(MATTER),
        token_cases=some(CASE),
        token_requirements=some("business_licence"),
    ),
    guide=replace(SERVICE.guide, current_revision=4, current_digest="4" * 64),
    pinned=replace(LINE, bases=some(Basis.CONSENT, Basis.DUTY), situations=some("new", "renewal")),
    current=replace(LINE, fields=some("name", "code", "phone"), bases=some(Basis.CONSENT), situations=some("new")),
    licence_type=replace(
        SERVICE.licence_type,
        sharing=Sharing.CONDITIONAL,
        prohibitions=(("code", some(Purpose.SUPERVISION)), ("scope", some(Purpose.SERVICE))),
    ),
    agreement=AgreementFacts(
        id="agreement-1",
        requester=DEPARTMENT,
        licence_types=some(TYPE),
        fields=some("name", "code", "scope"),
        matters=some(MATTER),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
        daily_cap=100,
        used_today=3,
    ),
    consent=ConsentFacts(
        id="consent-1",
        case=CASE,
        party="applicant",
        requirements=some("business_licence"),
        fields=some("name", "code", "address"),
        from_time=NOW - 60,
        until_time=NOW + 600,
        uses_left=1,
        revoked=False,
    ),
    representation=RepresentationFacts(
        agent_present=True,
        party="applicant",
        requirements=some("business_licence"),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
        agent_is_clerk=False,
        kind=RepresentationKind.AGENT,
        revoked=False,
    ),
)
"""Everything that may apply does: a newer guide, an agreement, a consent, an agent, a narrow token, a read mask."""

WARD = replace(
    SERVICE,
    representation=RepresentationFacts(
        agent_present=True,
        party="applicant",
        requirements=NONE,
        from_time=NOW - DAY,
        until_time=NOW + 300 * DAY,
        agent_is_clerk=False,
        kind=RepresentationKind.GUARDIAN,
        revoked=False,
        shown=True,
        majority_time=NOW + DAY,
    ),
)
"""A guardian acts for a ward, longer than anybody could be authorised for."""

SELF = Facts(
    policy=POLICY,
    purpose=Purpose.SELF,
    time=NOW,
    holder=HOLDER,
    restricted=NONE,
    caller=replace(
        CALLER,
        department_roles=some(Role.HOLDER_CHANNEL),
        operator_status=None,
        operator_roles=None,
        operator_assurance=None,
        required_role=Role.HOLDER_CHANNEL,
        required_assurance=None,
    ),
    request=replace(SERVICE.request, requirement=None),
    session=SessionFacts(holder=HOLDER, level=2, required_level=2, expires_time=NOW + 600),
    licence_type=TypeFacts(
        code=TYPE, prohibitions=(("scope", some(Purpose.SELF)),), fields=some("name", "code", "scope")
    ),
    standing=StandingFacts(locked=False, fetches=0, fetches_limit=60),
)
OVERSIGHT = Facts(
    policy=POLICY,
    purpose=Purpose.OVERSIGHT,
    time=NOW,
    caller=replace(
        CALLER,
        department_roles=some(Role.AUDITOR),
        operator_roles=some(Role.AUDITOR),
        required_role=Role.AUDITOR,
    ),
    request=replace(SERVICE.request, requirement=None),
    mandate=MandateFacts(
        id="mandate-1",
        auditor=DEPARTMENT,
        departments=some(DEPARTMENT, OTHER),
        asked=some(OTHER),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
    ),
    standing=StandingFacts(locked=False, fetches=0, fetches_limit=60),
)
_OBJECT = Facts(
    policy=POLICY,
    time=NOW,
    holder=HOLDER,
    restricted=NONE,
    request=replace(SERVICE.request, requirement=None),
    licence_type=replace(SERVICE.licence_type, prohibitions=(("scope", some(*Purpose)),)),
    standing=StandingFacts(locked=False, fetches=0, fetches_limit=60),
)
SUPERVISION = replace(
    _OBJECT,
    purpose=Purpose.SUPERVISION,
    caller=replace(
        CALLER,
        department_roles=some(Role.SUPERVISOR),
        operator_roles=some(Role.SUPERVISOR),
        required_role=Role.SUPERVISOR,
    ),
    task=TaskFacts(
        id="task-1",
        supervisor=DEPARTMENT,
        matter=MATTER,
        supervised=True,
        licence_type=TYPE,
        fields=some("name", "code"),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
        open=True,
        uses_left=1,
    ),
)
ASSISTANCE = replace(
    _OBJECT,
    purpose=Purpose.ASSISTANCE,
    caller=CALLER,
    letter=LetterFacts(
        id="letter-1",
        requester=DEPARTMENT,
        legal_reference="clause-7",
        approved=True,
        licence_types=some(TYPE),
        fields=some("name", "address"),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
        uses_left=1,
    ),
)
CORRECTION = replace(
    _OBJECT,
    purpose=Purpose.CORRECTION,
    caller=CALLER,
    licence_type=replace(_OBJECT.licence_type, sharing=None),
    dispute=DisputeFacts(
        id="dispute-1",
        issuer=OTHER,
        disputant=DEPARTMENT,
        licence_type=TYPE,
        fields=some("name"),
        from_time=NOW - DAY,
        until_time=NOW + DAY,
        open=True,
    ),
)
EMERGENCY = replace(
    _OBJECT,
    purpose=Purpose.EMERGENCY,
    caller=replace(
        CALLER,
        department_roles=some(Role.RESPONDER),
        operator_roles=some(Role.RESPONDER),
        required_role=Role.RESPONDER,
    ),
    incident=IncidentFacts(
        id="incident-1",
        department=DEPARTMENT,
        reason=IncidentReason.LIFE_AT_RISK,
        seconded=True,
        alerted=None,
        licence_types=some(TYPE),
        fields=some("name", "code"),
        from_time=NOW - 60,
        until_time=NOW + 1_740,
        ended=False,
        review_overdue=False,
    ),
)
OBJECTS = (SUPERVISION, ASSISTANCE, CORRECTION, EMERGENCY)
BASELINES = (SERVICE, FULL, WARD, SELF, OVERSIGHT, *OBJECTS)
"""Calls that are allowed, at least one of each purpose."""
LICENCE = LicenceFacts(
    found=True,
    type_code=TYPE,
    holders=some(HOLDER, "ef" * 16),
    state=LicenceState.ACTIVE,
    valid_from_time=NOW - DAY,
    valid_until_time=NOW + DAY,
    digest_ok=True,
    signature_ok=True,
    status_fresh=True,
)


def changed(facts: Facts, **changes: Any) -> Facts:
    """The facts with some changed: ``case__state=…`` changes ``facts.case.state``."""
    for path, value in changes.items():
        group, _, name = path.partition("__")
        facts = replace(facts, **{group: replace(getattr(facts, group), **{name: value}) if name else value})
    return facts


def leaves(facts: Facts) -> Iterator[str]:
    """The paths of all facts that are there, as ``changed`` takes them."""
    for field in fields(facts):
        value = getattr(facts, field.name)
        if is_dataclass(value):
            yield from (f"{field.name}__{leaf.name}" for leaf in fields(value) if getattr(value, leaf.name) is not None)
        elif value is not None:
            yield field.name
