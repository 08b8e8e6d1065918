import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import access_record_pb2 as _access_record_pb2
from onceonly.v1 import case_service_pb2 as _case_service_pb2
from onceonly.v1 import restriction_service_pb2 as _restriction_service_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PresentationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRESENTATION_STATE_UNSPECIFIED: _ClassVar[PresentationState]
    PRESENTATION_STATE_WAITING: _ClassVar[PresentationState]
    PRESENTATION_STATE_REDEEMED: _ClassVar[PresentationState]
    PRESENTATION_STATE_CONFIRMED: _ClassVar[PresentationState]
    PRESENTATION_STATE_EXPIRED: _ClassVar[PresentationState]
PRESENTATION_STATE_UNSPECIFIED: PresentationState
PRESENTATION_STATE_WAITING: PresentationState
PRESENTATION_STATE_REDEEMED: PresentationState
PRESENTATION_STATE_CONFIRMED: PresentationState
PRESENTATION_STATE_EXPIRED: PresentationState

class ConsentField(_message.Message):
    __slots__ = ("name", "label", "field_class")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    FIELD_CLASS_FIELD_NUMBER: _ClassVar[int]
    name: str
    label: _values_pb2.Label
    field_class: int
    def __init__(self, name: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., field_class: _Optional[int] = ...) -> None: ...

class ConsentLine(_message.Message):
    __slots__ = ("requirement", "matter", "party", "licence_type", "label", "fields")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    matter: str
    party: str
    licence_type: str
    label: _values_pb2.Label
    fields: _containers.RepeatedCompositeFieldContainer[ConsentField]
    def __init__(self, requirement: _Optional[str] = ..., matter: _Optional[str] = ..., party: _Optional[str] = ..., licence_type: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., fields: _Optional[_Iterable[_Union[ConsentField, _Mapping]]] = ...) -> None: ...

class ConsentNotice(_message.Message):
    __slots__ = ("text_zh", "text_en", "digest_zh", "digest_en")
    TEXT_ZH_FIELD_NUMBER: _ClassVar[int]
    TEXT_EN_FIELD_NUMBER: _ClassVar[int]
    DIGEST_ZH_FIELD_NUMBER: _ClassVar[int]
    DIGEST_EN_FIELD_NUMBER: _ClassVar[int]
    text_zh: str
    text_en: str
    digest_zh: str
    digest_en: str
    def __init__(self, text_zh: _Optional[str] = ..., text_en: _Optional[str] = ..., digest_zh: _Optional[str] = ..., digest_en: _Optional[str] = ...) -> None: ...

class Presentation(_message.Message):
    __slots__ = ("name", "state", "expire_time", "case", "department", "matters", "lines", "confirmation_needed", "notice", "consents", "language")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_NEEDED_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: PresentationState
    expire_time: _timestamp_pb2.Timestamp
    case: str
    department: _values_pb2.Label
    matters: _containers.RepeatedScalarFieldContainer[str]
    lines: _containers.RepeatedCompositeFieldContainer[ConsentLine]
    confirmation_needed: bool
    notice: ConsentNotice
    consents: _containers.RepeatedScalarFieldContainer[str]
    language: str
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[PresentationState, str]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., case: _Optional[str] = ..., department: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., matters: _Optional[_Iterable[str]] = ..., lines: _Optional[_Iterable[_Union[ConsentLine, _Mapping]]] = ..., confirmation_needed: _Optional[bool] = ..., notice: _Optional[_Union[ConsentNotice, _Mapping]] = ..., consents: _Optional[_Iterable[str]] = ..., language: _Optional[str] = ...) -> None: ...

