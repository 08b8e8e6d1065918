"""The QR code of a licence, judged before it is signed: the Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4).

What is read here has one encoding: no tags, floats or indefinite lengths, shortest heads, map keys in order (RFC 8949
section 4.2.1). The payload is the map of a licence's claims and fields under their short keys.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.errors import FormatError
from signer.signing_claims import Rule, number, text, time
from signer.signing_kinds import AskedKey, Place, check_now

_MAX_BYTES: Final = 16 * 1024
_MAX_DEPTH: Final = 4
_MAX_FIELDS: Final = 200
_MAX_NAME: Final = 64
_AAD: Final = b"OC1:"
_KID_BYTES: Final = 16
_ALGORITHMS: Final = MappingProxyType({"ES256": -7, "EdDSA": -8})

_RULES: Final[Mapping[int, Rule]] = MappingProxyType({1: text, 2: text, 4: time, 5: time, 6: time, -1: text, -2: text})
_ISSUER, _EXPIRE, _ISSUED, _HUB, _TYPE, _STATUS, _FIELDS = 1, 4, 6, -1, -2, -3, -4

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _SIMPLE = 0, 1, 2, 3, 4, 5, 7
_CONSTANTS: Final = MappingProxyType({20: False, 21: True})


def qr(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """The QR code of a licence of the key's authority, signed now; FormatError (``QR_…``) otherwise.

    Not checked: that the kid names a certificate of the key, as a certificate's digest tells nothing about its key.
    """
    match _decode(data):
        case ["Signature1", bytes(protected), bytes(aad), bytes(payload)] if aad == _AAD:
            _check_header(key, _decode(protected))
            _check_payload(key, place, now, _decode(payload))
        case _:
            raise FormatError("QR_SHAPE", "not the Sig_structure of a licence's QR code")


def _check_header(key: AskedKey, header: object) -> None:
    match header:
        case {1: int(algorithm), 4: bytes(kid), **others} if not others and len(kid) == _KID_BYTES:
            if algorithm != _ALGORITHMS.get(key.alg):
                raise FormatError("OBJECT_KEY", "the header names another algorithm than the key's")
        case _:
            raise FormatError("QR_HEADER", "the protected header is not an algorithm and a kid of 16 bytes")


def _check_payload(key: AskedKey, place: Place, now: int, payload: object) -> None:
    known = {*_RULES, _STATUS, _FIELDS}
    if not isinstance(payload, dict) or not known - {_EXPIRE} <= payload.keys() <= known:
        raise FormatError("OBJECT_CLAIMS", "the payload lacks a claim, or has one that it cannot have")
    for name, rule in _RULES.items():
        if name in payload:
            rule(payload[name])
    if payload[_ISSUER] != key.authority:
        raise FormatError("OBJECT_AUTHORITY", "the issuer is not the authority whose key is to sign")
    uri = _status(payload[_STATUS])
    beginning = f"{place.hub}/"
    if payload[_HUB] != place.hub or not payload[_TYPE].startswith(beginning) or not uri.startswith(beginning):
        raise FormatError("OBJECT_HUB", "the licence is not one of this hub")
    _check_fields(payload[_FIELDS])
    check_now(payload[_ISSUED], now)


def _status(value: object) -> str:
    match value:
        case [str(uri), int(index)]:
            text(uri)
            number(index)
            return uri
    raise FormatError("OBJECT_CLAIMS", "the status is not a URI and an index")


def _check_fields(value: object) -> None:
    if not isinstance(value, dict) or len(value) > _MAX_FIELDS:
        raise FormatError("OBJECT_CLAIMS", f"the fields are not a map of at most {_MAX_FIELDS}")
    for name, content in value.items():
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
            raise FormatError("OBJECT_CLAIMS", f"a field's name is not a text of 1 to {_MAX_NAME} characters")
        values = content if isinstance(content, list) else [content]
        if not all(isinstance(item, str | int) for item in values):
            raise FormatError("OBJECT_CLAIMS", "a field holds what no field can hold")


def _decode(data: bytes) -> object:
    """Return the one value in ``data``; FormatError (``CBOR_INVALID``) for any other encoding than the one accepted."""
    if len(data) > _MAX_BYTES:
        raise FormatError("OBJECT_TOO_LARGE", f"more than {_MAX_BYTES} bytes")
    value, end = _item(data, 0, _MAX_DEPTH)
    if end != len(data):
        raise FormatError("CBOR_INVALID", "something follows the CBOR value")
    return value


def _item(data: bytes, at: int, depth: int) -> tuple[object, int]:
    major, argument, at = _head(data, at)
    match major:
        case 0:
            return argument, at
        case 1:
            return -1 - argument, at
        case 2 | 3:
            content = _take(data, at, argument)
            return (content if major == _BYTES else _utf8(content)), at + argument
        case 4:
            return _array(data, at, argument, depth)
        case 5:
            return _map(data, at, argument, depth)
    if major == _SIMPLE and argument in _CONSTANTS:
        return _CONSTANTS[argument], at
    raise FormatError("CBOR_INVALID", "a tag, a float or another value that no QR code has")


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument and where the content begins; the shortest head alone."""
    initial = _take(data, at, 1)[0]
    major, short = initial >> 5, initial & 0x1F
    if short < 24:
        return major, short, at + 1
    if short > 27 or major == _SIMPLE:
        raise FormatError("CBOR_INVALID", "an indefinite length, a float or a reserved head")
    size = 1 << (short - 24)
    argument = int.from_bytes(_take(data, at + 1, size), "big")
    if argument < (24 if size == 1 else 1 << (size * 4)) or argument > 2**53:
        raise FormatError("CBOR_INVALID", "a head longer than needed, or a number beyond 2^53")
    return major, argument, at + 1 + size


def _array(data: bytes, at: int, size: int, depth: int) -> tuple[list[object], int]:
    items = []
    for _ in range(_bounded(data, at, size, depth)):
        item, at = _item(data, at, depth - 1)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, size: int, depth: int) -> tuple[dict[int | str, object], int]:
    members: dict[int | str, object] = {}
    before = b""
    for _ in range(_bounded(data, at, size, depth)):
        name, end = _item(data, at, 0)
        if not isinstance(name, int | str) or data[at:end] <= before:
            raise FormatError("CBOR_INVALID", "a map's keys are not integers and texts, in order and each once")
        before = data[at:end]
        members[name], at = _item(data, end, depth - 1)
    return members, at


def _bounded(data: bytes, at: int, size: int, depth: int) -> int:
    if depth <= 0 or size > len(data) - at:
        raise FormatError("CBOR_INVALID", "nested too deeply, or cut short")
    return size


def _take(data: bytes, at: int, size: int) -> bytes:
    if size > len(data) - at:
        raise FormatError("CBOR_INVALID", "cut short")
    return data[at : at + size]


def _utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("CBOR_INVALID", "a text is not UTF-8") from error
