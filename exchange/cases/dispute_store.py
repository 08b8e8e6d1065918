"""Where disputes are kept: ``dispute``/id, sealed under the data key of the licence's holder.

Indexed under ``asking`` and ``issuer``: the USCCs of the two departments. Ids sort by the time of opening.
"""

import json
from dataclasses import asdict

from exchange.cache import RecordCache
from exchange.entities.dispute import Dispute, DisputeKind, DisputeState
from exchange.entities.licence import Holder
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

DISPUTE = "dispute"
ASKING = "asking"
ISSUER = "issuer"

_TAG_BYTES = 16


class DisputeStore:
    """Reads and writes of disputes; ``cache_size`` bounds the cache of decoded records."""

    def __init__(self, records: Records, vault: Vault, cache_size: int) -> None:
        self._records = records
        self._vault = vault
        self.disputes: RecordCache[Dispute] = RecordCache(records, DISPUTE, self.decoded, cache_size)

    def listed(self, side: str, department: str, *, after: str, limit: int) -> list[Record]:
        """Records of the disputes of a department on one side (ASKING or ISSUER), oldest first."""
        return self._records.find(DISPUTE, side, department.encode(), after=after, limit=limit)

    def decoded(self, record: Record) -> Dispute:
        """The dispute in a record. Raises ``ErasedError`` if its holder's data key was destroyed."""
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        content = key.open(record.body[_TAG_BYTES:], _context(record.key))
        try:
            members = json.loads(content)
            members |= {
                "kind": DisputeKind(members["kind"]),
                "state": DisputeState(members["state"]),
                "fields": tuple(members["fields"]),
                "holder": Holder(**members["holder"]),
            }
            return Dispute(**members)
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptError("a stored dispute does not decode: restore it from a backup") from error

    def written(self, dispute: Dispute, key: DataKey, version: int) -> Insert | Replace:
        """The change that stores a dispute over record version ``version`` (0: there is none)."""
        content = json.dumps(asdict(dispute), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        body = bytes.fromhex(key.owner) + key.seal(content, _context(dispute.id))
        indexes = ((ASKING, dispute.asking_department.encode()), (ISSUER, dispute.issuer.encode()))
        if version == 0:
            return Insert(DISPUTE, dispute.id, body, indexes)
        return Replace(DISPUTE, dispute.id, version, body, indexes)


def _context(key: str) -> bytes:
    return f"{DISPUTE}/{key}".encode()
