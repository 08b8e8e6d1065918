"""What a signature suite is: one algorithm with its names, key type and encodings."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey
PrivateKey: TypeAlias = EllipticCurvePrivateKey | Ed25519PrivateKey


class Suite(Protocol):
    """One signature algorithm. Suites hold no state; a new one (SM2-SM3, ML-DSA) is one more file and one
    registry entry."""

    @property
    def name(self) -> str:
        """The JOSE name, as in the ``alg`` header (RFC 7518 section 3.1, RFC 8037 section 3.1)."""
        ...

    @property
    def oid(self) -> str:
        """The dotted object identifier of the signature algorithm, as in X.509."""
        ...

    def generate(self) -> PrivateKey:
        """Return a new private key."""
        ...

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """Return the signature over ``data`` in JOSE's raw form; TypeError if the key is of another suite."""
        ...

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """Tell whether ``signature`` (JOSE's raw form, any hostile bytes) is by ``public`` over ``data``.

        Never raises; a key of another suite verifies nothing.
        """
        ...

    def owns(self, public: object) -> bool:
        """Tell whether ``public`` is a public key of this suite."""
        ...

    def public_to_jwk(self, public: PublicKey) -> dict[str, str]:
        """Return the required members of the key's JWK (RFC 7638 section 3.2); TypeError for another suite's
        key."""
        ...

    def public_from_jwk(self, jwk: Mapping[str, object]) -> PublicKey:
        """Return the key of a JWK whose ``kty`` and ``crv`` are this suite's; FormatError (``JWK_INVALID``)
        otherwise."""
        ...
