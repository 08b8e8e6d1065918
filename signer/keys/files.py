"""Keys in a folder of encrypted files: the default backend.

One slow derivation opens the whole folder: scrypt (n = 2^15, r = 8, p = 1: about 0.1 s and 32 MiB) turns the
passphrase and the folder's salt into the folder key. Each file then has a password of its own, HMAC(folder key,
name of the file), so that 30 keys open as fast as one, and a file renamed over another does not open. Guessing the
passphrase costs a scrypt run for every guess; the few rounds inside PKCS#8 (2,048) do not matter, because what they
stretch already has the folder key's strength.

    folder.json            scrypt parameters, salt, and a tag that tells a wrong passphrase
    <key id>.v<n>.pem      PKCS#8, encrypted: a signature key (one of SM2 has an envelope like a secret's)
    <key id>.v<n>.secret   AES-256-GCM envelope: a secret

A key is decrypted at its first use and the object kept. A key or version that another process adds is seen after
``refresh``.
"""

import re
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Final

from cryptography import x509

from signer.algorithms import STABLE, PublicKey, accepted_suite
from signer.errors import KeyBackendError, KeyNotFoundError
from signer.keys import folder as key_folder
from signer.keys.backend import KeyInfo, KeyKind, Signer
from signer.keys.folder_key import open_folder_key
from signer.keys.material import SecretKey, SignatureKey, version_of

_KEY_ID: Final = re.compile(r"[a-z0-9-]{1,80}")
_FILE: Final = re.compile(r"(?P<key_id>[a-z0-9-]{1,80})\.v(?P<version>[1-9][0-9]{0,5})\.(?P<kind>pem|secret)")
_SUFFIX: Final = {KeyKind.SIGNATURE: "pem", KeyKind.SECRET: "secret"}
_KIND: Final = {"pem": KeyKind.SIGNATURE, "secret": KeyKind.SECRET}
_MAX_VERSION: Final = 999_999

_Key = SignatureKey | SecretKey
_Make = Callable[[int], _Key]


