"""Exports of a range of the log, as JSON Lines or CSV, with a signed manifest.

Rules:
1. An export shows tags, never raw identifiers: ``sealed`` is left out.
2. The manifest (a JWS of type ``onceonly-export+jwt``) binds the range, the count, the checkpoint it was made under and
   the SHA-256 of the file, so that a file cut short or edited is noticed without the hub.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

from google.protobuf.json_format import MessageToDict
from onceonly.v1 import access_record_pb2 as pb

from exchange.audit import journal
from exchange.audit.entry import OUTCOME_NAMES, parse
from exchange.audit.errors import ProofError
from exchange.audit.journal import JournalEntry
from exchange.audit.proofs import PublishedLog
from signer import jws
from signer.algorithms import PublicKey
from signer.commitment import commitment
from signer.errors import SignerError
from signer.jws import SignFunction
from signer.strict_json import canonical, load_object
from storage.errors import LimitExceededError
from storage.records.interface import Records

MANIFEST_TYPE = "onceonly-export+jwt"
MAX_ENTRIES = 1_000_000
PIECE_BYTES = 64 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    *("index", "time", "method", "outcome", "reasons", "request_id", "department", "system", "operator_tag"),
    *("purpose", "matter", "matter_revision", "case_tag", "evidence_object", "resource", "region"),
    *("licence_types", "holder_tags", "licence_tags", "fields_released", "response_digest", "commitment"),
)


class ExportFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds: positions ``first`` ≤ i < ``end``; ``sha256`` of the file in hex; ``time`` in seconds."""

    first: int
    end: int
    count: int
    format: str
    sha256: str
    checkpoint: str
    time: int


@dataclass(frozen=True, slots=True)
class ManifestKey:
    """The key that signs manifests: ``kid`` names it, ``alg`` is its JOSE algorithm."""

    kid: str
    alg: str
    sign: SignFunction


class RangeExport:
    """One export: read ``pieces`` to the end, then ask for the ``manifest``."""

    def __init__(
        self, records: Records, log: PublishedLog, *, first: int, end: int, export_format: ExportFormat, now: int
    ) -> None:
        """``end`` 0: up to the latest checkpoint. ``now`` in seconds.

        Raises ``LimitExceededError`` for a range that is empty, over 1,000,000 entries or beyond the checkpoint.
        """
        checkpoint, note = log.checkpoint()
        self._end = end or checkpoint.size
        if not 0 <= first < self._end <= checkpoint.size or self._end - first > MAX_ENTRIES:
            raise LimitExceededError(
                f"export of {first} to {self._end}: must hold 1 to {MAX_ENTRIES} of {checkpoint.size} published entries"
            )
        self._records = records
        self._first = first
        self._format = export_format
        self._note = note
        self._now = now
        self._hash = hashlib.sha256()
        self._count = 0
        self._complete = False

    @property
    def end(self) -> int:
        """The position after the last that is exported."""
        return self._end

    def pieces(self) -> Iterator[bytes]:
        """The file's bytes in order, at most 64 KiB each. Raises ``JournalError`` or ``StorageError``."""
        pending = bytearray()
        for line in self._lines():
            pending += line
            while len(pending) >= PIECE_BYTES:
                yield self._hashed(pending)
        while pending:
            yield self._hashed(pending)
        self._complete = self._count == self._end - self._first

    def manifest(self, key: ManifestKey) -> str:
        """The signed manifest of what ``pieces`` gave. Raises ``ProofError`` before it gave everything."""
        if not self._complete:
            raise ProofError("the export is not complete: there is nothing to sign yet")
        claims = {
            "checkpoint": self._note,
            "count": self._count,
            "end": self._end,
            "first": self._first,
            "format": str(self._format),
            "sha256": self._hash.hexdigest(),
            "time": self._now,
        }
        header = {"alg": key.alg, "kid": key.kid, "typ": MANIFEST_TYPE}
        return jws.sign(header, canonical(claims), key.sign)

    def _hashed(self, pending: bytearray) -> bytes:
        piece = bytes(pending[:PIECE_BYTES])
        del pending[:PIECE_BYTES]
        self._hash.update(piece)
        return piece

    def _lines(self) -> Iterator[bytes]:
        if self._format is ExportFormat.CSV:
            yield _csv_line(_COLUMNS)
        for item in journal.read(self._records, self._first, self._end):
            self._count += 1
            yield _csv_line(_row(item)) if self._format is ExportFormat.CSV else _json_line(item)


