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

class IncidentReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INCIDENT_REASON_UNSPECIFIED: _ClassVar[IncidentReason]
    INCIDENT_REASON_DISASTER: _ClassVar[IncidentReason]
    INCIDENT_REASON_EPIDEMIC: _ClassVar[IncidentReason]
    INCIDENT_REASON_LIFE_AT_RISK: _ClassVar[IncidentReason]
    INCIDENT_REASON_PUBLIC_SAFETY: _ClassVar[IncidentReason]

class IncidentReview(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INCIDENT_REVIEW_UNSPECIFIED: _ClassVar[IncidentReview]
    INCIDENT_REVIEW_JUSTIFIED: _ClassVar[IncidentReview]
    INCIDENT_REVIEW_NOT_JUSTIFIED: _ClassVar[IncidentReview]
INCIDENT_REASON_UNSPECIFIED: IncidentReason
INCIDENT_REASON_DISASTER: IncidentReason
INCIDENT_REASON_EPIDEMIC: IncidentReason
INCIDENT_REASON_LIFE_AT_RISK: IncidentReason
INCIDENT_REASON_PUBLIC_SAFETY: IncidentReason
INCIDENT_REVIEW_UNSPECIFIED: IncidentReview
INCIDENT_REVIEW_JUSTIFIED: IncidentReview
INCIDENT_REVIEW_NOT_JUSTIFIED: IncidentReview

class Incident(_message.Message):
    __slots__ = ("name", "reason", "holder", "licence_types", "note", "department", "alerted", "opened_time", "until_time", "confirmed_time", "closed_time", "review_deadline", "reviewed_time", "review", "review_note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    ALERTED_FIELD_NUMBER: _ClassVar[int]
    OPENED_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    REVIEW_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_TIME_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    REVIEW_NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: IncidentReason
    holder: _values_pb2.Holder
    licence_types: _containers.RepeatedScalarFieldContainer[str]
    note: str
    department: str
    alerted: bool
    opened_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    confirmed_time: _timestamp_pb2.Timestamp
    closed_time: _timestamp_pb2.Timestamp
    review_deadline: _timestamp_pb2.Timestamp
    reviewed_time: _timestamp_pb2.Timestamp
    review: IncidentReview
    review_note: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[_Union[IncidentReason, str]] = ..., holder: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., licence_types: _Optional[_Iterable[str]] = ..., note: _Optional[str] = ..., department: _Optional[str] = ..., alerted: _Optional[bool] = ..., opened_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirmed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., review_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reviewed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., review: _Optional[_Union[IncidentReview, str]] = ..., review_note: _Optional[str] = ...) -> None: ...

class OpenIncidentRequest(_message.Message):
    __slots__ = ("incident", "request_id")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    request_id: str
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class OpenIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ...) -> None: ...

class ConfirmIncidentRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ...) -> None: ...

class CloseIncidentRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CloseIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ...) -> None: ...

class GetIncidentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ...) -> None: ...

class ListIncidentsRequest(_message.Message):
    __slots__ = ("mandate", "page_size", "page_token")
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    mandate: str
    page_size: int
    page_token: str
    def __init__(self, mandate: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIncidentsResponse(_message.Message):
    __slots__ = ("incidents", "next_page_token")
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    incidents: _containers.RepeatedCompositeFieldContainer[Incident]
    next_page_token: str
    def __init__(self, incidents: _Optional[_Iterable[_Union[Incident, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReviewIncidentRequest(_message.Message):
    __slots__ = ("name", "mandate", "review", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    mandate: str
    review: IncidentReview
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., mandate: _Optional[str] = ..., review: _Optional[_Union[IncidentReview, str]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReviewIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ...) -> None: ...
