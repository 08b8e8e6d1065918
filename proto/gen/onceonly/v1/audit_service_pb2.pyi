import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import access_record_pb2 as _access_record_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccessFilter(_message.Message):
    __slots__ = ("mandate", "start_time", "end_time", "department", "operator", "matter", "case", "licence", "licence_type", "purpose", "outcome", "reason", "method", "holder_tag")
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    HOLDER_TAG_FIELD_NUMBER: _ClassVar[int]
    mandate: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    department: str
    operator: str
    matter: str
    case: str
    licence: str
    licence_type: str
    purpose: str
    outcome: _access_record_pb2.Outcome
    reason: str
    method: str
    holder_tag: bytes
    def __init__(self, mandate: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., department: _Optional[str] = ..., operator: _Optional[str] = ..., matter: _Optional[str] = ..., case: _Optional[str] = ..., licence: _Optional[str] = ..., licence_type: _Optional[str] = ..., purpose: _Optional[str] = ..., outcome: _Optional[_Union[_access_record_pb2.Outcome, str]] = ..., reason: _Optional[str] = ..., method: _Optional[str] = ..., holder_tag: _Optional[bytes] = ...) -> None: ...

class AccessRecord(_message.Message):
    __slots__ = ("name", "index", "entry", "commitment")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    index: int
    entry: _access_record_pb2.AccessEntry
    commitment: bytes
    def __init__(self, name: _Optional[str] = ..., index: _Optional[int] = ..., entry: _Optional[_Union[_access_record_pb2.AccessEntry, _Mapping]] = ..., commitment: _Optional[bytes] = ...) -> None: ...

