"""Checks of where a licence type says that its fields repeat who its holders are."""

from collections.abc import Iterator, Mapping
from typing import Final

from exchange.catalogue.checks.scope import Finding
from exchange.codes import SEX_CODES
from exchange.entities.catalogue import DataType, Field, HolderMention, Label, LicenceType

_UNKNOWN = Label(zh="该证照类型没有此字段", en="is not a field of the licence type")
_TWICE = Label(zh="同一字段重复列出", en="is named more than once")
_EMPTY = Label(zh="应列出号码字段或名称字段", en="must name the field of the number or of the name")
_TYPE_WRONG = Label(zh="该字段的数据类型不符", en="is a field of another data type than this asks for")
_SHAPES = Label(zh="号码字段与名称字段应同为文本或同为列表", en="must both be texts, or both be lists of texts")
_NO_LIST = Label(
    zh="列表涉及全部持证主体，不得同时列出日期或性别", en="speaks of all holders: no date or sex goes with it"
)
_SEX_CODES = Label(zh="代码值应为 GB/T 2261.1 的性别名称或代码", en="must list names or codes of GB/T 2261.1 alone")

_TEXTS: Final = frozenset({DataType.STRING, DataType.TEXT_LIST})
_TYPES: Final[Mapping[str, frozenset[DataType]]] = {
    "id_number": _TEXTS,
    "name": _TEXTS,
    "birth_date": frozenset({DataType.DATE}),
    "sex": frozenset({DataType.CODE}),
}


def holder_mention_findings(licence_type: LicenceType) -> Iterator[Finding]:
    """Everything wrong with ``holder_mentions``: each names fields that are there and can say what they are to say."""
    fields = {field.name: field for field in licence_type.fields}
    seen: set[str] = set()
    for place, mention in enumerate(licence_type.holder_mentions):
        path = f"holder_mentions[{place}]"
        if not mention.id_number and not mention.name:
            yield path, _EMPTY
        for member in _TYPES:
            name: str = getattr(mention, member)
            if name in seen:
                yield f"{path}.{member}", _TWICE
            elif name:
                yield from _field_findings(f"{path}.{member}", member, fields.get(name))
            seen |= {name} - {""}
        yield from _shape_findings(path, mention, fields)


def _field_findings(path: str, member: str, field: Field | None) -> Iterator[Finding]:
    if field is None:
        yield path, _UNKNOWN
    elif field.data_type not in _TYPES[member]:
        yield path, _TYPE_WRONG
    elif member == "sex" and not SEX_CODES.keys() >= set(field.codes):
        yield path, _SEX_CODES


def _shape_findings(path: str, mention: HolderMention, fields: Mapping[str, Field]) -> Iterator[Finding]:
    spoken = [fields[name] for name in (mention.id_number, mention.name) if name in fields]
    lists = [field.data_type is DataType.TEXT_LIST for field in spoken]
    if any(lists) and not all(lists):
        yield path, _SHAPES
    if any(lists) and (mention.birth_date or mention.sex):
        yield path, _NO_LIST
