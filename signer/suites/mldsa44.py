"""ML-DSA-44: the lattice signature of FIPS 204 at its lowest strength, in JOSE and COSE by RFC 9964.

Experimental here: used only where configuration names it. Signatures are of the pure form with an empty context, 2,420
bytes; a public key has 1,312 bytes, and its JWK is of the type ``AKP``, which its ``alg`` completes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from signer import base64url
from signer.errors import FormatError
from signer.suites.suite import PrivateKey, PublicKey

SIGNATURE_BYTES: Final = 2420
_PUBLIC_CHARACTERS: Final = 1750
"""1,312 bytes in base64url."""


class MlDsa44:
    """A signature that a quantum computer is not known to break."""

    name: Final = "ML-DSA-44"
    oid: Final = "2.16.840.1.101.3.4.3.17"
    cose: Final = -48
    experimental: Final = True
    jwk_type: Final[Mapping[str, str]] = MappingProxyType({"kty": "AKP", "alg": "ML-DSA-44"})

    def generate(self) -> PrivateKey:
        """See Suite."""
        return MLDSA44PrivateKey.generate()

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """See Suite."""
        if not isinstance(private, MLDSA44PrivateKey):
            raise TypeError("ML-DSA-44 signs with an ML-DSA-44 key")
        return private.sign(data)

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """See Suite."""
        if not isinstance(public, MLDSA44PublicKey) or len(signature) != SIGNATURE_BYTES:
            return False
        try:
            public.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def owns(self, public: object) -> bool:
        """See Suite."""
        return isinstance(public, MLDSA44PublicKey)

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """See Suite. ``alg`` is a required member of this type (RFC 9964)."""
        if not isinstance(public, MLDSA44PublicKey):
            raise TypeError("not an ML-DSA-44 key")
        return {**self.jwk_type, "pub": base64url.encode(public.public_bytes_raw())}

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """See Suite. Any 1,312 bytes load."""
        pub = jwk.get("pub")
        if not isinstance(pub, str) or len(pub) != _PUBLIC_CHARACTERS:
            raise FormatError("JWK_INVALID", "an ML-DSA-44 key is 1312 bytes")
        return MLDSA44PublicKey.from_public_bytes(base64url.decode(pub))
