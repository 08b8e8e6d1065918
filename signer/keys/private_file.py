"""A private signature key as an encrypted file.

Keys that ``cryptography`` knows are encrypted PKCS#8 in PEM. SM2 keys it does not know: they stand in an envelope of
our own, a first line that names the suite, then nonce ‖ AES-256-GCM of the private number and the point (97 bytes),
with that line authenticated. Passwords come from the folder key and have its strength, so that neither form needs
rounds to stretch them.
"""

import os
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from signer.algorithms import PrivateKey, suite_of
from signer.errors import FormatError
from signer.suites.sm2_keys import COORDINATE_BYTES, Sm2PrivateKey, Sm2PublicKey

_SM2_HEAD: Final = b"onceonly private key v1: SM2-SM3\n"
_NONCE_BYTES: Final = 12


def seal(private: PrivateKey, password: bytes) -> bytes:
    """Return the key encrypted under the file's password."""
    if isinstance(private, Sm2PrivateKey):
        nonce = os.urandom(_NONCE_BYTES)
        content = private.secret.to_bytes(COORDINATE_BYTES, "big") + private.public.encoded()
        return _SM2_HEAD + nonce + _envelope(password).encrypt(nonce, content, _SM2_HEAD)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))


def load(sealed: bytes, password: bytes) -> PrivateKey:
    """Return the key that ``seal`` encrypted.

    Raises ValueError if it does not open, and FormatError (``KEY_TYPE_UNKNOWN``) for a key of no suite.
    """
    if sealed.startswith(_SM2_HEAD):
        return _sm2(sealed[len(_SM2_HEAD) :], password)
    try:
        private = load_pem_private_key(sealed, password)
    except TypeError as error:
        raise ValueError("the file is not encrypted") from error
    if not isinstance(private, PrivateKey):
        raise FormatError("KEY_TYPE_UNKNOWN", "a private key of no suite")
    suite_of(private.public_key())
    return private


def _sm2(envelope: bytes, password: bytes) -> Sm2PrivateKey:
    nonce, sealed = envelope[:_NONCE_BYTES], envelope[_NONCE_BYTES:]
    try:
        content = _envelope(password).decrypt(nonce, sealed, _SM2_HEAD)
    except InvalidTag as error:
        raise ValueError("the envelope was altered, or is another file's") from error
    secret, point = content[:COORDINATE_BYTES], content[COORDINATE_BYTES:]
    return Sm2PrivateKey(int.from_bytes(secret, "big"), Sm2PublicKey.from_encoded(point))


def _envelope(password: bytes) -> AESGCM:
    return AESGCM(sha256(b"onceonly private key v1\x00" + password).digest())
