import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvidenceFile(_message.Message):
    __slots__ = ("name", "content")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    content: bytes
    def __init__(self, name: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class ExportLicenceEvidenceRequest(_message.Message):
    __slots__ = ("name", "reason", "at_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    at_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExportLicenceEvidenceResponse(_message.Message):
    __slots__ = ("files", "log_position")
    FILES_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[EvidenceFile]
    log_position: _values_pb2.LogPosition
    def __init__(self, files: _Optional[_Iterable[_Union[EvidenceFile, _Mapping]]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class HeldExtract(_message.Message):
    __slots__ = ("credential", "receipt", "second_signature")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    credential: str
    receipt: str
    second_signature: str
    def __init__(self, credential: _Optional[str] = ..., receipt: _Optional[str] = ..., second_signature: _Optional[str] = ...) -> None: ...

class ExportCaseEvidenceRequest(_message.Message):
    __slots__ = ("name", "reason", "extracts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXTRACTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    extracts: _containers.RepeatedCompositeFieldContainer[HeldExtract]
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., extracts: _Optional[_Iterable[_Union[HeldExtract, _Mapping]]] = ...) -> None: ...

class ExportCaseEvidenceResponse(_message.Message):
    __slots__ = ("files", "log_position")
    FILES_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[EvidenceFile]
    log_position: _values_pb2.LogPosition
    def __init__(self, files: _Optional[_Iterable[_Union[EvidenceFile, _Mapping]]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ...) -> None: ...
