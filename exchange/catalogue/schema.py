"""Reads catalogue entities from data and from folders of YAML files, and says everything that is wrong at once.

Rules:
1. ``entries`` is the schema; this module runs it and words its findings in both languages.
2. A folder is read whole or not at all: one bad entry and no entity is returned.
3. Findings name the file, the line, the entry and the field, and never the value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from exchange.catalogue.codec import canonical, code_of, from_json, kind_of
from exchange.catalogue.entries import ENTRY_CLASSES, CatalogueFile
from exchange.catalogue.yaml_reader import MAX_BYTES, Document, YamlTextError, read_yaml
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
from exchange.errors import Violation

MAX_FILES = 500
MAX_PROBLEMS = 500

KINDS_BY_KEY: Mapping[str, EntityKind] = MappingProxyType(
    {
        "departments": EntityKind.DEPARTMENT,
        "licence_types": EntityKind.LICENCE_TYPE,
        "matters": EntityKind.MATTER,
        "bundles": EntityKind.BUNDLE,
        "agreements": EntityKind.AGREEMENT,
        "mandates": EntityKind.MANDATE,
        "calendars": EntityKind.CALENDAR,
    }
)
"""The lists of a file, in the order in which a hub loads them."""

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bool_type": ("must be true or false", "应为 true 或 false"),
        "enum": ("must be one of {expected}", "应为下列之一：{expected}"),
        "extra_forbidden": ("is not a known key", "未知的键"),
        "greater_than_equal": ("must be at least {ge}", "不得小于{ge}"),
        "int_type": ("must be a whole number", "应为整数"),
        "less_than_equal": ("must be at most {le}", "不得大于{le}"),
        "list_type": ("must be a list", "应为列表"),
        "missing": ("is missing", "缺少该项"),
        "model_type": ("must be a mapping of keys to values", "应为键值映射"),
        "repeated": ("repeats an item", "含有重复项"),
        "string_pattern_mismatch": ("must match {pattern}", "应符合 {pattern}"),
        "string_too_long": ("must have at most {max_length} characters", "不得超过{max_length}个字符"),
        "string_too_short": ("must not be empty", "不得为空"),
        "string_type": ("must be text (put numbers in quotes)", "应为文本（数字请加引号）"),
        "too_long": ("must have at most {max_length} items", "不得超过{max_length}项"),
        "too_short": ("must have at least {min_length} items", "不得少于{min_length}项"),
        "tuple_type": ("must be a pair", "应为一对值"),
    }
)
_OTHERWISE = ("is not valid here", "不合要求")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One finding: ``entry`` is a resource name such as ``matters/CODE``, ``field`` a path inside the entry."""

    file: str
    line: int
    entry: str
    field: str
    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {' '.join(part for part in (self.entry, self.field, self.en) if part)}"


