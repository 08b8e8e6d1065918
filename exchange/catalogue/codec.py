"""The canonical JSON of catalogue entities: the bytes that the hub stores, digests and signs.

Rules:
1. One form: every member present and sorted, no spaces, UTF-8, sets as sorted lists: equal entities, equal bytes.
2. A member with a default came later than the others: it is left out where it has its default and may be missing, so
   that what was stored before there was such a member keeps its bytes and its digest.
3. Strict both ways: any other member that is missing, or one that is unknown, repeated in a set or of another type is
   refused.
4. Only shapes are checked here; bounds are ``schema``'s and references are ``validation``'s.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from exchange.entities.catalogue import (
    Agreement,
    Bundle,
    Calendar,
    Department,
    Entity,
    EntityKind,
    LicenceType,
    Mandate,
    Matter,
)

ENTITY_CLASSES: Mapping[EntityKind, type[Entity]] = MappingProxyType(
    {
        EntityKind.AGREEMENT: Agreement,
        EntityKind.BUNDLE: Bundle,
        EntityKind.CALENDAR: Calendar,
        EntityKind.DEPARTMENT: Department,
        EntityKind.LICENCE_TYPE: LicenceType,
        EntityKind.MANDATE: Mandate,
        EntityKind.MATTER: Matter,
    }
)
_KINDS: Mapping[type[Entity], EntityKind] = MappingProxyType({cls: kind for kind, cls in ENTITY_CLASSES.items()})
_E = TypeVar("_E", bound=Enum)


class CodecError(ValueError):
    """The JSON is not an entity of its kind; ``path`` names the member (``fields[3].label.zh``)."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'entity'}: {problem}")
        self.path = path
        self.problem = problem


def kind_of(entity: Entity) -> EntityKind:
    """The collection that the entity belongs to."""
    return _KINDS[type(entity)]


def code_of(entity: Entity) -> str:
    """What names the entity inside its collection: a USCC, a code or an id."""
    if isinstance(entity, Department):
        return entity.uscc
    if isinstance(entity, Agreement | Mandate):
        return entity.id
    return entity.code


def to_json(entity: Entity) -> dict[str, Any]:
    """The entity as JSON members named as its dataclass fields; sets become sorted lists."""
    return _encode_members(entity)


def from_json(kind: EntityKind, data: Mapping[str, Any]) -> Entity:
    """The entity of ``kind`` that ``to_json`` gives ``data`` for. Raises CodecError and nothing else."""
    entity = _decode(ENTITY_CLASSES[kind], data, "")
    assert isinstance(entity, ENTITY_CLASSES[kind])
    return entity


def canonical(entity: Entity) -> bytes:
    """The canonical bytes. Raises CodecError for text that UTF-8 cannot carry (a lone surrogate)."""
    text = json.dumps(to_json(entity), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CodecError("", "text has a lone surrogate") from error


def digest(entity: Entity) -> str:
    """Lower-case hex SHA-256 of the canonical bytes; decision records name it."""
    return sha256(canonical(entity)).hexdigest()


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_encode(item) for item in value)
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _encode_members(value)
    return value


def _encode_members(value: Any) -> dict[str, Any]:
    pairs = ((field, getattr(value, field.name)) for field in fields(value))
    return {
        field.name: _encode(member) for field, member in pairs if field.default is MISSING or member != field.default
    }


@cache
def _members(cls: Any) -> Mapping[str, Any]:
    return MappingProxyType(get_type_hints(cls))


@cache
def _required(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if field.default is MISSING)


def _decode(hint: Any, value: Any, path: str) -> Any:
    """``value`` as the type that ``hint`` says; the type's own depth bounds the recursion."""
    origin = get_origin(hint)
    if origin is UnionType:
        options = [option for option in get_args(hint) if option is not NoneType]
        return None if value is None else _decode(options[0], value, path)
    if origin is frozenset:
        return _decode_set(get_args(hint)[0], value, path)
    if origin is tuple:
        return _decode_tuple(get_args(hint), value, path)
    if is_dataclass(hint) and isinstance(hint, type):
        return _decode_dataclass(hint, value, path)
    if issubclass(hint, Enum):
        return _decode_enum(hint, value, path)
    if type(value) is not hint:
        raise CodecError(path, f"must be {hint.__name__}")
    return value


def _decode_dataclass(cls: Any, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise CodecError(path, "must be an object")
    members = _members(cls)
    for name in _required(cls):
        if name not in value:
            raise CodecError(_join(path, name), "is missing")
    if not value.keys() <= members.keys():
        raise CodecError(path, "has unknown members")
    given = {name: hint for name, hint in members.items() if name in value}
    return cls(**{name: _decode(hint, value[name], _join(path, name)) for name, hint in given.items()})


def _decode_set(hint: Any, value: Any, path: str) -> frozenset[Any]:
    items = _decode_items(hint, value, path)
    decoded = frozenset(items)
    if len(decoded) != len(items):
        raise CodecError(path, "repeats an item")
    return decoded


def _decode_tuple(hints: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if hints[-1] is Ellipsis:
        return tuple(_decode_items(hints[0], value, path))
    if not isinstance(value, list) or len(value) != len(hints):
        raise CodecError(path, f"must be a list of {len(hints)}")
    return tuple(_decode(hint, item, f"{path}[{n}]") for n, (hint, item) in enumerate(zip(hints, value, strict=True)))


def _decode_items(hint: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise CodecError(path, "must be a list")
    return [_decode(hint, item, f"{path}[{n}]") for n, item in enumerate(value)]


def _decode_enum(hint: type[_E], value: Any, path: str) -> _E:
    values = {member.value: member for member in hint}
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in values:
        raise CodecError(path, f"must be one of {', '.join(str(known) for known in values)}")
    return values[value]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
