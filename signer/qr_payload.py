"""What a QR code on paper says of a licence: a CBOR map with short keys, the same claims as the credential's.

| key | claim | value |
|---|---|---|
| 1 | ``iss`` | text: the authority's USCC |
| 2 | ``licence`` | text: the identifier |
| 4 | ``exp`` | integer, Unix seconds; absent: valid without end |
| 5 | ``nbf`` | integer, Unix seconds |
| 6 | ``iat`` | integer, Unix seconds: when the QR code was signed |
| -1 | ``hub`` | text |
| -2 | ``vct`` | text |
| -3 | ``status`` | array: status list's URI, index in it |
| -4 | fields | map: name of a licence field or holder attribute → text, integer, true, false or array of texts |

1, 4, 5 and 6 are the keys of the same claims in a CWT, and 2 is its subject (RFC 8392 section 3.1). Nothing is hidden
here: what the map holds, whoever reads the paper may read.
"""

from collections.abc import Mapping
from typing import Final

from signer import cbor
from signer.credential import RESERVED_CLAIMS, Licence, open_licence
from signer.errors import FormatError

MAX_BYTES: Final = 8 * 1024
"""The largest QR code holds 2,260 bytes in base45; compressed Chinese text has about half of its size."""

MAX_FIELDS: Final = 200
MAX_NAME: Final = 64

_TEXTS: Final = {1: "iss", 2: "licence", -1: "hub", -2: "vct"}
_TIMES: Final = {4: "exp", 5: "nbf", 6: "iat"}
_STATUS, _FIELDS = -3, -4
_KEYS: Final = frozenset({*_TEXTS, *_TIMES, _STATUS, _FIELDS})


def encode_payload(licence: Licence, fields: Mapping[str, object]) -> bytes:
    """Return the payload of a licence with these fields.

    Raises FormatError as ``decode_payload`` does: what this writes, that reads.
    """
    period = {4: licence.expire_time} if licence.expire_time is not None else {}
    payload = cbor.encode(
        {
            1: licence.issuer,
            2: licence.identifier,
            **period,
            5: licence.start_time,
            6: licence.issue_time,
            -1: licence.hub,
            -2: licence.licence_type,
            _STATUS: [licence.status_uri, licence.status_index],
            _FIELDS: dict(fields),
        }
    )
    decode_payload(payload)
    return payload


def decode_payload(payload: bytes) -> tuple[Licence, dict[str, object]]:
    """Return the licence and the fields that a payload speaks of.

    Raises FormatError: ``QR_PAYLOAD`` (not a map, an unknown key, a status of another shape), ``CLAIM_INVALID``,
    ``QR_FIELD`` (a name that is empty, too long or means something else in a JWT; a value of another type) and the
    codes of ``cbor.decode``. Does not check that the claims are true.
    """
    value = cbor.decode(payload, max_bytes=MAX_BYTES)
    if not isinstance(value, dict) or not value.keys() <= _KEYS:
        raise FormatError("QR_PAYLOAD", "the payload is not a map, or has a key that it may not have")
    names = {**_TEXTS, **_TIMES}
    claims: dict[str, object] = {name: value[key] for key, name in names.items() if key in value}
    return open_licence({**claims, "status": _status(value.get(_STATUS))}), _fields(value.get(_FIELDS))


def claims_of(licence: Licence, fields: Mapping[str, object]) -> dict[str, object]:
    """Return the claims as the credential's payload spells them, fields included."""
    period = {"exp": licence.expire_time} if licence.expire_time is not None else {}
    return {
        "hub": licence.hub,
        "iat": licence.issue_time,
        "iss": licence.issuer,
        "licence": licence.identifier,
        "nbf": licence.start_time,
        "status": {"status_list": {"idx": licence.status_index, "uri": licence.status_uri}},
        "vct": licence.licence_type,
        **period,
        **fields,
    }


def _status(value: object) -> dict[str, object]:
    match value:
        case [str(uri), int(index)]:
            return {"status_list": {"uri": uri, "idx": index}}
    raise FormatError("QR_PAYLOAD", "the status is not a URI and an index")


def _fields(value: object) -> dict[str, object]:
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise FormatError("QR_FIELD", f"the fields are not a map of at most {MAX_FIELDS}")
    for name, content in value.items():
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or name in RESERVED_CLAIMS:
            raise FormatError("QR_FIELD", "a field has a name that it may not have")
        if not _is_field_value(content):
            raise FormatError("QR_FIELD", "a field is neither a text, an integer, true, false nor an array of texts")
    return value


def _is_field_value(content: object) -> bool:
    if isinstance(content, list):
        return all(isinstance(text, str) for text in content)
    return isinstance(content, str | int)  # bool is an int