class CatalogueFilesError(ValueError):
    """The files are not a catalogue; ``problems`` holds every finding, the first 500 if there are more."""

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The entities of a folder, in the order of its files."""

    departments: tuple[Department, ...]
    licence_types: tuple[LicenceType, ...]
    matters: tuple[Matter, ...]
    bundles: tuple[Bundle, ...]
    agreements: tuple[Agreement, ...]
    mandates: tuple[Mandate, ...]
    calendars: tuple[Calendar, ...]

    def entities(self) -> tuple[Entity, ...]:
        """All of them, those that others refer to first."""
        return (
            *self.departments,
            *self.licence_types,
            *self.matters,
            *self.bundles,
            *self.agreements,
            *self.mandates,
            *self.calendars,
        )


def shape_problems(kind: EntityKind, data: Any) -> tuple[Violation, ...]:
    """Everything wrong with one entry (plain data as JSON or YAML gives it) by itself; empty when it is right."""
    try:
        ENTRY_CLASSES[kind].model_validate_json(json.dumps(data))
    except ValidationError as error:
        return tuple(_violation(found["loc"], found) for found in error.errors(include_url=False, include_input=False))
    return ()


def entity_shape_problems(entity: Entity) -> tuple[Violation, ...]:
    """The same for an entity that did not come from a file (a proposal). Raises CodecError on a lone surrogate."""
    return shape_problems(kind_of(entity), json.loads(canonical(entity)))


def load_folder(path: Path) -> Catalogue:
    """The catalogue in the ``.yaml`` and ``.yml`` files under ``path``, at any depth, in the order of their names.

    Raises CatalogueFilesError. Not checked: what entries say of each other (``validation.validate``).
    """
    files = sorted(file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"} and file.is_file())
    if not files or len(files) > MAX_FILES:
        en, zh = f"must hold 1 to {MAX_FILES} YAML files", f"应包含1至{MAX_FILES}个YAML文件"
        raise CatalogueFilesError((FileProblem(str(path), 1, "", "", en, zh),))
    problems: list[FileProblem] = []
    entities: dict[tuple[EntityKind, str], Entity] = {}
    for file in files:
        name = file.relative_to(path).as_posix()
        try:
            document = read_yaml(_content(file))
        except YamlTextError as error:
            problems.append(FileProblem(name, error.line, "", "", error.en, error.zh))
            continue
        problems += _add_entries(name, document, entities)
    if problems:
        raise CatalogueFilesError(tuple(problems[:MAX_PROBLEMS]))
    return catalogue_of(tuple(entities.values()))


def catalogue_of(entities: tuple[Entity, ...]) -> Catalogue:
    """The entities sorted into their kinds, each kind in the order given."""
    return Catalogue(
        departments=tuple(entity for entity in entities if isinstance(entity, Department)),
        licence_types=tuple(entity for entity in entities if isinstance(entity, LicenceType)),
        matters=tuple(entity for entity in entities if isinstance(entity, Matter)),
        bundles=tuple(entity for entity in entities if isinstance(entity, Bundle)),
        agreements=tuple(entity for entity in entities if isinstance(entity, Agreement)),
        mandates=tuple(entity for entity in entities if isinstance(entity, Mandate)),
        calendars=tuple(entity for entity in entities if isinstance(entity, Calendar)),
    )


def _content(file: Path) -> bytes:
    """The file's bytes, one more than allowed at most. Raises YamlTextError when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlTextError(1, f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}") from error


def _add_entries(name: str, document: Document, entities: dict[tuple[EntityKind, str], Entity]) -> list[FileProblem]:
    """Adds the file's entities; returns what is wrong with them."""
    try:
        checked = CatalogueFile.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return [_file_problem(name, document, each["loc"], each) for each in found]
    problems = []
    for key, kind in KINDS_BY_KEY.items():
        for number, entry in enumerate(getattr(checked, key)):
            entity = from_json(kind, entry.model_dump(mode="json"))
            if (kind, code_of(entity)) in entities:
                line = document.line_of((key, number))
                entry_name = f"{kind}/{code_of(entity)}"
                problems.append(FileProblem(name, line, entry_name, "", "is defined twice", "重复定义"))
            entities[kind, code_of(entity)] = entity
    return problems


def _file_problem(name: str, document: Document, loc: tuple[int | str, ...], found: Mapping[str, Any]) -> FileProblem:
    line = document.line_of(loc)
    if len(loc) < 2:
        violation = _violation(loc, found)
        return FileProblem(name, line, "", violation.field, violation.en, violation.zh)
    violation = _violation(loc[2:], found)
    return FileProblem(name, line, _entry_name(document, loc), violation.field, violation.en, violation.zh)


def _entry_name(document: Document, loc: tuple[int | str, ...]) -> str:
    """``matters/CODE`` where the entry has a printable code, else ``matters[3]``."""
    key, number = loc[0], loc[1]
    entry = document.value[key][number]
    codes = [entry.get(member) for member in ("uscc", "code", "id")] if isinstance(entry, dict) else []
    code = next((code for code in codes if isinstance(code, str) and 0 < len(code) <= 64 and code.isprintable()), None)
    return f"{key}[{number}]" if code is None else f"{KINDS_BY_KEY[str(key)]}/{code}"


def _violation(loc: tuple[int | str, ...], found: Mapping[str, Any]) -> Violation:
    en, zh = _SENTENCES.get(found["type"], _OTHERWISE)
    context = found.get("ctx", {})
    return Violation(_path(loc), en.format(**context), zh.format(**context))


def _path(loc: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".")