class AccessCount(_message.Message):
    __slots__ = ("value", "count")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    value: str
    count: int
    def __init__(self, value: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class GuardResult(_message.Message):
    __slots__ = ("guard", "step", "held", "reason", "message")
    GUARD_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    guard: str
    step: int
    held: bool
    reason: str
    message: _values_pb2.Label
    def __init__(self, guard: _Optional[str] = ..., step: _Optional[int] = ..., held: _Optional[bool] = ..., reason: _Optional[str] = ..., message: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class ItemExplanation(_message.Message):
    __slots__ = ("requirement", "guards", "agrees", "allowed_fields", "facts")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    GUARDS_FIELD_NUMBER: _ClassVar[int]
    AGREES_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    guards: _containers.RepeatedCompositeFieldContainer[GuardResult]
    agrees: bool
    allowed_fields: _containers.RepeatedScalarFieldContainer[str]
    facts: str
    def __init__(self, requirement: _Optional[str] = ..., guards: _Optional[_Iterable[_Union[GuardResult, _Mapping]]] = ..., agrees: _Optional[bool] = ..., allowed_fields: _Optional[_Iterable[str]] = ..., facts: _Optional[str] = ...) -> None: ...

class ListAccessRecordsRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: AccessFilter
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[AccessFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAccessRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token", "indexed_through")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INDEXED_THROUGH_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[AccessRecord]
    next_page_token: str
    indexed_through: int
    def __init__(self, records: _Optional[_Iterable[_Union[AccessRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., indexed_through: _Optional[int] = ...) -> None: ...

class GetAccessRecordRequest(_message.Message):
    __slots__ = ("name", "mandate")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    mandate: str
    def __init__(self, name: _Optional[str] = ..., mandate: _Optional[str] = ...) -> None: ...

class GetAccessRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: AccessRecord
    def __init__(self, record: _Optional[_Union[AccessRecord, _Mapping]] = ...) -> None: ...

class ExplainDecisionRequest(_message.Message):
    __slots__ = ("name", "mandate")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    mandate: str
    def __init__(self, name: _Optional[str] = ..., mandate: _Optional[str] = ...) -> None: ...

class ExplainDecisionResponse(_message.Message):
    __slots__ = ("record", "items")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    record: AccessRecord
    items: _containers.RepeatedCompositeFieldContainer[ItemExplanation]
    def __init__(self, record: _Optional[_Union[AccessRecord, _Mapping]] = ..., items: _Optional[_Iterable[_Union[ItemExplanation, _Mapping]]] = ...) -> None: ...

class SummariseAccessesRequest(_message.Message):
    __slots__ = ("filter", "by", "limit")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    filter: AccessFilter
    by: str
    limit: int
    def __init__(self, filter: _Optional[_Union[AccessFilter, _Mapping]] = ..., by: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class SummariseAccessesResponse(_message.Message):
    __slots__ = ("counts", "indexed_through")
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    INDEXED_THROUGH_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedCompositeFieldContainer[AccessCount]
    indexed_through: int
    def __init__(self, counts: _Optional[_Iterable[_Union[AccessCount, _Mapping]]] = ..., indexed_through: _Optional[int] = ...) -> None: ...

class GetCheckpointRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint", "verifier_key")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    VERIFIER_KEY_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    verifier_key: str
    def __init__(self, checkpoint: _Optional[str] = ..., verifier_key: _Optional[str] = ...) -> None: ...

class GetInclusionProofRequest(_message.Message):
    __slots__ = ("index", "tree_size")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    index: int
    tree_size: int
    def __init__(self, index: _Optional[int] = ..., tree_size: _Optional[int] = ...) -> None: ...

class GetInclusionProofResponse(_message.Message):
    __slots__ = ("index", "tree_size", "leaf_hash", "hashes", "checkpoint")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    LEAF_HASH_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    index: int
    tree_size: int
    leaf_hash: bytes
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    checkpoint: str
    def __init__(self, index: _Optional[int] = ..., tree_size: _Optional[int] = ..., leaf_hash: _Optional[bytes] = ..., hashes: _Optional[_Iterable[bytes]] = ..., checkpoint: _Optional[str] = ...) -> None: ...

class GetReceiptRequest(_message.Message):
    __slots__ = ("index", "commitment")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    index: int
    commitment: bytes
    def __init__(self, index: _Optional[int] = ..., commitment: _Optional[bytes] = ...) -> None: ...

class GetReceiptResponse(_message.Message):
    __slots__ = ("receipt", "verifier_key", "cosigned")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    VERIFIER_KEY_FIELD_NUMBER: _ClassVar[int]
    COSIGNED_FIELD_NUMBER: _ClassVar[int]
    receipt: str
    verifier_key: str
    cosigned: bool
    def __init__(self, receipt: _Optional[str] = ..., verifier_key: _Optional[str] = ..., cosigned: _Optional[bool] = ...) -> None: ...

class GetConsistencyProofRequest(_message.Message):
    __slots__ = ("old_size", "new_size")
    OLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    NEW_SIZE_FIELD_NUMBER: _ClassVar[int]
    old_size: int
    new_size: int
    def __init__(self, old_size: _Optional[int] = ..., new_size: _Optional[int] = ...) -> None: ...

class GetConsistencyProofResponse(_message.Message):
    __slots__ = ("old_size", "new_size", "hashes")
    OLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    NEW_SIZE_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    old_size: int
    new_size: int
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, old_size: _Optional[int] = ..., new_size: _Optional[int] = ..., hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ExportAccessRecordsRequest(_message.Message):
    __slots__ = ("mandate", "start_index", "end_index", "format")
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    START_INDEX_FIELD_NUMBER: _ClassVar[int]
    END_INDEX_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    mandate: str
    start_index: int
    end_index: int
    format: str
    def __init__(self, mandate: _Optional[str] = ..., start_index: _Optional[int] = ..., end_index: _Optional[int] = ..., format: _Optional[str] = ...) -> None: ...

class ExportAccessRecordsResponse(_message.Message):
    __slots__ = ("data", "manifest")
    DATA_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    manifest: str
    def __init__(self, data: _Optional[bytes] = ..., manifest: _Optional[str] = ...) -> None: ...
