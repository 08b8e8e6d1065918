import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import case_service_pb2 as _case_service_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Level(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEVEL_UNSPECIFIED: _ClassVar[Level]
    LEVEL_NATIONAL: _ClassVar[Level]
    LEVEL_PROVINCE: _ClassVar[Level]
    LEVEL_CITY: _ClassVar[Level]
    LEVEL_COUNTY: _ClassVar[Level]
    LEVEL_TOWNSHIP: _ClassVar[Level]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_AUDITOR: _ClassVar[Role]
    ROLE_CATALOGUE_MANAGER: _ClassVar[Role]
    ROLE_ISSUER: _ClassVar[Role]
    ROLE_REQUESTER: _ClassVar[Role]
    ROLE_SUPERVISOR: _ClassVar[Role]
    ROLE_HOLDER_CHANNEL: _ClassVar[Role]
    ROLE_RESPONDER: _ClassVar[Role]

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_ACTIVE: _ClassVar[Status]
    STATUS_SUSPENDED: _ClassVar[Status]

class HolderCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLDER_CATEGORY_UNSPECIFIED: _ClassVar[HolderCategory]
    HOLDER_CATEGORY_PERSON: _ClassVar[HolderCategory]
    HOLDER_CATEGORY_ORGANISATION: _ClassVar[HolderCategory]
    HOLDER_CATEGORY_EITHER: _ClassVar[HolderCategory]

class LicenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENCE_KIND_UNSPECIFIED: _ClassVar[LicenceKind]
    LICENCE_KIND_LICENCE: _ClassVar[LicenceKind]
    LICENCE_KIND_APPROVAL: _ClassVar[LicenceKind]
    LICENCE_KIND_PROOF: _ClassVar[LicenceKind]
    LICENCE_KIND_MATERIAL: _ClassVar[LicenceKind]
    LICENCE_KIND_IDENTITY: _ClassVar[LicenceKind]

class DataType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_TYPE_UNSPECIFIED: _ClassVar[DataType]
    DATA_TYPE_BOOLEAN: _ClassVar[DataType]
    DATA_TYPE_CODE: _ClassVar[DataType]
    DATA_TYPE_DATE: _ClassVar[DataType]
    DATA_TYPE_DECIMAL: _ClassVar[DataType]
    DATA_TYPE_INTEGER: _ClassVar[DataType]
    DATA_TYPE_STRING: _ClassVar[DataType]
    DATA_TYPE_TEXT_LIST: _ClassVar[DataType]

class FieldClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIELD_CLASS_UNSPECIFIED: _ClassVar[FieldClass]
    FIELD_CLASS_PUBLIC: _ClassVar[FieldClass]
    FIELD_CLASS_INTERNAL: _ClassVar[FieldClass]
    FIELD_CLASS_PERSONAL: _ClassVar[FieldClass]
    FIELD_CLASS_SENSITIVE: _ClassVar[FieldClass]

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_SERVICE: _ClassVar[Purpose]
    PURPOSE_SELF: _ClassVar[Purpose]
    PURPOSE_OVERSIGHT: _ClassVar[Purpose]
    PURPOSE_SUPERVISION: _ClassVar[Purpose]
    PURPOSE_ASSISTANCE: _ClassVar[Purpose]
    PURPOSE_CORRECTION: _ClassVar[Purpose]
    PURPOSE_EMERGENCY: _ClassVar[Purpose]

class Sharing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHARING_UNSPECIFIED: _ClassVar[Sharing]
    SHARING_UNCONDITIONAL: _ClassVar[Sharing]
    SHARING_CONDITIONAL: _ClassVar[Sharing]
    SHARING_NONE: _ClassVar[Sharing]

class SecondSignature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SECOND_SIGNATURE_UNSPECIFIED: _ClassVar[SecondSignature]
    SECOND_SIGNATURE_OMIT: _ClassVar[SecondSignature]
    SECOND_SIGNATURE_OFFER: _ClassVar[SecondSignature]
    SECOND_SIGNATURE_REQUIRE: _ClassVar[SecondSignature]

class MatterKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATTER_KIND_UNSPECIFIED: _ClassVar[MatterKind]
    MATTER_KIND_PERMISSION: _ClassVar[MatterKind]
    MATTER_KIND_CONFIRMATION: _ClassVar[MatterKind]
    MATTER_KIND_ADJUDICATION: _ClassVar[MatterKind]
    MATTER_KIND_PAYMENT: _ClassVar[MatterKind]
    MATTER_KIND_AWARD: _ClassVar[MatterKind]
    MATTER_KIND_FILING: _ClassVar[MatterKind]
    MATTER_KIND_OTHER_POWER: _ClassVar[MatterKind]
    MATTER_KIND_PUBLIC_SERVICE: _ClassVar[MatterKind]

class Necessity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NECESSITY_UNSPECIFIED: _ClassVar[Necessity]
    NECESSITY_REQUIRED: _ClassVar[Necessity]
    NECESSITY_OPTIONAL: _ClassVar[Necessity]
    NECESSITY_DEFERRABLE: _ClassVar[Necessity]
    NECESSITY_REPLACEABLE: _ClassVar[Necessity]

class Basis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BASIS_UNSPECIFIED: _ClassVar[Basis]
    BASIS_DUTY: _ClassVar[Basis]
    BASIS_CONSENT: _ClassVar[Basis]

class RevisionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVISION_STATE_UNSPECIFIED: _ClassVar[RevisionState]
    REVISION_STATE_DRAFT: _ClassVar[RevisionState]
    REVISION_STATE_IN_REVIEW: _ClassVar[RevisionState]
    REVISION_STATE_PUBLISHED: _ClassVar[RevisionState]
    REVISION_STATE_SUPERSEDED: _ClassVar[RevisionState]
    REVISION_STATE_RETIRED: _ClassVar[RevisionState]

class DelegatedDuty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELEGATED_DUTY_UNSPECIFIED: _ClassVar[DelegatedDuty]
    DELEGATED_DUTY_HANDLE: _ClassVar[DelegatedDuty]
    DELEGATED_DUTY_COLLECT: _ClassVar[DelegatedDuty]
    DELEGATED_DUTY_SHARE: _ClassVar[DelegatedDuty]

class Acceptance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCEPTANCE_UNSPECIFIED: _ClassVar[Acceptance]
    ACCEPTANCE_COMPLETE: _ClassVar[Acceptance]
    ACCEPTANCE_DEPARTMENT: _ClassVar[Acceptance]

class AccessEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCESS_EFFECT_UNSPECIFIED: _ClassVar[AccessEffect]
    ACCESS_EFFECT_WIDENS: _ClassVar[AccessEffect]
    ACCESS_EFFECT_NARROWS: _ClassVar[AccessEffect]
LEVEL_UNSPECIFIED: Level
LEVEL_NATIONAL: Level
LEVEL_PROVINCE: Level
LEVEL_CITY: Level
LEVEL_COUNTY: Level
LEVEL_TOWNSHIP: Level
ROLE_UNSPECIFIED: Role
ROLE_AUDITOR: Role
ROLE_CATALOGUE_MANAGER: Role
ROLE_ISSUER: Role
ROLE_REQUESTER: Role
ROLE_SUPERVISOR: Role
ROLE_HOLDER_CHANNEL: Role
ROLE_RESPONDER: Role
STATUS_UNSPECIFIED: Status
STATUS_ACTIVE: Status
STATUS_SUSPENDED: Status
HOLDER_CATEGORY_UNSPECIFIED: HolderCategory
HOLDER_CATEGORY_PERSON: HolderCategory
HOLDER_CATEGORY_ORGANISATION: HolderCategory
HOLDER_CATEGORY_EITHER: HolderCategory
LICENCE_KIND_UNSPECIFIED: LicenceKind
LICENCE_KIND_LICENCE: LicenceKind
LICENCE_KIND_APPROVAL: LicenceKind
LICENCE_KIND_PROOF: LicenceKind
LICENCE_KIND_MATERIAL: LicenceKind
LICENCE_KIND_IDENTITY: LicenceKind
DATA_TYPE_UNSPECIFIED: DataType
DATA_TYPE_BOOLEAN: DataType
DATA_TYPE_CODE: DataType
DATA_TYPE_DATE: DataType
DATA_TYPE_DECIMAL: DataType
DATA_TYPE_INTEGER: DataType
DATA_TYPE_STRING: DataType
DATA_TYPE_TEXT_LIST: DataType
FIELD_CLASS_UNSPECIFIED: FieldClass
FIELD_CLASS_PUBLIC: FieldClass
FIELD_CLASS_INTERNAL: FieldClass
FIELD_CLASS_PERSONAL: FieldClass
FIELD_CLASS_SENSITIVE: FieldClass
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_SERVICE: Purpose
PURPOSE_SELF: Purpose
PURPOSE_OVERSIGHT: Purpose
PURPOSE_SUPERVISION: Purpose
PURPOSE_ASSISTANCE: Purpose
PURPOSE_CORRECTION: Purpose
PURPOSE_EMERGENCY: Purpose
SHARING_UNSPECIFIED: Sharing
SHARING_UNCONDITIONAL: Sharing
SHARING_CONDITIONAL: Sharing
SHARING_NONE: Sharing
SECOND_SIGNATURE_UNSPECIFIED: SecondSignature
SECOND_SIGNATURE_OMIT: SecondSignature
SECOND_SIGNATURE_OFFER: SecondSignature
SECOND_SIGNATURE_REQUIRE: SecondSignature
MATTER_KIND_UNSPECIFIED: MatterKind
MATTER_KIND_PERMISSION: MatterKind
MATTER_KIND_CONFIRMATION: MatterKind
MATTER_KIND_ADJUDICATION: MatterKind
MATTER_KIND_PAYMENT: MatterKind
MATTER_KIND_AWARD: MatterKind
MATTER_KIND_FILING: MatterKind
MATTER_KIND_OTHER_POWER: MatterKind
MATTER_KIND_PUBLIC_SERVICE: MatterKind
NECESSITY_UNSPECIFIED: Necessity
NECESSITY_REQUIRED: Necessity
NECESSITY_OPTIONAL: Necessity
NECESSITY_DEFERRABLE: Necessity
NECESSITY_REPLACEABLE: Necessity
BASIS_UNSPECIFIED: Basis
BASIS_DUTY: Basis
BASIS_CONSENT: Basis
REVISION_STATE_UNSPECIFIED: RevisionState
REVISION_STATE_DRAFT: RevisionState
REVISION_STATE_IN_REVIEW: RevisionState
REVISION_STATE_PUBLISHED: RevisionState
REVISION_STATE_SUPERSEDED: RevisionState
REVISION_STATE_RETIRED: RevisionState
DELEGATED_DUTY_UNSPECIFIED: DelegatedDuty
DELEGATED_DUTY_HANDLE: DelegatedDuty
DELEGATED_DUTY_COLLECT: DelegatedDuty
DELEGATED_DUTY_SHARE: DelegatedDuty
ACCEPTANCE_UNSPECIFIED: Acceptance
ACCEPTANCE_COMPLETE: Acceptance
ACCEPTANCE_DEPARTMENT: Acceptance
ACCESS_EFFECT_UNSPECIFIED: AccessEffect
ACCESS_EFFECT_WIDENS: AccessEffect
ACCESS_EFFECT_NARROWS: AccessEffect

class Operator(_message.Message):
    __slots__ = ("id", "roles", "assurance", "status")
    ID_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ASSURANCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    id: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    assurance: int
    status: Status
    def __init__(self, id: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., assurance: _Optional[int] = ..., status: _Optional[_Union[Status, str]] = ...) -> None: ...

class TokenKey(_message.Message):
    __slots__ = ("kid", "alg", "jwk", "status")
    KID_FIELD_NUMBER: _ClassVar[int]
    ALG_FIELD_NUMBER: _ClassVar[int]
    JWK_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    kid: str
    alg: str
    jwk: str
    status: Status
    def __init__(self, kid: _Optional[str] = ..., alg: _Optional[str] = ..., jwk: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ...) -> None: ...

class CounterDelegation(_message.Message):
    __slots__ = ("counter", "matters", "valid_from", "valid_until", "duty")
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    DUTY_FIELD_NUMBER: _ClassVar[int]
    counter: str
    matters: _containers.RepeatedScalarFieldContainer[str]
    valid_from: str
    valid_until: str
    duty: DelegatedDuty
    def __init__(self, counter: _Optional[str] = ..., matters: _Optional[_Iterable[str]] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., duty: _Optional[_Union[DelegatedDuty, str]] = ...) -> None: ...

class Department(_message.Message):
    __slots__ = ("uscc", "name", "region", "level", "parent", "roles", "status", "certificates", "token_keys", "operators", "delegations")
    USCC_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    TOKEN_KEYS_FIELD_NUMBER: _ClassVar[int]
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    DELEGATIONS_FIELD_NUMBER: _ClassVar[int]
    uscc: str
    name: _values_pb2.Label
    region: str
    level: Level
    parent: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    status: Status
    certificates: _containers.RepeatedScalarFieldContainer[str]
    token_keys: _containers.RepeatedCompositeFieldContainer[TokenKey]
    operators: _containers.RepeatedCompositeFieldContainer[Operator]
    delegations: _containers.RepeatedCompositeFieldContainer[CounterDelegation]
    def __init__(self, uscc: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., region: _Optional[str] = ..., level: _Optional[_Union[Level, str]] = ..., parent: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., status: _Optional[_Union[Status, str]] = ..., certificates: _Optional[_Iterable[str]] = ..., token_keys: _Optional[_Iterable[_Union[TokenKey, _Mapping]]] = ..., operators: _Optional[_Iterable[_Union[Operator, _Mapping]]] = ..., delegations: _Optional[_Iterable[_Union[CounterDelegation, _Mapping]]] = ...) -> None: ...

class Field(_message.Message):
    __slots__ = ("name", "label", "data_type", "required", "field_class", "max_length", "mask", "codes", "prohibited_purposes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    FIELD_CLASS_FIELD_NUMBER: _ClassVar[int]
    MAX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    PROHIBITED_PURPOSES_FIELD_NUMBER: _ClassVar[int]
    name: str
    label: _values_pb2.Label
    data_type: DataType
    required: bool
    field_class: FieldClass
    max_length: int
    mask: str
    codes: _containers.RepeatedScalarFieldContainer[str]
    prohibited_purposes: _containers.RepeatedScalarFieldContainer[Purpose]
    def __init__(self, name: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., data_type: _Optional[_Union[DataType, str]] = ..., required: _Optional[bool] = ..., field_class: _Optional[_Union[FieldClass, str]] = ..., max_length: _Optional[int] = ..., mask: _Optional[str] = ..., codes: _Optional[_Iterable[str]] = ..., prohibited_purposes: _Optional[_Iterable[_Union[Purpose, str]]] = ...) -> None: ...

class HolderMention(_message.Message):
    __slots__ = ("id_number", "name", "birth_date", "sex")
    ID_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    SEX_FIELD_NUMBER: _ClassVar[int]
    id_number: str
    name: str
    birth_date: str
    sex: str
    def __init__(self, id_number: _Optional[str] = ..., name: _Optional[str] = ..., birth_date: _Optional[str] = ..., sex: _Optional[str] = ...) -> None: ...

class LicenceType(_message.Message):
    __slots__ = ("code", "name", "kind", "holder_category", "co_holders", "defining_authority", "issuers", "related_matter", "validity_text", "validity_days", "fields", "sharing", "retention_days", "second_signature", "emergency_profile", "holder_mentions")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HOLDER_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    CO_HOLDERS_FIELD_NUMBER: _ClassVar[int]
    DEFINING_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    ISSUERS_FIELD_NUMBER: _ClassVar[int]
    RELATED_MATTER_FIELD_NUMBER: _ClassVar[int]
    VALIDITY_TEXT_FIELD_NUMBER: _ClassVar[int]
    VALIDITY_DAYS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    SHARING_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    EMERGENCY_PROFILE_FIELD_NUMBER: _ClassVar[int]
    HOLDER_MENTIONS_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: _values_pb2.Label
    kind: LicenceKind
    holder_category: HolderCategory
    co_holders: bool
    defining_authority: str
    issuers: _containers.RepeatedScalarFieldContainer[str]
    related_matter: str
    validity_text: _values_pb2.Label
    validity_days: int
    fields: _containers.RepeatedCompositeFieldContainer[Field]
    sharing: Sharing
    retention_days: int
    second_signature: SecondSignature
    emergency_profile: _containers.RepeatedScalarFieldContainer[str]
    holder_mentions: _containers.RepeatedCompositeFieldContainer[HolderMention]
    def __init__(self, code: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., kind: _Optional[_Union[LicenceKind, str]] = ..., holder_category: _Optional[_Union[HolderCategory, str]] = ..., co_holders: _Optional[bool] = ..., defining_authority: _Optional[str] = ..., issuers: _Optional[_Iterable[str]] = ..., related_matter: _Optional[str] = ..., validity_text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., validity_days: _Optional[int] = ..., fields: _Optional[_Iterable[_Union[Field, _Mapping]]] = ..., sharing: _Optional[_Union[Sharing, str]] = ..., retention_days: _Optional[int] = ..., second_signature: _Optional[_Union[SecondSignature, str]] = ..., emergency_profile: _Optional[_Iterable[str]] = ..., holder_mentions: _Optional[_Iterable[_Union[HolderMention, _Mapping]]] = ...) -> None: ...

class Prefill(_message.Message):
    __slots__ = ("field", "form_field")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_FIELD_NUMBER: _ClassVar[int]
    field: str
    form_field: str
    def __init__(self, field: _Optional[str] = ..., form_field: _Optional[str] = ...) -> None: ...

class EvidenceRequirement(_message.Message):
    __slots__ = ("id", "name", "licence_type", "party", "fields", "necessity", "bases", "legal_reference", "max_uses", "min_assurance", "situations", "prefills", "withdrawn", "commitment_text")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    NECESSITY_FIELD_NUMBER: _ClassVar[int]
    BASES_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    MIN_ASSURANCE_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    PREFILLS_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_TEXT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: _values_pb2.Label
    licence_type: str
    party: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    necessity: Necessity
    bases: _containers.RepeatedScalarFieldContainer[Basis]
    legal_reference: str
    max_uses: int
    min_assurance: _case_service_pb2.CaseAssurance
    situations: _containers.RepeatedScalarFieldContainer[str]
    prefills: _containers.RepeatedCompositeFieldContainer[Prefill]
    withdrawn: bool
    commitment_text: _values_pb2.Label
    def __init__(self, id: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., licence_type: _Optional[str] = ..., party: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., necessity: _Optional[_Union[Necessity, str]] = ..., bases: _Optional[_Iterable[_Union[Basis, str]]] = ..., legal_reference: _Optional[str] = ..., max_uses: _Optional[int] = ..., min_assurance: _Optional[_Union[_case_service_pb2.CaseAssurance, str]] = ..., situations: _Optional[_Iterable[str]] = ..., prefills: _Optional[_Iterable[_Union[Prefill, _Mapping]]] = ..., withdrawn: _Optional[bool] = ..., commitment_text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class Party(_message.Message):
    __slots__ = ("id", "name", "holder_category", "required")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDER_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: _values_pb2.Label
    holder_category: HolderCategory
    required: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., holder_category: _Optional[_Union[HolderCategory, str]] = ..., required: _Optional[bool] = ...) -> None: ...

class Situation(_message.Message):
    __slots__ = ("id", "name")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: _values_pb2.Label
    def __init__(self, id: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class SpecialProcedure(_message.Message):
    __slots__ = ("id", "name", "limit_days", "counts")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: _values_pb2.Label
    limit_days: int
    counts: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., limit_days: _Optional[int] = ..., counts: _Optional[bool] = ...) -> None: ...

class Matter(_message.Message):
    __slots__ = ("code", "basic_code", "name", "kind", "legal_bases", "applicant", "parties", "conditions", "steps", "situations", "evidence", "statutory_days", "promised_days", "result_type", "channels", "supervising_department", "transition_seconds", "acceptance", "special_procedures", "result_due_days", "result_parties")
    CODE_FIELD_NUMBER: _ClassVar[int]
    BASIC_CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASES_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    STATUTORY_DAYS_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DAYS_FIELD_NUMBER: _ClassVar[int]
    RESULT_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SUPERVISING_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_PROCEDURES_FIELD_NUMBER: _ClassVar[int]
    RESULT_DUE_DAYS_FIELD_NUMBER: _ClassVar[int]
    RESULT_PARTIES_FIELD_NUMBER: _ClassVar[int]
    code: str
    basic_code: str
    name: _values_pb2.Label
    kind: MatterKind
    legal_bases: _containers.RepeatedScalarFieldContainer[str]
    applicant: HolderCategory
    parties: _containers.RepeatedCompositeFieldContainer[Party]
    conditions: _containers.RepeatedCompositeFieldContainer[_values_pb2.Label]
    steps: _containers.RepeatedCompositeFieldContainer[_values_pb2.Label]
    situations: _containers.RepeatedCompositeFieldContainer[Situation]
    evidence: _containers.RepeatedCompositeFieldContainer[EvidenceRequirement]
    statutory_days: int
    promised_days: int
    result_type: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    supervising_department: str
    transition_seconds: int
    acceptance: Acceptance
    special_procedures: _containers.RepeatedCompositeFieldContainer[SpecialProcedure]
    result_due_days: int
    result_parties: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., basic_code: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., kind: _Optional[_Union[MatterKind, str]] = ..., legal_bases: _Optional[_Iterable[str]] = ..., applicant: _Optional[_Union[HolderCategory, str]] = ..., parties: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., conditions: _Optional[_Iterable[_Union[_values_pb2.Label, _Mapping]]] = ..., steps: _Optional[_Iterable[_Union[_values_pb2.Label, _Mapping]]] = ..., situations: _Optional[_Iterable[_Union[Situation, _Mapping]]] = ..., evidence: _Optional[_Iterable[_Union[EvidenceRequirement, _Mapping]]] = ..., statutory_days: _Optional[int] = ..., promised_days: _Optional[int] = ..., result_type: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., supervising_department: _Optional[str] = ..., transition_seconds: _Optional[int] = ..., acceptance: _Optional[_Union[Acceptance, str]] = ..., special_procedures: _Optional[_Iterable[_Union[SpecialProcedure, _Mapping]]] = ..., result_due_days: _Optional[int] = ..., result_parties: _Optional[_Iterable[str]] = ...) -> None: ...

class Bundle(_message.Message):
    __slots__ = ("code", "name", "lead_department", "matters")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEAD_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: _values_pb2.Label
    lead_department: str
    matters: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., lead_department: _Optional[str] = ..., matters: _Optional[_Iterable[str]] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("id", "issuer", "requester", "licence_types", "fields", "matters", "valid_from", "valid_until", "daily_cap")
    ID_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    DAILY_CAP_FIELD_NUMBER: _ClassVar[int]
    id: str
    issuer: str
    requester: str
    licence_types: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    matters: _containers.RepeatedScalarFieldContainer[str]
    valid_from: str
    valid_until: str
    daily_cap: int
    def __init__(self, id: _Optional[str] = ..., issuer: _Optional[str] = ..., requester: _Optional[str] = ..., licence_types: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ..., matters: _Optional[_Iterable[str]] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., daily_cap: _Optional[int] = ...) -> None: ...

class Mandate(_message.Message):
    __slots__ = ("id", "auditor", "departments", "reference", "valid_from", "valid_until")
    ID_FIELD_NUMBER: _ClassVar[int]
    AUDITOR_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENTS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    id: str
    auditor: str
    departments: _containers.RepeatedScalarFieldContainer[str]
    reference: str
    valid_from: str
    valid_until: str
    def __init__(self, id: _Optional[str] = ..., auditor: _Optional[str] = ..., departments: _Optional[_Iterable[str]] = ..., reference: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ...) -> None: ...

class CalendarYear(_message.Message):
    __slots__ = ("year", "holidays", "workdays", "provisional")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    HOLIDAYS_FIELD_NUMBER: _ClassVar[int]
    WORKDAYS_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    year: int
    holidays: _containers.RepeatedScalarFieldContainer[str]
    workdays: _containers.RepeatedScalarFieldContainer[str]
    provisional: bool
    def __init__(self, year: _Optional[int] = ..., holidays: _Optional[_Iterable[str]] = ..., workdays: _Optional[_Iterable[str]] = ..., provisional: _Optional[bool] = ...) -> None: ...

class Calendar(_message.Message):
    __slots__ = ("code", "name", "rest_days", "years")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REST_DAYS_FIELD_NUMBER: _ClassVar[int]
    YEARS_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: _values_pb2.Label
    rest_days: _containers.RepeatedScalarFieldContainer[int]
    years: _containers.RepeatedCompositeFieldContainer[CalendarYear]
    def __init__(self, code: _Optional[str] = ..., name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., rest_days: _Optional[_Iterable[int]] = ..., years: _Optional[_Iterable[_Union[CalendarYear, _Mapping]]] = ...) -> None: ...

class CatalogueEntry(_message.Message):
    __slots__ = ("name", "revision", "state", "department", "licence_type", "matter", "bundle", "agreement", "mandate", "calendar", "digest", "author", "publisher", "proposed_time", "published_time", "superseded_time", "note", "etag", "approver", "access_changes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_TIME_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    ACCESS_CHANGES_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: int
    state: RevisionState
    department: Department
    licence_type: LicenceType
    matter: Matter
    bundle: Bundle
    agreement: Agreement
    mandate: Mandate
    calendar: Calendar
    digest: str
    author: str
    publisher: str
    proposed_time: _timestamp_pb2.Timestamp
    published_time: _timestamp_pb2.Timestamp
    superseded_time: _timestamp_pb2.Timestamp
    note: str
    etag: str
    approver: str
    access_changes: _containers.RepeatedCompositeFieldContainer[AccessChange]
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[RevisionState, str]] = ..., department: _Optional[_Union[Department, _Mapping]] = ..., licence_type: _Optional[_Union[LicenceType, _Mapping]] = ..., matter: _Optional[_Union[Matter, _Mapping]] = ..., bundle: _Optional[_Union[Bundle, _Mapping]] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ..., mandate: _Optional[_Union[Mandate, _Mapping]] = ..., calendar: _Optional[_Union[Calendar, _Mapping]] = ..., digest: _Optional[str] = ..., author: _Optional[str] = ..., publisher: _Optional[str] = ..., proposed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., published_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., superseded_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., etag: _Optional[str] = ..., approver: _Optional[str] = ..., access_changes: _Optional[_Iterable[_Union[AccessChange, _Mapping]]] = ...) -> None: ...

class AccessChange(_message.Message):
    __slots__ = ("effect", "path", "label", "licence_type")
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    effect: AccessEffect
    path: str
    label: _values_pb2.Label
    licence_type: str
    def __init__(self, effect: _Optional[_Union[AccessEffect, str]] = ..., path: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., licence_type: _Optional[str] = ...) -> None: ...
