"""The registry of signature suites, and the questions that need it: which suite has this name, this key, this
JWK?

A suite is chosen by the caller's policy or by the key's type, never by the ``alg`` of a token alone: a
token's header is hostile until its signature is checked. There is no ``none`` and no MAC here, so that they
cannot be chosen by mistake.
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
from signer.suites.suite import PrivateKey, PublicKey, Suite

__all__ = [
    "SUITES",
    "PrivateKey",
    "PublicKey",
    "Suite",
    "public_from_jwk",
    "public_to_jwk",
    "suite_named",
    "suite_of",
    "thumbprint",
]

SUITES: Final[Mapping[str, Suite]] = MappingProxyType({"EdDSA": EdDsa(), "ES256": Es256()})
"""Every suite by its JOSE name."""

_SUITE_OF_CURVE: Final = MappingProxyType({("EC", "P-256"): SUITES["ES256"], ("OKP", "Ed25519"): SUITES["EdDSA"]})


def suite_named(name: str) -> Suite:
    """Return the suite with that JOSE name; FormatError (``ALG_UNKNOWN``) for any other name, ``none`` and
    MACs included."""
    suite = SUITES.get(name)
    if suite is None:
        raise FormatError("ALG_UNKNOWN", f"the signature algorithm is none of {', '.join(sorted(SUITES))}")
    return suite


def suite_of(public: object) -> Suite:
    """Return the suite that a public key belongs to; FormatError (``KEY_TYPE_UNKNOWN``) if there is none."""
    for suite in SUITES.values():
        if suite.owns(public):
            return suite
    raise FormatError("KEY_TYPE_UNKNOWN", f"the key fits none of {', '.join(sorted(SUITES))}")


def public_from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key of a JWK (RFC 7517), already parsed.

    Raises FormatError: ``JWK_PRIVATE`` if the JWK carries a private member (whoever sent it has leaked a
    key), ``JWK_INVALID`` for an unknown key type, coordinates of the wrong size or off the curve, or an
    ``alg`` that is not the key's.
    """
    if "d" in jwk or "k" in jwk:
        raise FormatError("JWK_PRIVATE", "a public key is expected, and this JWK carries a secret one")
    kty, crv = jwk.get("kty"), jwk.get("crv")
    suite = _SUITE_OF_CURVE.get((kty, crv)) if isinstance(kty, str) and isinstance(crv, str) else None
    if suite is None:
        raise FormatError("JWK_INVALID", "the key type is neither EC P-256 nor OKP Ed25519")
    if jwk.get("alg", suite.name) != suite.name:
        raise FormatError("JWK_INVALID", "the JWK's alg is not its key's")
    return suite.public_from_jwk(jwk)


def public_to_jwk(public: PublicKey) -> dict[str, str]:
    """Return the required members of the key's JWK: ``kty``, ``crv``, ``x`` and, for P-256, ``y``."""
    return suite_of(public).public_to_jwk(public)


def thumbprint(public: PublicKey) -> str:
    """Return the key's RFC 7638 SHA-256 thumbprint as base64url; here it serves as ``kid``."""
    return base64url.encode(sha256(canonical(public_to_jwk(public))).digest())
