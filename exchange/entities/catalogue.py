"""What departments publish: departments, licence types, matters, bundles, agreements, mandates and calendars.

Rules:
1. Everything here is immutable. A published revision never changes; a new one supersedes it.
2. An entity's digest is SHA-256 over its canonical JSON (``exchange.catalogue.codec``); decision records name it.
3. Dates are ISO 8601 calendar dates, times are whole seconds since 1970 (UTC).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from exchange.entities.delegation import CounterDelegation


@dataclass(frozen=True, slots=True)
class Label:
    """A name or sentence in Chinese and English."""

    zh: str
    en: str


class Level(StrEnum):
    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class Role(StrEnum):
    """What a department may do here, and what one of its operators may do for it. Permission needs both."""

    AUDITOR = "auditor"
    CATALOGUE_MANAGER = "catalogue_manager"
    HOLDER_CHANNEL = "holder_channel"
    ISSUER = "issuer"
    REQUESTER = "requester"
    RESPONDER = "responder"
    SUPERVISOR = "supervisor"


class Status(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class CaseAssurance(IntEnum):
    """How sure the hub is that a case is real: see ``docs/glossary.md``."""

    C0 = 0
    C1 = 1
    C2 = 2


class FieldClass(IntEnum):
    PUBLIC = 1
    INTERNAL = 2
    PERSONAL = 3
    SENSITIVE = 4


class DataType(StrEnum):
    BOOLEAN = "boolean"
    CODE = "code"
    DATE = "date"
    DECIMAL = "decimal"
    INTEGER = "integer"
    STRING = "string"
    TEXT_LIST = "text_list"


class HolderCategory(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    EITHER = "either"


class LicenceKind(StrEnum):
    """证照, 批文, 证明, 材料, 证件."""

    LICENCE = "licence"
    APPROVAL = "approval"
    PROOF = "proof"
    MATERIAL = "material"
    IDENTITY = "identity"


class MatterKind(StrEnum):
    """行政许可, 行政确认, 行政裁决, 行政给付, 行政奖励, 行政备案, 其他行政权力, 公共服务."""

    PERMISSION = "permission"
    CONFIRMATION = "confirmation"
    ADJUDICATION = "adjudication"
    PAYMENT = "payment"
    AWARD = "award"
    FILING = "filing"
    OTHER_POWER = "other_power"
    PUBLIC_SERVICE = "public_service"


class Necessity(StrEnum):
    REQUIRED = "required"
    OPTIONAL = "optional"
    DEFERRABLE = "deferrable"
    REPLACEABLE = "replaceable"


class Basis(StrEnum):
    """依职能 (statutory duty) or 依授权 (the holder's consent)."""

    DUTY = "duty"
    CONSENT = "consent"


class Sharing(StrEnum):
    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Acceptance(StrEnum):
    """What a case must have before it is accepted.

    ``complete``: every line that the guide asks for is fetched, handed in, deferred or committed. ``department``: the
    department judges that itself, since it takes paper that the hub never sees.
    """

    COMPLETE = "complete"
    DEPARTMENT = "department"


class SecondSignature(StrEnum):
    """Whether licences of a type are signed a second time by their authority, with SM2.

    ``offer``: where the authority has a second key; ``require``: none is issued without.
    """

    OMIT = "omit"
    OFFER = "offer"
    REQUIRE = "require"


class Purpose(StrEnum):
    SERVICE = "service"
    SELF = "self"
    OVERSIGHT = "oversight"
    SUPERVISION = "supervision"
    ASSISTANCE = "assistance"
    CORRECTION = "correction"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person at a department, by the id the department knows them by; ``assurance`` is the login's level, 1 to 3."""

    id: str
    roles: frozenset[Role]
    assurance: int
    status: Status


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key that a department signs its access tokens with: ``jwk`` is the public JWK as canonical JSON text."""

    kid: str
    alg: str
    jwk: str
    status: Status


CROSS_REGION: Final = "cross_region"
"""The channel of a matter that is offered across regions, and of a case that another region's counter collected."""


@dataclass(frozen=True, slots=True)
class Department:
    """``uscc`` is its code; ``certificates`` are lower-case hex SHA-256 digests of the SPKI of its TLS certificates."""

    uscc: str
    name: Label
    region: str
    level: Level
    parent: str | None
    roles: frozenset[Role]
    status: Status
    certificates: frozenset[str]
    token_keys: tuple[TokenKey, ...]
    operators: tuple[Operator, ...]
    delegations: tuple[CounterDelegation, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a licence type. ``mask`` names a mask rule or is empty; ``codes`` lists the values of a CODE."""

    name: str
    label: Label
    data_type: DataType
    required: bool
    field_class: FieldClass
    max_length: int
    mask: str
    codes: tuple[str, ...]
    prohibited_purposes: frozenset[Purpose]


@dataclass(frozen=True, slots=True)
class HolderMention:
    """The names of the fields that together say once more who a holder is; empty: there is none for that.

    ``id_number`` and ``name`` are texts and speak of one holder, or are lists of texts and speak of all of them.
    """

    id_number: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class LicenceType:
    """``code``: the defining authority's USCC and three digits. ``validity_days`` 0: no expiry of its own.

    ``emergency_profile``: names of the fields that a responder may read in an incident; empty: none opens the type.
    ``holder_mentions``: where its fields repeat who its holders are; empty: nothing is compared with them.
    """

    code: str
    name: Label
    kind: LicenceKind
    holder_category: HolderCategory
    co_holders: bool
    defining_authority: str
    issuers: frozenset[str]
    related_matter: str
    validity_text: Label
    validity_days: int
    fields: tuple[Field, ...]
    sharing: Sharing
    retention_days: int
    second_signature: SecondSignature = SecondSignature.OMIT
    emergency_profile: frozenset[str] = frozenset()
    holder_mentions: tuple[HolderMention, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceRequirement:
    """One line of a matter guide: which fields of which licence type of which party, why, and how often.

    ``situations`` empty: the line always applies. ``party`` names whose licence it is (``applicant``, ``seller``…).
    ``prefills`` pairs a licence field with the form field it fills. ``commitment_text``: what the applicant commits to
    where the line is replaceable; None: the hub's own sentence.
    """

    id: str
    name: Label
    licence_type: str
    party: str
    fields: frozenset[str]
    necessity: Necessity
    bases: frozenset[Basis]
    legal_reference: str
    max_uses: int
    min_assurance: CaseAssurance
    situations: frozenset[str]
    prefills: tuple[tuple[str, str], ...]
    withdrawn: bool
    commitment_text: Label | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A role that people or organisations play in a case of the matter."""

    id: str
    name: Label
    holder_category: HolderCategory
    required: bool


@dataclass(frozen=True, slots=True)
class Situation:
    id: str
    name: Label


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """A step with a limit of its own (特别程序: 勘验, 检验检测, 专家评审, 听证, 公示).

    ``limit_days``: working days that it may take. ``counts``: whether they count into the case's own limits; where they
    do not, the case's clock stands meanwhile.
    """

    id: str
    name: Label
    limit_days: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """``code`` is the 31-character implementation code, whose first 18 characters are the implementing department."""

    code: str
    basic_code: str
    name: Label
    kind: MatterKind
    legal_bases: tuple[str, ...]
    applicant: HolderCategory
    parties: tuple[Party, ...]
    conditions: tuple[Label, ...]
    steps: tuple[Label, ...]
    situations: tuple[Situation, ...]
    evidence: tuple[EvidenceRequirement, ...]
    statutory_days: int
    promised_days: int
    result_type: str
    channels: frozenset[str]
    supervising_department: str
    transition_seconds: int
    acceptance: Acceptance = Acceptance.COMPLETE
    special_procedures: tuple[SpecialProcedure, ...] = ()
    result_due_days: int = 0
    """Working days within which the implementer's own system issues the result; 0: it is issued with the decision."""
    result_parties: tuple[str, ...] = ()
    """Whose the result is, in order; empty: the applicant's."""

    @property
    def implementer(self) -> str:
        """The USCC of the department that implements the matter."""
        return self.code[:18]


@dataclass(frozen=True, slots=True)
class Bundle:
    """一件事: matters offered together; its evidence is their union without duplicates."""

    code: str
    name: Label
    lead_department: str
    matters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an issuer lets a requester read of conditionally shared types, for which matters, until when."""

    id: str
    issuer: str
    requester: str
    licence_types: frozenset[str]
    fields: frozenset[str]
    matters: frozenset[str]
    valid_from: str
    valid_until: str
    daily_cap: int


@dataclass(frozen=True, slots=True)
class Mandate:
    """The evidence object of OVERSIGHT: which auditing department may query whose accesses, until when.

    ``departments`` empty: all departments.
    """

    id: str
    auditor: str
    departments: frozenset[str]
    reference: str
    valid_from: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What a year has beside its weeks: ``holidays`` on which nobody works, ``workdays`` (调休) on rest days.

    ``provisional``: the State Council has not published the year's arrangement yet.
    """

    year: int
    holidays: frozenset[str]
    workdays: frozenset[str]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a region: ``code`` is its region code, 000000 for the whole country.

    ``rest_days``: the days of the week on which nobody works, 1 (Monday) to 7 (Sunday).
    """

    code: str
    name: Label
    rest_days: frozenset[int]
    years: tuple[CalendarYear, ...]


Entity = Department | LicenceType | Matter | Bundle | Agreement | Mandate | Calendar


class EntityKind(StrEnum):
    """The catalogue's collections, as their resource names spell them."""

    AGREEMENT = "agreements"
    BUNDLE = "bundles"
    CALENDAR = "calendars"
    DEPARTMENT = "departments"
    LICENCE_TYPE = "licenceTypes"
    MANDATE = "mandates"
    MATTER = "matters"
