"""Resource names of the catalogue: ``{collection}/{code}`` and ``{collection}/{code}/revisions/{n}``."""

import re
from dataclasses import dataclass

from exchange.entities.catalogue import EntityKind
from exchange.errors import InvalidError, Violation

MAX_NUMBER = 999_999
_NAME = re.compile(r"([a-zA-Z]{1,20})/([0-9A-Za-z][0-9A-Za-z-]{0,62})(?:/revisions/([1-9][0-9]{0,5}))?")
_KINDS = {kind.value: kind for kind in EntityKind}


@dataclass(frozen=True, slots=True)
class EntryName:
    """An entity's name; with ``number`` that of one of its revisions, else of the one in force."""

    kind: EntityKind
    code: str
    number: int | None


def parse_entry_name(text: str, field: str = "name") -> EntryName:
    """The parts of a name; ``field`` is where the request holds it. Raises ``InvalidError``.

    Not checked: that there is such an entity, or that its code is a possible one.
    """
    match = _NAME.fullmatch(text) if len(text) <= 200 else None
    if match is None or match[1] not in _KINDS:
        raise InvalidError(
            (
                Violation(
                    field,
                    "must be {collection}/{code} or {collection}/{code}/revisions/{n}",
                    "应为 {collection}/{code} 或 {collection}/{code}/revisions/{n}",
                ),
            )
        )
    return EntryName(_KINDS[match[1]], match[2], int(match[3]) if match[3] else None)


def parse_collection(text: str, field: str = "collection") -> EntityKind:
    """The collection of that name. Raises ``InvalidError``."""
    kind = _KINDS.get(text)
    if kind is None:
        raise InvalidError(
            (Violation(field, f"must be one of {', '.join(_KINDS)}", f"应为下列之一：{'、'.join(_KINDS)}"),)
        )
    return kind


def format_entry_name(kind: EntityKind, code: str, number: int | None = None) -> str:
    """The name of an entity, or of one of its revisions."""
    return f"{kind}/{code}" if number is None else f"{kind}/{code}/revisions/{number}"
