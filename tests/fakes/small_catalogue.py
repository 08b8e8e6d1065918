"""A catalogue small enough to keep in mind. Everything in it is synthetic and valid; tests vary it with ``replace``.

Departments: MARKET (issues, handles FOOD, manages the catalogue), POLICE (issues, handles HOUSEHOLD), SERVICE (the
counter that both delegate to during 2026), HEALTH (a requester that nobody delegates to).
"""

from dataclasses import replace
from datetime import date

from exchange.codes import citizen_id, licence_type_code, matter_code, uscc
from exchange.entities.catalogue import (
    Acceptance,
    Basis,
    Bundle,
    CaseAssurance,
    DataType,
    Department,
    Entity,
    EvidenceRequirement,
    Field,
    FieldClass,
    HolderCategory,
    Label,
    Level,
    LicenceKind,
    LicenceType,
    Matter,
    MatterKind,
    Necessity,
    Operator,
    Party,
    Role,
    Sharing,
    Situation,
    Status,
)
from exchange.entities.delegation import CounterDelegation
from exchange.entities.licence import Holder

MARKET = uscc("11990100MB0000001")
POLICE = uscc("11990100MB0000002")
SERVICE = uscc("12990100MB0000003")
HEALTH = uscc("11990100MB0000004")
BUSINESS_LICENCE = licence_type_code(MARKET, 1)
IDENTITY_CARD = licence_type_code(POLICE, 1)
FOOD = matter_code(MARKET, Level.CITY, "990101000000")
HOUSEHOLD = matter_code(POLICE, Level.CITY, "990201000000")
RESTAURANT = "restaurant"

CLERK = "clerk"
ISSUER = "issuer"
AUTHOR = "author"
EDITOR = "editor"


def person(sequence: int = 1, name: str = "测试甲") -> Holder:
    """A synthetic person; ``sequence`` 1 to 999 tells people apart."""
    return Holder("111", citizen_id("990101", date(1990, 1, 1), sequence), name)


def organisation(serial: int = 1, name: str = "清河市样本餐饮有限公司") -> Holder:
    """A synthetic company; ``serial`` tells companies apart."""
    return Holder("001", uscc(f"91990101MA{serial:07d}"), name)


def label(text: str) -> Label:
    return Label(zh=text, en=text)


def operator(name: str, *roles: Role, assurance: int = 2) -> Operator:
    return Operator(name, frozenset(roles), assurance, Status.ACTIVE)


def department(code: str, *operators: Operator, delegations: tuple[CounterDelegation, ...] = ()) -> Department:
    return Department(
        uscc=code,
        name=label("示例部门"),
        region="990100",
        level=Level.CITY,
        parent=None,
        roles=frozenset(role for each in operators for role in each.roles),
        status=Status.ACTIVE,
        certificates=frozenset(),
        token_keys=(),
        operators=operators,
        delegations=delegations,
    )


def delegation(matter: str, counter: str = SERVICE) -> CounterDelegation:
    return CounterDelegation(counter, frozenset({matter}), "2026-01-01", "2026-12-31")


def market() -> Department:
    return department(
        MARKET,
        operator(CLERK, Role.REQUESTER),
        operator(ISSUER, Role.ISSUER),
        operator(AUTHOR, Role.CATALOGUE_MANAGER),
        operator(EDITOR, Role.CATALOGUE_MANAGER),
        delegations=(delegation(FOOD),),
    )


def police() -> Department:
    return department(
        POLICE,
        operator(CLERK, Role.REQUESTER),
        operator(ISSUER, Role.ISSUER),
        delegations=(delegation(HOUSEHOLD),),
    )


def service() -> Department:
    return department(SERVICE, operator(CLERK, Role.REQUESTER))


def health() -> Department:
    return department(HEALTH, operator(CLERK, Role.REQUESTER))


