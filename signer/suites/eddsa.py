"""EdDSA: Ed25519 over the message itself (RFC 8037, RFC 8032)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signer import base64url
from signer.errors import FormatError
from signer.suites.suite import PrivateKey, PublicKey


class EdDsa:
    """Ed25519: the suite of log checkpoints, whose readers expect it."""

    name: Final = "EdDSA"
    oid: Final = "1.3.101.112"
    cose: Final = -8
    experimental: Final = False
    jwk_type: Final[Mapping[str, str]] = MappingProxyType({"kty": "OKP", "crv": "Ed25519"})

    def generate(self) -> PrivateKey:
        """See Suite."""
        return Ed25519PrivateKey.generate()

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """See Suite."""
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("EdDSA signs with an Ed25519 key")
        return private.sign(data)

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """See Suite."""
        if not isinstance(public, Ed25519PublicKey) or len(signature) != 64:
            return False
        try:
            public.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def owns(self, public: object) -> bool:
        """See Suite."""
        return isinstance(public, Ed25519PublicKey)

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """See Suite."""
        if not isinstance(public, Ed25519PublicKey):
            raise TypeError("not an Ed25519 key")
        return {**self.jwk_type, "x": base64url.encode(public.public_bytes_raw())}

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """See Suite. Any 32 bytes load; bytes that are no point verify nothing."""
        x = jwk.get("x")
        if not isinstance(x, str) or len(x) != 43:
            raise FormatError("JWK_INVALID", "an Ed25519 key is 32 bytes")
        return Ed25519PublicKey.from_public_bytes(base64url.decode(x))
