"""CBOR as signed objects need it: one accepted encoding for every value (RFC 8949 sections 4.2.1 and 5).

``cbor2`` decodes and encodes. It is liberal by design, so it never sees hostile bytes first:

1. A walk over the heads, which allocates nothing, refuses what must not reach a decoder: tags (``cbor2`` acts on
   some thirty of them: shared references, big numbers, regular expressions, dates), floats with NaN and the
   infinities, indefinite lengths, lengths beyond the input, deep nesting, integers beyond ±2^53, map keys other than
   integers and texts.
2. ``cbor2`` decodes, and refuses a text that is not UTF-8 and a key that a map has twice.
3. The value is encoded again and must give the same bytes: no longer heads than needed, keys in order.

What is left: integers, byte strings, texts, arrays, maps, true, false, null.
"""

from typing import Final

import cbor2

from signer.errors import FormatError

MAX_DEPTH: Final = 8
MAX_INTEGER: Final = 2**53
"""As for JSON: the same value must survive in both."""

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_SIMPLE: Final = frozenset({20, 21, 22})
"""false, true and null."""
_KEYS: Final = frozenset({_UNSIGNED, _NEGATIVE, _TEXT})


def decode(data: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> object:
    """Return the one value that ``data`` encodes.

    ``max_bytes`` bounds the input, ``max_depth`` the nesting of arrays and maps. Raises FormatError with one of
    ``CBOR_TOO_LARGE``, ``CBOR_TOO_DEEP``, ``CBOR_TRUNCATED``, ``CBOR_TRAILING``, ``CBOR_INDEFINITE``, ``CBOR_TAG``,
    ``CBOR_FLOAT``, ``CBOR_SIMPLE``, ``CBOR_RESERVED``, ``CBOR_INTEGER_RANGE``, ``CBOR_KEY_TYPE``, ``CBOR_NOT_UTF8``,
    ``CBOR_DUPLICATE_KEY``, ``CBOR_NOT_CANONICAL``. Does not check the meaning of any value.
    """
    if len(data) > max_bytes:
        raise FormatError("CBOR_TOO_LARGE", f"more than {max_bytes} bytes")
    if _walk(data, 0, max_depth) != len(data):
        raise FormatError("CBOR_TRAILING", "something follows the CBOR value")
    try:
        value: object = cbor2.loads(data, allow_indefinite=False, allow_duplicate_keys=False, max_depth=max_depth)
    except cbor2.CBORDecodeError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise FormatError("CBOR_NOT_UTF8", "a text is not UTF-8") from error
        raise FormatError("CBOR_DUPLICATE_KEY", "a map has a key twice") from error
    if encode(value) != data:
        raise FormatError("CBOR_NOT_CANONICAL", "a length or integer longer than needed, or keys out of order")
    return value


def encode(value: object) -> bytes:
    """Return the deterministic encoding of ``value`` (RFC 8949 section 4.2.1): shortest heads, keys in the order of
    their bytes.

    Raises FormatError (``CBOR_UNSERIALISABLE``) for what ``decode`` would refuse: other types, floats, integers
    beyond ±2^53, lone surrogates, nesting beyond 8 levels, cycles.
    """
    return cbor2.dumps(_ordered(value, MAX_DEPTH))


def _walk(data: bytes, at: int, room: int) -> int:
    """Return the offset after the item at ``at``; ``room`` is how many levels may still open."""
    major, value, at = _head(data, at)
    if major in {_UNSIGNED, _NEGATIVE}:
        if value > MAX_INTEGER - major:  # a negative integer is -1 - value
            raise FormatError("CBOR_INTEGER_RANGE", "an integer beyond 2^53")
        return at
    if major in {_BYTES, _TEXT}:
        return _within(data, at, value)
    if major in {_ARRAY, _MAP}:
        if room == 0:
            raise FormatError("CBOR_TOO_DEEP", "arrays and maps are nested too deeply")
        _within(data, at, value * (major - 3))  # every item takes a byte at least, and a map has two for each key
        return _walk_items(data, at, value, room - 1) if major == _ARRAY else _walk_pairs(data, at, value, room - 1)
    if major == _TAG:
        raise FormatError("CBOR_TAG", "a tag, where none is expected")
    return at


def _walk_items(data: bytes, at: int, count: int, room: int) -> int:
    for _ in range(count):
        at = _walk(data, at, room)
    return at


def _walk_pairs(data: bytes, at: int, count: int, room: int) -> int:
    for _ in range(count):
        _within(data, at, 1)
        if data[at] >> 5 not in _KEYS:
            raise FormatError("CBOR_KEY_TYPE", "the key of a map is neither an integer nor a text")
        at = _walk(data, _walk(data, at, room), room)
    return at


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument and the offset after the head at ``at`` (RFC 8949 section 3)."""
    _within(data, at, 1)
    major, info = data[at] >> 5, data[at] & 31
    if info == 31:
        raise FormatError("CBOR_INDEFINITE", "an indefinite length")
    if info >= 28:
        raise FormatError("CBOR_RESERVED", "a reserved encoding")
    if major == 7 and info not in _SIMPLE:
        if info >= 25:
            raise FormatError("CBOR_FLOAT", "a floating-point number")
        raise FormatError("CBOR_SIMPLE", "a simple value other than true, false and null")
    if info < 24:
        return major, info, at + 1
    end = _within(data, at + 1, 1 << (info - 24))
    return major, int.from_bytes(data[at + 1 : end], "big"), end


def _within(data: bytes, at: int, count: int) -> int:
    if count > len(data) - at:
        raise FormatError("CBOR_TRUNCATED", "the input ends too early")
    return at + count


def _ordered(value: object, room: int) -> object:
    """Return ``value`` with its maps in the order of their encoded keys; refuses what has no place in CBOR here.

    ``cbor2`` writes maps in the order in which they are; its own canonical order is the older one of RFC 7049.
    """
    if value is None or isinstance(value, bool | bytes):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple) and room:
        return [_ordered(item, room - 1) for item in value]
    if isinstance(value, dict) and room and all(map(_is_key, value)):
        pairs = [(cbor2.dumps(_ordered(key, 0)), key, _ordered(item, room - 1)) for key, item in value.items()]
        return {key: item for _, key, item in sorted(pairs, key=lambda pair: pair[0])}
    raise FormatError("CBOR_UNSERIALISABLE", "a value that CBOR does not carry here")


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("CBOR_UNSERIALISABLE", "a lone surrogate") from error
    return value


def _is_key(key: object) -> bool:
    return isinstance(key, int | str) and not isinstance(key, bool)
