"""Proof from the access log that a credential was issued, or an extract given out, and by when.

Rules:
1. The chain is: entry and salt give a commitment; the path leads from it to the root of a checkpoint; a key of the log
   that the trust list names signed that, and as many of the list's witnesses as its quorum says.
2. The entry must name the digest of the very credential (what its seal signed) or extract (its ``sd_hash``).
3. A time is known only from others: the time-stamp of a listed authority, or the quorum of the witnesses. The log's own
   word is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from onceonly.v1 import access_record_pb2 as pb

from exchange.audit.entry import parse
from exchange.audit.errors import AuditError
from exchange.audit.journal import MAX_ENTRY_BYTES, SALT_BYTES
from exchange.audit.proofs import Receipt, parse_receipt
from signer import base64url, merkle
from signer.commitment import commitment
from signer.cosignature import CosignedCheckpoint, WitnessKey, open_cosigned, parse_witness_vkey
from signer.credential import Proven
from signer.errors import FormatError, NoteError, SignerError
from signer.report import PASSED, Check, CheckName, failed, undecided
from signer.timestamp import check_response
from signer.trust_list import TrustList

MAX_PROOF_BYTES: Final = 64 * 1024

_NAME: Final = CheckName.LOG_INCLUSION
_ISSUING: Final = ("/IssueLicence", "/RenewLicence", "/AmendLicence", "/ImportLicences", "/DecideCase")
"""The calls that issue; a decision does where the result of its matter is a licence."""


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """What somebody hands over, unproven. ``proof`` is a C2SP tlog-proof@v1; ``stamp`` an RFC 3161 response over the
    bytes of its checkpoint, None: there is none."""

    entry: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    proof: str
    stamp: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry that is in the log. ``seen_time``: the Unix second by which others say it was, None: nobody does."""

    index: int
    commitment: bytes
    entry: pb.AccessEntry
    seen_time: int | None


def read_proof(text: str, stamp: bytes | None = None) -> LogEvidence:
    """A proof whose ``extra`` line carries salt ‖ entry, as packages of evidence have them. Raises FormatError
    (``LOG_PROOF_MALFORMED``)."""
    try:
        extra = parse_receipt(text).extra
    except AuditError as error:
        raise FormatError("LOG_PROOF_MALFORMED", str(error)) from error
    if len(extra) <= SALT_BYTES:
        raise FormatError("LOG_PROOF_MALFORMED", "the proof carries no entry in its extra line")
    return LogEvidence(extra[SALT_BYTES:], extra[:SALT_BYTES], text, stamp)


def proven_entry(evidence: LogEvidence, trust_list: TrustList) -> ProvenEntry | Check:
    """The entry, if it is in the log whose keys the trust list names; else why that is not shown. Raises nothing."""
    if len(evidence.salt) != SALT_BYTES or not 0 < len(evidence.entry) <= MAX_ENTRY_BYTES:
        return failed(_NAME, "LOG_PROOF_INVALID", "the entry or its salt has a length that none has")
    committed = commitment(evidence.salt, evidence.entry)
    try:
        receipt = parse_receipt(evidence.proof)
        cosigned = _included(receipt, committed, trust_list)
    except (AuditError, SignerError) as error:
        return failed(_NAME, "LOG_PROOF_INVALID", str(error))
    if isinstance(cosigned, Check):
        return cosigned
    try:
        seen = _seen_time(evidence, cosigned, trust_list)
        return ProvenEntry(receipt.index, committed, parse(evidence.entry), seen)
    except SignerError as error:
        return failed(_NAME, "LOG_TIMESTAMP_INVALID", str(error))
    except AuditError as error:
        return failed(_NAME, "LOG_ENTRY_INVALID", str(error))


