"""Where imports are kept.

Rules:
1. ``import``/department/import id: how far it has come. It names nobody.
2. ``import_issue``/department/import id/row: a row that waits for a person, under the data key of its first holder.
   Indexed under ``import_issues``: department/import id.
3. ``foreign_identifier``/blind tag: the hub's own identifier of the licence that has that identifier elsewhere, and
   its departures from the standard.
"""

import json
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from exchange.cache import RecordCache
from exchange.call import Call
from exchange.entities.back_fill import Import, ImportIssue, ImportOutcome, SourceLicence
from exchange.entities.licence import Holder, LicenceState, Provenance, RevocationCause
from exchange.licences.codec import field_value, plain
from exchange.licences.store import LicenceStore
from storage.blind import BlindIndex
from storage.errors import CorruptError, ErasedError
from storage.records.changes import Change, Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import Vault

IMPORT: Final = "import"
ISSUE: Final = "import_issue"
ISSUES: Final = "import_issues"
FOREIGN: Final = "foreign_identifier"
_TAG_BYTES: Final = 16


class ImportStore:
    """Reads and writes of imports and their issues."""

    def __init__(
        self, records: Records, vault: Vault, blind: BlindIndex, licences: LicenceStore, cache_size: int = 1_000
    ) -> None:
        self._records = records
        self._vault = vault
        self._blind = blind
        self._licences = licences
        self.imports: RecordCache[Import] = RecordCache(records, IMPORT, _decode_import, cache_size)
        self.issues: RecordCache[ImportIssue] = RecordCache(records, ISSUE, self._open_issue, cache_size)

    def put(self, found: Import, version: int) -> Change:
        """The change that puts an import in place of record version ``version`` (0: there was none)."""
        key, body = (
            import_key(found.department, found.import_id),
            _dump({name: getattr(found, name) for name in Import.__slots__} | {"totals": dict(found.totals)}),
        )
        return Replace(IMPORT, key, version, body) if version else Insert(IMPORT, key, body)

    def put_issue(self, call: Call, issue: ImportIssue, version: int = 0) -> Change:
        """The change that puts an issue; raises ``ErasedError`` if its holder's data were erased."""
        owner = self._licences.owner(issue.source.holders[0])
        department = call.caller.department.uscc
        key = issue_key(department, issue.import_id, issue.row)
        sealed = bytes.fromhex(owner) + call.data_key(owner).seal(_encode_issue(issue), key.encode())
        indexes = ((ISSUES, import_key(department, issue.import_id).encode()),)
        return Replace(ISSUE, key, version, sealed, indexes) if version else Insert(ISSUE, key, sealed, indexes)

    def listed(self, department: str, import_id: str, *, after: str, limit: int) -> tuple[list[ImportIssue], str]:
        """Issues of an import by row, and the key to read on after; those of erased holders are left out."""
        value = import_key(department, import_id).encode()
        rows = self._records.find(ISSUE, ISSUES, value, after=after, limit=limit + 1)
        found = []
        for row in rows[:limit]:
            try:
                found.append(self._open_issue(row))
            except ErasedError:
                continue
        return found, rows[limit - 1].key if len(rows) > limit else ""

    def foreign_taken(self, identifiers: Sequence[str]) -> set[str]:
        """Those of at most 1,000 foreign identifiers that a licence here has already."""
        keys = {identifier: self._foreign_key(identifier) for identifier in identifiers}
        there = self._records.get_many(FOREIGN, list(keys.values()))
        return {identifier for identifier, key in keys.items() if key in there}

    def put_foreign(self, foreign: str, identifier: str, quality: tuple[str, ...]) -> Insert:
        """The change that keeps a foreign identifier beside the hub's own."""
        return Insert(FOREIGN, self._foreign_key(foreign), " ".join((identifier, *quality)).encode())

    def _foreign_key(self, identifier: str) -> str:
        return self._blind.tag("foreign identifier", identifier).hex()

    def _open_issue(self, record: Record) -> ImportIssue:
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        return _decode_issue(key.open(record.body[_TAG_BYTES:], record.key.encode()))


def import_key(department: str, import_id: str) -> str:
    """The key of an import's record."""
    return f"{department}/{import_id}"


def issue_key(department: str, import_id: str, row: int) -> str:
    """The key of an issue's record; in the order of rows."""
    return f"{department}/{import_id}/{row:012d}"


def _decode_import(record: Record) -> Import:
    try:
        data = json.loads(record.body)
        return Import(
            **data | {"provenance": Provenance(data["provenance"]), "totals": MappingProxyType(data["totals"])}
        )
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptError("a stored import does not decode") from error


def _encode_issue(issue: ImportIssue) -> bytes:
    source = {name: getattr(issue.source, name) for name in SourceLicence.__slots__}
    source["holders"] = [[one.id_type, one.id_number, one.name] for one in issue.source.holders]
    source["fields"] = {name: plain(value) for name, value in issue.source.fields.items()}
    return _dump({name: getattr(issue, name) for name in ImportIssue.__slots__} | {"source": source})


def _decode_issue(body: bytes) -> ImportIssue:
    try:
        data = json.loads(body)
        source: dict[str, Any] = data["source"]
        source |= {
            "holders": tuple(Holder(*row) for row in source["holders"]),
            "fields": MappingProxyType({name: field_value(value) for name, value in source["fields"].items()}),
            "state": LicenceState(source["state"]),
            "cause": RevocationCause(source["cause"]),
        }
        members = {
            "source": SourceLicence(**source),
            "outcome": ImportOutcome(data["outcome"]),
            "provenance": Provenance(data["provenance"]),
        }
        return ImportIssue(**data | members)
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptError("a stored issue of an import does not decode") from error


def _dump(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
