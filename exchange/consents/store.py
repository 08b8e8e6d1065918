"""Where presentations are kept: durable records, so that a code has one winner on any machine (ADR 0017).

Rules:
1. ``presentation``/id: the holder's tag (16 bytes), then the presentation sealed under the holder's data key.
2. ``presentation_code``/tag of a code: the presentation's id; inserted once and never changed.
3. ``presentation_fallback``/case id: tags of eight digits, and of wrong tries, which are never forgotten.
"""

from exchange.cache import RecordCache
from exchange.consents.presentation import Fallback, Presentation, decode_fallback, decode_presentation, encode
from storage.blind import BlindIndex
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

PRESENTATION = "presentation"
CODE = "presentation_code"
FALLBACK = "presentation_fallback"
_TAG_BYTES = 16


class PresentationStore:
    """Reads and writes of presentations; ``blind`` makes the tags of codes."""

    def __init__(self, records: Records, vault: Vault, blind: BlindIndex, cache_size: int = 5_000) -> None:
        self._vault = vault
        self.blind = blind
        self.presentations: RecordCache[Presentation] = RecordCache(records, PRESENTATION, self._open, cache_size)
        self.codes: RecordCache[str] = RecordCache(records, CODE, _text, cache_size)
        self.fallbacks: RecordCache[Fallback] = RecordCache(records, FALLBACK, _fallback, cache_size)

    def write(self, presentation: Presentation, key: DataKey, version: int) -> Insert | Replace:
        """The change that stores a presentation over record version ``version`` (0: there is none)."""
        sealed = key.seal(encode(presentation), f"{PRESENTATION}/{presentation.id}".encode())
        body = bytes.fromhex(key.owner) + sealed
        if version == 0:
            return Insert(PRESENTATION, presentation.id, body)
        return Replace(PRESENTATION, presentation.id, version, body)

    def point(self, tag: str, presentation: str) -> Insert:
        """The change that lets a presentation be found by its code's tag."""
        return Insert(CODE, tag, presentation.encode())

    def write_fallback(self, case: str, fallback: Fallback, version: int) -> Insert | Replace:
        """The change that stores a case's fallback over record version ``version`` (0: there is none)."""
        body = encode(fallback)
        return Replace(FALLBACK, case, version, body) if version else Insert(FALLBACK, case, body)

    def _open(self, record: Record) -> Presentation:
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        return decode_presentation(key.open(record.body[_TAG_BYTES:], f"{record.kind}/{record.key}".encode()))


def _text(record: Record) -> str:
    return record.body.decode()


def _fallback(record: Record) -> Fallback:
    return decode_fallback(record.body)
