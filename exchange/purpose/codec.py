"""Facts as canonical JSON: the bytes that an access record keeps and that an explanation reads again.

``{"facts":{…},"licence":[…],"v":1}``. ``facts`` has the members of ``facts.Facts`` by their names; each group is a list
of its facts in the order in which its dataclass declares them, which ``docs/purpose-decision.md`` lists. ``licence``
is ``facts.LicenceFacts`` in the same way, and is there if phase two was reached.

Rules:
1. One form: members sorted, no spaces, UTF-8, sets as sorted lists, enums by their value. A missing fact is null;
   nulls at the end of a list are cut, and an empty list left out. ``current`` is ``"pinned"`` if both lines are equal.
2. A new fact goes to the end of its group, and a new group is a new member: old records then still read, with that
   missing. None is ever moved.
3. Strict: what does not encode to the very same bytes again is refused.
4. Bounded: at most 64 KiB, integers of 64 bits.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, get_type_hints

from exchange.entities.case import CaseState, RepresentationKind
from exchange.entities.catalogue import Basis, CaseAssurance, Purpose, Role, Sharing, Status
from exchange.entities.incident import IncidentReason
from exchange.entities.licence import LicenceState
from exchange.purpose.facts import Facts, LicenceFacts

VERSION = 1
MAX_BYTES = 65_536
_MAX_INTEGER = 2**63 - 1


class FactsError(ValueError):
    """The bytes are not canonical facts, or the facts cannot be written as such. The message holds no value."""


def to_bytes(facts: Facts, licence: LicenceFacts | None = None) -> bytes:
    """Canonical JSON of the facts and, if phase two was reached, of the licence's.

    Raises ``FactsError`` if the result exceeds the bounds or a text is not Unicode.
    """
    document: dict[str, Any] = {"facts": _facts_to_json(facts)}
    if licence is not None:
        document["licence"] = _LICENCE.to_json(licence)
    document["v"] = VERSION
    try:
        raw = _ENCODER.encode(document).encode()
    except UnicodeEncodeError as error:
        raise FactsError("a text in the facts is not Unicode") from error
    if len(raw) > MAX_BYTES:
        raise FactsError(f"the facts take {len(raw)} bytes; at most {MAX_BYTES}")
    return raw


def from_bytes(raw: bytes) -> Facts:
    """The facts of phase one. Raises ``FactsError``."""
    return read(raw)[0]


def read(raw: bytes) -> tuple[Facts, LicenceFacts | None]:
    """The facts and, if phase two was reached, the licence's. Raises ``FactsError``.

    Does not check that the facts are true, nor that they belong to the record that they were read from.
    """
    if len(raw) > MAX_BYTES:
        raise FactsError(f"the facts take {len(raw)} bytes; at most {MAX_BYTES}")
    try:
        document = json.loads(raw.decode(), parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FactsError("the facts are not JSON in UTF-8") from error
    if type(document) is not dict or document.get("v") is not VERSION:
        raise FactsError(f"the facts are not of version {VERSION}")
    facts = _facts_from_json(document.get("facts"))
    licence = _LICENCE.from_json(document["licence"]) if "licence" in document else None
    if to_bytes(facts, licence) != raw:
        raise FactsError("the facts are not in their canonical form")
    return facts, licence


class _Group:
    """How one dataclass is written as a list, and read from one."""

    def __init__(self, cls: type) -> None:
        hints = get_type_hints(cls)
        names = tuple(field.name for field in fields(cls))
        self.empty = cls()
        self._cls = cls
        self._values = attrgetter(*names)
        self._readers = tuple(_READERS[hints[name]] for name in names)

    def to_json(self, group: object) -> tuple[Any, ...]:
        values: tuple[Any, ...] = self._values(group)
        if values[-1] is not None:
            return values
        length = len(values)
        while length and values[length - 1] is None:
            length -= 1
        return values[:length]

    def from_json(self, value: object) -> Any:
        if type(value) is not list or len(value) > len(self._readers):
            raise FactsError("a group of facts is not a list of its facts")
        members = zip(self._readers, value, strict=False)
        return self._cls(*(None if member is None else reader(member) for reader, member in members))


def _facts_to_json(facts: Facts) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for (name, group), value in zip(_PLAN, _VALUES(facts), strict=True):
        if value is None or (group is not None and value is group.empty):
            continue
        members = value if group is None else group.to_json(value)
        if group is None or members:
            document[name] = members
    if "current" in document and (facts.current is facts.pinned or facts.current == facts.pinned):
        document["current"] = "pinned"
    return document


def _facts_from_json(value: object) -> Facts:
    if type(value) is not dict:
        raise FactsError("the facts are not a JSON object")
    document = dict(value)
    if document.get("current") == "pinned":
        document["current"] = document.get("pinned")
    members = {}
    for name, member in document.items():
        if name not in _FACT_READERS:
            raise FactsError("the facts have an unknown member")
        members[name] = _FACT_READERS[name](member)
    return Facts(**members)


def _no_number(_text: str) -> None:
    raise FactsError("a number in the facts is not an integer")


def _sorted(value: object) -> list[Any]:
    """What the JSON encoder does with what is not JSON: sets become sorted lists."""
    if type(value) is not frozenset:
        raise FactsError(f"facts do not hold a {type(value).__name__}")
    return sorted(value)


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise FactsError("a fact is not true or false")
    return value


def _integer(value: object) -> int:
    if type(value) is not int or abs(value) > _MAX_INTEGER:
        raise FactsError("a fact is not an integer of 64 bits")
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise FactsError("a fact is not a text")
    return value


def _enum(cls: type[Enum]) -> Callable[[object], Any]:
    def reader(value: object) -> Any:
        try:
            return cls(value)
        except ValueError as error:
            raise FactsError(f"a fact is not a {cls.__name__}") from error

    return reader


def _set(member: Callable[[object], Any]) -> Callable[[object], Any]:
    def reader(value: object) -> Any:
        if type(value) is not list:
            raise FactsError("a fact is not a list")
        return frozenset(member(item) for item in value)

    return reader


def _prohibitions(value: object) -> tuple[tuple[str, frozenset[Purpose]], ...]:
    if type(value) is not list or not all(type(pair) is list and len(pair) == 2 for pair in value):
        raise FactsError("a fact is not a list of pairs")
    return tuple((_text(field), _set(_enum(Purpose))(purposes)) for field, purposes in value)


_READERS: Mapping[Any, Callable[[object], Any]] = MappingProxyType(
    {
        bool | None: _boolean,
        int | None: _integer,
        str | None: _text,
        frozenset[str] | None: _set(_text),
        CaseAssurance | None: _enum(CaseAssurance),
        CaseState | None: _enum(CaseState),
        IncidentReason | None: _enum(IncidentReason),
        LicenceState | None: _enum(LicenceState),
        Purpose | None: _enum(Purpose),
        RepresentationKind | None: _enum(RepresentationKind),
        Role | None: _enum(Role),
        Sharing | None: _enum(Sharing),
        Status | None: _enum(Status),
        frozenset[Basis] | None: _set(_enum(Basis)),
        frozenset[Purpose] | None: _set(_enum(Purpose)),
        frozenset[Role] | None: _set(_enum(Role)),
        tuple[tuple[str, frozenset[Purpose]], ...] | None: _prohibitions,
    }
)
_HINTS = get_type_hints(Facts)
_NAMES = tuple(sorted(_HINTS))
_VALUES = attrgetter(*_NAMES)
_PLAN = tuple((name, None if _HINTS[name] in _READERS else _Group(_HINTS[name])) for name in _NAMES)
_FACT_READERS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {name: _READERS[_HINTS[name]] if group is None else group.from_json for name, group in _PLAN}
)
_LICENCE = _Group(LicenceFacts)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_sorted
)