def verify_manifest(token: str, keys: Mapping[str, PublicKey], alg: str, file: Iterable[bytes]) -> Manifest:
    """Check a manifest's signature and that the file's bytes are those it names; ``keys`` by ``kid``.

    Raises ``ProofError`` otherwise. Does not check the checkpoint inside: verify that with the log's own key.
    """
    try:
        claims = load_object(jws.verify(token, keys, typ=MANIFEST_TYPE, alg=alg).payload, max_bytes=64 * 1024)
    except SignerError as error:
        raise ProofError(f"the manifest is not signed by a known key: {error}") from error
    manifest = _manifest(claims)
    digest = hashlib.sha256()
    for piece in file:
        digest.update(piece)
    if digest.hexdigest() != manifest.sha256:
        raise ProofError("the file's bytes are not those that the manifest was signed for")
    return manifest


def _manifest(claims: dict[str, object]) -> Manifest:
    if set(claims) != {field.name for field in fields(Manifest)}:
        raise ProofError("the manifest has other members than an export's")
    manifest = Manifest(
        first=_number(claims["first"]),
        end=_number(claims["end"]),
        count=_number(claims["count"]),
        format=_text(claims["format"]),
        sha256=_text(claims["sha256"]),
        checkpoint=_text(claims["checkpoint"]),
        time=_number(claims["time"]),
    )
    if manifest.count != manifest.end - manifest.first or not _SHA256.fullmatch(manifest.sha256):
        raise ProofError("the manifest contradicts itself")
    return manifest


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProofError("the manifest's positions, count and time are whole numbers")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ProofError("the manifest's format, digest and checkpoint are texts")
    return value


def _json_line(item: JournalEntry) -> bytes:
    message = _shown(item)
    line = {
        "commitment": commitment(item.salt, item.entry).hex(),
        "entry": MessageToDict(message, preserving_proto_field_name=True),
        "index": item.index,
    }
    return canonical(line) + b"\n"


def _row(item: JournalEntry) -> tuple[object, ...]:
    entry = _shown(item)
    moment = datetime.fromtimestamp(entry.time_us // 1_000_000, UTC).replace(microsecond=entry.time_us % 1_000_000)
    return (
        *(item.index, moment.isoformat(), entry.method, OUTCOME_NAMES.get(entry.outcome, "unspecified")),
        *(" ".join(entry.reasons), entry.request_id, entry.department, entry.system, entry.operator_tag.hex()),
        *(entry.purpose, entry.matter, entry.matter_revision, entry.case_tag.hex(), entry.evidence_object),
        *(entry.resource, entry.region, " ".join(line.licence_type for line in entry.items)),
        *(" ".join(line.holder_tag.hex() for line in entry.items),),
        *(" ".join(line.licence_tag.hex() for line in entry.items),),
        *(" ".join(name for line in entry.items for name in line.fields_released),),
        *(entry.response_digest.hex(), commitment(item.salt, item.entry).hex()),
    )


def _shown(item: JournalEntry) -> pb.AccessEntry:
    message = parse(item.entry)
    message.ClearField("sealed")
    message.ClearField("sealed_owner")
    return message


def _csv_line(values: Iterable[object]) -> bytes:
    """RFC 4180; a leading apostrophe keeps a spreadsheet from running a text as a formula."""
    buffer = io.StringIO()
    texts = (str(value) for value in values)
    csv.writer(buffer).writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in texts])
    return buffer.getvalue().encode()
