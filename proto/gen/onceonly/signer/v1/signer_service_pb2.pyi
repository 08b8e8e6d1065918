import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ObjectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBJECT_KIND_UNSPECIFIED: _ClassVar[ObjectKind]
    OBJECT_KIND_CREDENTIAL: _ClassVar[ObjectKind]
    OBJECT_KIND_RECEIPT: _ClassVar[ObjectKind]
    OBJECT_KIND_EXPORT: _ClassVar[ObjectKind]
    OBJECT_KIND_STATUS_LIST: _ClassVar[ObjectKind]
    OBJECT_KIND_CHECKPOINT: _ClassVar[ObjectKind]
    OBJECT_KIND_QR: _ClassVar[ObjectKind]
    OBJECT_KIND_SECOND: _ClassVar[ObjectKind]
    OBJECT_KIND_TRUST_LIST: _ClassVar[ObjectKind]
    OBJECT_KIND_CERTIFICATE: _ClassVar[ObjectKind]
    OBJECT_KIND_WEBHOOK: _ClassVar[ObjectKind]
    OBJECT_KIND_CONSENT_RECORD: _ClassVar[ObjectKind]
    OBJECT_KIND_IMPORT_REPORT: _ClassVar[ObjectKind]
OBJECT_KIND_UNSPECIFIED: ObjectKind
OBJECT_KIND_CREDENTIAL: ObjectKind
OBJECT_KIND_RECEIPT: ObjectKind
OBJECT_KIND_EXPORT: ObjectKind
OBJECT_KIND_STATUS_LIST: ObjectKind
OBJECT_KIND_CHECKPOINT: ObjectKind
OBJECT_KIND_QR: ObjectKind
OBJECT_KIND_SECOND: ObjectKind
OBJECT_KIND_TRUST_LIST: ObjectKind
OBJECT_KIND_CERTIFICATE: ObjectKind
OBJECT_KIND_WEBHOOK: ObjectKind
OBJECT_KIND_CONSENT_RECORD: ObjectKind
OBJECT_KIND_IMPORT_REPORT: ObjectKind

class KeyFacts(_message.Message):
    __slots__ = ("key_id", "version", "alg", "kid", "public_jwk")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ALG_FIELD_NUMBER: _ClassVar[int]
    KID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_JWK_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    version: int
    alg: str
    kid: str
    public_jwk: str
    def __init__(self, key_id: _Optional[str] = ..., version: _Optional[int] = ..., alg: _Optional[str] = ..., kid: _Optional[str] = ..., public_jwk: _Optional[str] = ...) -> None: ...

class ListKeysRequest(_message.Message):
    __slots__ = ("prefixes",)
    PREFIXES_FIELD_NUMBER: _ClassVar[int]
    prefixes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, prefixes: _Optional[_Iterable[str]] = ...) -> None: ...

class ListKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[KeyFacts]
    def __init__(self, keys: _Optional[_Iterable[_Union[KeyFacts, _Mapping]]] = ...) -> None: ...

class SignRequest(_message.Message):
    __slots__ = ("kind", "key_id", "kid", "object")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    KID_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    kind: ObjectKind
    key_id: str
    kid: str
    object: bytes
    def __init__(self, kind: _Optional[_Union[ObjectKind, str]] = ..., key_id: _Optional[str] = ..., kid: _Optional[str] = ..., object: _Optional[bytes] = ...) -> None: ...

class SignResponse(_message.Message):
    __slots__ = ("signature", "log_line", "log_digest", "sign_time")
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    LOG_LINE_FIELD_NUMBER: _ClassVar[int]
    LOG_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    signature: bytes
    log_line: int
    log_digest: bytes
    sign_time: _timestamp_pb2.Timestamp
    def __init__(self, signature: _Optional[bytes] = ..., log_line: _Optional[int] = ..., log_digest: _Optional[bytes] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MakeKeyRequest(_message.Message):
    __slots__ = ("key_id", "alg")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ALG_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    alg: str
    def __init__(self, key_id: _Optional[str] = ..., alg: _Optional[str] = ...) -> None: ...

class MakeKeyResponse(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: KeyFacts
    def __init__(self, key: _Optional[_Union[KeyFacts, _Mapping]] = ...) -> None: ...

class RotateKeyRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class RotateKeyResponse(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: KeyFacts
    def __init__(self, key: _Optional[_Union[KeyFacts, _Mapping]] = ...) -> None: ...