def _included(receipt: Receipt, committed: bytes, trust_list: TrustList) -> CosignedCheckpoint | Check:
    """The checkpoint that covers a commitment; a check if who signed it is not known or not enough."""
    origin = receipt.checkpoint.partition("\n")[0]
    keys = [key for key in trust_list.log_keys() if key.name == origin]
    if not keys:
        return undecided(_NAME, "LOG_KEY_UNKNOWN", "the trust list names no key of that log")
    cosigned = open_cosigned(receipt.checkpoint, keys, _witnesses(trust_list), 0, origin=origin)
    checkpoint, leaf = cosigned.checkpoint, merkle.leaf_hash(committed)
    merkle.verify_inclusion(receipt.index, checkpoint.size, leaf, receipt.hashes, checkpoint.root)
    if len(cosigned.cosigners) < trust_list.quorum:
        found = f"{len(cosigned.cosigners)} of {trust_list.quorum} witnesses cosigned"
        return undecided(_NAME, "LOG_NOT_WITNESSED", found)
    return cosigned


def issue_recorded(found: ProvenEntry | Check, proven: Proven) -> Check:
    """Whether the entry records the issue of the credential that an extract or credential comes from."""
    if isinstance(found, Check):
        return found
    if not found.entry.method.endswith(_ISSUING):
        return failed(_NAME, "LOG_ENTRY_OTHER", "the entry records no issue of a licence")
    issuer = proven.licence.issuer
    return _names(
        found, signed_sha256(proven.issuer_jwt), [item for item in found.entry.items if item.issuer == issuer]
    )


def release_recorded(found: ProvenEntry | Check, proven: Proven, named: bytes | None) -> Check:
    """Whether the entry records that this very extract was given out; ``named`` is the commitment in its receipt."""
    if isinstance(found, Check):
        return found
    if named is not None and named != found.commitment:
        return failed(_NAME, "LOG_ENTRY_OTHER", "the receipt names another entry")
    return _names(found, base64url.decode(proven.sd_hash), found.entry.items)


def issued_by(found: ProvenEntry | Check | None, issuer_jwt: bytes) -> int | None:
    """By when the log shows that the credential had been issued (Unix seconds); None if it shows nothing.

    For a credential whose signature is checked elsewhere: only what it signs is compared here.
    """
    if found is None or isinstance(found, Check) or not found.entry.method.endswith(_ISSUING):
        return None
    digest = signed_sha256(issuer_jwt)
    named = any(item.response_digest == digest and item.outcome == pb.OUTCOME_ALLOWED for item in found.entry.items)
    return found.seen_time if named else None


def signed_sha256(issuer_jwt: bytes) -> bytes:
    """SHA-256 of what a compact JWS signs (RFC 7515 section 5.1)."""
    return sha256(issuer_jwt.rpartition(b".")[0]).digest()


def _names(found: ProvenEntry, digest: bytes, items: Iterable[pb.AccessItem]) -> Check:
    allowed = [item for item in items if item.outcome == pb.OUTCOME_ALLOWED]
    if any(item.response_digest == digest for item in allowed):
        return PASSED[_NAME]
    if allowed and not any(item.response_digest for item in allowed):
        return undecided(_NAME, "LOG_ENTRY_UNBOUND", f"entry {found.index} names no digest")
    return failed(_NAME, "LOG_ENTRY_OTHER", f"entry {found.index} names another digest")


def _witnesses(trust_list: TrustList) -> tuple[WitnessKey, ...]:
    return tuple(_known_witnesses(each.vkey for each in trust_list.witnesses))


def _known_witnesses(vkeys: Iterable[str]) -> Iterable[WitnessKey]:
    for vkey in vkeys:
        try:
            yield parse_witness_vkey(vkey)
        except NoteError:
            continue  # a type of key that this version does not know counts for nothing


def _seen_time(evidence: LogEvidence, cosigned: CosignedCheckpoint, trust_list: TrustList) -> int | None:
    """The earliest second by which somebody other than the log says that the checkpoint existed."""
    times: list[int] = []
    roots = [each.certificate for each in trust_list.timestamp_authorities]
    if evidence.stamp is not None and roots:
        times.append(check_response(evidence.stamp, cosigned.note.encode("utf-8"), roots))
    if trust_list.quorum >= 1:
        times.append(cosigned.seen_by(trust_list.quorum))
    return min(times, default=None)
