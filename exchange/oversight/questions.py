"""Auditors' questions as use cases: each under a mandate, each itself an entry of the log."""

import hmac
from dataclasses import dataclass
from typing import Final

from exchange.audit import journal
from exchange.audit.entry import OUTCOME_NAMES, Tagger, key_epoch, parse
from exchange.audit.errors import ProofError
from exchange.audit.export import ManifestKey
from exchange.audit.indexer import DIMENSIONS, Term
from exchange.audit.proofs import ConsistencyProof, InclusionProof, KeptReceipt, PublishedLog
from exchange.audit.queries import FOREVER_US, AccessFilter, AccessPage, AccessQueries, AccessRecord, AccessSummary
from exchange.call import Call
from exchange.entities.catalogue import EntityKind
from exchange.errors import InvalidError, NotFoundError, UnavailableError, Violation
from exchange.oversight.mandate import MandateDesk, scope_under
from exchange.purpose.codec import read
from exchange.purpose.explanation import Explanation, RecordedOutcome, explain
from exchange.reasons import Reason
from signer.commitment import COMMITMENT_BYTES
from signer.commitment import commitment as entry_commitment
from storage.records.interface import Records

_RECEIPT_SECONDS: Final = 2
"""When to ask again for a receipt: checkpoints come every second."""


@dataclass(frozen=True, slots=True)
class OversightRoom:
    """What auditors' questions need."""

    desk: MandateDesk
    records: Records
    queries: AccessQueries
    log: PublishedLog
    tagger: Tagger
    manifest_key: ManifestKey


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """A filter as the auditor gives it: raw names, times in seconds since 1970 (UTC), 0 or empty where not set."""

    mandate: str
    start_time: int = 0
    end_time: int = 0
    department: str = ""
    operator: str = ""
    matter: str = ""
    case: str = ""
    licence: str = ""
    licence_type: str = ""
    purpose: str = ""
    outcome: str = ""
    reason: str = ""
    method: str = ""
    holder_tag: bytes = b""


@dataclass(frozen=True, slots=True)
class ItemExplanation:
    """The decision about one requirement line, run again, and the facts it ran on (canonical JSON)."""

    requirement: str
    explanation: Explanation
    facts: str


def list_access_records(
    call: Call, room: OversightRoom, question: AccessQuestion, *, before: int | None, limit: int
) -> AccessPage:
    """A page of records, newest first. Raises ``RefusedError`` outside the mandate, ``InvalidError``."""
    scope = _scope(call, room, question)
    return room.queries.list(_filter(call, room.tagger, question), scope, before=before, limit=limit)


def summarise_accesses(
    call: Call, room: OversightRoom, question: AccessQuestion, *, by: str, limit: int
) -> AccessSummary:
    """Counts by one of ``DIMENSIONS``. Raises ``RefusedError`` outside the mandate, ``InvalidError``."""
    scope = _scope(call, room, question)
    if by not in DIMENSIONS:
        names = ", ".join(DIMENSIONS)
        raise InvalidError((Violation("by", f"must be one of {names}", f"应为以下之一：{names}"),))
    return room.queries.summarise(by, _filter(call, room.tagger, question), scope, limit=limit)


def get_access_record(call: Call, room: OversightRoom, index: int, mandate: str) -> AccessRecord:
    """One record. Raises ``NotFoundError`` beyond the log or outside the mandate, which look alike."""
    scope = scope_under(call, room.desk, mandate, frozenset())
    call.draft.resource = f"accessRecords/{index}"
    record = room.queries.get(index, scope)
    if record is None:
        raise NotFoundError(Reason.ACCESS_RECORD_NOT_FOUND, "accessRecords", f"accessRecords/{index}")
    return record


def explain_decision(
    call: Call, room: OversightRoom, index: int, mandate: str
) -> tuple[AccessRecord, tuple[ItemExplanation, ...]]:
    """A record and each of its decisions run again. Raises as ``get_access_record``."""
    record = get_access_record(call, room, index, mandate)
    return record, explain_entry(record.entry)


def explain_entry(entry: bytes) -> tuple[ItemExplanation, ...]:
    """Each decision of an entry run again from its recorded facts; items without facts were not decided."""
    explained: list[ItemExplanation] = []
    for item in parse(entry).items:
        if not item.facts:
            continue
        facts, licence = read(item.facts)
        explanation = explain(
            facts,
            licence,
            RecordedOutcome(OUTCOME_NAMES[item.outcome]),
            tuple(Reason(reason) for reason in item.reasons),
            tuple(item.fields_released),
        )
        explained.append(ItemExplanation(item.requirement, explanation, item.facts.decode()))
    return tuple(explained)


