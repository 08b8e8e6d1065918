import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LicenceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LICENCE_STATE_UNSPECIFIED: _ClassVar[LicenceState]
    LICENCE_STATE_ACTIVE: _ClassVar[LicenceState]
    LICENCE_STATE_SUSPENDED: _ClassVar[LicenceState]
    LICENCE_STATE_REVOKED: _ClassVar[LicenceState]
    LICENCE_STATE_TRANSFERRED_OUT: _ClassVar[LicenceState]
    LICENCE_STATE_SUPERSEDED: _ClassVar[LicenceState]

class RevocationCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVOCATION_CAUSE_UNSPECIFIED: _ClassVar[RevocationCause]
    REVOCATION_CAUSE_ANNULLED: _ClassVar[RevocationCause]
    REVOCATION_CAUSE_PENALTY: _ClassVar[RevocationCause]
    REVOCATION_CAUSE_APPLICATION: _ClassVar[RevocationCause]

class Validity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALIDITY_UNSPECIFIED: _ClassVar[Validity]
    VALIDITY_VALID: _ClassVar[Validity]
    VALIDITY_NOT_YET_VALID: _ClassVar[Validity]
    VALIDITY_EXPIRED: _ClassVar[Validity]
    VALIDITY_SUSPENDED: _ClassVar[Validity]
    VALIDITY_REVOKED: _ClassVar[Validity]
    VALIDITY_SUPERSEDED: _ClassVar[Validity]
    VALIDITY_NOT_ISSUED: _ClassVar[Validity]
LICENCE_STATE_UNSPECIFIED: LicenceState
LICENCE_STATE_ACTIVE: LicenceState
LICENCE_STATE_SUSPENDED: LicenceState
LICENCE_STATE_REVOKED: LicenceState
LICENCE_STATE_TRANSFERRED_OUT: LicenceState
LICENCE_STATE_SUPERSEDED: LicenceState
REVOCATION_CAUSE_UNSPECIFIED: RevocationCause
REVOCATION_CAUSE_ANNULLED: RevocationCause
REVOCATION_CAUSE_PENALTY: RevocationCause
REVOCATION_CAUSE_APPLICATION: RevocationCause
VALIDITY_UNSPECIFIED: Validity
VALIDITY_VALID: Validity
VALIDITY_NOT_YET_VALID: Validity
VALIDITY_EXPIRED: Validity
VALIDITY_SUSPENDED: Validity
VALIDITY_REVOKED: Validity
VALIDITY_SUPERSEDED: Validity
VALIDITY_NOT_ISSUED: Validity

class LicenceEvent(_message.Message):
    __slots__ = ("operation", "state", "cause", "reason", "legal_reference", "operator", "effective_time", "recorded_time")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORDED_TIME_FIELD_NUMBER: _ClassVar[int]
    operation: str
    state: LicenceState
    cause: RevocationCause
    reason: str
    legal_reference: str
    operator: str
    effective_time: _timestamp_pb2.Timestamp
    recorded_time: _timestamp_pb2.Timestamp
    def __init__(self, operation: _Optional[str] = ..., state: _Optional[_Union[LicenceState, str]] = ..., cause: _Optional[_Union[RevocationCause, str]] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., operator: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Licence(_message.Message):
    __slots__ = ("name", "identifier", "number", "type_revision", "holders", "issuing_authority", "fields", "issued_time", "valid_from_time", "valid_until_time", "version", "state", "cause", "predecessor", "successor", "digest", "related_matter", "history", "etag")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _values_pb2.FieldValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_values_pb2.FieldValue, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TYPE_REVISION_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    ISSUING_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    ISSUED_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    PREDECESSOR_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RELATED_MATTER_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    identifier: str
    number: str
    type_revision: int
    holders: _containers.RepeatedCompositeFieldContainer[_values_pb2.Holder]
    issuing_authority: str
    fields: _containers.MessageMap[str, _values_pb2.FieldValue]
    issued_time: _timestamp_pb2.Timestamp
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    version: int
    state: LicenceState
    cause: RevocationCause
    predecessor: str
    successor: str
    digest: str
    related_matter: str
    history: _containers.RepeatedCompositeFieldContainer[LicenceEvent]
    etag: str
    def __init__(self, name: _Optional[str] = ..., identifier: _Optional[str] = ..., number: _Optional[str] = ..., type_revision: _Optional[int] = ..., holders: _Optional[_Iterable[_Union[_values_pb2.Holder, _Mapping]]] = ..., issuing_authority: _Optional[str] = ..., fields: _Optional[_Mapping[str, _values_pb2.FieldValue]] = ..., issued_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., state: _Optional[_Union[LicenceState, str]] = ..., cause: _Optional[_Union[RevocationCause, str]] = ..., predecessor: _Optional[str] = ..., successor: _Optional[str] = ..., digest: _Optional[str] = ..., related_matter: _Optional[str] = ..., history: _Optional[_Iterable[_Union[LicenceEvent, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...
