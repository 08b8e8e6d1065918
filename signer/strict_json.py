"""JSON as signed objects need it: one meaning for every accepted byte string (RFC 8259, RFC 7493 I-JSON, RFC
7515 section 4).

``json.loads`` accepts repeated members (the last wins), NaN, integers of any size and lone surrogates; each
is a way to make two parties read one signature differently. Here they are refused, and so are a byte order
mark, too many bytes and too deep nesting. The work stays in the C scanner: the checks are hooks and cheap
scans.
"""

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from math import isinf
from typing import Final

from signer.errors import FormatError

MAX_INTEGER: Final = 2**53
"""Integers beyond ±2^53 do not survive a reader that keeps numbers as doubles (RFC 7493 section 2.2)."""

_WHITESPACE: Final = " \t\r\n"
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NOT_BRACKETS: Final = bytes(sorted(set(range(256)) - set(b"[]{}")))


def loads(data: bytes, *, max_bytes: int, max_depth: int = 16) -> object:
    """Return the value that the UTF-8 bytes ``data`` spell.

    ``max_bytes`` bounds the input, ``max_depth`` the nesting of arrays and objects. Raises FormatError with
    one of ``JSON_TOO_LARGE``, ``JSON_TOO_DEEP``, ``JSON_NOT_UTF8``, ``JSON_INVALID``,
    ``JSON_DUPLICATE_MEMBER``, ``JSON_NUMBER_RANGE``, ``JSON_SURROGATE``. Does not check Unicode normalisation
    or the meaning of any member.
    """
    if len(data) > max_bytes:
        raise FormatError("JSON_TOO_LARGE", f"more than {max_bytes} bytes")
    # Few brackets cannot nest deeply: nearly every input is done after these two counts.
    if data.count(b"[") + data.count(b"{") > max_depth and _depth(data) > max_depth:
        raise FormatError("JSON_TOO_DEEP", f"nested more than {max_depth} levels")
    return loads_bounded(data)


def loads_bounded(data: bytes) -> object:
    """As ``loads``, for bytes whose number is bounded already and whose depth the caller checks as it walks the
    value.

    ``JSON_TOO_DEEP`` is raised here only where the interpreter itself gives up, some hundreds of levels down.
    """
    try:
        text = data.decode("utf-8").strip(_WHITESPACE)
        value, end = _SCAN(text, 0)
        if "\\" in text:  # only an escape can spell a surrogate: UTF-8 itself cannot
            _refuse_surrogates(value)
    except UnicodeDecodeError as error:
        raise FormatError("JSON_NOT_UTF8", "not UTF-8") from error
    except (StopIteration, json.JSONDecodeError) as error:
        raise FormatError("JSON_INVALID", "not JSON") from error
    except RecursionError as error:
        raise FormatError("JSON_TOO_DEEP", "nested beyond all reason") from error
    if end != len(text):
        raise FormatError("JSON_INVALID", "something follows the JSON value")
    return value


def load_object(data: bytes, *, max_bytes: int, max_depth: int = 16) -> dict[str, object]:
    """Return the JSON object that ``data`` spells; as ``loads``, and ``JSON_NOT_OBJECT`` for any other
    value."""
    value = loads(data, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise FormatError("JSON_NOT_OBJECT", "not a JSON object")
    return value


def canonical(value: object) -> bytes:
    """Return ``value`` as compact UTF-8 JSON with members in order of their names.

    Raises FormatError (``JSON_UNSERIALISABLE``) for what JSON cannot carry: NaN, infinities, lone surrogates,
    other types, cycles. Does not check that integers stay within ±2^53.
    """
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError("JSON_UNSERIALISABLE", "a value that JSON cannot carry") from error


def fragment(value: object) -> str:
    """Return ``value`` as ``canonical`` does, as text to stand within larger JSON; lone surrogates show when that
    is encoded."""
    if isinstance(value, str):
        return encode_basestring(value)
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError("JSON_UNSERIALISABLE", "a value that JSON cannot carry") from error


def _depth(data: bytes) -> int:
    """Return the deepest nesting of ``data``; what stands in strings does not count."""
    deepest = depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _refuse_surrogates(value: object) -> None:
    try:
        _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("JSON_SURROGATE", "a lone surrogate escape") from error


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("JSON_DUPLICATE_MEMBER", "an object repeats a member")
    return members


def _integer(text: str) -> int:
    # Seventeen characters hold every allowed value with its sign; longer ones are never converted.
    if len(text) > 17 or not -MAX_INTEGER <= (value := int(text)) <= MAX_INTEGER:
        raise FormatError("JSON_NUMBER_RANGE", "an integer beyond 2^53")
    return value


def _number(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise FormatError("JSON_NUMBER_RANGE", "a number beyond double precision")
    return value


def _constant(_: str) -> object:
    raise FormatError("JSON_INVALID", "NaN and Infinity are not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
# The decoder's scanner, without the decoder's own two layers of calls around it.
_SCAN: Final[Callable[[str, int], tuple[object, int]]] = vars(_DECODER)["scan_once"]
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
