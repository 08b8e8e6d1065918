"""Encryption at rest: a data key for each owner, wrapped by a master key that storage never sees.

Rules:
1. An owner is a blind tag in hex or a hub-wide name; its key is the record ``data_key``/owner, wrapped.
2. A new key is inserted by the very unit that first stores something under it, so neither exists without the other. If
   two callers make one at once, one unit fails with EXISTS and its caller obtains again.
3. Destroying a key leaves an empty record, so the key is gone for good and is never silently made anew.
4. A cached key is used only while its record is unchanged, so a destroyed key stops opening in every process at once.
"""

import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import CorruptError, ErasedError, StorageError
from storage.records.changes import Change, Expect, Insert, Replace
from storage.records.interface import Record, Records

KIND = "data_key"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
FORMAT = b"\x01"
ERASED = b""
"""The body of a destroyed key's record."""


class KeyWrapper(Protocol):
    """Seals and opens data keys with a master key; ``context`` must be authenticated with them."""

    def wrap(self, plaintext: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises ``CorruptError`` if the bytes do not open in this context."""
        ...


class DataKey:
    """One owner's key. Sealed bytes are: format (1 byte, 0x01), nonce (12, random), ciphertext, tag (16).

    AES-256-GCM (NIST SP 800-38D) with random nonces: at most 2**32 seals under one key, which no holder comes near.
    """

    __slots__ = ("_cipher", "_key", "_random", "owner")

    def __init__(self, owner: str, key: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        self.owner = owner
        self._key = key
        self._cipher = AESGCM(key)
        self._random = random

    def __repr__(self) -> str:
        return "DataKey(…)"

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt for one ``context``, which is not stored: opening needs the same."""
        nonce = self._random(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt; raises ``CorruptError`` if any byte, the key or the context is another."""
        if sealed[:1] != FORMAT or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
            raise CorruptError("sealed bytes: unknown format or cut short")
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], context)
        except InvalidTag as error:
            raise CorruptError("sealed bytes do not open: they, the key or the context were changed") from error

    def mac(self, message: bytes, use: bytes) -> bytes:
        """HMAC-SHA-256 (RFC 2104), 32 bytes, by a key for one ``use`` that HKDF-Expand (RFC 5869) makes of this one."""
        return hmac.digest(hmac.digest(self._key, use + b"\x01", "sha256"), message, "sha256")


class Vault:
    """Data keys in ``records``, at most ``cache_size`` of them kept unwrapped in memory."""

    def __init__(
        self,
        records: Records,
        wrapper: KeyWrapper,
        random: Callable[[int], bytes] = os.urandom,
        cache_size: int = 10_000,
    ) -> None:
        self._records = records
        self._wrapper = wrapper
        self._random = random
        self._size = cache_size
        self._keys: OrderedDict[str, tuple[int, DataKey]] = OrderedDict()
        self._lock = threading.Lock()

    def data_key(self, owner: str) -> DataKey:
        """The owner's key; raises ``ErasedError`` if it was destroyed, ``StorageError`` if there never was one."""
        found = self._stored(owner)
        if found is None:
            raise StorageError("that owner has no data key: obtain one in the unit that stores something")
        return found[1]

    def new_data_key(self, owner: str) -> tuple[DataKey, Insert]:
        """A fresh key and the change that keeps it; if that fails with EXISTS, obtain again."""
        key = self._random(KEY_BYTES)
        return DataKey(owner, key, self._random), Insert(KIND, owner, self._wrapper.wrap(key, _context(owner)))

    def obtain(self, owner: str) -> tuple[DataKey, tuple[Change, ...]]:
        """The owner's key, old or new, and the changes to put into the unit that stores what it sealed.

        For an old key that is the expectation that it is still there, so nothing is stored under a destroyed key.
        Raises ``ErasedError``.
        """
        found = self._stored(owner)
        if found is None:
            key, insert = self.new_data_key(owner)
            return key, (insert,)
        version, key = found
        return key, (Expect(KIND, owner, version),)

    def assume(self, owner: str) -> tuple[DataKey, tuple[Change, ...]]:
        """As ``obtain``, but a key that is in memory is used without looking whether its record is unchanged.

        The expectation finds out when the unit commits, so this is for what is kept or released only if it does. If it
        fails, ``forget`` the owner and assume again.
        """
        cached = self._keys.get(owner)
        if cached is None:
            return self.obtain(owner)
        version, key = cached
        return key, (Expect(KIND, owner, version),)

    def assume_many(self, owners: Iterable[str]) -> dict[str, tuple[DataKey, tuple[Change, ...]]]:
        """As ``assume`` for each of at most 1,000 owners, with one read; without those whose key was destroyed."""
        found: dict[str, tuple[DataKey, tuple[Change, ...]]] = {}
        asked = sorted(set(owners))
        cached = {owner: known for owner in asked if (known := self._keys.get(owner)) is not None}
        stored = self._records.get_many(KIND, [owner for owner in asked if owner not in cached])
        for owner in asked:
            if owner in cached:
                version, key = cached[owner]
                found[owner] = key, (Expect(KIND, owner, version),)
            elif owner not in stored:
                key, insert = self.new_data_key(owner)
                found[owner] = key, (insert,)
            elif stored[owner].body != ERASED:
                version, key = self._unwrapped(stored[owner])
                found[owner] = key, (Expect(KIND, owner, version),)
        return found

    def destroy(self, owner: str) -> Change:
        """The change that destroys the owner's key for good, or keeps one from ever being made.

        If the key was destroyed before, the change only expects that. If it fails with VERSION or EXISTS, ask again.
        """
        self.forget(owner)
        record = self._records.get(KIND, owner)
        if record is None:
            return Insert(KIND, owner, ERASED)
        if record.body == ERASED:
            return Expect(KIND, owner, record.version)
        return Replace(KIND, owner, record.version, ERASED)

    def forget(self, owner: str) -> None:
        """Drop the owner's unwrapped key from memory."""
        with self._lock:
            self._keys.pop(owner, None)

    def _stored(self, owner: str) -> tuple[int, DataKey] | None:
        record = self._records.get(KIND, owner)
        if record is None:
            return None
        if record.body == ERASED:
            self.forget(owner)
            raise ErasedError("the data key was destroyed: what it sealed is erased")
        with self._lock:
            cached = self._keys.get(owner)
            if cached is not None and cached[0] == record.version:
                self._keys.move_to_end(owner)
                return cached
        return self._unwrapped(record)

    def _unwrapped(self, record: Record) -> tuple[int, DataKey]:
        key = self._wrapper.unwrap(record.body, _context(record.key))
        if len(key) != KEY_BYTES:
            raise CorruptError("a data key unwrapped to another length")
        fresh = (record.version, DataKey(record.key, key, self._random))
        with self._lock:
            self._keys[record.key] = fresh
            while len(self._keys) > self._size:
                self._keys.popitem(last=False)
        return fresh


def _context(owner: str) -> bytes:
    return b"onceonly data key\0" + owner.encode()
