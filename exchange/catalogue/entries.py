"""The one schema of catalogue entities as people and other systems write them: shapes, bounds and defaults.

Rules:
1. Members are named as the entities' own (``exchange.entities.catalogue``): an entry in full is its canonical JSON.
2. Strict: no conversion between types, no unknown member, every text and list bounded, no item twice in a set.
3. Only what one entry shows by itself is checked; references and codes are ``validation``'s.
"""

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from exchange.entities.catalogue import (
    Acceptance,
    Basis,
    CaseAssurance,
    DataType,
    EntityKind,
    FieldClass,
    HolderCategory,
    Level,
    LicenceKind,
    MatterKind,
    Necessity,
    Purpose,
    Role,
    SecondSignature,
    Sharing,
    Status,
)
from exchange.entities.delegation import DelegatedDuty

_T = TypeVar("_T", bound=Hashable)


def _distinct(items: list[_T]) -> list[_T]:
    if len(set(items)) != len(items):
        raise PydanticCustomError("repeated", "repeats an item")
    return items


Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
OptionalText = Annotated[str, StringConstraints(max_length=400)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
OptionalName = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,39})?$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,61}[a-z0-9]$")]
Uscc = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")]
OptionalUscc = Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{18})?$")]
TypeCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{21}$")]
OptionalTypeCode = Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{21})?$")]
MatterCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{31}([0-9]{2})?$")]
OptionalMatterCode = Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{31}([0-9]{2})?)?$")]
CalendarDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
OperatorId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Days = Annotated[int, Field(ge=0, le=36_600)]

DEFAULT_LENGTHS: Mapping[DataType, int] = MappingProxyType(
    {
        DataType.BOOLEAN: 5,
        DataType.CODE: 40,
        DataType.DATE: 10,
        DataType.DECIMAL: 20,
        DataType.INTEGER: 16,
        DataType.STRING: 200,
        DataType.TEXT_LIST: 200,
    }
)
"""What ``max_length`` is when a field does not say: in code points of the value, or of each item of a list."""


