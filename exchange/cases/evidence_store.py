"""Where it is kept what became of the evidence of a case, and who may defer none for a time.

Rules:
1. ``case_evidence``/case id: every line of which something is known, in one record, so that one read and one
   expectation at commit tell what is in and what is still out. Sealed under the data key of the case's owner. Indexed
   under ``waits`` while a deferred line is waited for: the codes of the case's matters. Records of before there was
   this index are not found by it.
2. ``deferral_exclusion``/owner tag: until when the applicant may defer nothing. Sealed under that owner's data key.
3. That a line was fetched is told by the durable counter of its uses, which only grows.
"""

import json
from dataclasses import dataclass

from exchange.cache import RecordCache
from exchange.cases.evidence_codec import decode_evidence, encode_evidence
from exchange.cases.uses import uses_counter
from exchange.entities.evidence import LineEvidence
from storage.errors import CorruptError
from storage.records.changes import IndexEntry, Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

EVIDENCE = "case_evidence"
EXCLUSION = "deferral_exclusion"

_WAITS = "waits"
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Until when its holder may defer nothing, and the case whose deferral lapsed."""

    until_time: int
    case: str


class EvidenceStore:
    """Reads and writes of evidence records; ``cache_size`` bounds each of the caches of decoded records."""

    def __init__(self, records: Records, vault: Vault, cache_size: int) -> None:
        self._records = records
        self._vault = vault
        self.lines: RecordCache[tuple[LineEvidence, ...]] = RecordCache(
            records, EVIDENCE, lambda record: decode_evidence(self._opened(record)), cache_size
        )
        self.exclusions: RecordCache[Exclusion] = RecordCache(
            records, EXCLUSION, lambda record: _exclusion(self._opened(record)), cache_size
        )

    def is_fetched(self, case: str, matter: str, requirement: str) -> bool:
        """Whether the line was ever released for the case."""
        return self._records.counter(uses_counter(case, matter, requirement)) > 0

    def write_lines(
        self, case: str, lines: tuple[LineEvidence, ...], matters: frozenset[str], key: DataKey, version: int
    ) -> Insert | Replace:
        """The change that stores a case's lines over record version ``version`` (0: there is none).

        ``matters``: the codes of the case's matters.
        """
        waits = any(line.waits for line in lines)
        indexes = tuple((_WAITS, matter.encode()) for matter in sorted(matters)) if waits else ()
        return _written(EVIDENCE, case, encode_evidence(lines), key, version, indexes)

    def waiting(self, matter: str, *, after: str, limit: int) -> list[str]:
        """Ids of cases of the matter that wait for a deferred line, oldest first."""
        found = self._records.find(EVIDENCE, _WAITS, matter.encode(), after=after, limit=limit)
        return [record.key for record in found]

    def write_exclusion(self, exclusion: Exclusion, key: DataKey, version: int) -> Insert | Replace:
        """The change that excludes the key's owner over record version ``version`` (0: there is none)."""
        body = json.dumps([exclusion.until_time, exclusion.case]).encode()
        return _written(EXCLUSION, key.owner, body, key, version)

    def _opened(self, record: Record) -> bytes:
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        return key.open(record.body[_TAG_BYTES:], _context(record.kind, record.key))


def _written(
    kind: str, name: str, content: bytes, key: DataKey, version: int, indexes: tuple[IndexEntry, ...] = ()
) -> Insert | Replace:
    body = bytes.fromhex(key.owner) + key.seal(content, _context(kind, name))
    return Replace(kind, name, version, body, indexes) if version else Insert(kind, name, body, indexes)


def _context(kind: str, key: str) -> bytes:
    return f"{kind}/{key}".encode()


def _exclusion(content: bytes) -> Exclusion:
    try:
        until_time, case = json.loads(content)
        return Exclusion(int(until_time), str(case))
    except (ValueError, TypeError) as error:
        raise CorruptError("a stored exclusion does not decode: restore it from a backup") from error
