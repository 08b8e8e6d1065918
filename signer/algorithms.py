"""The registry of signature suites, and the questions that need it: which suite has this name, this key, this
JWK?

A suite is chosen by the caller's policy or by the key's type, never by the ``alg`` of a token alone: a
token's header is hostile until its signature is checked. There is no ``none`` and no MAC here, so that they
cannot be chosen by mistake.

The registry knows every suite; what may be *used* is the caller's policy, an ``accepted`` set of names given where
a key from outside chooses the suite (a JWK, a seal certificate, a second signature) and where a key is made. Whoever
says nothing accepts ``USUAL``: an experimental suite is used only where configuration names it.
"""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from signer import base64url
from signer.errors import FormatError
from signer.strict_json import canonical
from signer.suites.eddsa import EdDsa
from signer.suites.es256 import Es256
from signer.suites.mldsa44 import MlDsa44
from signer.suites.sm2 import Sm2Sm3
from signer.suites.suite import PrivateKey, PublicKey, Suite

__all__ = [
    "EXPERIMENTAL",
    "SECOND",
    "STABLE",
    "SUITES",
    "USUAL",
    "PrivateKey",
    "PublicKey",
    "Suite",
    "accepted_suite",
    "public_from_jwk",
    "public_to_jwk",
    "suite_named",
    "suite_of",
    "thumbprint",
]

SUITES: Final[Mapping[str, Suite]] = MappingProxyType(
    {suite.name: suite for suite in (EdDsa(), Es256(), MlDsa44(), Sm2Sm3())}
)
"""Every suite by its name."""

USUAL: Final = frozenset({"EdDSA", "ES256"})
"""What keys from outside may be of where nothing else was agreed: registered names that every verifier knows."""

SECOND: Final = frozenset({"SM2-SM3"})
"""What a second signature may be of."""

STABLE: Final = frozenset(name for name, suite in SUITES.items() if not suite.experimental)
"""What keys may be made of without being named by configuration."""

EXPERIMENTAL: Final = frozenset(SUITES) - STABLE
"""What configuration may name."""

_SECRET_MEMBERS: Final = frozenset({"d", "k", "priv"})


def suite_named(name: str) -> Suite:
    """Return the suite with that name; FormatError (``ALG_UNKNOWN``) for any other name, ``none`` and MACs
    included.

    Does not ask whether the suite is accepted: the name is the caller's own, or pinned by them.
    """
    suite = SUITES.get(name)
    if suite is None:
        raise FormatError("ALG_UNKNOWN", f"the signature algorithm is none of {', '.join(sorted(SUITES))}")
    return suite


def accepted_suite(name: str, accepted: frozenset[str]) -> Suite:
    """Return the suite with that name if policy accepts it; FormatError: ``ALG_UNKNOWN``, ``ALG_NOT_ACCEPTED``."""
    suite = suite_named(name)
    if name not in accepted:
        raise FormatError("ALG_NOT_ACCEPTED", f"{name} is not among the suites accepted here")
    return suite


def suite_of(public: object) -> Suite:
    """Return the suite that a public key belongs to; FormatError (``KEY_TYPE_UNKNOWN``) if there is none.

    Does not ask whether the suite is accepted.
    """
    for suite in SUITES.values():
        if suite.owns(public):
            return suite
    raise FormatError("KEY_TYPE_UNKNOWN", f"the key fits none of {', '.join(sorted(SUITES))}")


def public_from_jwk(jwk: Mapping[str, object], accepted: frozenset[str] = USUAL) -> PublicKey:
    """Return the public key of a JWK (RFC 7517), already parsed, if it is of an ``accepted`` suite.

    Raises FormatError: ``JWK_PRIVATE`` if the JWK carries a private member (whoever sent it has leaked a
    key), ``JWK_INVALID`` for a key type that is unknown or not accepted, coordinates of the wrong size or off the
    curve, or an ``alg`` that is not the key's.
    """
    if not _SECRET_MEMBERS.isdisjoint(jwk):
        raise FormatError("JWK_PRIVATE", "a public key is expected, and this JWK carries a secret one")
    suite = next((suite for name, suite in SUITES.items() if name in accepted and _is_typed(jwk, suite)), None)
    if suite is None:
        raise FormatError(
            "JWK_INVALID", f"the key is of none of the suites accepted here: {', '.join(sorted(accepted))}"
        )
    if jwk.get("alg", suite.name) != suite.name:
        raise FormatError("JWK_INVALID", "the JWK's alg is not its key's")
    return suite.public_from_jwk(jwk)


def public_to_jwk(public: PublicKey) -> dict[str, str]:
    """Return the required members of the key's JWK: ``kty``, ``crv``, ``x`` and, on a curve with two coordinates,
    ``y``; for other types of keys, what their suite says."""
    return suite_of(public).public_to_jwk(public)


def thumbprint(public: PublicKey) -> str:
    """Return the key's RFC 7638 SHA-256 thumbprint as base64url; here it serves as ``kid``."""
    return base64url.encode(sha256(canonical(public_to_jwk(public))).digest())


def _is_typed(jwk: Mapping[str, object], suite: Suite) -> bool:
    return all(jwk.get(member) == value for member, value in suite.jwk_type.items())
