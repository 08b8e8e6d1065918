"""The keys that sign the log's checkpoints now: one, or an old and a new one while the log's key is rolled over.

Rules:
1. ``log/vkeys`` says which keys sign; where it is absent, the one in ``log/vkey`` does. The private keys come from the
   key backend alone: what stands in an object can take a key out of use, and bring none in.
2. A version that another process has just made is looked for before it is missed. One key that signs is enough.
3. What was published may be signed by any version that the backend holds.
"""

from collections.abc import Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.errors import LogCorruptError
from exchange.audit.proofs import log_vkeys
from signer.jws import SignFunction
from signer.keys.backend import KeyInfo, Signer
from signer.note import NoteKey
from storage.objects.interface import Objects

LogSigner = tuple[NoteKey, SignFunction]


class LogKeys(Protocol):
    """What is needed of a key backend."""

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]: ...

    def signer(self, key_id: str, version: int | None = None) -> Signer: ...

    def refresh(self) -> None: ...


class LogSigners:
    """The log's keys in a backend under ``key_id``; ``origin`` is the log's name."""

    def __init__(self, keys: LogKeys, objects: Objects, origin: str, key_id: str = "log") -> None:
        self._keys = keys
        self._objects = objects
        self._origin = origin
        self._key_id = key_id
        self._current: tuple[tuple[str, ...], tuple[LogSigner, ...]] = ((), ())

    def current(self) -> tuple[LogSigner, ...]:
        """Who signs now, in the order of ``log/vkeys``.

        Raises ``LogCorruptError`` if this machine has none of the keys, ``StorageError``, ``SignerError``.
        """
        wanted = log_vkeys(self._objects)
        if self._current[0] == wanted:
            return self._current[1]
        found = self._of(wanted)
        if len(found) < len(wanted):
            self._keys.refresh()
            found = self._of(wanted)
        if not found:
            raise LogCorruptError("this machine holds none of the keys that the log is signed with: bring them here")
        if len(found) == len(wanted):  # else it is looked for again next time
            self._current = wanted, found
        return found

    def known(self) -> tuple[NoteKey, ...]:
        """The public keys of every version."""
        return tuple(key for key, _ in self._versions())

    def _of(self, vkeys: Sequence[str]) -> tuple[LogSigner, ...]:
        versions = {key.vkey: (key, version) for key, version in self._versions()}
        found = (versions[vkey] for vkey in vkeys if vkey in versions)
        return tuple((key, self._keys.signer(self._key_id, version).sign) for key, version in found)

    def _versions(self) -> list[tuple[NoteKey, int]]:
        return [
            (NoteKey(self._origin, info.public), info.version)
            for info in self._keys.versions(self._key_id)
            if isinstance(info.public, Ed25519PublicKey)
        ]


class OneSigner:
    """As ``LogSigners``, for a log that has one key for ever."""

    def __init__(self, key: NoteKey, sign: SignFunction) -> None:
        self._signer = key, sign

    def current(self) -> tuple[LogSigner, ...]:
        """Who signs."""
        return (self._signer,)

    def known(self) -> tuple[NoteKey, ...]:
        """Its public key."""
        return (self._signer[0],)
