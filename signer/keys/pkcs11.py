"""Signature keys in a PKCS#11 token: a hardware module, or SoftHSM.

Keys are made in the token and never leave it; what leaves are signatures and public keys. Secrets do not live here:
``split`` puts them beside it, and docs/keys.md says why. A session that is lost is opened again by itself
(``pkcs11_session``); keys are then looked up and proven again (``pkcs11_objects``).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from pkcs11 import Session, SignMixin

from signer.algorithms import PublicKey, suite_named, thumbprint
from signer.errors import KeyBackendError, KeyNotFoundError
from signer.keys import pkcs11_objects as objects
from signer.keys.backend import KeyInfo, KeyKind, Signer
from signer.keys.lent_key import sign_certificate
from signer.keys.pkcs11_objects import Pair
from signer.keys.pkcs11_session import close_session, open_session

_KEY_ID: Final = re.compile(r"[a-z0-9-]{1,80}")
_MAX_VERSION: Final = 999_999


@dataclass(frozen=True, slots=True)
class _Key:
    info: KeyInfo
    signer: Signer


class Pkcs11Keys:
    """A SignatureBackend over one token.

    ``module`` is the vendor's library, ``label`` the token's, ``pin`` its user's; ``only`` names the prefixes of the
    key ids that this process may use, None all. Raises KeyBackendError as ``open_session`` does.
    """

    def __init__(self, module: Path, label: str, pin: bytes, only: frozenset[str] | None = None) -> None:
        self._token = open_session(module, label, pin)
        self._label = label
        self._only = None if only is None else tuple(only)
        self._numbers: dict[str, tuple[int, ...]] = {}
        self._keys: dict[Pair, _Key] = {}
        self._handles: dict[Pair, SignMixin] = {}
        self._handles_of: Session | None = None
        try:
            self.refresh()
        except KeyBackendError:
            self.close()
            raise

    def refresh(self) -> None:
        """See SignatureBackend."""
        self._token.use(self._look)

    def generate(self, key_id: str, suite_name: str) -> KeyInfo:
        """See SignatureBackend. KeyBackendError too if the token has no such suite."""
        suite_named(suite_name)
        if not _KEY_ID.fullmatch(key_id):
            raise KeyBackendError("a key id has 1 to 80 of the characters a-z, 0-9 and -")
        if not self._allowed(key_id):
            raise KeyNotFoundError(f"this process may not make the key {key_id}")
        if key_id in self._numbers:
            raise KeyBackendError(f"the key {key_id} exists; rotate it to get a new version")
        return self._make(Pair(key_id, 1), suite_name)

    def rotate(self, key_id: str) -> KeyInfo:
        """See SignatureBackend. KeyBackendError if another process has added a version meanwhile: refresh and try
        again."""
        newest = self._newest(key_id)
        version = newest.info.version + 1
        if version > _MAX_VERSION:
            raise KeyBackendError(f"the key {key_id} has {_MAX_VERSION} versions and cannot be rotated again")
        return self._make(Pair(key_id, version), newest.signer.alg)

    def list(self) -> tuple[KeyInfo, ...]:
        """See SignatureBackend. Opens every key."""
        return tuple(self._newest(key_id).info for key_id in sorted(self._numbers))

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        """See SignatureBackend."""
        return tuple(self._key(Pair(key_id, version)).info for version in self._known(key_id))

    def suite(self, key_id: str) -> str:
        """See SignatureBackend."""
        return self.signer(key_id).alg

    def public_key(self, key_id: str) -> PublicKey:
        """See SignatureBackend."""
        return self.signer(key_id).public

    def signer(self, key_id: str, version: int | None = None) -> Signer:
        """See SignatureBackend."""
        if version is None:
            return self._newest(key_id).signer
        if version not in self._known(key_id):
            raise KeyNotFoundError(f"there is no version {version} of the key {key_id} in the token {self._label!r}")
        return self._key(Pair(key_id, version)).signer

    def sign(self, key_id: str, data: bytes) -> bytes:
        """See SignatureBackend."""
        return self.signer(key_id).sign(data)

    def sign_certificate(self, key_id: str, builder: x509.CertificateBuilder) -> x509.Certificate:
        """See SignatureBackend."""
        return sign_certificate(self.signer(key_id), builder)

    def close(self) -> None:
        """See SignatureBackend."""
        close_session(self._token)

    def _look(self, session: Session) -> None:
        numbers: dict[str, list[int]] = {}
        for pair in objects.pairs(session):
            if self._allowed(pair.key_id):
                numbers.setdefault(pair.key_id, []).append(pair.version)
        self._numbers = {key_id: tuple(sorted(set(versions))) for key_id, versions in numbers.items()}

    def _allowed(self, key_id: str) -> bool:
        return self._only is None or key_id.startswith(self._only)

    def _known(self, key_id: str) -> tuple[int, ...]:
        numbers = self._numbers.get(key_id)
        if numbers is None:
            raise KeyNotFoundError(
                f"there is no key {key_id[:80]!r} in the token {self._label!r}, or this process may not use it"
            )
        return numbers

    def _newest(self, key_id: str) -> _Key:
        return self._key(Pair(key_id, self._known(key_id)[-1]))

    def _key(self, pair: Pair) -> _Key:
        key = self._keys.get(pair)  # reading one entry needs no lock: entries are replaced whole
        return self._token.use(lambda session: self._open(session, pair)) if key is None else key

    def _open(self, session: Session, pair: Pair) -> _Key:
        key = self._keys.get(pair)
        if key is None:
            suite_name, public = objects.public_key(session, pair)
            kid = thumbprint(public)
            info = KeyInfo(pair.key_id, pair.version, KeyKind.SIGNATURE, suite_name, public, kid)
            self._private(session, info)
            signer = Signer(kid, suite_name, public, lambda data: self._sign(info, data))
            key = self._keys[pair] = _Key(info, signer)
        return key

    def _sign(self, info: KeyInfo, data: bytes) -> bytes:
        assert info.suite is not None
        suite_name = info.suite
        return self._token.use(lambda session: objects.sign(self._private(session, info), suite_name, data))

    def _private(self, session: Session, info: KeyInfo) -> SignMixin:
        """The private key's handle in this session; handles of a session that was lost mean nothing."""
        if self._handles_of is not session:
            self._handles = {}
            self._handles_of = session
        pair = Pair(info.key_id, info.version)
        private = self._handles.get(pair)
        if private is None:
            assert info.suite is not None
            assert info.public is not None
            private = objects.private_key(session, pair)
            objects.prove(private, pair, info.suite, info.public)
            self._handles[pair] = private
        return private

    def _make(self, pair: Pair, suite_name: str) -> KeyInfo:
        self.refresh()
        if pair.version in self._numbers.get(pair.key_id, ()):
            raise KeyBackendError(f"another process has just made {pair.label}; refresh and look again")
        self._token.once(lambda session: objects.make(session, pair, suite_name))
        self.refresh()
        return self._key(pair).info
