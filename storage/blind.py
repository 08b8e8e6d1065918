"""Blind indexes: find a record by a person's identifier without storing the identifier."""

import hmac
import unicodedata
from functools import lru_cache

from storage.errors import LimitExceededError

KEY_BYTES = 32
TAG_BYTES = 16
MAX_LENGTH = 0xFFFF


class BlindIndex:
    """Keyed tags of named values: equal values give equal tags, and without the key a tag says nothing.

    ``tag`` is HMAC-SHA-256 (RFC 2104) over the length-prefixed name and NFC value, cut to 16 bytes: collisions by
    chance need about 2**64 values. Callers bring values into their normal form (case, spaces) first.
    """

    def __init__(self, key: bytes, kept: int = 20_000) -> None:
        """``kept``: how many tags are remembered, since the same few are asked for again and again."""
        if len(key) != KEY_BYTES:
            raise LimitExceededError(f"blind index key: {KEY_BYTES} bytes")
        self._key = key
        self._remembered = lru_cache(kept)(self._made)

    def tag(self, name: str, value: str) -> bytes:
        """16 bytes for ``value`` as a ``name``; raises ``LimitExceededError`` over 65,535 bytes."""
        return self._remembered(name, value)

    def digest(self, name: str, message: bytes) -> bytes:
        """HMAC-SHA-256, 32 bytes, of a ``message`` of any length; nothing of it is remembered.

        The name is one of the code's own, without a NUL. Tags have names of other lengths than it says here.
        """
        return hmac.digest(self._key, b"\xff\xff%b\0%b" % (name.encode(), message), "sha256")

    def _made(self, name: str, value: str) -> bytes:
        try:
            what = name.encode()
            text = (value if value.isascii() else unicodedata.normalize("NFC", value)).encode()
        except UnicodeEncodeError:
            raise LimitExceededError("blind index: a lone surrogate has no bytes") from None
        if len(what) > MAX_LENGTH or len(text) > MAX_LENGTH:
            raise LimitExceededError(f"blind index: at most {MAX_LENGTH} bytes")
        message = b"%b%b%b%b" % (len(what).to_bytes(2, "big"), what, len(text).to_bytes(2, "big"), text)
        return hmac.digest(self._key, message, "sha256")[:TAG_BYTES]