class MyAccess(_message.Message):
    __slots__ = ("index", "time", "department", "department_name", "purpose", "matter", "method", "outcome", "licence_types", "fields")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_NAME_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    index: int
    time: _timestamp_pb2.Timestamp
    department: str
    department_name: _values_pb2.Label
    purpose: str
    matter: str
    method: str
    outcome: _access_record_pb2.Outcome
    licence_types: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, index: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., department: _Optional[str] = ..., department_name: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., purpose: _Optional[str] = ..., matter: _Optional[str] = ..., method: _Optional[str] = ..., outcome: _Optional[_Union[_access_record_pb2.Outcome, str]] = ..., licence_types: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class CreatePresentationCodeRequest(_message.Message):
    __slots__ = ("case", "licence_types", "language", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    licence_types: _containers.RepeatedScalarFieldContainer[str]
    language: str
    request_id: str
    def __init__(self, case: _Optional[str] = ..., licence_types: _Optional[_Iterable[str]] = ..., language: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreatePresentationCodeResponse(_message.Message):
    __slots__ = ("qr_text", "digits", "presentation")
    QR_TEXT_FIELD_NUMBER: _ClassVar[int]
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    qr_text: str
    digits: str
    presentation: Presentation
    def __init__(self, qr_text: _Optional[str] = ..., digits: _Optional[str] = ..., presentation: _Optional[_Union[Presentation, _Mapping]] = ...) -> None: ...

class RedeemPresentationCodeRequest(_message.Message):
    __slots__ = ("case", "code", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    code: str
    request_id: str
    def __init__(self, case: _Optional[str] = ..., code: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RedeemPresentationCodeResponse(_message.Message):
    __slots__ = ("presentation",)
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    presentation: Presentation
    def __init__(self, presentation: _Optional[_Union[Presentation, _Mapping]] = ...) -> None: ...

class GetPresentationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetPresentationResponse(_message.Message):
    __slots__ = ("presentation",)
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    presentation: Presentation
    def __init__(self, presentation: _Optional[_Union[Presentation, _Mapping]] = ...) -> None: ...

class ConfirmConsentRequest(_message.Message):
    __slots__ = ("name", "statement_digest", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    statement_digest: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., statement_digest: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmConsentResponse(_message.Message):
    __slots__ = ("presentation",)
    PRESENTATION_FIELD_NUMBER: _ClassVar[int]
    presentation: Presentation
    def __init__(self, presentation: _Optional[_Union[Presentation, _Mapping]] = ...) -> None: ...

class GetConsentNoticeRequest(_message.Message):
    __slots__ = ("case", "party", "licence_types")
    CASE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPES_FIELD_NUMBER: _ClassVar[int]
    case: str
    party: str
    licence_types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case: _Optional[str] = ..., party: _Optional[str] = ..., licence_types: _Optional[_Iterable[str]] = ...) -> None: ...

class GetConsentNoticeResponse(_message.Message):
    __slots__ = ("notice", "lines")
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    notice: ConsentNotice
    lines: _containers.RepeatedCompositeFieldContainer[ConsentLine]
    def __init__(self, notice: _Optional[_Union[ConsentNotice, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[ConsentLine, _Mapping]]] = ...) -> None: ...

class ConsentServiceRevokeConsentRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConsentServiceRevokeConsentResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: _case_service_pb2.Consent
    def __init__(self, consent: _Optional[_Union[_case_service_pb2.Consent, _Mapping]] = ...) -> None: ...

class ListConsentsRequest(_message.Message):
    __slots__ = ("case", "page_size", "page_token")
    CASE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    case: str
    page_size: int
    page_token: str
    def __init__(self, case: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentsResponse(_message.Message):
    __slots__ = ("consents", "next_page_token")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[_case_service_pb2.Consent]
    next_page_token: str
    def __init__(self, consents: _Optional[_Iterable[_Union[_case_service_pb2.Consent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportConsentRecordRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExportConsentRecordResponse(_message.Message):
    __slots__ = ("consent_record",)
    CONSENT_RECORD_FIELD_NUMBER: _ClassVar[int]
    consent_record: str
    def __init__(self, consent_record: _Optional[str] = ...) -> None: ...

class ListAccessesToMyDataRequest(_message.Message):
    __slots__ = ("year", "page_size", "page_token")
    YEAR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    year: int
    page_size: int
    page_token: str
    def __init__(self, year: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAccessesToMyDataResponse(_message.Message):
    __slots__ = ("accesses", "next_page_token", "indexed_through")
    ACCESSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INDEXED_THROUGH_FIELD_NUMBER: _ClassVar[int]
    accesses: _containers.RepeatedCompositeFieldContainer[MyAccess]
    next_page_token: str
    indexed_through: int
    def __init__(self, accesses: _Optional[_Iterable[_Union[MyAccess, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., indexed_through: _Optional[int] = ...) -> None: ...

class ListRestrictionsOnMeRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRestrictionsOnMeResponse(_message.Message):
    __slots__ = ("restrictions", "next_page_token")
    RESTRICTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    restrictions: _containers.RepeatedCompositeFieldContainer[_restriction_service_pb2.Restriction]
    next_page_token: str
    def __init__(self, restrictions: _Optional[_Iterable[_Union[_restriction_service_pb2.Restriction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
