"""``entries.jsonl``: the journal's entries with their salts, one JSON object a line, for those who may see them.

A line has one spelling: members in this order, no spaces, standard base64 in canonical form, so that any changed byte
is noticed: ``{"entry":"…","index":0,"salt":"…"}``.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.audit.errors import JournalError
from exchange.audit.journal import MAX_ENTRY_BYTES, SALT_BYTES, JournalEntry

MAX_LINE = 2 * MAX_ENTRY_BYTES

_BASE64 = rb'"([A-Za-z0-9+/]+={0,2})"'
_LINE = re.compile(rb'\{"entry":' + _BASE64 + rb',"index":(0|[1-9][0-9]{0,18}),"salt":' + _BASE64 + rb"\}\n")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One exported entry with the salt that opens its commitment."""

    index: int
    salt: bytes
    entry: bytes


def write_line(item: JournalEntry) -> bytes:
    """The line of an entry, with its line feed."""
    entry, salt = base64.b64encode(item.entry), base64.b64encode(item.salt)
    return b'{"entry":"%b","index":%d,"salt":"%b"}\n' % (entry, item.index, salt)


def read_lines(lines: Iterable[bytes]) -> Iterator[EntryLine]:
    """Read lines strictly. Raises ``JournalError`` at the first that is not spelt as ``write_line`` does."""
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line) if len(line) <= MAX_LINE else None
        if match is None:
            raise JournalError(f"line {number} is not an exported entry")
        entry, salt = _decode(match[1]), _decode(match[3])
        if entry is None or salt is None or len(salt) != SALT_BYTES:
            raise JournalError(f"line {number} is not in canonical base64, or its salt is not {SALT_BYTES} bytes long")
        yield EntryLine(int(match[2]), salt, entry)


def _decode(text: bytes) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data) == text else None
