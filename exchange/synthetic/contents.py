"""What a synthetic licence says: a value for every field of any licence type, fitting the holder and the type.

Rules:
1. A field is filled by what its name means (``makers``), so that a person's licences agree with each other.
2. A name that is not known there is filled by its data type, so that a new licence type needs nothing here.
3. Optional fields are left out when there is nothing to say, the holders' own attributes always.
"""

from collections.abc import Mapping
from datetime import timedelta

from exchange.entities.catalogue import DataType, Field
from exchange.entities.licence import FieldValue
from exchange.synthetic.draws import TODAY, Draws
from exchange.synthetic.makers import MAKERS, Value
from exchange.synthetic.subject import Subject

HOLDER_FIELDS = frozenset({"holder_id_number", "holder_id_type", "holder_name"})
"""Taken from the holders when a licence is issued, so never given as fields."""


def contents(subject: Subject) -> dict[str, FieldValue]:
    """The field values of the subject's licence of its type."""
    values: dict[str, FieldValue] = {}
    for field in subject.licence_type.fields:
        if field.name in HOLDER_FIELDS:
            continue
        value = _value(field, subject)
        if value is None and not field.required:
            continue
        values[field.name] = _fitting(field, value, subject.draws)
    return values


def _value(field: Field, subject: Subject) -> Value:
    """What the field's name asks for, if anything is known of it."""
    if field.name in MAKERS:
        return MAKERS[field.name](subject)
    return subject.issuer_name if field.name.endswith("_organ") else None


def _fitting(field: Field, value: Value, draws: Draws) -> FieldValue:
    """The value where it fits the field, else one made for the field's data type."""
    if field.data_type is DataType.CODE:
        return value if isinstance(value, str) and value in field.codes else field.codes[0]
    if isinstance(value, str) and len(value) > field.max_length:
        return value[: field.max_length]
    return by_data_type(field, draws) if value is None else value


def by_data_type(field: Field, draws: Draws) -> FieldValue:
    """A value that is right for any field of its data type."""
    text = f"{field.label.zh}（示例）"
    if field.name.endswith(("_number", "_account", "_code")):
        text = draws.digits(field.name, 12)
    text = text[: field.max_length]
    values: Mapping[DataType, FieldValue] = {
        DataType.BOOLEAN: False,
        DataType.CODE: field.codes[0] if field.codes else "",
        DataType.DATE: (TODAY - timedelta(days=draws.number(field.name, 700))).isoformat(),
        DataType.DECIMAL: str(draws.number(field.name, 10 ** min(field.max_length, 6))),
        DataType.INTEGER: draws.number(field.name, 10 ** min(field.max_length, 2)),
        DataType.STRING: text,
        DataType.TEXT_LIST: (text,),
    }
    return values[field.data_type]
