"""The interface to keys. Whoever holds a KeyBackend can use keys, never take them away.

A key has an id that says what it is for (``seal-<authority>``, ``receipts``, ``log``, ``master``) and versions 1,
2, …; new work uses the newest version, and old versions stay so that what they signed or wrapped remains usable.
Two kinds exist: signature keys of a suite, and secrets for sealing data and for keyed tags. A SignatureBackend holds
the first kind alone, as a hardware module does. Every method is safe to call from several threads.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cryptography import x509

from signer.algorithms import PublicKey
from signer.jws import SignFunction


class KeyKind(StrEnum):
    """What a key can do."""

    SIGNATURE = "signature"
    SECRET = "secret"  # noqa: S105 - the name of a kind of key, not a password


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be known of one version of a key.

    ``suite`` (JOSE name), ``public`` and ``kid`` (RFC 7638 thumbprint, for a token's header) are None for a secret.
    """

    key_id: str
    version: int
    kind: KeyKind
    suite: str | None = None
    public: PublicKey | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """One version of a signature key, ready to use: the header's ``kid`` and ``alg`` always fit what ``sign`` does,
    even if the key is rotated meanwhile."""

    kid: str
    alg: str
    public: PublicKey
    sign: SignFunction


class SignatureBackend(Protocol):
    """Signature keys that can be used but not exported.

    Every method that takes a ``key_id`` raises KeyNotFoundError for an unknown one and KeyBackendError for a key of
    the wrong kind or key material that cannot be read.
    """

    def generate(self, key_id: str, suite_name: str) -> KeyInfo:
        """Make a new signature key, durable on return. KeyBackendError if the id is taken; FormatError for a
        suite that is unknown or not accepted; SuiteUnavailableError for one that this machine cannot compute."""
        ...

    def rotate(self, key_id: str) -> KeyInfo:
        """Add a version to a key, of the same kind and suite, and use it from now on."""
        ...

    def list(self) -> tuple[KeyInfo, ...]:
        """Return the newest version of every key, in order of ids."""
        ...

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        """Return every version of a key, oldest first."""
        ...

    def suite(self, key_id: str) -> str:
        """Return the JOSE name of a signature key's suite."""
        ...

    def public_key(self, key_id: str) -> PublicKey:
        """Return the newest public key."""
        ...

    def signer(self, key_id: str, version: int | None = None) -> Signer:
        """Return the newest, or the named, version of a signature key, ready for many signatures."""
        ...

    def sign(self, key_id: str, data: bytes) -> bytes:
        """Return the newest version's signature over ``data`` in JOSE's raw form."""
        ...

    def sign_certificate(self, key_id: str, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Return the certificate that ``builder`` describes, signed by the newest version."""
        ...

    def refresh(self) -> None:
        """Look again for keys and versions that other processes have added."""
        ...

    def close(self) -> None:
        """Give back what this object holds open; it is not used afterwards. Signers taken from it end with it."""
        ...


class KeyBackend(SignatureBackend, Protocol):
    """Signature keys and secrets; raises as SignatureBackend does."""

    def create_secret(self, key_id: str) -> KeyInfo:
        """Make a new 256-bit secret, durable on return. KeyBackendError if the id is taken."""
        ...

    def wrap(self, key_id: str, plaintext: bytes, context: bytes) -> bytes:
        """Seal at most 64 KiB under a secret (AES-256-GCM); ``context`` is authenticated, not stored, and needed to
        unwrap."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Open what ``wrap`` sealed, under whichever version did it. KeyBackendError if it was altered or the
        context is another."""
        ...

    def mac(self, key_id: str, data: bytes, version: int | None = None) -> bytes:
        """Return HMAC-SHA-256 of ``data`` under a secret's newest, or named, version (32 bytes)."""
        ...
