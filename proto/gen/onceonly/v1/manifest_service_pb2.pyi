import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import exchange_service_pb2 as _exchange_service_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ManifestState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MANIFEST_STATE_UNSPECIFIED: _ClassVar[ManifestState]
    MANIFEST_STATE_PROPOSED: _ClassVar[ManifestState]
    MANIFEST_STATE_APPROVED: _ClassVar[ManifestState]
    MANIFEST_STATE_WITHDRAWN: _ClassVar[ManifestState]
    MANIFEST_STATE_ENDED: _ClassVar[ManifestState]
MANIFEST_STATE_UNSPECIFIED: ManifestState
MANIFEST_STATE_PROPOSED: ManifestState
MANIFEST_STATE_APPROVED: ManifestState
MANIFEST_STATE_WITHDRAWN: ManifestState
MANIFEST_STATE_ENDED: ManifestState

class ManifestItem(_message.Message):
    __slots__ = ("case", "requirement", "matter")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    case: str
    requirement: str
    matter: str
    def __init__(self, case: _Optional[str] = ..., requirement: _Optional[str] = ..., matter: _Optional[str] = ...) -> None: ...

class Manifest(_message.Message):
    __slots__ = ("name", "items", "reason", "until_time", "proposed_time", "approved_time", "state", "withdrawn_time", "item_count", "case_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    APPROVED_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    CASE_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    items: _containers.RepeatedCompositeFieldContainer[ManifestItem]
    reason: str
    until_time: _timestamp_pb2.Timestamp
    proposed_time: _timestamp_pb2.Timestamp
    approved_time: _timestamp_pb2.Timestamp
    state: ManifestState
    withdrawn_time: _timestamp_pb2.Timestamp
    item_count: int
    case_count: int
    def __init__(self, name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ManifestItem, _Mapping]]] = ..., reason: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., proposed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., approved_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[ManifestState, str]] = ..., withdrawn_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., item_count: _Optional[int] = ..., case_count: _Optional[int] = ...) -> None: ...

class ProposeManifestRequest(_message.Message):
    __slots__ = ("manifest", "request_id")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    request_id: str
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ProposeManifestResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class ApproveManifestRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApproveManifestResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class WithdrawManifestRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WithdrawManifestResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class ListManifestsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListManifestsResponse(_message.Message):
    __slots__ = ("manifests", "next_page_token")
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    manifests: _containers.RepeatedCompositeFieldContainer[Manifest]
    next_page_token: str
    def __init__(self, manifests: _Optional[_Iterable[_Union[Manifest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetManifestRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetManifestResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: Manifest
    def __init__(self, manifest: _Optional[_Union[Manifest, _Mapping]] = ...) -> None: ...

class FetchManifestRequest(_message.Message):
    __slots__ = ("name", "first", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    first: int
    request_id: str
    def __init__(self, name: _Optional[str] = ..., first: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class FetchManifestResponse(_message.Message):
    __slots__ = ("results", "log_position", "next")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_exchange_service_pb2.EvidenceResult]
    log_position: _values_pb2.LogPosition
    next: int
    def __init__(self, results: _Optional[_Iterable[_Union[_exchange_service_pb2.EvidenceResult, _Mapping]]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ..., next: _Optional[int] = ...) -> None: ...
