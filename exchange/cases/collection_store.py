"""Where it is kept how cases were collected: ``case_collection``/case id, sealed as the case is."""

import json
from dataclasses import asdict

from exchange.cache import RecordCache
from exchange.entities.collection import Collection
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

COLLECTION = "case_collection"

_TAG_BYTES = 16


class CollectionStore:
    """Reads and writes of collections; ``cache_size`` bounds the cache of decoded records."""

    def __init__(self, records: Records, vault: Vault, cache_size: int) -> None:
        self._vault = vault
        self.collections: RecordCache[Collection] = RecordCache(records, COLLECTION, self._decoded, cache_size)

    def written(self, collection: Collection, key: DataKey, version: int) -> Insert | Replace:
        """The change that stores a collection over record version ``version`` (0: there is none)."""
        content = json.dumps(asdict(collection), sort_keys=True, separators=(",", ":")).encode()
        body = bytes.fromhex(key.owner) + key.seal(content, _context(collection.case))
        if version == 0:
            return Insert(COLLECTION, collection.case, body)
        return Replace(COLLECTION, collection.case, version, body)

    def _decoded(self, record: Record) -> Collection:
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        try:
            return Collection(**json.loads(key.open(record.body[_TAG_BYTES:], _context(record.key))))
        except (ValueError, TypeError) as error:
            raise CorruptError("a stored collection does not decode: restore it from a backup") from error


def _context(key: str) -> bytes:
    return f"{COLLECTION}/{key}".encode()
