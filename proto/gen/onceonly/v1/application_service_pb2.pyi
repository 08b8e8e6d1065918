import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import case_service_pb2 as _case_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Application(_message.Message):
    __slots__ = ("name", "number", "bundle", "parties", "situations", "channel", "cases", "department", "opened_time", "closed_cases", "representations")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    OPENED_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_CASES_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: str
    bundle: str
    parties: _containers.RepeatedCompositeFieldContainer[_case_service_pb2.CaseParty]
    situations: _containers.RepeatedScalarFieldContainer[str]
    channel: str
    cases: _containers.RepeatedCompositeFieldContainer[_case_service_pb2.Case]
    department: str
    opened_time: _timestamp_pb2.Timestamp
    closed_cases: int
    representations: _containers.RepeatedCompositeFieldContainer[_case_service_pb2.Representation]
    def __init__(self, name: _Optional[str] = ..., number: _Optional[str] = ..., bundle: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[_case_service_pb2.CaseParty, _Mapping]]] = ..., situations: _Optional[_Iterable[str]] = ..., channel: _Optional[str] = ..., cases: _Optional[_Iterable[_Union[_case_service_pb2.Case, _Mapping]]] = ..., department: _Optional[str] = ..., opened_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_cases: _Optional[int] = ..., representations: _Optional[_Iterable[_Union[_case_service_pb2.Representation, _Mapping]]] = ...) -> None: ...

class OpenApplicationRequest(_message.Message):
    __slots__ = ("application", "request_id")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    application: Application
    request_id: str
    def __init__(self, application: _Optional[_Union[Application, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class OpenApplicationResponse(_message.Message):
    __slots__ = ("application",)
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    application: Application
    def __init__(self, application: _Optional[_Union[Application, _Mapping]] = ...) -> None: ...

class GetApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetApplicationResponse(_message.Message):
    __slots__ = ("application",)
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    application: Application
    def __init__(self, application: _Optional[_Union[Application, _Mapping]] = ...) -> None: ...

class RecordApplicationConsentRequest(_message.Message):
    __slots__ = ("application", "consent", "request_id")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    application: str
    consent: _case_service_pb2.Consent
    request_id: str
    def __init__(self, application: _Optional[str] = ..., consent: _Optional[_Union[_case_service_pb2.Consent, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecordApplicationConsentResponse(_message.Message):
    __slots__ = ("consents",)
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[_case_service_pb2.Consent]
    def __init__(self, consents: _Optional[_Iterable[_Union[_case_service_pb2.Consent, _Mapping]]] = ...) -> None: ...
