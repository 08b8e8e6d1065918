"""Rows of a file, one after the other, whatever bytes it holds.

Rules:
1. A row that cannot be read is a row with a code; it never ends the reading, and no bytes raise anything.
2. A CSV record may go over several lines in quotes, up to ``MAX_ROW_BYTES``. A record whose quotes are not closed
   within that ends with its first line, so that one open quote does not swallow the file. A quote opens only at the
   beginning of a field; elsewhere, as an inch mark, it is a character.
3. The digest of a row is that of its bytes as they stand in the file, line end included. Blank lines are no rows.
4. Memory holds one row.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from typing import BinaryIO, Final

MAX_ROW_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 8
_BOM: Final = b"\xef\xbb\xbf"

Value = str | int | bool | list[str]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: its number from 1, where it begins in bytes, its digest, and its values or why it has none.

    ``problem``: bytes, columns, json, nul, oversized or quote; ``bad_at`` is the offset of the first unreadable byte
    (-1: not such a problem).
    """

    number: int
    offset: int
    digest: bytes
    values: Mapping[str, Value] = field(repr=False)
    problem: str = ""
    bad_at: int = -1


class HeaderError(Exception):
    """The first line of a CSV file does not name its columns: nothing of the file can be understood."""


def csv_rows(file: BinaryIO, encoding: str) -> Iterator[FileRow]:
    """The rows of a seekable CSV file after its header (RFC 4180; any line end). Raises ``HeaderError``.

    ``encoding`` must keep ASCII bytes as they are, or, as GB18030, never use a quote or line end in a character.
    """
    start = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
    file.seek(start)
    header, offset, _ = _record(file, start)
    columns = _columns(header, encoding)
    number = 0
    while True:
        raw, next_offset, digest = _record(file, offset)
        if not raw:
            return
        if raw.strip(b"\r\n"):
            number += 1
            yield _csv_row(number, offset, raw, next_offset - offset, digest, columns, encoding)
        offset = next_offset


def json_rows(file: BinaryIO, encoding: str) -> Iterator[FileRow]:
    """The rows of a JSON Lines file: one object per line, whose values are texts, whole numbers, booleans or lists of
    texts."""
    offset = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
    file.seek(offset)
    number = 0
    while True:
        raw, length, digest = _line(file)
        if not length:
            return
        if raw.strip() or length > MAX_ROW_BYTES:
            number += 1
            yield _json_row(number, offset, raw, length, digest, encoding)
        offset += length


def _line(file: BinaryIO) -> tuple[bytes, int, bytes]:
    """The next line (at most ``MAX_ROW_BYTES`` and one of it), its whole length and digest."""
    raw = file.readline(MAX_ROW_BYTES + 1)
    hashed, length, part = sha256(raw), len(raw), raw
    while len(part) == MAX_ROW_BYTES + 1 and not part.endswith(b"\n"):
        part = file.readline(MAX_ROW_BYTES + 1)
        hashed.update(part)
        length += len(part)
    return raw, length, hashed.digest()


def _record(file: BinaryIO, offset: int) -> tuple[bytes, int, bytes]:
    """The next CSV record with its line end, cut at ``MAX_ROW_BYTES`` and one, its end in the file, and its digest."""
    first, length, digest = _line(file)
    if length > MAX_ROW_BYTES or not _is_open(first):
        return first, offset + length, digest
    after_first = file.tell()
    lines = [first]
    while True:
        more, more_length, _ = _line(file)
        length += more_length
        if not more or length > MAX_ROW_BYTES:
            file.seek(after_first)
            return first, after_first, digest
        lines.append(more)
        if not _is_open(more, quoted=True):
            raw = b"".join(lines)
            return raw, offset + len(raw), sha256(raw).digest()


def _is_open(line: bytes, *, quoted: bool = False) -> bool:
    """Whether a field is in quotes at the end of a line; ``quoted``: whether one was at its beginning."""
    at = 0
    while True:
        if not quoted:
            if line[at : at + 1] != b'"':
                at = line.find(b",", at) + 1
                if not at:
                    return False
                continue
            at += 1
        at = line.find(b'"', at)
        if at < 0:
            return True
        quoted = line[at + 1 : at + 2] == b'"'  # two of them are one character
        at = at + 2 if quoted else _next_field(line, at + 1)
        if at < 0:
            return False


def _next_field(line: bytes, at: int) -> int:
    """Where the field after the next comma begins; -1: the line ends before."""
    comma = line.find(b",", at)
    return comma + 1 if comma >= 0 else -1


def _columns(header: bytes, encoding: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([header.decode(encoding).rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise HeaderError("the first line does not name the columns in this encoding") from error
    columns = tuple(name.strip() for name in names)
    if not columns or "" in columns or len(set(columns)) != len(columns):
        raise HeaderError("the first line must name every column, each once")
    return columns


def _csv_row(
    number: int, offset: int, raw: bytes, length: int, digest: bytes, columns: tuple[str, ...], encoding: str
) -> FileRow:
    problem, bad_at, text = _text(raw, length, offset, encoding)
    if problem:
        return FileRow(number, offset, digest, {}, problem, bad_at)
    try:
        found = list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        return FileRow(number, offset, digest, {}, "quote")
    if len(found) != 1 or len(found[0]) != len(columns):
        return FileRow(number, offset, digest, {}, "columns")
    return FileRow(number, offset, digest, dict(zip(columns, found[0], strict=True)))


def _json_row(number: int, offset: int, raw: bytes, length: int, digest: bytes, encoding: str) -> FileRow:
    problem, bad_at, text = _text(raw, length, offset, encoding)
    if problem:
        return FileRow(number, offset, digest, {}, problem, bad_at)
    if text.count("[") + text.count("{") > MAX_DEPTH * 100:
        return FileRow(number, offset, digest, {}, "json")
    try:
        found = json.loads(text, parse_float=str, object_pairs_hook=_members)
    except (ValueError, RecursionError):
        return FileRow(number, offset, digest, {}, "json")
    if not isinstance(found, dict) or not all(_is_value(value) for value in found.values()):
        return FileRow(number, offset, digest, {}, "json")
    return FileRow(number, offset, digest, {name: value for name, value in found.items() if value is not None})


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object's members; raises ``ValueError`` if one is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return value is None or isinstance(value, str | int)


def _text(raw: bytes, length: int, offset: int, encoding: str) -> tuple[str, int, str]:
    """(problem, offset of the first bad byte, text without its line end)."""
    if length > MAX_ROW_BYTES:
        return "oversized", -1, ""
    if b"\0" in raw:
        return "nul", offset + raw.index(b"\0"), ""
    try:
        return "", -1, raw.decode(encoding).rstrip("\r\n")
    except UnicodeDecodeError as error:
        return "bytes", offset + error.start, ""
