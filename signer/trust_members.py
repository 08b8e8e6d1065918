"""Members of a trust list read strictly: each of its type and within bounds, or FormatError (``TRUST_LIST_CLAIM``)."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Hashable, Mapping, Sequence
from re import Pattern
from typing import Final

from signer.algorithms import SUITES, public_from_jwk
from signer.certificate_reading import read_certificate
from signer.errors import FormatError
from signer.seals import MAX_CERTIFICATE_BYTES, MAX_CHAIN
from signer.trust_list import PublicJwk, Term

MAX_TEXT: Final = 512
MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999."""

_MAX_VKEY: Final = 8_500
_MAX_JWK_MEMBERS: Final = 16
_MAX_JWK_TEXT: Final = 8_192
"""A key of ML-DSA-87 has 3,456 characters."""
_PRIVATE: Final = frozenset({"d", "dp", "dq", "k", "oth", "p", "priv", "q", "qi"})
"""Members of a JWK that hold secrets (RFC 7518 section 6), whatever the suite."""

Members = Mapping[str, object]


def refuse(name: str, wanted: str) -> FormatError:
    """Return the error for a member that is not what it must be."""
    return FormatError("TRUST_LIST_CLAIM", f"the member {name} is not {wanted}")


def refuse_repeated(names: Sequence[Hashable]) -> None:
    """Raise FormatError (``TRUST_LIST_DUPLICATE``) if one of the names stands twice."""
    if len(set(names)) != len(names):
        raise FormatError("TRUST_LIST_DUPLICATE", "an authority, certificate, type or key stands twice in the list")


def text(claims: Members, name: str) -> str:
    """A text of 1 to 512 characters."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise refuse(name, f"a text of 1 to {MAX_TEXT} characters")
    return value


def matching(claims: Members, name: str, pattern: Pattern[str]) -> str:
    """A text that a pattern describes whole."""
    value = claims.get(name)
    if not isinstance(value, str) or len(value) > _MAX_VKEY or not pattern.fullmatch(value):
        raise refuse(name, "of its form")
    return value


def integer(claims: Members, name: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refuse(name, f"a whole number from {least} to {most}")
    return value


def time(claims: Members, name: str) -> int:
    """Unix seconds up to the year 9999."""
    return integer(claims, name, 0, MAX_TIME)


def term(claims: Members) -> Term:
    """``from`` and, if there, ``until``."""
    return Term(time(claims, "from"), time(claims, "until") if "until" in claims else None)


def member(claims: Members, name: str) -> Members:
    """An object."""
    value = claims.get(name)
    if not isinstance(value, dict):
        raise refuse(name, "an object")
    return value


def items(claims: Members, name: str, most: int, *, required: bool = True) -> list[Members]:
    """A list of at most ``most`` objects; one that need not be there is empty if it is not."""
    values = claims.get(name) if required or name in claims else []
    if not isinstance(values, list) or len(values) > most or not all(isinstance(value, dict) for value in values):
        raise refuse(name, f"a list of at most {most} objects")
    return values


def certificate(claims: Members, name: str) -> bytes:
    """A certificate (DER) in base64."""
    return _certificate(claims.get(name), name)


def certificates(claims: Members, name: str) -> tuple[bytes, ...]:
    """A chain of 1 to 4 certificates."""
    values = claims.get(name)
    if not isinstance(values, list) or not 0 < len(values) <= MAX_CHAIN:
        raise refuse(name, f"a chain of 1 to {MAX_CHAIN} certificates")
    return tuple(_certificate(value, name) for value in values)


def public_jwk(named: Members, members: Members) -> PublicJwk:
    """A public key: ``kid`` and ``alg`` from ``named``, the rest from ``members``.

    Raises FormatError too: ``JWK_PRIVATE`` for a secret key of any suite, ``JWK_INVALID`` for a wrong one of a known
    suite.
    """
    kid, alg = text(named, "kid"), text(named, "alg")
    own = {name: value for name, value in members.items() if name not in {"kid", "alg"}}
    if not _PRIVATE.isdisjoint(own):
        raise FormatError("JWK_PRIVATE", "a public key is expected, and this JWK carries a secret one")
    kept = {name: value for name, value in own.items() if isinstance(value, str) and len(value) <= _MAX_JWK_TEXT}
    if len(kept) != len(own) or not 0 < len(kept) <= _MAX_JWK_MEMBERS or any(len(name) > MAX_TEXT for name in kept):
        raise refuse("jwk", f"at most {_MAX_JWK_MEMBERS} texts of bounded length")
    public = public_from_jwk({**kept, "alg": alg}, frozenset({alg})) if alg in SUITES else None
    return PublicJwk(kid, alg, kept, public)


def jwk_claims(jwk: PublicJwk) -> dict[str, str]:
    """The key as one JWK with ``kid`` and ``alg``."""
    return {**jwk.members, "kid": jwk.kid, "alg": jwk.alg}


def _certificate(value: object, name: str) -> bytes:
    if not isinstance(value, str) or len(value) > MAX_CERTIFICATE_BYTES * 4 // 3 + 4:
        raise refuse(name, "base64 of a certificate")
    try:
        der = b64decode(value, validate=True)
        read_certificate(der)
    except (Error, ValueError, FormatError) as error:
        raise refuse(name, "base64 of a certificate") from error
    if b64encode(der).decode("ascii") != value:
        raise refuse(name, "the canonical base64 of a certificate")
    return der
