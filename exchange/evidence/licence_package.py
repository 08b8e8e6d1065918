"""Evidence of one licence, for the authority that issued it.

Rules:
1. Only the issuing authority exports its licence; to any other department it does not exist.
2. The reason is required, and stands sealed in the record of the export, which is durable before anything leaves.
3. The status is stated as of the time asked about, now or in the past; never in the future.
"""

from hashlib import sha256

from exchange.audit.entry import ItemDraft, Outcome
from exchange.call import Call
from exchange.entities.licence import Licence
from exchange.errors import InvalidError, NotFoundError, Violation
from exchange.evidence.log_parts import issue_entry
from exchange.evidence.package import Kind
from exchange.evidence.parts import ItemParts, whole
from exchange.evidence.room import EvidenceRoom, Package, purpose_problems
from exchange.evidence.statements import PURPOSE, status_statement
from exchange.licences.lifecycle import own_licence
from exchange.licences.room import licence_name
from exchange.reasons import Reason
from signer import base64url
from storage.errors import ErasedError


def export_licence_evidence(
    call: Call, room: EvidenceRoom, type_code: str, identifier: str, *, reason: str, at_time: int
) -> Package:
    """The package of a licence of the caller's own; its status is stated for ``at_time`` (Unix seconds, 0: now).

    Raises ``InvalidError``, ``NotFoundError``, ``UnavailableError`` while its entry is not in the published log yet,
    and what ``Call.commit`` raises.
    """
    # 1 The request is right, and the licence the caller's own.
    problems = purpose_problems(reason)
    if not 0 <= at_time <= call.now:
        problems.append(Violation("at_time", "must not lie in the future", "不得晚于当前时间"))
    if problems:
        raise InvalidError(tuple(problems))
    licence, _ = own_licence(call, room.licences, type_code, identifier)
    call.draft.raw["reason"] = reason
    call.draft.purpose = PURPOSE
    # 2 Its credential, and the entry that records its issue.
    credential = _credential(room, licence)
    digest = sha256(credential.encode("ascii")).digest()
    issued = issue_entry(room.log, licence)
    # 3 The record of this export, whose commitment the statement of the status carries.
    _note(call, digest)
    prepared = call.prepare(Outcome.ALLOWED, (), digest)
    time = at_time or call.now
    statement = status_statement(call, room.receipts, licence, base64url.encode(digest), time, prepared.commitment)
    parts = ItemParts(
        folder="items/1",
        kind=Kind.CREDENTIAL,
        time=time,
        credential=credential,
        statement=statement,
        issued=issued,
        second=room.licences.store.second(licence.digest) or "",
    )
    subject = licence_name(type_code, identifier)
    files = whole(room.log, room.licences.hub, subject, reason, call.now, (parts,), room.roots)
    # 4 Nothing leaves before the record is durable.
    return Package(files, call.commit(prepared))


def _credential(room: EvidenceRoom, licence: Licence) -> str:
    try:
        return room.licences.store.credential(licence.digest)[0]
    except ErasedError as error:
        name = licence_name(licence.type_code, licence.identifier)
        raise NotFoundError(Reason.LICENCE_NOT_FOUND, "licences", name) from error


def _note(call: Call, digest: bytes) -> None:
    """The record's item, which names the licence already, says what left."""
    item: ItemDraft = call.draft.items[0]
    item.response_digest = digest
