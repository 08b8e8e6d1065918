"""Catalogue entities, converted by their dataclasses' types: each message mirrors its dataclass field by field.

Rules:
1. A message field has the dataclass field's name; an enum value has the member's name behind the enum's prefix.
2. A field whose dataclass gives a default came later than the others: unspecified means that default, and it is sent
   only where it says something else, so that hubs and callers of before understand each other.
3. Bounds are the catalogue schema's: what comes in passes it before it becomes an entity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from google.protobuf.message import Message
from onceonly.v1 import catalogue_pb2

from exchange.catalogue.access_changes import AccessEffect
from exchange.catalogue.codec import ENTITY_CLASSES, from_json
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.room import EntryView
from exchange.catalogue.schema import shape_problems
from exchange.edge.convert.values import enum_prefix, label, timestamp
from exchange.entities.catalogue import Entity, EntityKind
from exchange.entities.revision import RevisionState
from exchange.errors import InvalidError, Violation

_MEMBERS: Final[Mapping[EntityKind, str]] = {
    EntityKind.AGREEMENT: "agreement",
    EntityKind.BUNDLE: "bundle",
    EntityKind.CALENDAR: "calendar",
    EntityKind.DEPARTMENT: "department",
    EntityKind.LICENCE_TYPE: "licence_type",
    EntityKind.MANDATE: "mandate",
    EntityKind.MATTER: "matter",
}


def entry_message(view: EntryView) -> catalogue_pb2.CatalogueEntry:
    """An entry as everyone reads it."""
    revision = view.revision
    message = catalogue_pb2.CatalogueEntry(
        name=format_entry_name(revision.kind, revision.code, revision.number),
        revision=revision.number,
        state=f"{enum_prefix(RevisionState)}{revision.state.name}",
        digest=revision.digest,
        author=revision.author,
        publisher=revision.publisher,
        proposed_time=timestamp(revision.proposed_time),
        published_time=timestamp(revision.published_time),
        superseded_time=timestamp(revision.superseded_time),
        note=revision.note,
        etag=view.etag,
        approver=revision.approver,
        access_changes=[
            catalogue_pb2.AccessChange(
                effect=f"{enum_prefix(AccessEffect)}{change.effect.name}",
                path=change.path,
                label=label(change.label),
                licence_type=change.licence_type,
            )
            for change in view.changes
        ],
    )
    put_entity(message, revision.entity)
    return message


def put_entity(message: catalogue_pb2.CatalogueEntry, entity: Entity) -> None:
    """Set the entry's entity."""
    kind = next(kind for kind, cls in ENTITY_CLASSES.items() if isinstance(entity, cls))
    target = getattr(message, _MEMBERS[kind])
    target.SetInParent()
    _fill(target, entity)


def entity_of(message: catalogue_pb2.CatalogueEntry, path: str = "entry") -> Entity:
    """The entity in an entry; raises ``InvalidError`` naming every field that the catalogue schema refuses."""
    member = message.WhichOneof("entity")
    if member is None:
        raise InvalidError((Violation(path, "has no entity", "缺少目录实体"),))
    kind = next(kind for kind, name in _MEMBERS.items() if name == member)
    data = _plain(ENTITY_CLASSES[kind], getattr(message, member))
    problems = shape_problems(kind, data)
    if problems:
        raise InvalidError(tuple(Violation(f"{path}.{member}.{p.field}", p.en, p.zh) for p in problems))
    return from_json(kind, data)


def entities_of(messages: Iterable[catalogue_pb2.CatalogueEntry]) -> tuple[Entity, ...]:
    """The entities of several entries; raises ``InvalidError`` naming the bad fields of all of them."""
    entities: list[Entity] = []
    violations: list[Violation] = []
    for position, message in enumerate(messages):
        try:
            entities.append(entity_of(message, f"entries[{position}]"))
        except InvalidError as invalid:
            violations.extend(invalid.violations)
    if violations:
        raise InvalidError(tuple(violations))
    return tuple(entities)


def _fill(message: Message, value: Any) -> None:
    """Set a message's fields from a dataclass."""
    for field in fields(value):
        content = getattr(value, field.name)
        if field.default is not MISSING and content == field.default:
            continue
        target = getattr(message, field.name)
        if isinstance(content, frozenset | tuple):
            items = sorted(content) if isinstance(content, frozenset) else content
            for item in items:
                _append(target, item)
        elif is_dataclass(content):
            target.SetInParent()
            _fill(target, content)
        elif content is not None:
            setattr(message, field.name, _scalar(content))


def _append(target: Any, item: Any) -> None:
    if is_dataclass(item):
        _fill(target.add(), item)
    elif isinstance(item, tuple):
        target.add(field=item[0], form_field=item[1])
    else:
        target.append(_scalar(item))


def _scalar(value: Any) -> Any:
    return f"{enum_prefix(type(value))}{value.name}" if isinstance(value, Enum) else value


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _plain(cls: Any, message: Message) -> dict[str, Any]:
    """A message as the canonical JSON of the dataclass that it mirrors."""
    values = {name: getattr(message, name) for name in _hints(cls)}
    unsaid = {field.name for field in fields(cls) if field.default is not MISSING and not _said(message, field.name)}
    hints = _hints(cls).items()
    return {name: _value(hint, message, name, values[name]) for name, hint in hints if name not in unsaid}


def _said(message: Message, name: str) -> bool:
    value = getattr(message, name)
    return message.HasField(name) if isinstance(value, Message) else bool(value)


def _value(hint: Any, message: Message, name: str, value: Any) -> Any:
    origin = get_origin(hint)
    if origin is UnionType:
        return _plain(get_args(hint)[0], value) if isinstance(value, Message) else value or None
    if origin in {frozenset, tuple}:
        inner = get_args(hint)[0]
        return [_item(inner, message, name, item) for item in value]
    return _item(hint, message, name, value)


def _item(hint: Any, message: Message, name: str, value: Any) -> Any:
    if get_origin(hint) is tuple:
        return [value.field, value.form_field]
    if is_dataclass(hint):
        return _plain(hint, value)
    if issubclass(hint, Enum):
        enum = message.DESCRIPTOR.fields_by_name[name].enum_type
        assert enum is not None
        names = enum.values_by_number
        member = hint.__members__.get(names[value].name.removeprefix(enum_prefix(hint)))
        return member.value if member is not None else ""
    return value
