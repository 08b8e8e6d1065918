import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import reason_pb2 as _reason_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Extract(_message.Message):
    __slots__ = ("requirement", "licence", "presentation", "receipt", "fields", "prefill", "second_signature")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _values_pb2.FieldValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_values_pb2.FieldValue, _Mapping]] = ...) -> None: ...
    class PrefillEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _values_pb2.FieldValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_values_pb2.FieldValue, _Mapping]] = ...) -> None: ...
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PREFILL_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    licence: str
    presentation: str
    receipt: str
    fields: _containers.MessageMap[str, _values_pb2.FieldValue]
    prefill: _containers.MessageMap[str, _values_pb2.FieldValue]
    second_signature: str
    def __init__(self, requirement: _Optional[str] = ..., licence: _Optional[str] = ..., presentation: _Optional[str] = ..., receipt: _Optional[str] = ..., fields: _Optional[_Mapping[str, _values_pb2.FieldValue]] = ..., prefill: _Optional[_Mapping[str, _values_pb2.FieldValue]] = ..., second_signature: _Optional[str] = ...) -> None: ...

class EvidenceResult(_message.Message):
    __slots__ = ("requirement", "extract", "refusal", "lines")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    extract: Extract
    refusal: Refusal
    lines: _containers.RepeatedCompositeFieldContainer[ServedLine]
    def __init__(self, requirement: _Optional[str] = ..., extract: _Optional[_Union[Extract, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[ServedLine, _Mapping]]] = ...) -> None: ...

class ServedLine(_message.Message):
    __slots__ = ("case", "matter", "requirement")
    CASE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    case: str
    matter: str
    requirement: str
    def __init__(self, case: _Optional[str] = ..., matter: _Optional[str] = ..., requirement: _Optional[str] = ...) -> None: ...

class FormField(_message.Message):
    __slots__ = ("name", "value", "conflict", "sources")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CONFLICT_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: _values_pb2.FieldValue
    conflict: bool
    sources: _containers.RepeatedCompositeFieldContainer[FormSource]
    def __init__(self, name: _Optional[str] = ..., value: _Optional[_Union[_values_pb2.FieldValue, _Mapping]] = ..., conflict: _Optional[bool] = ..., sources: _Optional[_Iterable[_Union[FormSource, _Mapping]]] = ...) -> None: ...

class FormSource(_message.Message):
    __slots__ = ("line", "licence", "licence_version", "issue_time", "value")
    LINE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    line: ServedLine
    licence: str
    licence_version: int
    issue_time: _timestamp_pb2.Timestamp
    value: _values_pb2.FieldValue
    def __init__(self, line: _Optional[_Union[ServedLine, _Mapping]] = ..., licence: _Optional[str] = ..., licence_version: _Optional[int] = ..., issue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[_Union[_values_pb2.FieldValue, _Mapping]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("reasons", "messages", "receipt")
    REASONS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    reasons: _containers.RepeatedScalarFieldContainer[_reason_pb2.Reason]
    messages: _containers.RepeatedCompositeFieldContainer[_values_pb2.Label]
    receipt: str
    def __init__(self, reasons: _Optional[_Iterable[_Union[_reason_pb2.Reason, str]]] = ..., messages: _Optional[_Iterable[_Union[_values_pb2.Label, _Mapping]]] = ..., receipt: _Optional[str] = ...) -> None: ...

class FetchLicenceRequest(_message.Message):
    __slots__ = ("case", "requirement", "fields", "request_id", "matter")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    case: str
    requirement: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    matter: str
    def __init__(self, case: _Optional[str] = ..., requirement: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., matter: _Optional[str] = ...) -> None: ...

class FetchLicenceResponse(_message.Message):
    __slots__ = ("extract", "log_position")
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    extract: Extract
    log_position: _values_pb2.LogPosition
    def __init__(self, extract: _Optional[_Union[Extract, _Mapping]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class FetchEvidenceRequest(_message.Message):
    __slots__ = ("case", "requirements", "request_id", "application")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    case: str
    requirements: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    application: str
    def __init__(self, case: _Optional[str] = ..., requirements: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., application: _Optional[str] = ...) -> None: ...

class FetchEvidenceResponse(_message.Message):
    __slots__ = ("results", "log_position", "form")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EvidenceResult]
    log_position: _values_pb2.LogPosition
    form: _containers.RepeatedCompositeFieldContainer[FormField]
    def __init__(self, results: _Optional[_Iterable[_Union[EvidenceResult, _Mapping]]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ..., form: _Optional[_Iterable[_Union[FormField, _Mapping]]] = ...) -> None: ...

class PrefillFormRequest(_message.Message):
    __slots__ = ("case", "application", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    application: str
    request_id: str
    def __init__(self, case: _Optional[str] = ..., application: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PrefillFormResponse(_message.Message):
    __slots__ = ("form", "refusals", "receipts", "log_position")
    FORM_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    form: _containers.RepeatedCompositeFieldContainer[FormField]
    refusals: _containers.RepeatedCompositeFieldContainer[EvidenceResult]
    receipts: _containers.RepeatedScalarFieldContainer[str]
    log_position: _values_pb2.LogPosition
    def __init__(self, form: _Optional[_Iterable[_Union[FormField, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[EvidenceResult, _Mapping]]] = ..., receipts: _Optional[_Iterable[str]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class FetchForPurposeRequest(_message.Message):
    __slots__ = ("evidence_object", "licence_type", "fields", "request_id")
    EVIDENCE_OBJECT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    evidence_object: str
    licence_type: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, evidence_object: _Optional[str] = ..., licence_type: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class FetchForPurposeResponse(_message.Message):
    __slots__ = ("extract", "log_position")
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    extract: Extract
    log_position: _values_pb2.LogPosition
    def __init__(self, extract: _Optional[_Union[Extract, _Mapping]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ...) -> None: ...
