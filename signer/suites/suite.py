"""What a signature suite is: one algorithm with its names, key type and encodings."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from signer.suites.sm2_keys import Sm2PrivateKey, Sm2PublicKey

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey | Sm2PublicKey | MLDSA44PublicKey
PrivateKey: TypeAlias = EllipticCurvePrivateKey | Ed25519PrivateKey | Sm2PrivateKey | MLDSA44PrivateKey


class Suite(Protocol):
    """One signature algorithm. Suites hold no state; a new one is one more file and one registry entry, and its
    classes of keys in the two unions above."""

    @property
    def name(self) -> str:
        """The name in the ``alg`` header, as JOSE registers it (RFC 7518 section 3.1, RFC 8037 section 3.1) where it
        does."""
        ...

    @property
    def oid(self) -> str:
        """The dotted object identifier of the signature algorithm, as in X.509."""
        ...

    @property
    def cose(self) -> int | None:
        """The algorithm's number in COSE (RFC 9053 section 2); None if it has none."""
        ...

    @property
    def experimental(self) -> bool:
        """Whether the suite is used only where configuration names it."""
        ...

    @property
    def jwk_type(self) -> Mapping[str, str]:
        """The members by which a JWK tells that its key is of this suite."""
        ...

    def generate(self) -> PrivateKey:
        """Return a new private key. SuiteUnavailableError where this machine cannot compute the suite."""
        ...

    def sign(self, private: PrivateKey, data: bytes) -> bytes:
        """Return the signature over ``data`` in JOSE's raw form; TypeError if the key is of another suite.
        SuiteUnavailableError where this machine cannot compute the suite."""
        ...

    def verify(self, public: PublicKey, signature: bytes, data: bytes) -> bool:
        """Tell whether ``signature`` (JOSE's raw form, any hostile bytes) is by ``public`` over ``data``.

        A key of another suite verifies nothing. Raises SuiteUnavailableError where this machine cannot compute the
        suite, whatever the bytes, and nothing else.
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
        """Return the key of a JWK that has this suite's ``jwk_type``; FormatError (``JWK_INVALID``) otherwise."""
        ...
