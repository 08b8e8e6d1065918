"""Arbitrary requests of every method: the generic checks raise InvalidError or nothing, and what passes is bounded."""

import unicodedata
from typing import Any

import hypothesis.strategies as st
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings

from exchange.codes import text_problem
from exchange.edge.errors import status_of
from exchange.edge.server import SERVICES
from exchange.edge.validation import check_message
from exchange.errors import InvalidError

REQUESTS = [GetMessageClass(method.input_type) for service in SERVICES for method in service.methods]
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=12),
    st.sampled_from(["", "张三", "e\u0301", "\u202e", "\x00", "x" * 2_001, "0f2d9a52-13c1-4b8a-9d5e-0e5a4b7d5c11"]),
)
_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (-(2**31), 2**31 - 1),
}


def fill(message: Message, draw: Any, depth: int) -> None:
    """Set some of a message's fields to anything that its types allow."""
    for field in message.DESCRIPTOR.fields:
        if not draw(st.booleans()):
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in draw(st.lists(TEXTS, max_size=2)):
                fill(getattr(message, field.name)[key], draw, depth - 1)
        elif field.message_type is not None:
            if depth:
                target = getattr(message, field.name)
                fill(target.add() if field.is_repeated else target, draw, depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(scalar(field), max_size=2)))
        else:
            setattr(message, field.name, draw(scalar(field)))


def scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return st.binary(max_size=70) if field.type == FieldDescriptor.TYPE_BYTES else TEXTS
    low, high = _BITS[field.cpp_type]
    return st.one_of(st.integers(low, high), st.integers(0, 5))


def checked(message: Message) -> bool:
    """Whether a message passes; that nothing but InvalidError is raised, and it makes a status, is the point."""
    refused: InvalidError | None = None
    try:
        check_message(message)
    except InvalidError as invalid:
        refused = invalid
    if refused is not None:
        assert 1 <= len(refused.violations) <= 50
        assert status_of(refused, "").ByteSize() < 6_144
    return refused is None


def texts(message: Message) -> list[str]:
    found: list[str] = []
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            found.extend(value)
            found.extend(text for key in value for text in texts(value[key]))
            continue
        for item in value if field.is_repeated else [value]:
            if isinstance(item, str):
                found.append(item)
            elif isinstance(item, Message):
                found.extend(texts(item))
    return found


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_message_passes_or_is_refused_by_name(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(REQUESTS))()
    fill(message, data.draw, 4)
    if checked(message):
        for text in texts(message):
            assert unicodedata.is_normalized("NFC", text)
            assert not {unicodedata.category(each) for each in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(REQUESTS), st.binary(max_size=200))
def test_any_bytes_are_no_message_or_a_checked_one(kind: type[Message], raw: bytes) -> None:
    message = kind()
    try:
        message.ParseFromString(raw)
    except DecodeError:
        return
    checked(message)


@settings(max_examples=200, deadline=None)
@given(st.text(CHARACTERS, max_size=30))
def test_a_text_that_passes_is_normal_and_visible(text: str) -> None:
    visible = not {unicodedata.category(each) for each in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    if text_problem(text, 30) is None:
        assert visible
        assert unicodedata.is_normalized("NFC", text)
        assert text == text.strip()
