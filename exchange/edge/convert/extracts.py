"""What a fetch answers: extracts, refusals, and the form that they fill."""

from onceonly.v1 import exchange_service_pb2 as pb

from exchange.catalogue.names import format_entry_name
from exchange.edge.convert.values import field_value_message, label, put_field_values, timestamp
from exchange.edge.errors import outward, reason_name
from exchange.entities.catalogue import EntityKind, Label
from exchange.licences.exchange_room import BundleResult, Extract, FormField, RefusedLine, ServedLine
from exchange.licences.room import licence_name
from exchange.reasons import TEXTS


def bundle_result_message(one: BundleResult) -> pb.EvidenceResult:
    message = result_message(one.outcome)
    message.lines.extend(_line(line) for line in one.lines)
    return message


def _line(line: ServedLine) -> pb.ServedLine:
    matter = format_entry_name(EntityKind.MATTER, line.matter) if line.matter else ""
    return pb.ServedLine(case=f"cases/{line.case}", matter=matter, requirement=line.requirement)


def form_field_message(field: FormField) -> pb.FormField:
    message = pb.FormField(name=field.name, conflict=field.value is None)
    if field.value is not None:
        message.value.CopyFrom(field_value_message(field.value))
    for source in field.sources:
        added = message.sources.add(
            line=_line(source.line),
            licence=licence_name(source.licence_type, source.identifier),
            licence_version=source.version,
            issue_time=timestamp(source.issue_time),
        )
        added.value.CopyFrom(field_value_message(source.value))
    return message


def extract_message(extract: Extract) -> pb.Extract:
    message = pb.Extract(
        requirement=extract.requirement,
        licence=licence_name(extract.licence_type, extract.identifier),
        presentation=extract.presentation,
        receipt=extract.receipt,
        second_signature=extract.second_signature,
    )
    put_field_values(message.fields, extract.fields)
    put_field_values(message.prefill, extract.prefill)
    return message


def result_message(result: Extract | RefusedLine) -> pb.EvidenceResult:
    if isinstance(result, Extract):
        return pb.EvidenceResult(requirement=result.requirement, extract=extract_message(result))
    reasons = outward(result.reasons)
    return pb.EvidenceResult(
        requirement=result.requirement,
        refusal=pb.Refusal(
            reasons=[reason_name(reason) for reason in reasons],
            messages=[label(Label(TEXTS[reason].zh, TEXTS[reason].en)) for reason in reasons],
            receipt=result.receipt,
        ),
    )
