"""Is a whole catalogue consistent? Shapes, texts, codes, and everything that entities say of each other.

Rules:
1. Pure: entities in, findings out; the same answer for a folder of files and for a proposal over the wire.
2. Everything wrong is said at once, by entity and field, in both languages.
3. Over a register only the given entities are judged; what they break in others (a guide that asks for a field which
   a type no longer has) is found by validating the whole set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from exchange.catalogue.checks.agreements import agreement_findings, bundle_findings, mandate_findings
from exchange.catalogue.checks.calendars import calendar_findings
from exchange.catalogue.checks.departments import department_findings
from exchange.catalogue.checks.licence_types import licence_type_findings
from exchange.catalogue.checks.matters import matter_findings
from exchange.catalogue.checks.scope import REPEATED, Finding, Scope
from exchange.catalogue.codec import code_of, kind_of, to_json
from exchange.catalogue.schema import shape_problems
from exchange.codes import text_problem
from exchange.entities.catalogue import (
    Agreement,
    Bundle,
    Calendar,
    Department,
    Entity,
    Label,
    LicenceType,
    Matter,
)
from exchange.entities.register import Register

MAX_TEXT_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Problem:
    """``entity`` is a resource name (``matters/CODE``), ``field`` a path inside it (``evidence[title].fields[x]``)."""

    entity: str
    field: str
    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.entity} {self.field}: {self.en}"


def validate(entities: Iterable[Entity], over: Register | None = None) -> tuple[Problem, ...]:
    """Everything wrong with the entities, over what is in force or as one whole catalogue; empty when nothing is.

    See ``Scope`` for the two references that may be met later when a register is given.
    """
    everything = tuple(entities)
    scope = Scope.of(everything, over)
    seen: set[str] = set()
    problems: list[Problem] = []
    for entity in everything:
        name = resource_name(entity)
        if name in seen:
            problems.append(_problem(name, ("", REPEATED)))
        seen.add(name)
        problems += (_problem(name, finding) for finding in _findings(entity, scope))
    return tuple(problems)


def resource_name(entity: Entity) -> str:
    """``matters/CODE``: the entity's collection and code."""
    return f"{kind_of(entity)}/{code_of(entity)}"


def _problem(name: str, finding: Finding) -> Problem:
    field, sentence = finding
    return Problem(name, field, sentence.en, sentence.zh)


def _findings(entity: Entity, scope: Scope) -> Iterator[Finding]:
    data = to_json(entity)
    yield from _text_findings(data, "")
    for violation in shape_problems(kind_of(entity), data):
        yield violation.field, Label(zh=violation.zh, en=violation.en)
    yield from _reference_findings(entity, scope)


def _text_findings(value: Any, path: str) -> Iterator[Finding]:
    """Texts anywhere in the entity that must not be shown or signed; its type bounds the depth."""
    if isinstance(value, str):
        problem = text_problem(value, MAX_TEXT_LENGTH)
        if problem is not None:
            yield path, problem
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _text_findings(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _text_findings(item, f"{path}[{number}]")


def _reference_findings(entity: Entity, scope: Scope) -> Iterator[Finding]:
    if isinstance(entity, Department):
        return department_findings(entity, scope)
    if isinstance(entity, LicenceType):
        return licence_type_findings(entity, scope)
    if isinstance(entity, Matter):
        return matter_findings(entity, scope)
    if isinstance(entity, Bundle):
        return bundle_findings(entity, scope)
    if isinstance(entity, Agreement):
        return agreement_findings(entity, scope)
    return calendar_findings(entity) if isinstance(entity, Calendar) else mandate_findings(entity, scope)
