"""Receipts of what was released, refused or verified, signed with the hub's receipt key."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exchange.call import Call
from signer import receipt as receipts
from signer.algorithms import PublicKey
from signer.keys.backend import KeyBackend, Signer
from signer.receipt import Receipt

KEY_ID = "receipts"


@dataclass(frozen=True, slots=True)
class _Desk:
    signer: Signer
    header: str


class ReceiptDesk:
    """Signs receipts. ``signer`` gives the newest version of the receipt key; ``seconds`` is how long an extract may be
    relied on."""

    def __init__(self, hub: str, signer: Callable[[], Signer], seconds: int = 30 * 86_400) -> None:
        self.hub = hub
        self.seconds = seconds
        self._signer = signer
        self._desk: _Desk | None = None

    def sign(self, receipt: Receipt) -> str:
        """The receipt as a compact JWS. Raises ``SignerError`` if the key cannot be used."""
        signer = self._signer()
        desk = self._desk
        if desk is None or desk.signer is not signer:
            desk = self._desk = _Desk(signer, receipts.encode_header(signer.kid, signer.alg))
        return receipts.sign(receipt, desk.header, desk.signer.sign)

    def expiry(self, call: Call, until: int) -> int:
        """When an extract made now must not be relied on any more: with its case at the latest (0: it has no end)."""
        expires = call.now + self.seconds
        return min(expires, until) if until else expires


class ReceiptKeys:
    """The public keys of every version of the receipt key, by ``kid``."""

    def __init__(self, keys: KeyBackend, key_id: str = KEY_ID) -> None:
        self._keys = keys
        self._key_id = key_id
        self._known: tuple[str, Mapping[str, PublicKey]] = ("", {})

    def current(self) -> Mapping[str, PublicKey]:
        """All versions that this process knows of; read again when the newest has changed."""
        newest = self._keys.signer(self._key_id).kid
        if self._known[0] != newest:
            versions = self._keys.versions(self._key_id)
            self._known = (newest, {info.kid: info.public for info in versions if info.kid and info.public})
        return self._known[1]


def receipt_number() -> str:
    """A new receipt's number: 128 random bits in hex."""
    return secrets.token_hex(16)
