"""What proves an entry of the access log to somebody outside: its bytes, its salt, and a proof up to a checkpoint.

Rules:
1. The entry is found through the index, and told by what it says: the item must carry the digest of the very credential
   or extract, else it is no proof of it.
2. The checkpoint is the earliest that covers the entry and was cosigned and time-stamped; where there is none, the
   latest that the log has published.
3. What is not indexed or published yet is a reason to try again, not a reason to leave it out.
"""

import base64
from dataclasses import dataclass
from typing import Final

from onceonly.v1 import access_record_pb2 as pb

from exchange.audit import journal
from exchange.audit.entry import Tagger, key_epoch, parse
from exchange.audit.errors import ProofError
from exchange.audit.indexer import Term
from exchange.audit.journal import JournalEntry
from exchange.audit.proofs import PROOF_HEADER, PublishedLog
from exchange.audit.queries import AccessFilter, AccessQueries
from exchange.entities.licence import Licence
from exchange.errors import UnavailableError
from exchange.evidence.openssl_files import note_files
from exchange.evidence.package import EvidenceFile
from exchange.reasons import Reason
from signer import base64url
from signer.checkpoint import parse_checkpoint
from signer.commitment import commitment
from signer.errors import NoteError
from signer.note import parse_note, parse_vkey
from signer.receipt import Receipt
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.interface import Records

STAMPED: Final = "log/stamped/"
COSIGNED: Final = "log/cosigned"
MAX_EXTRA: Final = 40 * 1024
"""A proof carries salt and entry in its ``extra`` line up to this size, and is then a proof by itself."""

_PAGE: Final = 200
_SECOND: Final = 1_000_000
_WAIT_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class LogRoom:
    """Where entries and proofs come from."""

    records: Records
    objects: Objects
    queries: AccessQueries
    log: PublishedLog
    tagger: Tagger


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A checkpoint's note with, perhaps, the time-stamp over its bytes."""

    note: str
    size: int
    stamp: bytes | None


def issue_entry(room: LogRoom, licence: Licence) -> JournalEntry | None:
    """The entry that records the issue of this licence's credential; None if the log has none that names it."""
    issued = licence.history[0].recorded_time
    tag = room.tagger.licence(licence.type_code, licence.identifier, key_epoch(issued * _SECOND))
    digest = bytes.fromhex(licence.signed_digest)
    return _found(room, ("licence", tag), issued, digest, None)


def fetch_entry(room: LogRoom, receipt: Receipt) -> JournalEntry | None:
    """The entry that a receipt of a release names; None if the log has none."""
    if receipt.case is None or receipt.sd_hash is None or receipt.commitment is None:
        return None
    tag = room.tagger.case(receipt.case, key_epoch(receipt.issue_time * _SECOND))
    return _found(room, ("case", tag), receipt.issue_time, base64url.decode(receipt.sd_hash), receipt.commitment)


def entry_files(room: LogRoom, folder: str, entry: JournalEntry) -> tuple[EvidenceFile, ...]:
    """The entry's files in ``folder``: ``entry.bin``, ``salt.bin``, ``commitment.bin``, ``proof.txt``, the checkpoint.

    Raises ``UnavailableError`` if the entry is not in the published log yet, ``LogCorruptError`` for bad tiles.
    """
    sealed = _covering(room, entry.index)
    try:
        path = room.log.inclusion(entry.index, sealed.size).hashes
    except ProofError as error:
        raise _later() from error
    key = parse_vkey(room.log.verifier_key)
    files = [
        EvidenceFile(f"{folder}/entry.bin", entry.entry),
        EvidenceFile(f"{folder}/salt.bin", entry.salt),
        EvidenceFile(f"{folder}/commitment.bin", commitment(entry.salt, entry.entry)),
        EvidenceFile(f"{folder}/proof.txt", _proof(entry, path, sealed.note).encode("utf-8")),
        EvidenceFile(f"{folder}/checkpoint.txt", sealed.note.encode("utf-8")),
        *note_files(f"{folder}/checkpoint", sealed.note, key),
    ]
    if sealed.stamp is not None:
        files.append(EvidenceFile(f"{folder}/timestamp.tsr", sealed.stamp))
    return tuple(files)


def _found(room: LogRoom, term: Term, time: int, digest: bytes, committed: bytes | None) -> JournalEntry | None:
    """The entry of that second with an allowed item of that digest (and that commitment)."""
    before: int | None = None
    while True:
        asked = AccessFilter((term,), time * _SECOND, (time + 1) * _SECOND)
        page = room.queries.list(asked, frozenset(), before=before, limit=_PAGE)
        for record in page.records:
            if committed in {None, record.commitment} and _carries(record.entry, digest):
                return journal.entry_at(room.records, record.index)
        if page.next_before is None:
            if page.indexed_through < room.records.journal_length():
                raise _later()
            return None
        before = page.next_before


def _carries(entry: bytes, digest: bytes) -> bool:
    items = parse(entry).items
    return any(item.response_digest == digest and item.outcome == pb.OUTCOME_ALLOWED for item in items)


def _covering(room: LogRoom, index: int) -> _Sealed:
    """The earliest time-stamped checkpoint over a position, else the cosigned one, else the latest."""
    names = room.objects.names(STAMPED, after=f"{STAMPED}{index:020d}/z", limit=1)
    if names:
        folder = names[0].rpartition("/")[0]
        stamped = _read(room, f"{folder}/checkpoint", f"{folder}/timestamp.tsr")
        if stamped is not None and stamped.size > index:
            return stamped
    cosigned = _read(room, COSIGNED, "")
    if cosigned is not None and cosigned.size > index:
        return cosigned
    try:
        latest, note = room.log.checkpoint()
    except ProofError as error:
        raise _later() from error
    return _Sealed(note, latest.size, None)


def _read(room: LogRoom, name: str, stamp_name: str) -> _Sealed | None:
    """A checkpoint kept as an object; None if it is not there, or no checkpoint."""
    try:
        note = room.objects.get(name).decode("utf-8")
        size = parse_checkpoint(parse_note(note).text).size
    except (ObjectNotFoundError, UnicodeDecodeError, NoteError):
        return None
    try:
        stamp = room.objects.get(stamp_name) if stamp_name else None
    except ObjectNotFoundError:
        stamp = None
    return _Sealed(note, size, stamp)


def _proof(entry: JournalEntry, path: tuple[bytes, ...], note: str) -> str:
    """A C2SP tlog-proof@v1 whose ``extra`` is salt ‖ entry, unless that is too long for it."""
    extra = entry.salt + entry.entry
    lines = [PROOF_HEADER]
    if len(extra) <= MAX_EXTRA:
        lines.append(f"extra {base64.b64encode(extra).decode()}")
    lines.append(f"index {entry.index}")
    lines += [base64.b64encode(node).decode() for node in path]
    return "\n".join(lines) + "\n\n" + note


def _later() -> UnavailableError:
    return UnavailableError(Reason.AUDIT_UNAVAILABLE, _WAIT_SECONDS)
