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

class LetterState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LETTER_STATE_UNSPECIFIED: _ClassVar[LetterState]
    LETTER_STATE_REQUESTED: _ClassVar[LetterState]
    LETTER_STATE_APPROVED: _ClassVar[LetterState]
    LETTER_STATE_REFUSED: _ClassVar[LetterState]
    LETTER_STATE_WITHDRAWN: _ClassVar[LetterState]
LETTER_STATE_UNSPECIFIED: LetterState
LETTER_STATE_REQUESTED: LetterState
LETTER_STATE_APPROVED: LetterState
LETTER_STATE_REFUSED: LetterState
LETTER_STATE_WITHDRAWN: LetterState

class LetterType(_message.Message):
    __slots__ = ("licence_type", "fields")
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    licence_type: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, licence_type: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class Letter(_message.Message):
    __slots__ = ("name", "issuer", "holder", "types", "legal_reference", "note", "until_time", "max_uses", "requester", "state", "requested_time", "decided_time", "answer")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_TIME_FIELD_NUMBER: _ClassVar[int]
    DECIDED_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    holder: _values_pb2.Holder
    types: _containers.RepeatedCompositeFieldContainer[LetterType]
    legal_reference: str
    note: str
    until_time: _timestamp_pb2.Timestamp
    max_uses: int
    requester: str
    state: LetterState
    requested_time: _timestamp_pb2.Timestamp
    decided_time: _timestamp_pb2.Timestamp
    answer: str
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ..., holder: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., types: _Optional[_Iterable[_Union[LetterType, _Mapping]]] = ..., legal_reference: _Optional[str] = ..., note: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_uses: _Optional[int] = ..., requester: _Optional[str] = ..., state: _Optional[_Union[LetterState, str]] = ..., requested_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer: _Optional[str] = ...) -> None: ...

class RequestLetterRequest(_message.Message):
    __slots__ = ("letter", "request_id")
    LETTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    request_id: str
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RequestLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class GetLetterRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class WithdrawLetterRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WithdrawLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class GetReceivedLetterRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetReceivedLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class ApproveLetterRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApproveLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class RefuseLetterRequest(_message.Message):
    __slots__ = ("name", "answer", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    answer: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., answer: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RefuseLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class ListLettersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLettersResponse(_message.Message):
    __slots__ = ("letters", "next_page_token")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[Letter]
    next_page_token: str
    def __init__(self, letters: _Optional[_Iterable[_Union[Letter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListReceivedLettersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReceivedLettersResponse(_message.Message):
    __slots__ = ("letters", "next_page_token")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[Letter]
    next_page_token: str
    def __init__(self, letters: _Optional[_Iterable[_Union[Letter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
