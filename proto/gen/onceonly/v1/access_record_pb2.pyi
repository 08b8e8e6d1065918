from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ALLOWED: _ClassVar[Outcome]
    OUTCOME_REFUSED: _ClassVar[Outcome]
    OUTCOME_PARTIAL: _ClassVar[Outcome]
    OUTCOME_FAILED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ALLOWED: Outcome
OUTCOME_REFUSED: Outcome
OUTCOME_PARTIAL: Outcome
OUTCOME_FAILED: Outcome

class AccessEntry(_message.Message):
    __slots__ = ("version", "time_us", "method", "outcome", "reasons", "request_id", "department", "system", "operator_tag", "purpose", "matter", "matter_revision", "guide_digest", "case_tag", "items", "response_digest", "policy_digest", "evidence_object", "key_epoch", "sealed_owner", "sealed", "region", "resource", "request_digest", "events")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_TAG_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    MATTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    GUIDE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CASE_TAG_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    POLICY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_OBJECT_FIELD_NUMBER: _ClassVar[int]
    KEY_EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEALED_OWNER_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    version: int
    time_us: int
    method: str
    outcome: Outcome
    reasons: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    department: str
    system: str
    operator_tag: bytes
    purpose: str
    matter: str
    matter_revision: int
    guide_digest: bytes
    case_tag: bytes
    items: _containers.RepeatedCompositeFieldContainer[AccessItem]
    response_digest: bytes
    policy_digest: bytes
    evidence_object: str
    key_epoch: int
    sealed_owner: str
    sealed: bytes
    region: str
    resource: str
    request_digest: bytes
    events: _containers.RepeatedCompositeFieldContainer[LoggedEvent]
    def __init__(self, version: _Optional[int] = ..., time_us: _Optional[int] = ..., method: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., reasons: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., department: _Optional[str] = ..., system: _Optional[str] = ..., operator_tag: _Optional[bytes] = ..., purpose: _Optional[str] = ..., matter: _Optional[str] = ..., matter_revision: _Optional[int] = ..., guide_digest: _Optional[bytes] = ..., case_tag: _Optional[bytes] = ..., items: _Optional[_Iterable[_Union[AccessItem, _Mapping]]] = ..., response_digest: _Optional[bytes] = ..., policy_digest: _Optional[bytes] = ..., evidence_object: _Optional[str] = ..., key_epoch: _Optional[int] = ..., sealed_owner: _Optional[str] = ..., sealed: _Optional[bytes] = ..., region: _Optional[str] = ..., resource: _Optional[str] = ..., request_digest: _Optional[bytes] = ..., events: _Optional[_Iterable[_Union[LoggedEvent, _Mapping]]] = ...) -> None: ...

class LoggedEvent(_message.Message):
    __slots__ = ("type", "audience", "matter", "licence_type", "sealed_owner", "sealed")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SEALED_OWNER_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    type: str
    audience: _containers.RepeatedScalarFieldContainer[str]
    matter: str
    licence_type: str
    sealed_owner: str
    sealed: bytes
    def __init__(self, type: _Optional[str] = ..., audience: _Optional[_Iterable[str]] = ..., matter: _Optional[str] = ..., licence_type: _Optional[str] = ..., sealed_owner: _Optional[str] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class AccessItem(_message.Message):
    __slots__ = ("requirement", "licence_type", "issuer", "holder_tag", "licence_tag", "licence_version", "outcome", "reasons", "legal_basis", "consent", "agreement", "fields_requested", "fields_released", "response_digest", "facts", "case_tag", "matter")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    HOLDER_TAG_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TAG_FIELD_NUMBER: _ClassVar[int]
    LICENCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    FIELDS_RELEASED_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    CASE_TAG_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    licence_type: str
    issuer: str
    holder_tag: bytes
    licence_tag: bytes
    licence_version: int
    outcome: Outcome
    reasons: _containers.RepeatedScalarFieldContainer[str]
    legal_basis: str
    consent: str
    agreement: str
    fields_requested: _containers.RepeatedScalarFieldContainer[str]
    fields_released: _containers.RepeatedScalarFieldContainer[str]
    response_digest: bytes
    facts: bytes
    case_tag: bytes
    matter: str
    def __init__(self, requirement: _Optional[str] = ..., licence_type: _Optional[str] = ..., issuer: _Optional[str] = ..., holder_tag: _Optional[bytes] = ..., licence_tag: _Optional[bytes] = ..., licence_version: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., reasons: _Optional[_Iterable[str]] = ..., legal_basis: _Optional[str] = ..., consent: _Optional[str] = ..., agreement: _Optional[str] = ..., fields_requested: _Optional[_Iterable[str]] = ..., fields_released: _Optional[_Iterable[str]] = ..., response_digest: _Optional[bytes] = ..., facts: _Optional[bytes] = ..., case_tag: _Optional[bytes] = ..., matter: _Optional[str] = ...) -> None: ...
