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

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_PASSED: _ClassVar[Verdict]
    VERDICT_FAILED: _ClassVar[Verdict]
    VERDICT_INDETERMINATE: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_PASSED: Verdict
VERDICT_FAILED: Verdict
VERDICT_INDETERMINATE: Verdict

class Check(_message.Message):
    __slots__ = ("name", "verdict", "code", "message")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    verdict: Verdict
    code: str
    message: _values_pb2.Label
    def __init__(self, name: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., code: _Optional[str] = ..., message: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class VerificationReport(_message.Message):
    __slots__ = ("verdict", "checks", "identifier", "licence_type", "issuing_authority", "disclosed_fields", "at_time")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    ISSUING_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    DISCLOSED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    identifier: str
    licence_type: str
    issuing_authority: str
    disclosed_fields: _containers.RepeatedScalarFieldContainer[str]
    at_time: _timestamp_pb2.Timestamp
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., identifier: _Optional[str] = ..., licence_type: _Optional[str] = ..., issuing_authority: _Optional[str] = ..., disclosed_fields: _Optional[_Iterable[str]] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VerifyCredentialRequest(_message.Message):
    __slots__ = ("credential", "receipt", "at_time", "qr_text", "identifier", "digest", "second_signature", "omit_receipt")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    QR_TEXT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    OMIT_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    credential: str
    receipt: str
    at_time: _timestamp_pb2.Timestamp
    qr_text: str
    identifier: str
    digest: bytes
    second_signature: str
    omit_receipt: bool
    def __init__(self, credential: _Optional[str] = ..., receipt: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., qr_text: _Optional[str] = ..., identifier: _Optional[str] = ..., digest: _Optional[bytes] = ..., second_signature: _Optional[str] = ..., omit_receipt: _Optional[bool] = ...) -> None: ...

class VerifyCredentialResponse(_message.Message):
    __slots__ = ("report", "log_position", "receipt")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    report: VerificationReport
    log_position: _values_pb2.LogPosition
    receipt: str
    def __init__(self, report: _Optional[_Union[VerificationReport, _Mapping]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ..., receipt: _Optional[str] = ...) -> None: ...

class VerifyCredentialsRequest(_message.Message):
    __slots__ = ("batch", "items", "omit_receipt")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    OMIT_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    batch: int
    items: _containers.RepeatedCompositeFieldContainer[VerifyCredentialRequest]
    omit_receipt: bool
    def __init__(self, batch: _Optional[int] = ..., items: _Optional[_Iterable[_Union[VerifyCredentialRequest, _Mapping]]] = ..., omit_receipt: _Optional[bool] = ...) -> None: ...

class VerifyCredentialsResponse(_message.Message):
    __slots__ = ("batch", "reports", "log_position", "receipt")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    batch: int
    reports: _containers.RepeatedCompositeFieldContainer[VerificationReport]
    log_position: _values_pb2.LogPosition
    receipt: str
    def __init__(self, batch: _Optional[int] = ..., reports: _Optional[_Iterable[_Union[VerificationReport, _Mapping]]] = ..., log_position: _Optional[_Union[_values_pb2.LogPosition, _Mapping]] = ..., receipt: _Optional[str] = ...) -> None: ...

class GetTrustListRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTrustListResponse(_message.Message):
    __slots__ = ("trust_list",)
    TRUST_LIST_FIELD_NUMBER: _ClassVar[int]
    trust_list: str
    def __init__(self, trust_list: _Optional[str] = ...) -> None: ...

class GetStatusListRequest(_message.Message):
    __slots__ = ("uri",)
    URI_FIELD_NUMBER: _ClassVar[int]
    uri: str
    def __init__(self, uri: _Optional[str] = ...) -> None: ...

class GetStatusListResponse(_message.Message):
    __slots__ = ("status_list",)
    STATUS_LIST_FIELD_NUMBER: _ClassVar[int]
    status_list: str
    def __init__(self, status_list: _Optional[str] = ...) -> None: ...
