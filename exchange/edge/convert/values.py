"""Labels, holders, field values, times, enums and names; and what of a message the hub alone sets."""

from collections.abc import Mapping, MutableMapping
from enum import Enum
from functools import cache
from typing import TypeVar

from google.protobuf import timestamp_pb2
from google.protobuf.message import Message
from onceonly.v1 import values_pb2

from exchange.call import Position
from exchange.entities.catalogue import Label
from exchange.entities.licence import FieldValue, Holder
from exchange.errors import InvalidError, Violation

E = TypeVar("E", bound=Enum)

_MAX_ID = 64


def label(value: Label) -> values_pb2.Label:
    return values_pb2.Label(zh=value.zh, en=value.en)


def holder(message: values_pb2.Holder) -> Holder:
    return Holder(message.id_type, message.id_number, message.name)


def holder_message(value: Holder) -> values_pb2.Holder:
    return values_pb2.Holder(id_type=value.id_type, id_number=value.id_number, name=value.name)


def field_value(message: values_pb2.FieldValue, path: str) -> FieldValue:
    """The value; raises ``InvalidError`` when the message has none."""
    match message.WhichOneof("kind"):
        case "text":
            return message.text
        case "integer":
            return message.integer
        case "boolean":
            return message.boolean
        case "list":
            return tuple(message.list.values)
        case _:
            raise InvalidError((Violation(path, "has no value", "没有取值"),))


def field_value_message(value: FieldValue) -> values_pb2.FieldValue:
    match value:
        case bool():
            return values_pb2.FieldValue(boolean=value)
        case int():
            return values_pb2.FieldValue(integer=value)
        case str():
            return values_pb2.FieldValue(text=value)
        case tuple():
            return values_pb2.FieldValue(list=values_pb2.TextList(values=value))


def put_field_values(target: MutableMapping[str, values_pb2.FieldValue], values: Mapping[str, FieldValue]) -> None:
    """Copy field values into a protobuf map."""
    for name, value in values.items():
        if isinstance(value, str):
            target[name].text = value
        else:
            target[name].CopyFrom(field_value_message(value))


def seconds(message: timestamp_pb2.Timestamp) -> int:
    """Seconds since 1970 (UTC); 0 for an absent time."""
    return message.seconds


def timestamp(value: int) -> timestamp_pb2.Timestamp | None:
    """A time from seconds since 1970 (UTC); None for 0, which leaves the field absent."""
    return timestamp_pb2.Timestamp(seconds=value) if value else None


def enum_value(kind: type[Enum], value: Enum) -> str:
    """The name of a proto enum value: the kind's name and the member's, ``CaseState.OPEN`` → CASE_STATE_OPEN."""
    return f"{enum_prefix(kind)}{value.name}"


def enum_member(kind: type[E], name: str) -> E | None:
    """The member that a proto enum value's name stands for; None for UNSPECIFIED."""
    return kind.__members__.get(name.removeprefix(enum_prefix(kind)))


@cache
def enum_prefix(kind: type[Enum]) -> str:
    """``CaseState`` → ``CASE_STATE_``."""
    words = "".join(f"_{character}" if character.isupper() else character for character in kind.__name__)
    return f"{words.lstrip('_').upper()}_"


def parse_id(text: str, prefix: str, field: str = "name") -> str:
    """The id in ``{prefix}{id}``; raises ``InvalidError``. Not checked: that it is of the hub's own making."""
    name = text.removeprefix(prefix)
    if not text.startswith(prefix) or not name or not name.isascii() or len(name) > _MAX_ID:
        raise InvalidError((Violation(field, f"must be {prefix}{{id}}", f"应为 {prefix}{{id}}"),))
    return name


def set_by_hub(message: Message, path: str, by_caller: frozenset[str]) -> list[Violation]:
    """What is wrong with a message in which its caller sets more than ``by_caller``; ``path`` is where it stands."""
    wrong = sorted({field.name for field, _ in message.ListFields()} - by_caller)
    return [Violation(f"{path}.{name}", "is set by the hub only", "只能由系统设置") for name in wrong]


def log_position(position: Position) -> values_pb2.LogPosition:
    return values_pb2.LogPosition(index=position.index, commitment=position.commitment)
