from onceonly.v1 import catalogue_pb2 as _catalogue_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetEntryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("collection", "waiting", "page_size", "page_token")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collection: str
    waiting: bool
    page_size: int
    page_token: str
    def __init__(self, collection: _Optional[str] = ..., waiting: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_catalogue_pb2.CatalogueEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ProposeEntryRequest(_message.Message):
    __slots__ = ("entry", "request_id", "validate_only")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    request_id: str
    validate_only: bool
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ProposeEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class ReviewEntryRequest(_message.Message):
    __slots__ = ("name", "etag", "accepted", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accepted: bool
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accepted: _Optional[bool] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReviewEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class ApproveEntryRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApproveEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class PublishEntryRequest(_message.Message):
    __slots__ = ("name", "etag", "validate_only", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    validate_only: bool
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class PublishEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class RetireEntryRequest(_message.Message):
    __slots__ = ("name", "etag", "note", "request_id", "dependents")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEPENDENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    note: str
    request_id: str
    dependents: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., dependents: _Optional[_Iterable[str]] = ...) -> None: ...

class RetireEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _catalogue_pb2.CatalogueEntry
    def __init__(self, entry: _Optional[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]] = ...) -> None: ...

class ValidateCatalogueRequest(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_catalogue_pb2.CatalogueEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[_catalogue_pb2.CatalogueEntry, _Mapping]]] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("entity", "field", "message")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    entity: str
    field: str
    message: _values_pb2.Label
    def __init__(self, entity: _Optional[str] = ..., field: _Optional[str] = ..., message: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class ValidateCatalogueResponse(_message.Message):
    __slots__ = ("problems",)
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    problems: _containers.RepeatedCompositeFieldContainer[Problem]
    def __init__(self, problems: _Optional[_Iterable[_Union[Problem, _Mapping]]] = ...) -> None: ...