class FileKeyBackend:
    """A KeyBackend over one folder. Opening it derives the folder key (about 0.1 s); keys are decrypted when first
    used.

    A folder that is absent or empty becomes a new key folder under ``passphrase`` (at least 8 bytes). ``only``
    names the prefixes of the key ids that this process may use; all others are as if they were not there (a worker
    needs no log key). None allows all. ``accepted`` names the suites that new keys may be of; keys that exist are
    opened whatever their suite. Raises KeyBackendError for a wrong passphrase, loose permissions, a symbolic link or
    unreadable files.
    """

    def __init__(
        self,
        folder: Path,
        passphrase: bytes,
        only: frozenset[str] | None = None,
        accepted: frozenset[str] = STABLE,
    ) -> None:
        key_folder.prepare(folder)
        self._folder = folder
        self._folder_key = open_folder_key(folder, passphrase)
        self._only = None if only is None else tuple(only)
        self._accepted = accepted
        self._lock = RLock()
        self._kinds: dict[str, KeyKind] = {}
        self._numbers: dict[str, tuple[int, ...]] = {}
        self._opened: dict[tuple[str, int], _Key] = {}
        self._signers: dict[str, Signer] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look into the folder again, for keys and versions that other processes have added. Opened keys stay
        open."""
        kinds: dict[str, KeyKind] = {}
        numbers: dict[str, list[int]] = {}
        for name in key_folder.names(self._folder):
            match = _FILE.fullmatch(name)
            if match is None or not self._allowed(match["key_id"]):
                continue
            kind = _KIND[match["kind"]]
            if kinds.setdefault(match["key_id"], kind) is not kind:
                raise KeyBackendError(f"key {match['key_id']} is both a signature key and a secret; remove one")
            numbers.setdefault(match["key_id"], []).append(int(match["version"]))
        with self._lock:
            self._kinds = kinds
            self._numbers = {key_id: tuple(sorted(versions)) for key_id, versions in numbers.items()}
            self._signers = {}

    def generate(self, key_id: str, suite_name: str) -> KeyInfo:
        """See KeyBackend."""
        accepted_suite(suite_name, self._accepted)
        return self._create(
            key_id, KeyKind.SIGNATURE, lambda version: SignatureKey.generate(key_id, version, suite_name)
        )

    def create_secret(self, key_id: str) -> KeyInfo:
        """See KeyBackend."""
        return self._create(key_id, KeyKind.SECRET, lambda version: SecretKey.generate(key_id, version))

    def rotate(self, key_id: str) -> KeyInfo:
        """See KeyBackend. KeyBackendError if another process has added a version meanwhile: refresh and try
        again."""
        with self._lock:
            newest = self._newest(key_id)
            suite_name = newest.info.suite
            if suite_name is None:
                return self._add(newest.info, lambda version: SecretKey.generate(key_id, version))
            return self._add(newest.info, lambda version: SignatureKey.generate(key_id, version, suite_name))

    def list(self) -> tuple[KeyInfo, ...]:
        """See KeyBackend. Opens every key."""
        with self._lock:
            return tuple(self._newest(key_id).info for key_id in sorted(self._numbers))

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        """See KeyBackend."""
        with self._lock:
            return tuple(self._open(key_id, version).info for version in self._known(key_id))

    def suite(self, key_id: str) -> str:
        """See KeyBackend."""
        return self.signer(key_id).alg

    def public_key(self, key_id: str) -> PublicKey:
        """See KeyBackend."""
        return self.signer(key_id).public

    def signer(self, key_id: str, version: int | None = None) -> Signer:
        """See KeyBackend."""
        if version is not None:
            return self._signature_key(key_id, version).signer
        signer = self._signers.get(key_id)  # reading one entry needs no lock: entries are replaced whole
        if signer is None:
            with self._lock:
                signer = self._signers[key_id] = self._signature_key(key_id).signer
        return signer

    def sign(self, key_id: str, data: bytes) -> bytes:
        """See KeyBackend."""
        return self.signer(key_id).sign(data)

    def sign_certificate(self, key_id: str, builder: x509.CertificateBuilder) -> x509.Certificate:
        """See KeyBackend."""
        return self._signature_key(key_id).sign_certificate(builder)

    def close(self) -> None:
        """See KeyBackend. Forgets the keys that were opened."""
        with self._lock:
            self._opened = {}
            self._signers = {}

    def wrap(self, key_id: str, plaintext: bytes, context: bytes) -> bytes:
        """See KeyBackend."""
        return self._secret(key_id, None).wrap(plaintext, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """See KeyBackend."""
        return self._secret(key_id, version_of(wrapped)).unwrap(wrapped, context)

    def mac(self, key_id: str, data: bytes, version: int | None = None) -> bytes:
        """See KeyBackend."""
        return self._secret(key_id, version).mac(data)

    def _allowed(self, key_id: str) -> bool:
        return self._only is None or key_id.startswith(self._only)

    def _known(self, key_id: str) -> tuple[int, ...]:
        numbers = self._numbers.get(key_id)
        if numbers is None:
            raise KeyNotFoundError(f"there is no key {key_id[:80]!r} in {self._folder}, or this process may not use it")
        return numbers

    def _newest(self, key_id: str) -> _Key:
        return self._version(key_id, None)

    def _version(self, key_id: str, version: int | None) -> _Key:
        with self._lock:
            numbers = self._known(key_id)
            if version is not None and version not in numbers:
                raise KeyBackendError(f"key {key_id} has no version {version}")
            return self._open(key_id, numbers[-1] if version is None else version)

    def _signature_key(self, key_id: str, version: int | None = None) -> SignatureKey:
        key = self._version(key_id, version)
        if not isinstance(key, SignatureKey):
            raise KeyBackendError(f"key {key_id} is a secret and signs nothing")
        return key

    def _secret(self, key_id: str, version: int | None) -> SecretKey:
        key = self._version(key_id, version)
        if not isinstance(key, SecretKey):
            raise KeyBackendError(f"key {key_id} is a signature key, not a secret")
        return key

    def _open(self, key_id: str, version: int) -> _Key:
        key = self._opened.get((key_id, version))
        if key is None:
            kind = self._kinds[key_id]
            name = _file_name(key_id, version, kind)
            sealed = key_folder.read(self._folder / name)
            password = self._folder_key.password(name)
            maker = SignatureKey if kind is KeyKind.SIGNATURE else SecretKey
            key = self._opened[key_id, version] = maker.open(key_id, version, sealed, password)
        return key

    def _create(self, key_id: str, kind: KeyKind, make: _Make) -> KeyInfo:
        if not _KEY_ID.fullmatch(key_id):
            raise KeyBackendError("a key id has 1 to 80 of the characters a-z, 0-9 and -")
        if not self._allowed(key_id):
            raise KeyNotFoundError(f"this process may not make the key {key_id}")
        with self._lock:
            if key_id in self._numbers:
                raise KeyBackendError(f"the key {key_id} exists; rotate it to get a new version")
            return self._store(key_id, 1, kind, make(1))

    def _add(self, newest: KeyInfo, make: _Make) -> KeyInfo:
        version = newest.version + 1
        if version > _MAX_VERSION:
            raise KeyBackendError(f"the key {newest.key_id} has {_MAX_VERSION} versions and cannot be rotated again")
        return self._store(newest.key_id, version, newest.kind, make(version))

    def _store(self, key_id: str, version: int, kind: KeyKind, key: _Key) -> KeyInfo:
        name = _file_name(key_id, version, kind)
        if not key_folder.create(self._folder / name, key.seal(self._folder_key.password(name))):
            raise KeyBackendError(f"another process has just made {name}; refresh and look again")
        self._kinds[key_id] = kind
        self._numbers[key_id] = (*self._numbers.get(key_id, ()), version)
        self._opened[key_id, version] = key
        self._signers.pop(key_id, None)
        return key.info


def _file_name(key_id: str, version: int, kind: KeyKind) -> str:
    return f"{key_id}.v{version}.{_SUFFIX[kind]}"
