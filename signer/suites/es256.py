"""ES256: ECDSA on P-256 with SHA-256, signatures as r ‖ s of 32 bytes each (RFC 7518 section 3.4)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from signer import base64url
from signer.errors import FormatError
from signer.suites.suite import PrivateKey, PublicKey

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA: Final = ec.ECDSA(SHA256())


class Es256:
    """The default suite: fastest here, and the one that hardware modules and path validation support."""

    name: Final = "ES256"
    oid: Final = "1.2.840.10045.4.3.2"
    cose: Final = -7
    experimental: Final = False
    jwk_type: Final[Mapping[str, str]] = MappingProxyType({"kty": "EC", "crv": "P-256"})

    def generate(self) -> PrivateKey:
        """See Suite."""
        return ec.generate_private_key(ec.SECP256R1())

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """See Suite."""
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("ES256 signs with a P-256 key")
        r, s = decode_dss_signature(private.sign(data, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """See Suite. Exactly 64 bytes, and r and s within 1 … n-1."""
        if not isinstance(public, ec.EllipticCurvePublicKey) or len(signature) != 64:
            return False
        r = int.from_bytes(signature[:32], "big")
        s = int.from_bytes(signature[32:], "big")
        if not (0 < r < _ORDER and 0 < s < _ORDER):
            return False
        try:
            public.verify(encode_dss_signature(r, s), data, _ECDSA)
        except InvalidSignature:
            return False
        return True

    def owns(self, public: object) -> bool:
        """See Suite."""
        return isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """See Suite."""
        if not isinstance(public, ec.EllipticCurvePublicKey) or not self.owns(public):
            raise TypeError("not a P-256 key")
        numbers = public.public_numbers()
        return {
            **self.jwk_type,
            "x": base64url.encode(numbers.x.to_bytes(32, "big")),
            "y": base64url.encode(numbers.y.to_bytes(32, "big")),
        }

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """See Suite. Coordinates are exactly 32 bytes and lie on the curve (RFC 7518 section 6.2.1)."""
        x, y = jwk.get("x"), jwk.get("y")
        if not isinstance(x, str) or not isinstance(y, str) or len(x) != 43 or len(y) != 43:
            raise FormatError("JWK_INVALID", "P-256 coordinates are 32 bytes each")
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(base64url.decode(x), "big"), int.from_bytes(base64url.decode(y), "big"), ec.SECP256R1()
        )
        try:
            return numbers.public_key()
        except ValueError as error:
            raise FormatError("JWK_INVALID", "the point is not on P-256") from error
