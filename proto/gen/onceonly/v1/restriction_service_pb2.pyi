import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import catalogue_pb2 as _catalogue_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RestrictionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESTRICTION_STATE_UNSPECIFIED: _ClassVar[RestrictionState]
    RESTRICTION_STATE_PROPOSED: _ClassVar[RestrictionState]
    RESTRICTION_STATE_IN_FORCE: _ClassVar[RestrictionState]
    RESTRICTION_STATE_LIFTED: _ClassVar[RestrictionState]
    RESTRICTION_STATE_EXPIRED: _ClassVar[RestrictionState]
RESTRICTION_STATE_UNSPECIFIED: RestrictionState
RESTRICTION_STATE_PROPOSED: RestrictionState
RESTRICTION_STATE_IN_FORCE: RestrictionState
RESTRICTION_STATE_LIFTED: RestrictionState
RESTRICTION_STATE_EXPIRED: RestrictionState

class Restriction(_message.Message):
    __slots__ = ("name", "holder", "forbids", "conceal_until", "legal_reference", "reason", "until_time", "department", "state", "proposed_time", "approved_time", "lifted_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    FORBIDS_FIELD_NUMBER: _ClassVar[int]
    CONCEAL_UNTIL_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    APPROVED_TIME_FIELD_NUMBER: _ClassVar[int]
    LIFTED_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    holder: _values_pb2.Holder
    forbids: _containers.RepeatedScalarFieldContainer[_catalogue_pb2.Purpose]
    conceal_until: _timestamp_pb2.Timestamp
    legal_reference: str
    reason: str
    until_time: _timestamp_pb2.Timestamp
    department: str
    state: RestrictionState
    proposed_time: _timestamp_pb2.Timestamp
    approved_time: _timestamp_pb2.Timestamp
    lifted_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., holder: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., forbids: _Optional[_Iterable[_Union[_catalogue_pb2.Purpose, str]]] = ..., conceal_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., legal_reference: _Optional[str] = ..., reason: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., department: _Optional[str] = ..., state: _Optional[_Union[RestrictionState, str]] = ..., proposed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., approved_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lifted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposeRestrictionRequest(_message.Message):
    __slots__ = ("restriction", "request_id")
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    restriction: Restriction
    request_id: str
    def __init__(self, restriction: _Optional[_Union[Restriction, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ProposeRestrictionResponse(_message.Message):
    __slots__ = ("restriction",)
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    restriction: Restriction
    def __init__(self, restriction: _Optional[_Union[Restriction, _Mapping]] = ...) -> None: ...

class ApproveRestrictionRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApproveRestrictionResponse(_message.Message):
    __slots__ = ("restriction",)
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    restriction: Restriction
    def __init__(self, restriction: _Optional[_Union[Restriction, _Mapping]] = ...) -> None: ...

class LiftRestrictionRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class LiftRestrictionResponse(_message.Message):
    __slots__ = ("restriction",)
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    restriction: Restriction
    def __init__(self, restriction: _Optional[_Union[Restriction, _Mapping]] = ...) -> None: ...

class GetRestrictionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetRestrictionResponse(_message.Message):
    __slots__ = ("restriction",)
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    restriction: Restriction
    def __init__(self, restriction: _Optional[_Union[Restriction, _Mapping]] = ...) -> None: ...

class ListRestrictionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRestrictionsResponse(_message.Message):
    __slots__ = ("restrictions", "next_page_token")
    RESTRICTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    restrictions: _containers.RepeatedCompositeFieldContainer[Restriction]
    next_page_token: str
    def __init__(self, restrictions: _Optional[_Iterable[_Union[Restriction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
