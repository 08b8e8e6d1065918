"""Evidence of a case, for the department whose case it is: what it was given, and that it was.

Rules:
1. The hub keeps neither extracts nor receipts. The department brings those that it holds, and nothing of a licence is
   released anew: what leaves besides are proofs.
2. Each receipt must be this hub's own, of this case, and of the very extract beside it; else the request is refused.
3. The reason is required, and stands sealed in the record of the export, which is durable before anything leaves.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from exchange.audit.entry import ItemDraft, Outcome, key_epoch
from exchange.call import Call, Prepared
from exchange.cases.room import find_case
from exchange.entities.licence import Licence
from exchange.errors import InvalidError, Violation
from exchange.evidence.log_parts import fetch_entry, issue_entry
from exchange.evidence.package import MAX_ITEMS, Kind
from exchange.evidence.parts import ItemParts, whole
from exchange.evidence.room import EvidenceRoom, Package, purpose_problems
from exchange.evidence.statements import PURPOSE, status_statement
from signer import base64url
from signer import receipt as receipts
from signer.errors import SignerError
from signer.identifier import parse_foreign
from signer.receipt import Act, Receipt
from storage.errors import CorruptError, ErasedError


@dataclass(frozen=True, slots=True)
class HeldExtract:
    """An extract as the department kept it; ``second`` empty: no second signature came with it."""

    credential: str = field(repr=False)
    receipt: str
    second: str


@dataclass(frozen=True, slots=True)
class _Proven:
    """An extract whose receipt is this hub's own; ``licence`` None where its record is gone."""

    held: HeldExtract
    receipt: Receipt
    digest: bytes
    licence: Licence | None


def export_case_evidence(
    call: Call, room: EvidenceRoom, case_id: str, *, reason: str, extracts: tuple[HeldExtract, ...]
) -> Package:
    """The package of extracts that were fetched for a case of the caller's.

    Raises what ``find_case`` raises, ``InvalidError`` for extracts that are not of the case, ``UnavailableError`` while
    their entries are not in the published log yet, and what ``Call.commit`` raises.
    """
    # 1 The case is the caller's, and the request is right.
    find_case(call, room.cases, case_id)
    problems = purpose_problems(reason)
    if not 1 <= len(extracts) <= MAX_ITEMS:
        problems.append(Violation("extracts", f"must be 1 to {MAX_ITEMS}", f"须为1至{MAX_ITEMS}项"))
    if problems:
        raise InvalidError(tuple(problems))
    # 2 Each extract is what its receipt says, and was fetched for this case.
    proven = _proven(call, room, case_id, extracts)
    call.draft.raw["reason"] = reason
    call.draft.purpose = PURPOSE
    # 3 The record of this export, whose commitment the statements carry.
    for one in proven:
        _note(call, room, one)
    prepared = call.prepare(Outcome.ALLOWED, (), sha256(b"".join(one.digest for one in proven)).digest())
    items = tuple(_parts(call, room, number, one, prepared) for number, one in enumerate(proven, 1))
    files = whole(room.log, room.licences.hub, f"cases/{case_id}", reason, call.now, items, room.roots)
    # 4 Nothing leaves before the record is durable.
    return Package(files, call.commit(prepared))


def _proven(call: Call, room: EvidenceRoom, case_id: str, extracts: tuple[HeldExtract, ...]) -> tuple[_Proven, ...]:
    found: list[_Proven] = []
    problems: list[Violation] = []
    for place, held in enumerate(extracts):
        receipt = _receipt(room, held.receipt, case_id)
        digest = sha256(held.credential.encode("ascii", "replace")).digest()
        if receipt is None:
            en, zh = "must be a receipt of this hub for this case", "须为本平台为该办件出具的回执"
            problems.append(Violation(f"extracts[{place}].receipt", en, zh))
        elif receipt.sd_hash != base64url.encode(digest):
            en, zh = "must be the extract that the receipt was given for", "须为该回执对应的加注件"
            problems.append(Violation(f"extracts[{place}].credential", en, zh))
        else:
            found.append(_Proven(held, receipt, digest, _licence(call, room, receipt)))
    if problems:
        raise InvalidError(tuple(problems))
    return tuple(found)


def _receipt(room: EvidenceRoom, text: str, case_id: str) -> Receipt | None:
    """The receipt of a release for the case; None for anything else."""
    try:
        receipt = receipts.verify(text, room.receipt_keys.current(), at=None)
    except SignerError:
        return None
    return receipt if receipt.act is Act.RELEASED and case_id in {receipt.case, *receipt.cases} else None


def _licence(call: Call, room: EvidenceRoom, receipt: Receipt) -> Licence | None:
    """The record of the licence that a receipt names; None if it was erased."""
    store = room.licences.store
    try:
        licence = call.read(store.licences, receipt.licence or "").value
        if licence is not None:
            call.data_key(store.owner(licence.holders[0]))  # one in memory may have been erased meanwhile
    except ErasedError:
        return None
    return licence


def _note(call: Call, room: EvidenceRoom, one: _Proven) -> None:
    """The record's item: what the receipt names, by tag."""
    epoch = key_epoch(call.now_us)
    identifier = one.receipt.licence or ""
    type_code = parse_foreign(identifier).type
    item = call.draft.item(
        ItemDraft(
            licence_type=type_code,
            licence_tag=room.licences.tagger.licence(type_code, identifier, epoch),
            response_digest=one.digest,
        )
    )
    if one.licence is not None:
        holder = one.licence.holders[0]
        item.issuer = one.licence.issuing_authority
        item.licence_version = one.licence.version
        item.holder_tag = room.licences.tagger.holder(holder.id_type, holder.id_number, epoch)


def _parts(call: Call, room: EvidenceRoom, number: int, one: _Proven, prepared: Prepared) -> ItemParts:
    fetched = fetch_entry(room.log, one.receipt)
    if fetched is None:  # this hub signed the receipt, so the log must have it
        raise CorruptError("the access log lacks the fetch that a receipt of this hub names")
    statement = None
    if one.licence is not None:
        sd_hash = base64url.encode(one.digest)
        statement = status_statement(
            call, room.receipts, one.licence, sd_hash, one.receipt.issue_time, prepared.commitment
        )
    return ItemParts(
        folder=f"items/{number}",
        kind=Kind.EXTRACT,
        time=one.receipt.issue_time,
        credential=one.held.credential,
        statement=statement,
        issued=issue_entry(room.log, one.licence) if one.licence is not None else None,
        fetched=fetched,
        receipt=one.held.receipt,
        second=one.held.second,
    )