def checkpoint(call: Call, room: OversightRoom) -> str:
    """The latest signed checkpoint. Raises ``UnavailableError`` on a hub so young that it has none yet."""
    call.draft.resource = "log"
    try:
        return room.log.note()
    except ProofError as error:
        raise UnavailableError(Reason.AUDIT_UNAVAILABLE) from error


def inclusion_proof(call: Call, room: OversightRoom, index: int, tree_size: int) -> InclusionProof:
    """Proof that an entry is in the log. Raises ``InvalidError`` beyond the published tree."""
    call.draft.resource = f"accessRecords/{index}"
    try:
        return room.log.inclusion(index, tree_size)
    except ProofError as error:
        raise _beyond("index") from error


def consistency_proof(call: Call, room: OversightRoom, old_size: int, new_size: int) -> ConsistencyProof:
    """Proof that a smaller log is a prefix of a larger one. Raises ``InvalidError`` beyond the published tree."""
    call.draft.resource = "log"
    try:
        return room.log.consistency(old_size, new_size)
    except ProofError as error:
        raise _beyond("old_size") from error


def receipt(call: Call, room: OversightRoom, index: int, commitment: bytes) -> KeptReceipt:
    """The proof of an access for whoever received its commitment; no mandate is asked for.

    Raises ``NotFoundError`` where the log does not hold this commitment, which tells nobody whether it holds another,
    and ``UnavailableError(RECEIPT_NOT_READY)`` until a checkpoint covers it.
    """
    name = f"accessRecords/{index}"
    call.draft.resource = name
    if len(commitment) != COMMITMENT_BYTES:
        text = f"must be {COMMITMENT_BYTES} bytes", f"应为{COMMITMENT_BYTES}字节"
        raise InvalidError((Violation("commitment", *text),))
    try:
        held, published = room.log.commitment(index), True
    except ProofError:
        held, published = _recorded_commitment(room.records, index), False
    if not hmac.compare_digest(held, commitment):
        raise NotFoundError(Reason.RECEIPT_NOT_FOUND, "accessRecords", name)
    if not published:
        raise UnavailableError(Reason.RECEIPT_NOT_READY, _RECEIPT_SECONDS)
    return room.log.kept_receipt(index)


def _recorded_commitment(records: Records, index: int) -> bytes:
    """The commitment of an entry that is in the journal alone; empty beyond its end."""
    if not 0 <= index < records.journal_length():
        return b""
    item = next(iter(journal.read(records, index, index + 1)))
    return entry_commitment(item.salt, item.entry)


def _beyond(field: str) -> InvalidError:
    return InvalidError((Violation(field, "lies outside the published log", "超出已公布的日志范围"),))


def _scope(call: Call, room: OversightRoom, question: AccessQuestion) -> frozenset[str]:
    asked = frozenset({question.department}) if question.department else frozenset[str]()
    return scope_under(call, room.desk, question.mandate, asked)


def _filter(call: Call, tagger: Tagger, question: AccessQuestion) -> AccessFilter:
    """The filter in the index's terms; names of people, cases and licences become tags of the question's year."""
    violations: list[Violation] = []
    if question.operator and not question.department:
        violations.append(Violation("filter.operator", "needs filter.department", "须同时指定部门"))
    if question.end_time and question.end_time <= question.start_time:
        violations.append(Violation("filter.end_time", "must be after start_time", "须晚于开始时间"))
    licence = question.licence.split("/")
    if question.licence and (len(licence) != 4 or licence[0] != EntityKind.LICENCE_TYPE):
        violations.append(
            Violation(
                "filter.licence",
                "must be licenceTypes/{code}/licences/{identifier}",
                "应为 licenceTypes/{code}/licences/{identifier}",
            )
        )
    if violations:
        raise InvalidError(tuple(violations))
    epoch = key_epoch(question.start_time * 1_000_000 if question.start_time else call.now_us)
    plain = (
        ("department", question.department),
        ("matter", question.matter),
        ("licence_type", question.licence_type),
        ("purpose", question.purpose),
        ("outcome", question.outcome),
        ("reason", question.reason),
        ("method", question.method),
    )
    terms: list[Term] = [(name, value.encode()) for name, value in plain if value]
    if question.operator:
        terms.append(("operator", tagger.operator(question.department, question.operator, epoch)))
    if question.case:
        terms.append(("case", tagger.case(question.case.removeprefix("cases/"), epoch)))
    if question.licence:
        terms.append(("licence", tagger.licence(licence[1], licence[3], epoch)))
    if question.holder_tag:
        terms.append(("holder", question.holder_tag))
    start = question.start_time * 1_000_000
    end = question.end_time * 1_000_000 if question.end_time else FOREVER_US
    return AccessFilter(tuple(terms), start, end)