class Entry(BaseModel):
    """What all entries share: strict types, no unknown members."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LabelEntry(Entry):
    zh: Text
    en: Text


class OperatorEntry(Entry):
    id: OperatorId
    roles: Annotated[list[Role], Field(max_length=8), AfterValidator(_distinct)]
    assurance: Annotated[int, Field(ge=1, le=3)] = 2
    status: Status = Status.ACTIVE


class TokenKeyEntry(Entry):
    kid: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    alg: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    jwk: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    status: Status = Status.ACTIVE


class DelegationEntry(Entry):
    counter: Uscc
    matters: Annotated[list[MatterCode], Field(min_length=1, max_length=2_000), AfterValidator(_distinct)]
    valid_from: CalendarDate
    valid_until: CalendarDate
    duty: DelegatedDuty = DelegatedDuty.HANDLE


class DepartmentEntry(Entry):
    """Certificates and token keys are registered at enrolment, so files normally leave them out."""

    uscc: Uscc
    name: LabelEntry
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    level: Level
    parent: Uscc | None = None
    roles: Annotated[list[Role], Field(max_length=8), AfterValidator(_distinct)]
    status: Status = Status.ACTIVE
    certificates: Annotated[list[Digest], Field(max_length=64), AfterValidator(_distinct)] = []
    token_keys: Annotated[list[TokenKeyEntry], Field(max_length=64)] = []
    operators: Annotated[list[OperatorEntry], Field(max_length=10_000)] = []
    delegations: Annotated[list[DelegationEntry], Field(max_length=200)] = []


def _default_length(known: dict[str, Any]) -> int:
    return DEFAULT_LENGTHS[known.get("data_type", DataType.STRING)]


class FieldEntry(Entry):
    name: Name
    label: LabelEntry
    data_type: DataType = DataType.STRING
    required: bool = True
    field_class: FieldClass
    max_length: Annotated[int, Field(ge=1, le=4_000, default_factory=_default_length)]
    mask: OptionalName = ""
    codes: Annotated[list[Text], Field(max_length=500), AfterValidator(_distinct)] = []
    prohibited_purposes: Annotated[list[Purpose], Field(max_length=8), AfterValidator(_distinct)] = []


class HolderMentionEntry(Entry):
    id_number: OptionalName = ""
    name: OptionalName = ""
    birth_date: OptionalName = ""
    sex: OptionalName = ""


class LicenceTypeEntry(Entry):
    code: TypeCode
    name: LabelEntry
    kind: LicenceKind
    holder_category: HolderCategory
    co_holders: bool = False
    defining_authority: Uscc
    issuers: Annotated[list[Uscc], Field(min_length=1, max_length=5_000), AfterValidator(_distinct)]
    related_matter: OptionalMatterCode = ""
    validity_text: LabelEntry
    validity_days: Days = 0
    fields: Annotated[list[FieldEntry], Field(min_length=1, max_length=200)]
    sharing: Sharing
    retention_days: Days
    second_signature: SecondSignature = SecondSignature.OMIT
    emergency_profile: Annotated[list[Name], Field(max_length=200), AfterValidator(_distinct)] = []
    holder_mentions: Annotated[list[HolderMentionEntry], Field(max_length=20), AfterValidator(_distinct)] = []


class EvidenceEntry(Entry):
    id: Name
    name: LabelEntry
    licence_type: TypeCode
    party: Name
    fields: Annotated[list[Name], Field(min_length=1, max_length=200), AfterValidator(_distinct)]
    necessity: Necessity
    bases: Annotated[list[Basis], Field(min_length=1, max_length=2), AfterValidator(_distinct)]
    legal_reference: OptionalText = ""
    max_uses: Annotated[int, Field(ge=1, le=1_000)] = 3
    min_assurance: CaseAssurance = CaseAssurance.C0
    situations: Annotated[list[Name], Field(max_length=50), AfterValidator(_distinct)] = []
    prefills: Annotated[list[tuple[Name, Name]], Field(max_length=200), AfterValidator(_distinct)] = []
    withdrawn: bool = False
    commitment_text: LabelEntry | None = None


class PartyEntry(Entry):
    id: Name
    name: LabelEntry
    holder_category: HolderCategory
    required: bool = True


class SituationEntry(Entry):
    id: Name
    name: LabelEntry


class SpecialProcedureEntry(Entry):
    id: Name
    name: LabelEntry
    limit_days: Annotated[int, Field(ge=1, le=1_000)]
    counts: bool = False


class MatterEntry(Entry):
    code: MatterCode
    basic_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{12}$")]
    name: LabelEntry
    kind: MatterKind
    legal_bases: Annotated[list[Text], Field(min_length=1, max_length=50)]
    applicant: HolderCategory
    parties: Annotated[list[PartyEntry], Field(min_length=1, max_length=20)]
    conditions: Annotated[list[LabelEntry], Field(max_length=50)]
    steps: Annotated[list[LabelEntry], Field(min_length=1, max_length=50)]
    situations: Annotated[list[SituationEntry], Field(max_length=50)] = []
    evidence: Annotated[list[EvidenceEntry], Field(max_length=100)]
    statutory_days: Days
    promised_days: Days
    result_type: OptionalTypeCode = ""
    channels: Annotated[list[Name], Field(min_length=1, max_length=20), AfterValidator(_distinct)]
    supervising_department: OptionalUscc = ""
    transition_seconds: Annotated[int, Field(ge=0, le=31_622_400)] = 0
    acceptance: Acceptance = Acceptance.COMPLETE
    special_procedures: Annotated[list[SpecialProcedureEntry], Field(max_length=20)] = []
    result_due_days: Annotated[int, Field(ge=0, le=250)] = 0
    result_parties: Annotated[list[Name], Field(max_length=20), AfterValidator(_distinct)] = []


class BundleEntry(Entry):
    code: Slug
    name: LabelEntry
    lead_department: Uscc
    matters: Annotated[list[MatterCode], Field(min_length=2, max_length=50), AfterValidator(_distinct)]


class AgreementEntry(Entry):
    id: Slug
    issuer: Uscc
    requester: Uscc
    licence_types: Annotated[list[TypeCode], Field(min_length=1, max_length=200), AfterValidator(_distinct)]
    fields: Annotated[list[Name], Field(min_length=1, max_length=500), AfterValidator(_distinct)]
    matters: Annotated[list[MatterCode], Field(min_length=1, max_length=500), AfterValidator(_distinct)]
    valid_from: CalendarDate
    valid_until: CalendarDate
    daily_cap: Annotated[int, Field(ge=1, le=10_000_000)]


class MandateEntry(Entry):
    id: Slug
    auditor: Uscc
    departments: Annotated[list[Uscc], Field(max_length=5_000), AfterValidator(_distinct)] = []
    reference: Text
    valid_from: CalendarDate
    valid_until: CalendarDate


class CalendarYearEntry(Entry):
    year: Annotated[int, Field(ge=2_000, le=2_200)]
    holidays: Annotated[list[CalendarDate], Field(max_length=366), AfterValidator(_distinct)]
    workdays: Annotated[list[CalendarDate], Field(max_length=120), AfterValidator(_distinct)] = []
    provisional: bool = False


class CalendarEntry(Entry):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    name: LabelEntry
    rest_days: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=3), AfterValidator(_distinct)
    ]
    years: Annotated[list[CalendarYearEntry], Field(min_length=1, max_length=50)]


class CatalogueFile(Entry):
    """One file: any of the seven lists. Which file holds what is the authors' choice."""

    departments: Annotated[list[DepartmentEntry], Field(max_length=10_000)] = []
    licence_types: Annotated[list[LicenceTypeEntry], Field(max_length=5_000)] = []
    matters: Annotated[list[MatterEntry], Field(max_length=10_000)] = []
    bundles: Annotated[list[BundleEntry], Field(max_length=1_000)] = []
    agreements: Annotated[list[AgreementEntry], Field(max_length=5_000)] = []
    mandates: Annotated[list[MandateEntry], Field(max_length=1_000)] = []
    calendars: Annotated[list[CalendarEntry], Field(max_length=1_000)] = []


ENTRY_CLASSES: Mapping[EntityKind, type[Entry]] = MappingProxyType(
    {
        EntityKind.AGREEMENT: AgreementEntry,
        EntityKind.BUNDLE: BundleEntry,
        EntityKind.CALENDAR: CalendarEntry,
        EntityKind.DEPARTMENT: DepartmentEntry,
        EntityKind.LICENCE_TYPE: LicenceTypeEntry,
        EntityKind.MANDATE: MandateEntry,
        EntityKind.MATTER: MatterEntry,
    }
)
