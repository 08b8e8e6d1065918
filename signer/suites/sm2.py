"""SM2-SM3: the SM2 signature with SM3 (GB/T 32918.2, GB/T 32905), as r ‖ s of 32 bytes each.

The name is ours: neither JOSE nor COSE registers SM2, nor the curve ``SM2`` of the JWK. The form is that of the
registered elliptic suites. The distinguishing identifier is the default one of GM/T 0009 section 10, so that a
signature needs nothing but the public key. The work is done by the system's libcrypto.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from signer import base64url
from signer.errors import FormatError
from signer.suites import libcrypto
from signer.suites.sm2_keys import COORDINATE_BYTES, ORDER, Sm2PrivateKey, Sm2PublicKey
from signer.suites.suite import PrivateKey, PublicKey

USER: Final = b"1234567812345678"
"""The distinguishing identifier where nothing else was agreed (GM/T 0009 section 10)."""

_SIGNATURE_BYTES: Final = 2 * COORDINATE_BYTES


class Sm2Sm3:
    """The suite of second signatures, for departments that must have SM2."""

    name: Final = "SM2-SM3"
    oid: Final = "1.2.156.10197.1.501"
    cose: Final = None
    experimental: Final = False
    jwk_type: Final[Mapping[str, str]] = MappingProxyType({"kty": "EC", "crv": "SM2"})

    def __init__(self, libraries: tuple[str, ...] = libcrypto.STANDARD) -> None:
        """``libraries`` are the names under which libcrypto 3 is looked for, when a signature is first asked for."""
        self._libraries = libraries

    def generate(self) -> PrivateKey:
        """See Suite."""
        secret, point = libcrypto.load(self._libraries).generate()
        return Sm2PrivateKey(int.from_bytes(secret, "big"), Sm2PublicKey.from_encoded(point))

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """See Suite."""
        if not isinstance(private, Sm2PrivateKey):
            raise TypeError("SM2-SM3 signs with an SM2 key")
        secret = private.secret.to_bytes(COORDINATE_BYTES, "big")
        der = libcrypto.load(self._libraries).sign(secret, private.public.encoded(), USER, data)
        r, s = decode_dss_signature(der)
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """See Suite. Exactly 64 bytes, and r and s within 1 … n-1."""
        if not isinstance(public, Sm2PublicKey):
            return False
        library = libcrypto.load(self._libraries)
        if len(signature) != _SIGNATURE_BYTES:
            return False
        r = int.from_bytes(signature[:COORDINATE_BYTES], "big")
        s = int.from_bytes(signature[COORDINATE_BYTES:], "big")
        if not (0 < r < ORDER and 0 < s < ORDER):
            return False
        return library.verify(public.encoded(), USER, encode_dss_signature(r, s), data)

    def owns(self, public: object) -> bool:
        """See Suite."""
        return isinstance(public, Sm2PublicKey)

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """See Suite. The members are those of the registered curves (RFC 7518 section 6.2.1)."""
        if not isinstance(public, Sm2PublicKey):
            raise TypeError("not an SM2 key")
        return {
            **self.jwk_type,
            "x": base64url.encode(public.x.to_bytes(COORDINATE_BYTES, "big")),
            "y": base64url.encode(public.y.to_bytes(COORDINATE_BYTES, "big")),
        }

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """See Suite. Coordinates are exactly 32 bytes and lie on the curve."""
        x, y = jwk.get("x"), jwk.get("y")
        if not isinstance(x, str) or not isinstance(y, str) or len(x) != 43 or len(y) != 43:
            raise FormatError("JWK_INVALID", "SM2 coordinates are 32 bytes each")
        try:
            return Sm2PublicKey(int.from_bytes(base64url.decode(x), "big"), int.from_bytes(base64url.decode(y), "big"))
        except ValueError as error:
            raise FormatError("JWK_INVALID", "the point is not on the SM2 curve") from error
