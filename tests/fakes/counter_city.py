"""The small city of the counter's machine: three matters, two of them in one bundle, and a line of every kind.

All of it is synthetic.

``LINES`` is the one table that the guides are made from and that the model predicts from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from exchange.codes import licence_type_code, matter_code, uscc
from exchange.entities.catalogue import (
    Acceptance,
    Basis,
    Bundle,
    Entity,
    Label,
    Level,
    Matter,
    Necessity,
    Role,
    Sharing,
    SpecialProcedure,
)
from exchange.entities.catalogue import Department as DepartmentEntry
from tests.fakes.bundle_world import delegating
from tests.fakes.licence_world import (
    DEED,
    DEED_TYPE,
    IDENTITY,
    IDENTITY_TYPE,
    LAND,
    MARKET,
    NATION,
    POLICE,
    SERVICE_CENTRE,
    department,
    field,
    label,
    licence_type,
    line,
    matter,
    operator,
)

PLATFORM = uscc("11990100MB0000006")
"""The applicants' own channel: it passes on ratings and handles nothing."""
PROVINCE = uscc("11990000MB0000008")
"""Supervises the shops."""
NEIGHBOUR = uscc("11990000MB0000009")
"""Supervises elsewhere."""
CLERK = "clerk"
HASTY = "hasty"
"""Works at windows with narrow limits."""
DECIDER = "decider"
"""May issue what a decision grants."""
ISSUER = "issuer"
WATCH = "watch"
"""A supervisor."""

SHOP = matter_code(MARKET, Level.CITY, "990301000000")
"""Complete evidence, and a permit with the approval."""
TITLE = matter_code(LAND, Level.CITY, "990302000000")
"""Its department judges the evidence itself; it ends without a licence."""
WORKS = matter_code(LAND, Level.CITY, "990303000000")
"""It asks for the permit, and its certificate comes from its department's own system, within days."""
NO_MATTER = matter_code(MARKET, Level.CITY, "990399000000")
BUNDLE = "counter"
HANDLERS = MappingProxyType({SHOP: MARKET, TITLE: LAND, WORKS: LAND})

HYGIENE = licence_type_code(NATION, 4)
LEASE = licence_type_code(NATION, 5)
PERMIT = licence_type_code(NATION, 8)
CERTIFICATE = licence_type_code(NATION, 9)
RESULTS = MappingProxyType({SHOP: PERMIT, WORKS: CERTIFICATE})
DUE_DAYS = 5
"""Working days within which what is owed is to be issued."""
ISSUERS = MappingProxyType({IDENTITY: POLICE, DEED: LAND, HYGIENE: POLICE})
"""Who issues what the machine issues by itself."""

STAYED = "inspection"
COUNTED = "hearing"
PROCEDURES = (STAYED, COUNTED)


@dataclass(frozen=True, slots=True)
class LineRule:
    """What the guide says of a line; ``agreed``: its type is shared under an agreement, and there is none."""

    licence_type: str
    fields: frozenset[str]
    necessity: Necessity
    max_uses: int
    by_consent: bool = False
    agreed: bool = False


_DEED = frozenset({"unit_number", "address"})
LINES: Mapping[str, Mapping[str, LineRule]] = MappingProxyType(
    {
        SHOP: {
            "identity": LineRule(IDENTITY, frozenset({"name", "born"}), Necessity.REQUIRED, 2),
            "deed": LineRule(DEED, _DEED, Necessity.DEFERRABLE, 3, by_consent=True),
            "hygiene": LineRule(HYGIENE, frozenset({"text"}), Necessity.DEFERRABLE, 2),
            "lease": LineRule(LEASE, frozenset({"text"}), Necessity.REPLACEABLE, 2, agreed=True),
        },
        TITLE: {
            "identity": LineRule(IDENTITY, frozenset({"name", "born"}), Necessity.REQUIRED, 2),
            "deed": LineRule(DEED, _DEED, Necessity.DEFERRABLE, 1, by_consent=True),
        },
        WORKS: {
            "identity": LineRule(IDENTITY, frozenset({"name", "born"}), Necessity.REQUIRED, 2),
            "permit": LineRule(PERMIT, frozenset({"shop"}), Necessity.REQUIRED, 4),
        },
    }
)
REQUIREMENTS = (*LINES[SHOP], "permit")


def guide(code: str, withdrawn: frozenset[str] = frozenset()) -> Matter:
    """The matter's guide, in which these lines are withdrawn."""
    lines = [
        line(
            name,
            rule.licence_type,
            *rule.fields,
            necessity=rule.necessity,
            max_uses=rule.max_uses,
            bases=frozenset({Basis.CONSENT if rule.by_consent else Basis.DUTY}),
            commitment_text=Label(zh="承诺", en="I commit") if rule.necessity is Necessity.REPLACEABLE else None,
            withdrawn=name in withdrawn,
        )
        for name, rule in LINES[code].items()
    ]
    procedures = tuple(SpecialProcedure(name, label(name), 5, counts=name == COUNTED) for name in PROCEDURES)
    plain = matter(code, *lines, special_procedures=procedures)
    if code == SHOP:
        return replace(plain, acceptance=Acceptance.COMPLETE, result_type=PERMIT, supervising_department=PROVINCE)
    return replace(plain, result_type=CERTIFICATE, result_due_days=DUE_DAYS) if code == WORKS else plain


def _departments() -> tuple[DepartmentEntry, ...]:
    issuing = (*(operator(name, Role.REQUESTER) for name in (CLERK, HASTY)), operator(ISSUER, Role.ISSUER))
    deciding = operator(DECIDER, Role.ISSUER, Role.REQUESTER)
    market = department(MARKET, Role.ISSUER, Role.REQUESTER, operators=(*issuing, deciding))
    land = department(LAND, Role.ISSUER, Role.REQUESTER, operators=(*issuing, deciding))
    return (
        department(NATION, Role.CATALOGUE_MANAGER),
        department(POLICE, Role.ISSUER, Role.REQUESTER, operators=issuing),
        department(SERVICE_CENTRE, Role.REQUESTER, operators=issuing[:2]),
        department(PROVINCE, Role.SUPERVISOR, operators=(operator(WATCH, Role.SUPERVISOR),)),
        department(NEIGHBOUR, Role.SUPERVISOR, operators=(operator(WATCH, Role.SUPERVISOR),)),
        department(PLATFORM, Role.REQUESTER, operators=(operator(CLERK, Role.REQUESTER),)),
        delegating(market, SHOP),
        delegating(land, TITLE, WORKS),
    )


COUNTER_CITY: tuple[Entity, ...] = (
    *_departments(),
    IDENTITY_TYPE,
    DEED_TYPE,
    licence_type(HYGIENE, field("text", required=True), issuers=(POLICE,)),
    licence_type(LEASE, field("text", required=True), issuers=(LAND,), sharing=Sharing.CONDITIONAL),
    licence_type(PERMIT, field("shop", required=True), issuers=(MARKET,)),
    guide(SHOP),
    licence_type(CERTIFICATE, field("shop", required=True), issuers=(LAND,)),
    guide(TITLE),
    guide(WORKS),
    Bundle(BUNDLE, label("Opening a shop"), MARKET, (SHOP, TITLE)),
)
