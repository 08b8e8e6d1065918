"""Which column is which member of a licence.

Rules:
1. Standard column names (as in tables after GB/T 36903) need no mapping. A mapping file (TOML) names others, constants,
   a date format and code tables; what it names wins.
2. A column that stands for nothing is a field of the licence type by its own name.
3. A value that cannot be what its member needs makes the row a row with the problem ``value``.
4. Dates and times are of China Standard Time. A date on which a licence ends is its last day, so the licence ends when
   the next day begins.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from onceonly.v1 import issuance_service_pb2 as pb
from onceonly.v1 import licence_pb2

from exchange.back_fill.rows import FileRow, Value
from exchange.civil_time import CIVIL_TIME

STANDARD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "证照标识": "foreign_identifier",
        "证照编号": "number",
        "持证主体": "holder_name",
        "持证主体名称": "holder_name",
        "持证主体代码": "holder_id_number",
        "持证主体代码类型代码": "holder_id_type",
        "证照颁发日期": "issued_time",
        "证照有效期起始日期": "valid_from_time",
        "证照有效期截止日期": "valid_until_time",
        "证照状态代码": "status",
        "证照状态变更日期": "state_time",
        "关联事项代码": "related_matter",
    }
)
"""Column names of deployed tables, and what they are here."""

IGNORED: Final = frozenset(
    {
        "证照名称",
        "证照版本",
        "证照类型名称",
        "证照类型代码",
        "证照颁发机构",
        "证照颁发机构代码",
        "证照所属地区编码",
        "有效期限",
    }
)
"""Standard columns that the licence type and the caller say already."""

_NO_CAUSE: Final = licence_pb2.REVOCATION_CAUSE_UNSPECIFIED

STATUS: Final[Mapping[str, tuple[licence_pb2.LicenceState, licence_pb2.RevocationCause]]] = MappingProxyType(
    {
        "": (licence_pb2.LICENCE_STATE_ACTIVE, _NO_CAUSE),
        "01": (licence_pb2.LICENCE_STATE_ACTIVE, _NO_CAUSE),
        "02": (licence_pb2.LICENCE_STATE_SUSPENDED, _NO_CAUSE),
        "03": (licence_pb2.LICENCE_STATE_REVOKED, licence_pb2.REVOCATION_CAUSE_ANNULLED),
        "04": (licence_pb2.LICENCE_STATE_REVOKED, licence_pb2.REVOCATION_CAUSE_APPLICATION),
        "05": (licence_pb2.LICENCE_STATE_ACTIVE, _NO_CAUSE),
        "06": (licence_pb2.LICENCE_STATE_TRANSFERRED_OUT, _NO_CAUSE),
        "07": (licence_pb2.LICENCE_STATE_REVOKED, licence_pb2.REVOCATION_CAUSE_PENALTY),
    }
)
"""State and cause of each status code. 05 (expired) follows from the period alone; 99 (other) needs a person."""

_MEMBERS: Final = frozenset(STANDARD.values())
_TIMES: Final = ("issued_time", "valid_from_time", "valid_until_time")
_LAST_DAY: Final = "valid_until_time"
_DAY: Final = timedelta(days=1)
_DEFAULT_DATES: Final = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d",
    "%Y年%m月%d日",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
)
_OF_DAY: Final = ("%H", "%I", "%M", "%S", "%T", "%X", "%c", "%p")
"""What a format has that says more than a day."""


class MappingError(Exception):
    """A mapping file is not understood; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """``columns``: column → member, field name, or "" to leave it out; ``codes``: member → code table."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = _DEFAULT_DATES
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_mapping(text: str) -> Mapped:
    """The mapping in a TOML text. Raises ``MappingError``."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"the mapping is not TOML: {error}") from error
    unknown = data.keys() - {"columns", "constants", "date_format", "codes"}
    if unknown:
        raise MappingError(f"the mapping has unknown parts: {', '.join(sorted(unknown))}")
    columns, constants, codes = (data.get(name, {}) for name in ("columns", "constants", "codes"))
    tables = (columns, constants, *(codes.values() if isinstance(codes, dict) else (None,)))
    if not all(isinstance(table, dict) and all(isinstance(one, str) for one in table.values()) for table in tables):
        raise MappingError("columns, constants and each table of codes must map texts to texts")
    date_format = data.get("date_format")
    if date_format is not None and not isinstance(date_format, str):
        raise MappingError("date_format must be a text such as %Y-%m-%d")
    return Mapped(columns, constants, (date_format,) if date_format else _DEFAULT_DATES, codes)


def import_row(row: FileRow, mapped: Mapped) -> pb.ImportRow:
    """The row as the hub takes it; raises nothing for any row."""
    message = pb.ImportRow(row=row.number, source_digest=row.digest)
    if row.problem:
        message.unreadable = row.problem
        return message
    try:
        _fill(message, _named(row, mapped), mapped)
    except (ValueError, OverflowError, TypeError):
        message = pb.ImportRow(row=row.number, source_digest=row.digest, unreadable="value")
    return message


def _named(row: FileRow, mapped: Mapped) -> dict[str, Value]:
    found: dict[str, Value] = dict(mapped.constants)
    for column, value in row.values.items():
        name = mapped.columns.get(column, STANDARD.get(column, "" if column in IGNORED else column))
        if name and value != "":
            table = mapped.codes.get(name)
            found[name] = table.get(str(value), value) if table is not None else value
    return found


def _fill(message: pb.ImportRow, values: dict[str, Value], mapped: Mapped) -> None:
    members = {name: _text(values.pop(name)) for name in sorted(_MEMBERS & values.keys())}
    licence = message.licence
    licence.number = members.get("number", "")
    licence.related_matter = members.get("related_matter", "")
    licence.holders.add(
        id_type=members.get("holder_id_type", ""),
        id_number=members.get("holder_id_number", ""),
        name=members.get("holder_name", ""),
    )
    for name in _TIMES:
        if name in members:
            getattr(licence, name).seconds = _seconds(members[name], mapped.dates, to_its_end=name == _LAST_DAY)
    message.foreign_identifier = members.get("foreign_identifier", "")
    status = members.get("status", "")
    if status not in STATUS:
        raise ValueError("an unknown status")
    message.state, message.cause = STATUS[status]
    if message.state != licence_pb2.LICENCE_STATE_ACTIVE and "state_time" in members:
        message.state_time.seconds = _seconds(members["state_time"], mapped.dates)
    for name, value in values.items():
        target = licence.fields[name]
        if isinstance(value, bool):
            target.boolean = value
        elif isinstance(value, int):
            target.integer = value
        elif isinstance(value, str):
            target.text = value
        else:
            target.list.values.extend(value)


def _text(value: Value) -> str:
    if isinstance(value, bool | list):
        raise TypeError("neither a text nor a number")
    return str(value)


def _seconds(text: str, formats: tuple[str, ...], *, to_its_end: bool = False) -> int:
    """A time in seconds since 1970; of a day, when it begins, or ``to_its_end``, when the next one does."""
    for each in formats:
        try:
            found = datetime.strptime(text, each).replace(tzinfo=CIVIL_TIME)
        except ValueError:
            continue
        is_day = not any(part in each for part in _OF_DAY)
        return int(found.timestamp() + (_DAY.total_seconds() if to_its_end and is_day else 0))
    raise ValueError("a date of no known form")
