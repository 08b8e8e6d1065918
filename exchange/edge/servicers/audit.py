"""AuditService."""

from collections.abc import Callable, Iterator

from google.protobuf.message import Message
from onceonly.v1 import access_record_pb2
from onceonly.v1 import audit_service_pb2 as pb

from exchange.audit.entry import OUTCOME_NAMES, parse
from exchange.audit.errors import JournalError
from exchange.audit.indexer import TAGS
from exchange.audit.queries import AccessRecord
from exchange.call import Call
from exchange.edge.convert.values import label
from exchange.edge.paging import PageTokens
from exchange.errors import InvalidError, Violation
from exchange.oversight.export import ExportPlan, export_parts, plan_export
from exchange.oversight.questions import (
    AccessQuestion,
    ItemExplanation,
    OversightRoom,
    checkpoint,
    consistency_proof,
    explain_decision,
    get_access_record,
    inclusion_proof,
    list_access_records,
    receipt,
    summarise_accesses,
)
from exchange.purpose.decision import Allow

_DEFAULT_ROWS = 100
_PREFIX = "accessRecords/"


class AuditServicer:
    """Answers auditors under a mandate."""

    def __init__(self, room: OversightRoom, tokens: PageTokens, clock: Callable[[], float]) -> None:
        self._room = room
        self._tokens = tokens
        self._clock = clock

    def list_access_records(self, call: Call, request: pb.ListAccessRecordsRequest) -> pb.ListAccessRecordsResponse:
        query = b"ListAccessRecords\0" + request.filter.SerializeToString(deterministic=True)
        asked = self._tokens.asked(call.caller.name, query, request)
        page = list_access_records(
            call,
            self._room,
            _question(request.filter),
            before=int(asked.after) if asked.after else None,
            limit=asked.limit,
        )
        key = "" if page.next_before is None else str(page.next_before)
        return pb.ListAccessRecordsResponse(
            records=[_record(record) for record in page.records],
            next_page_token=asked.token(key),
            indexed_through=page.indexed_through,
        )

    def get_access_record(self, call: Call, request: pb.GetAccessRecordRequest) -> pb.GetAccessRecordResponse:
        record = get_access_record(call, self._room, _index(request.name), request.mandate)
        return pb.GetAccessRecordResponse(record=_record(record))

    def explain_decision(self, call: Call, request: pb.ExplainDecisionRequest) -> pb.ExplainDecisionResponse:
        record, items = explain_decision(call, self._room, _index(request.name), request.mandate)
        return pb.ExplainDecisionResponse(record=_record(record), items=[_explanation(item) for item in items])

    def summarise_accesses(self, call: Call, request: pb.SummariseAccessesRequest) -> pb.SummariseAccessesResponse:
        summary = summarise_accesses(
            call, self._room, _question(request.filter), by=request.by, limit=request.limit or _DEFAULT_ROWS
        )
        return pb.SummariseAccessesResponse(
            counts=[
                pb.AccessCount(value=value.hex() if request.by in TAGS else value.decode(errors="replace"), count=count)
                for value, count in summary.counts
            ],
            indexed_through=summary.indexed_through,
        )

    def get_checkpoint(self, call: Call, request: pb.GetCheckpointRequest) -> pb.GetCheckpointResponse:  # noqa: ARG002 has no fields
        return pb.GetCheckpointResponse(
            checkpoint=checkpoint(call, self._room), verifier_key=self._room.log.verifier_key
        )

    def get_inclusion_proof(self, call: Call, request: pb.GetInclusionProofRequest) -> pb.GetInclusionProofResponse:
        proof = inclusion_proof(call, self._room, request.index, request.tree_size)
        return pb.GetInclusionProofResponse(
            index=proof.index,
            tree_size=proof.tree_size,
            leaf_hash=proof.leaf_hash,
            hashes=proof.hashes,
            checkpoint=proof.checkpoint,
        )

    def get_receipt(self, call: Call, request: pb.GetReceiptRequest) -> pb.GetReceiptResponse:
        kept = receipt(call, self._room, request.index, request.commitment)
        return pb.GetReceiptResponse(
            receipt=kept.text, verifier_key=self._room.log.verifier_key, cosigned=kept.cosigned
        )

    def get_consistency_proof(
        self, call: Call, request: pb.GetConsistencyProofRequest
    ) -> pb.GetConsistencyProofResponse:
        proof = consistency_proof(call, self._room, request.old_size, request.new_size)
        return pb.GetConsistencyProofResponse(old_size=proof.old_size, new_size=proof.new_size, hashes=proof.hashes)

    def export_access_records(self, call: Call, request: pb.ExportAccessRecordsRequest) -> Message:
        """Plan the export; ``export_parts`` streams it once the plan is recorded."""
        plan = plan_export(
            call, self._room, request.mandate, ExportPlan(request.start_index, request.end_index, request.format)
        )
        return pb.ExportAccessRecordsRequest(start_index=plan.start, end_index=plan.end, format=plan.format)

    def export_parts(self, plan: Message) -> Iterator[Message]:
        """The pieces of a planned export, ending with the signed manifest."""
        assert isinstance(plan, pb.ExportAccessRecordsRequest)
        for part in export_parts(
            self._room, ExportPlan(plan.start_index, plan.end_index, plan.format), int(self._clock())
        ):
            if isinstance(part, bytes):
                yield pb.ExportAccessRecordsResponse(data=part)
            else:
                yield pb.ExportAccessRecordsResponse(manifest=part)


def _index(name: str) -> int:
    digits = name.removeprefix(_PREFIX)
    if not name.startswith(_PREFIX) or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise InvalidError((Violation("name", "must be accessRecords/{index}", "应为 accessRecords/{index}"),))
    return int(digits)


def _question(message: pb.AccessFilter) -> AccessQuestion:
    return AccessQuestion(
        mandate=message.mandate,
        start_time=message.start_time.seconds,
        end_time=message.end_time.seconds,
        department=message.department,
        operator=message.operator,
        matter=message.matter,
        case=message.case,
        licence=message.licence,
        licence_type=message.licence_type,
        purpose=message.purpose,
        outcome=OUTCOME_NAMES.get(message.outcome, ""),
        reason=message.reason,
        method=message.method,
        holder_tag=message.holder_tag,
    )


def _record(record: AccessRecord) -> pb.AccessRecord:
    """The record as auditors see it; one that this hub cannot read has its place and commitment only."""
    message = pb.AccessRecord(name=f"{_PREFIX}{record.index}", index=record.index, commitment=record.commitment)
    try:
        entry: access_record_pb2.AccessEntry = parse(record.entry)
    except JournalError:  # of a later version, or damaged: the rest of the page is still to be seen
        return message
    entry.ClearField("sealed")
    entry.ClearField("sealed_owner")  # a tag for life, which would join what the yearly tags keep apart
    message.entry.CopyFrom(entry)
    return message


def _explanation(item: ItemExplanation) -> pb.ItemExplanation:
    explanation = item.explanation
    return pb.ItemExplanation(
        requirement=item.requirement,
        guards=[
            pb.GuardResult(
                guard=finding.guard,
                step=finding.step,
                held=finding.held,
                reason=finding.reason.value if finding.reason else "",
                message=label(finding.text),
            )
            for finding in explanation.findings
        ],
        agrees=explanation.agrees,
        allowed_fields=explanation.decision.fields if isinstance(explanation.decision, Allow) else (),
        facts=item.facts,
    )
