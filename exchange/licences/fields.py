"""Checks the field values of a licence against its type.

Rules:
1. Every finding is told at once; none repeats a value, for it may be a person's.
2. A field is there with a value or not there at all: empty texts and lists are refused.
3. The holder's own attributes (``HOLDER_FIELDS``) come from the holders of the licence, never from its fields.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from exchange.codes import date_problem, text_problem
from exchange.entities.catalogue import DataType, Field, Label, LicenceType
from exchange.entities.licence import FieldValue, Holder
from exchange.errors import Violation

HOLDER_FIELDS = ("holder_id_number", "holder_id_type", "holder_name")
"""Names under which every credential carries its holders; a type and a guide may name them like any other field."""

MAX_FIELDS = 200
MAX_LIST_ITEMS = 100
MAX_LIST_TEXT = 1_000
MAX_INTEGER = 2**53

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")

_NOT_TEXT = Label(zh="应为文本", en="must be text")
_EMPTY = Label(
    zh="不得为空；没有值时请不要提交该字段", en="must not be empty; leave the field out when it has no value"
)
_NOT_DECIMAL = Label(zh="应为十进制数，例如 88.50", en='must be a decimal number such as "88.50"')
_NOT_CODE = Label(zh="不在该字段的代码表中", en="is not one of the field's codes")
_NOT_INTEGER = Label(zh="应为整数", en="must be an integer")
_INTEGER_RANGE = Label(zh="整数应在正负2的53次方之间", en="must be within ±2^53")
_NOT_BOOLEAN = Label(zh="应为是或否", en="must be true or false")
_NOT_LIST = Label(zh="应为文本列表", en="must be a list of texts")
_LIST_LENGTH = Label(zh=f"列表应有1至{MAX_LIST_ITEMS}项", en=f"must have 1 to {MAX_LIST_ITEMS} items")
_REQUIRED = Label(zh="缺少必填字段", en="is required")
_UNKNOWN = Label(zh="该证照类型没有此字段", en="is not a field of the licence type")
_FROM_HOLDERS = Label(zh="该字段取自持证主体，请勿填写", en="is taken from the holders and must be left out")
_TOO_MANY = Label(zh=f"字段不得超过{MAX_FIELDS}个", en=f"must have at most {MAX_FIELDS} fields")


def field_problems(licence_type: LicenceType, values: Mapping[str, FieldValue], path: str) -> list[Violation]:
    """Everything wrong with the values of a licence of this type; ``path`` is where they stand in the request."""
    if len(values) > MAX_FIELDS:
        return [Violation(path, _TOO_MANY.en, _TOO_MANY.zh)]
    known = {field.name: field for field in licence_type.fields}
    found: list[Violation] = []
    for name, value in values.items():
        problem = _name_problem(name, known) or value_problem(known[name], value)
        if problem is not None:
            found.append(Violation(_path(path, name), problem.en, problem.zh))
    found.extend(
        Violation(_path(path, field.name), _REQUIRED.en, _REQUIRED.zh)
        for field in licence_type.fields
        if field.required and field.name not in values and field.name not in HOLDER_FIELDS
    )
    return found


def value_problem(field: Field, value: FieldValue) -> Label | None:
    """What is wrong with one value of a field, or None."""
    return _CHECKS[field.data_type](field, value)


def holder_values(holders: tuple[Holder, ...]) -> dict[str, FieldValue]:
    """The holders' attributes as fields: texts for one holder, lists in the holders' order for several."""
    columns = zip(*((holder.id_number, holder.id_type, holder.name) for holder in holders), strict=True)
    return {
        name: column[0] if len(column) == 1 else column for name, column in zip(HOLDER_FIELDS, columns, strict=True)
    }


def _name_problem(name: str, known: Mapping[str, Field]) -> Label | None:
    if name in HOLDER_FIELDS:
        return _FROM_HOLDERS
    return None if name in known else _UNKNOWN


def _path(path: str, name: str) -> str:
    """The field's own path if its name has the shape of one; a hostile name is not repeated."""
    return f"{path}.{name}" if _NAME.fullmatch(name) else path


def _text(field: Field, value: FieldValue) -> Label | None:
    if type(value) is not str:
        return _NOT_TEXT
    return text_problem(value, field.max_length) if value else _EMPTY


def _code(field: Field, value: FieldValue) -> Label | None:
    if type(value) is not str:
        return _NOT_TEXT
    return None if value in field.codes else _NOT_CODE


def _date(field: Field, value: FieldValue) -> Label | None:  # noqa: ARG001 - every check has this shape
    return date_problem(value) if type(value) is str else _NOT_TEXT


def _decimal(field: Field, value: FieldValue) -> Label | None:
    if type(value) is not str:
        return _NOT_TEXT
    if len(value) > field.max_length:
        return Label(zh=f"不得超过{field.max_length}个字符", en=f"must have at most {field.max_length} characters")
    return None if _DECIMAL.fullmatch(value) else _NOT_DECIMAL


def _integer(field: Field, value: FieldValue) -> Label | None:  # noqa: ARG001 - every check has this shape
    if type(value) is not int:
        return _NOT_INTEGER
    return None if -MAX_INTEGER <= value <= MAX_INTEGER else _INTEGER_RANGE


def _boolean(field: Field, value: FieldValue) -> Label | None:  # noqa: ARG001 - every check has this shape
    return None if type(value) is bool else _NOT_BOOLEAN


def _text_list(field: Field, value: FieldValue) -> Label | None:
    if type(value) is not tuple or not all(type(item) is str for item in value):
        return _NOT_LIST
    if not 0 < len(value) <= MAX_LIST_ITEMS:
        return _LIST_LENGTH
    if not all(value):
        return _EMPTY
    length = min(field.max_length, MAX_LIST_TEXT)
    return next((problem for item in value if (problem := text_problem(item, length)) is not None), None)


_CHECKS: Mapping[DataType, Callable[[Field, FieldValue], Label | None]] = MappingProxyType(
    {
        DataType.BOOLEAN: _boolean,
        DataType.CODE: _code,
        DataType.DATE: _date,
        DataType.DECIMAL: _decimal,
        DataType.INTEGER: _integer,
        DataType.STRING: _text,
        DataType.TEXT_LIST: _text_list,
    }
)
