"""Records of a kind that are about someone, each sealed under that one's data key.

Rules:
1. A record's body is its owner's tag (16 bytes), then the sealed JSON of a frozen dataclass: destroying the owner's key
   erases it.
2. What a use case reads here is read anew and expected unchanged at commit, so two calls never both act on one state.
3. Index values are departments and codes, never people.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from exchange.call import Call
from exchange.entities.page import Page
from storage.errors import CorruptError, ErasedError
from storage.records.changes import Expect, IndexEntry, Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import Vault

T = TypeVar("T")

_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Sealed(Generic[T]):
    """What was read: ``value`` None and ``version`` 0 where there is no record; ``owner`` is a tag in hex."""

    value: T | None
    owner: str
    version: int


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A record that is there."""

    value: T
    owner: str
    version: int


class SealedRecords(Generic[T]):
    """Reads and writes of one kind, whose values are frozen dataclasses of plain members."""

    def __init__(self, records: Records, vault: Vault, kind: str, values: type[T]) -> None:
        self.kind = kind
        self._records = records
        self._vault = vault
        self._adapter: TypeAdapter[T] = TypeAdapter(values)

    def read(self, call: Call, key: str) -> Sealed[T]:
        """The record as it is now, expected unchanged at commit. Raises ``ErasedError`` and ``CorruptError``."""
        record = self._records.get(self.kind, key)
        call.change(Expect(self.kind, key, record.version if record else 0))
        if record is None:
            return Sealed(None, "", 0)
        owner = record.body[:_TAG_BYTES].hex()
        return Sealed(self.opened(record), owner, record.version)

    def find(self, call: Call, key: str) -> Found[T] | None:
        """As ``read``, but None where there is no record or its owner's data were erased."""
        try:
            read = self.read(call, key)
        except ErasedError:
            return None
        return None if read.value is None else Found(read.value, read.owner, read.version)

    def page(self, index: str, value: str, *, after: str, limit: int) -> Page[T]:
        """Values found under an index entry, in key order after a key; those of erased owners are left out."""
        rows = self._records.find(self.kind, index, value.encode(), after=after, limit=limit + 1)
        items = []
        for row in rows[:limit]:
            try:
                items.append(self.opened(row))
            except ErasedError:
                continue
        return Page(tuple(items), rows[limit - 1].key if len(rows) > limit else "")

    def opened(self, record: Record) -> T:
        """The value in a record of the kind. Raises ``ErasedError`` and ``CorruptError``."""
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        content = key.open(record.body[_TAG_BYTES:], _context(record.kind, record.key))
        try:
            return self._adapter.validate_json(content)
        except ValidationError:
            raise CorruptError("a sealed record does not decode: restore it from a backup") from None


def write_sealed(
    call: Call, kind: str, key: str, value: Any, *, owner: str, version: int, indexes: tuple[IndexEntry, ...] = ()
) -> None:
    """Put a dataclass over record version ``version`` (0: there is none), sealed under ``owner``'s data key."""
    data_key = call.data_key(owner)
    content = to_json(value)
    body = bytes.fromhex(owner) + data_key.seal(content, _context(kind, key))
    if version:
        call.change(Replace(kind, key, version, body, indexes))
    else:
        call.change(Insert(kind, key, body, indexes))


def _context(kind: str, key: str) -> bytes:
    return f"{kind}/{key}".encode()