def field(name: str, *, mask: str = "", field_class: FieldClass = FieldClass.PERSONAL) -> Field:
    return Field(
        name=name,
        label=label(name),
        data_type=DataType.STRING,
        required=True,
        field_class=field_class,
        max_length=200,
        mask=mask,
        codes=(),
        prohibited_purposes=frozenset(),
    )


def licence_type(code: str, category: HolderCategory, *fields: Field) -> LicenceType:
    return LicenceType(
        code=code,
        name=label("示例证照"),
        kind=LicenceKind.LICENCE,
        holder_category=category,
        co_holders=False,
        defining_authority=code[:18],
        issuers=frozenset({code[:18]}),
        related_matter="",
        validity_text=label("长期有效"),
        validity_days=0,
        fields=fields,
        sharing=Sharing.UNCONDITIONAL,
        retention_days=3_650,
    )


def business_licence() -> LicenceType:
    public = FieldClass.PUBLIC
    fields = [field(name, field_class=public) for name in ("name", "credit_code", "address", "scope")]
    return licence_type(BUSINESS_LICENCE, HolderCategory.ORGANISATION, *fields)


def identity_card() -> LicenceType:
    fields = [field(name) for name in ("name", "id_number", "address")]
    return licence_type(IDENTITY_CARD, HolderCategory.PERSON, *fields)


def requirement(line: str, type_code: str, party: str, *fields: str, basis: Basis = Basis.DUTY) -> EvidenceRequirement:
    return EvidenceRequirement(
        id=line,
        name=label("示例材料"),
        licence_type=type_code,
        party=party,
        fields=frozenset(fields),
        necessity=Necessity.REQUIRED,
        bases=frozenset({basis}),
        legal_reference="《示例条例》第一条",
        max_uses=3,
        min_assurance=CaseAssurance.C0,
        situations=frozenset(),
        prefills=(),
        withdrawn=False,
    )


def matter(code: str, parties: tuple[Party, ...], evidence: tuple[EvidenceRequirement, ...]) -> Matter:
    return Matter(
        code=code,
        basic_code=code[19:31],
        name=label("示例事项"),
        kind=MatterKind.PERMISSION,
        legal_bases=("《示例条例》",),
        applicant=parties[0].holder_category,
        parties=parties,
        conditions=(),
        steps=(label("受理"), label("办结")),
        situations=(Situation("chain", label("连锁经营")),),
        evidence=evidence,
        statutory_days=20,
        promised_days=10,
        result_type="",
        channels=frozenset({"counter"}),
        supervising_department="",
        transition_seconds=0,
        acceptance=Acceptance.DEPARTMENT,
    )


def food() -> Matter:
    """A company applies; its manager's identity card is read by consent, and again in the situation ``chain``."""
    chain = requirement("chain_identity", IDENTITY_CARD, "manager", "address", basis=Basis.CONSENT)
    return matter(
        FOOD,
        (
            Party("applicant", label("申请人"), HolderCategory.ORGANISATION, required=True),
            Party("manager", label("负责人"), HolderCategory.PERSON, required=True),
            Party("partner", label("合伙人"), HolderCategory.EITHER, required=False),
        ),
        (
            requirement("licence", BUSINESS_LICENCE, "applicant", "name", "credit_code"),
            requirement("identity", IDENTITY_CARD, "manager", "name", "id_number", basis=Basis.CONSENT),
            replace(chain, situations=frozenset({"chain"})),
        ),
    )


def household() -> Matter:
    return matter(
        HOUSEHOLD,
        (Party("manager", label("户主"), HolderCategory.PERSON, required=True),),
        (requirement("identity", IDENTITY_CARD, "manager", "name"),),
    )


def restaurant() -> Bundle:
    return Bundle(RESTAURANT, label("开餐馆一件事"), MARKET, (FOOD, HOUSEHOLD))


def small_catalogue() -> tuple[Entity, ...]:
    """All of it, those that others refer to first."""
    departments = (service(), health(), market(), police())
    return *departments, business_licence(), identity_card(), food(), household(), restaurant()
