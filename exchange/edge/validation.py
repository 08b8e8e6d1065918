"""Checks that need no meaning: every string, list and number of a request is bounded and well-formed.

Rules, applied to a whole message by its descriptor:
1. No unknown fields: a caller of a newer contract is told, not half understood.
2. Strings are what ``exchange.codes.text_problem`` lets pass (NFC, nothing invisible), of at most 2,000 characters, or
   what ``_LONG`` says for the field; lists have at most 1,000 items; nesting is bounded by the contract.
3. ``request_id`` is a UUID; ``page_size`` is within its bounds; timestamps lie between 1900 and 2200.
Meaning (does the type exist, is the date possible) is the use case's to check.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from exchange.codes import text_problem
from exchange.errors import InvalidError, Violation

_MAX_TEXT: Final = 2_000
_LONG: Final = {
    "credential": 131_072,
    "receipt": 16_384,
    "jwk": 2_000,
    "page_token": 1_000,
    "qr_text": 8_192,
    "second_signature": 8_192,
}
_MAX_LIST: Final = 1_000
_MAX_BYTES: Final = 64
_LONG_BYTES: Final = {"content": 3 << 20}
_MAX_PAGE: Final = 200
_EARLIEST: Final = -2_208_988_800
_LATEST: Final = 7_258_118_400
_BY_THEMSELVES: Final = frozenset({"onceonly.v1.ImportRow"})
"""Messages that their method checks one by one, since one bad one must not spoil the others."""
_UUID: Final = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MAX_VIOLATIONS: Final = 50


def check_message(message: Message) -> None:
    """Raises ``InvalidError`` naming every malformed field (at most 50) of a request."""
    found: list[Violation] = []
    for violation in _message(message, ""):
        found.append(violation)
        if len(found) == _MAX_VIOLATIONS:
            break
    if found:
        raise InvalidError(tuple(found))


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its canonical lower- or upper-case form (RFC 9562, section 4)."""
    return _UUID.fullmatch(text) is not None


def _message(message: Message, path: str) -> Iterator[Violation]:
    if len(UnknownFieldSet(message)):
        yield Violation(path or ".", "has fields that this hub does not know", "包含系统无法识别的字段")
    for field, value in message.ListFields():
        if isinstance(value, str) and _is_plain(field, value):
            continue
        name = f"{path}.{field.name}" if path else field.name
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            yield from _map(field, value, name)
        elif field.is_repeated:
            if len(value) > _MAX_LIST:
                yield Violation(name, f"has more than {_MAX_LIST} items", f"不得超过{_MAX_LIST}项")
                continue
            for position, item in enumerate(value):
                yield from _value(field, item, f"{name}[{position}]")
        else:
            yield from _value(field, value, name)


def _map(field: FieldDescriptor, value: Any, name: str) -> Iterator[Violation]:
    if len(value) > _MAX_LIST:
        yield Violation(name, f"has more than {_MAX_LIST} items", f"不得超过{_MAX_LIST}项")
        return
    assert field.message_type is not None
    inner = field.message_type.fields_by_name["value"]
    for key in sorted(value):
        problem = text_problem(key, 100)
        if problem:
            yield Violation(name, f"a key {problem.en}", f"键{problem.zh}")
            continue
        yield from _value(inner, value[key], f"{name}.{key}")


def _value(field: FieldDescriptor, value: Any, name: str) -> Iterator[Violation]:
    if isinstance(value, str):
        yield from _text(field, value, name)
    elif isinstance(value, bytes):
        longest = _LONG_BYTES.get(field.name, _MAX_BYTES)
        if len(value) > longest:
            yield Violation(name, f"is longer than {longest} bytes", f"不得超过{longest}字节")
    elif isinstance(value, timestamp_pb2.Timestamp):
        if not (_EARLIEST <= value.seconds <= _LATEST and 0 <= value.nanos < 1_000_000_000):
            yield Violation(name, "is not a time between 1900 and 2200", "时间须在1900年至2200年之间")
    elif isinstance(value, Message):
        if value.DESCRIPTOR.full_name in _BY_THEMSELVES:
            return
        yield from _message(value, name)
    elif field.name in {"page_size", "limit"} and not 0 <= value <= (_MAX_PAGE if field.name == "page_size" else 1000):
        yield Violation(name, "is out of bounds", "超出允许范围")
    elif field.enum_type is not None and value not in field.enum_type.values_by_number:
        yield Violation(name, "is not a value of its enum", "取值不在枚举范围内")


def _is_plain(field: FieldDescriptor, value: str) -> bool:
    """Whether a text needs no further look: most do not, and this one is quick."""
    name = field.name
    longest = _LONG.get(name, _MAX_TEXT)
    short = name != "request_id" and len(value) <= longest
    return short and value.isascii() and value.isprintable() and value == value.strip()


def _text(field: FieldDescriptor, value: str, name: str) -> Iterator[Violation]:
    if field.name == "request_id":
        if not is_uuid(value):
            yield Violation(name, "must be a UUID", "须为UUID")
        return
    problem = text_problem(value, _LONG.get(field.name, _MAX_TEXT))
    if problem:
        yield Violation(name, problem.en, problem.zh)
