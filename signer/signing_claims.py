"""Reading the claims of an object that is to be signed: each by a rule, none left over.

A rule takes a value and raises FormatError (``OBJECT_CLAIMS``) unless it is of its type and within bounds.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from signer import base64url, jws
from signer.errors import FormatError
from signer.signing_kinds import AskedKey
from signer.strict_json import canonical, load_object

MAX_TEXT: Final = 512
MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999."""

_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}")

Rule = Callable[[object], None]
Rules = Mapping[str, Rule]


def header_and_claims(
    data: bytes, max_bytes: int, max_depth: int = 8
) -> tuple[Mapping[str, object], dict[str, object]]:
    """Return the two parts of a JWS signing input, each spelt canonically. Raises FormatError."""
    if len(data) > max_bytes:
        raise FormatError("OBJECT_TOO_LARGE", f"more than {max_bytes} bytes")
    header, dot, payload = data.partition(b".")
    if not dot or b"." in payload:
        raise FormatError("OBJECT_HEADER", "a JWS signing input has two parts")
    members = jws.decode_header(header)
    if jws.encode_header(members).encode("ascii") != header:
        raise FormatError("OBJECT_NOT_CANONICAL", "the header is not spelt as this hub spells it")
    spelt = base64url.decode(payload)
    claims = load_object(spelt, max_bytes=max_bytes, max_depth=max_depth)
    if canonical(claims) != spelt:
        raise FormatError("OBJECT_NOT_CANONICAL", "the payload is not spelt as this hub spells it")
    return members, claims


def check_header(header: Mapping[str, object], key: AskedKey, typ: str, *more: str) -> None:
    """FormatError unless the header names ``typ`` and this very key, and has no member but those and ``more``."""
    if header.keys() != {"alg", "kid", "typ", *more} or header["typ"] != typ:
        raise FormatError("OBJECT_HEADER", f"the header is not that of {typ}")
    if header["alg"] != key.alg or header["kid"] != key.kid:
        raise FormatError("OBJECT_KEY", "the header names another key than the one that is to sign")


def check_claims(claims: Mapping[str, object], required: Rules, optional: Rules) -> None:
    """FormatError (``OBJECT_CLAIMS``) unless every required claim is there, every claim is known, and each keeps its
    rule."""
    if not required.keys() <= claims.keys() <= required.keys() | optional.keys():
        raise FormatError("OBJECT_CLAIMS", "a claim is missing, or is none of this kind of object")
    for name, value in claims.items():
        rule = required.get(name) or optional[name]
        try:
            rule(value)
        except FormatError as error:
            raise FormatError("OBJECT_CLAIMS", f"the claim {name} {error.message}") from error


def text(value: object) -> None:
    """A text of 1 to 512 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise FormatError("OBJECT_CLAIMS", f"is not a text of 1 to {MAX_TEXT} characters")


def number(value: object) -> None:
    """A whole number, not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FormatError("OBJECT_CLAIMS", "is not a whole number")


def time(value: object) -> None:
    """Unix seconds up to the year 9999."""
    number(value)
    assert isinstance(value, int)
    if value > MAX_TIME:
        raise FormatError("OBJECT_CLAIMS", "is beyond the year 9999")


def texts(value: object) -> None:
    """At most 256 texts."""
    if not isinstance(value, list) or len(value) > 256:
        raise FormatError("OBJECT_CLAIMS", "is not a list of at most 256 texts")
    for item in value:
        text(item)


def digest(value: object) -> None:
    """Base64url of 32 bytes."""
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise FormatError("OBJECT_CLAIMS", "is not the base64url of 32 bytes")


def one_of(*allowed: str) -> Rule:
    """One of these texts."""

    def rule(value: object) -> None:
        if value not in allowed:
            raise FormatError("OBJECT_CLAIMS", "has a value that it cannot have")

    return rule


def objects(most: int) -> Rule:
    """A list of at most so many objects."""

    def rule(value: object) -> None:
        if not isinstance(value, list) or len(value) > most or not all(isinstance(item, dict) for item in value):
            raise FormatError("OBJECT_CLAIMS", f"is not a list of at most {most} objects")

    return rule


def as_text(claims: Mapping[str, object], name: str) -> str:
    """A claim that keeps the rule ``text``."""
    value = claims[name]
    assert isinstance(value, str)
    return value


def as_int(claims: Mapping[str, object], name: str) -> int:
    """A claim that keeps the rule ``number`` or ``time``."""
    value = claims[name]
    assert isinstance(value, int)
    return value
