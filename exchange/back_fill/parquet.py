"""Rows of a Parquet file, one record batch after the other.

Rules:
1. A cell is what CSV or JSON Lines would say: dates are ISO 8601 texts, and so are times, of China Standard Time where
   they name a zone, and as a date where they are a midnight; decimals and floats are texts; nulls are absent. A cell
   that Python has no value for (nanoseconds, a year past 9999) makes its row a row with the problem ``value``.
2. A row has no bytes of its own in the file. Its digest is SHA-256 over its values as JSON, keys sorted, in UTF-8.
3. Memory holds ``BATCH`` rows. Reading the file's structure is left to Apache Arrow: only open files of your own.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, BinaryIO, Final

from exchange.back_fill.rows import MAX_ROW_BYTES, FileRow, HeaderError, Value
from exchange.civil_time import CIVIL_TIME

BATCH: Final = 1_000


def parquet_rows(file: BinaryIO) -> Iterator[FileRow]:
    """The rows of a seekable Parquet file; ``offset`` of a row is how many come before it.

    Raises ``HeaderError`` if it is no such file, is damaged, or ``pyarrow`` is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 an optional dependency, and slow to load
        from pyarrow import parquet  # noqa: PLC0415 the same optional dependency
    except ImportError as error:
        raise HeaderError("reading Parquet needs the extra 'parquet': pip install onceonly[parquet]") from error
    try:
        source = parquet.ParquetFile(file, pre_buffer=False)
        names = source.schema_arrow.names
        if len(set(names)) != len(names):
            raise HeaderError("every column must have a name of its own")
        number = 0
        for batch in source.iter_batches(batch_size=BATCH, use_threads=False):
            for cells in _cells(batch):
                number += 1
                yield _row(number, cells)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise HeaderError("the file is no Parquet file, or is damaged") from error


def _cells(batch: Any) -> Iterator[dict[str, Any]]:
    """The rows of a record batch; ``_Unknown`` stands for a cell that Python has no value for."""
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):  # of one cell: look at each by itself
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        rows = [{name: _cell(column[place]) for name, column in columns.items()} for place in range(batch.num_rows)]
    yield from rows


def _cell(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return _Unknown(scalar)


class _Unknown:
    """A cell without a value in Python; its text tells it from others in the row's digest."""

    def __init__(self, scalar: Any) -> None:
        held = getattr(scalar, "value", None)  # of a time, its number; of a list, its cells
        self._text = f"{scalar.type} {getattr(scalar, 'values', '') if held is None else held}"

    def __repr__(self) -> str:
        return self._text


def _row(number: int, cells: dict[str, Any]) -> FileRow:
    """The row, or why it has no values: json (a cell that is neither a text, a number, a date nor a list of texts)."""
    present = {name: _value(cell) for name, cell in cells.items() if cell is not None}
    raw = json.dumps(present, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)
    encoded = raw.encode("utf-8", "surrogatepass")
    digest = sha256(encoded).digest()
    if len(encoded) > MAX_ROW_BYTES:
        return FileRow(number, number - 1, digest, {}, "oversized")
    if "\0" in "".join(name + _joined(value) for name, value in present.items()):
        return FileRow(number, number - 1, digest, {}, "nul")
    if any(isinstance(value, _Unknown) for value in present.values()):
        return FileRow(number, number - 1, digest, {}, "value")
    values: dict[str, Value] = {name: value for name, value in present.items() if _is_value(value)}
    if len(values) != len(present):
        return FileRow(number, number - 1, digest, {}, "json")
    return FileRow(number, number - 1, digest, values)


def _value(cell: Any) -> Any:
    if isinstance(cell, datetime):
        local = cell.astimezone(CIVIL_TIME).replace(tzinfo=None) if cell.tzinfo else cell
        return local.date().isoformat() if local.time() == time() else local.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, float | Decimal) else cell


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str | int)
