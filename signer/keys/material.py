"""The two kinds of key as objects that work but do not show what they hold, and their encrypted form in a file."""

import hmac
import os
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from signer.algorithms import PrivateKey, suite_named, suite_of, thumbprint
from signer.errors import FormatError, KeyBackendError
from signer.keys import private_file
from signer.keys.backend import KeyInfo, KeyKind, Signer
from signer.suites.sm2_keys import Sm2PrivateKey

MAX_PLAINTEXT_BYTES: Final = 64 * 1024
SECRET_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_VERSION_BYTES: Final = 4


class SignatureKey:
    """One version of a signature key."""

    __slots__ = ("_private", "info", "signer")

    def __init__(self, key_id: str, version: int, private: PrivateKey) -> None:
        public = private.public_key()
        suite = suite_of(public)
        kid = thumbprint(public)
        self._private = private
        self.info = KeyInfo(key_id, version, KeyKind.SIGNATURE, suite.name, public, kid)
        self.signer = Signer(kid, suite.name, public, lambda data: suite.sign(private, data))

    @classmethod
    def generate(cls, key_id: str, version: int, suite_name: str) -> "SignatureKey":
        """Make a new key; FormatError for an unknown suite."""
        return cls(key_id, version, suite_named(suite_name).generate())

    @classmethod
    def open(cls, key_id: str, version: int, sealed: bytes, password: bytes) -> "SignatureKey":
        """Return the key in an encrypted file; KeyBackendError if it does not open or is of no suite."""
        try:
            private = private_file.load(sealed, password)
        except ValueError as error:
            raise KeyBackendError(f"key {key_id} version {version} does not open: altered, or not this file") from error
        except FormatError as error:
            raise KeyBackendError(f"key {key_id} version {version} is of an unknown type") from error
        return cls(key_id, version, private)

    def seal(self, password: bytes) -> bytes:
        """Return the key encrypted, for its file."""
        return private_file.seal(self._private, password)

    def sign_certificate(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Sign what ``builder`` describes; KeyBackendError for a key of SM2."""
        if isinstance(self._private, Sm2PrivateKey):
            raise KeyBackendError(f"the key {self.info.key_id} is of SM2-SM3 and signs no certificates here")
        # ECDSA is told its hash; the other suites hash by themselves.
        return builder.sign(self._private, SHA256() if isinstance(self._private, EllipticCurvePrivateKey) else None)


class SecretKey:
    """One version of a secret, split into a key that seals data and a key that makes tags."""

    __slots__ = ("_cipher", "_mac_key", "_secret", "info")

    def __init__(self, key_id: str, version: int, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(hmac.digest(secret, b"onceonly secret v1: wrap", sha256))
        self._mac_key = hmac.digest(secret, b"onceonly secret v1: mac", sha256)
        self.info = KeyInfo(key_id, version, KeyKind.SECRET)

    @classmethod
    def generate(cls, key_id: str, version: int) -> "SecretKey":
        """Make a new secret of 256 bits."""
        return cls(key_id, version, os.urandom(SECRET_BYTES))

    @classmethod
    def open(cls, key_id: str, version: int, sealed: bytes, password: bytes) -> "SecretKey":
        """Return the secret in its envelope; KeyBackendError if it does not open."""
        try:
            secret = _envelope(password).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise KeyBackendError(f"key {key_id} version {version} does not open: altered, or not this file") from error
        return cls(key_id, version, secret)

    def seal(self, password: bytes) -> bytes:
        """Return nonce ‖ AES-256-GCM of the secret, for its file; the password already names the file."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + _envelope(password).encrypt(nonce, self._secret, None)

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        """Return version ‖ nonce ‖ ciphertext; the version and ``context`` are authenticated."""
        if len(plaintext) > MAX_PLAINTEXT_BYTES:
            raise KeyBackendError(
                f"at most {MAX_PLAINTEXT_BYTES} bytes can be wrapped; encrypt larger data under a data key"
            )
        version = self.info.version.to_bytes(_VERSION_BYTES, "big")
        nonce = os.urandom(_NONCE_BYTES)
        return version + nonce + self._cipher.encrypt(nonce, plaintext, version + context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return what ``wrap`` sealed; KeyBackendError if it was altered or belongs to another context."""
        version, nonce, sealed = wrapped[:4], wrapped[4:16], wrapped[16:]
        try:
            return self._cipher.decrypt(nonce, sealed, version + context)
        except InvalidTag as error:
            raise KeyBackendError(
                f"data wrapped by {self.info.key_id} does not open: altered, or of another context"
            ) from error

    def mac(self, data: bytes) -> bytes:
        """Return HMAC-SHA-256 of ``data``."""
        return hmac.digest(self._mac_key, data, sha256)


def version_of(wrapped: bytes) -> int:
    """Return the version of the secret that wrapped some data; KeyBackendError if it cannot be wrapped data at
    all."""
    if not _VERSION_BYTES + _NONCE_BYTES + _TAG_BYTES <= len(wrapped) <= MAX_PLAINTEXT_BYTES + 32:
        raise KeyBackendError("these bytes are not wrapped data")
    return int.from_bytes(wrapped[:_VERSION_BYTES], "big")


def _envelope(password: bytes) -> AESGCM:
    return AESGCM(sha256(password).digest())
