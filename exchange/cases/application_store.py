"""Where applications are kept, sealed as cases are under the data key of their applicant.

Rules:
1. ``application``/id: the owner's tag (16 bytes), then the sealed application. Written once.
2. ``application_number``/tag of (opening department, number): inserted once, so a number is never given twice.
"""

import json
from dataclasses import asdict
from typing import Final

from exchange.cache import RecordCache
from exchange.entities.application import Application
from storage.blind import BlindIndex
from storage.errors import CorruptError
from storage.records.changes import Insert
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

APPLICATION: Final = "application"
NUMBER: Final = "application_number"

_TAG_BYTES: Final = 16


class ApplicationStore:
    """Reads and writes of applications; ``cache_size`` bounds each of the caches of decoded records."""

    def __init__(self, records: Records, vault: Vault, blind: BlindIndex, cache_size: int = 20_000) -> None:
        self._vault = vault
        self._blind = blind
        self.applications: RecordCache[Application] = RecordCache(records, APPLICATION, self._open, cache_size)
        self.numbers: RecordCache[str] = RecordCache(records, NUMBER, _text, cache_size)

    def number_key(self, department: str, number: str) -> str:
        """The key under which an application's number is taken by the department that opens it."""
        return self._blind.tag("application number", f"{department}/{number}").hex()

    def write(self, application: Application, key: DataKey) -> tuple[Insert, Insert]:
        """The changes that store a new application under its owner's key, and take its number."""
        content = json.dumps(asdict(application), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        body = bytes.fromhex(key.owner) + key.seal(content, _context(application.id))
        number = self.number_key(application.department, application.number)
        return Insert(APPLICATION, application.id, body), Insert(NUMBER, number, application.id.encode())

    def _open(self, record: Record) -> Application:
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        try:
            members = json.loads(key.open(record.body[_TAG_BYTES:], _context(record.key)))
            return Application(**{**members, "cases": tuple(members["cases"])})
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptError("a stored application does not decode: restore it from a backup") from error


def _context(application: str) -> bytes:
    return f"{APPLICATION}/{application}".encode()


def _text(record: Record) -> str:
    return record.body.decode()
