"""ExchangeService: the main job."""

from onceonly.v1 import exchange_service_pb2 as pb

from exchange.call import Call
from exchange.cases.applications import ApplicationRoom
from exchange.catalogue.names import format_entry_name
from exchange.edge.convert.applications import parse_application_name
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.purposes import asked_of
from exchange.edge.convert.values import field_value_message, label, log_position, put_field_values, timestamp
from exchange.edge.errors import outward, reason_name
from exchange.entities.catalogue import EntityKind, Label
from exchange.errors import InvalidError, Violation
from exchange.licences.bundle_fetch import fetch_bundle, prefill_application, prefill_case
from exchange.licences.exchange_room import (
    BundleResult,
    ExchangeRoom,
    Extract,
    FetchRequest,
    FormField,
    RefusedLine,
    ServedLine,
)
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.room import licence_name
from exchange.reasons import TEXTS
from exchange.warrants.fetch import fetch_for_purpose
from exchange.warrants.room import WarrantRoom


class ExchangeServicer:
    """Releases the evidence that cases need, and what may be read outside one."""

    def __init__(self, room: ExchangeRoom, applications: ApplicationRoom, warrants: WarrantRoom) -> None:
        self._room = room
        self._applications = applications
        self._warrants = warrants

    def fetch_licence(self, call: Call, request: pb.FetchLicenceRequest) -> pb.FetchLicenceResponse:
        case = parse_case_name(request.case, "case")
        asked = FetchRequest(case, request.requirement, tuple(request.fields), request.matter)
        fetched = fetch_licence(call, self._room, asked)
        return pb.FetchLicenceResponse(extract=_extract(fetched.extract), log_position=log_position(fetched.position))

    def fetch_evidence(self, call: Call, request: pb.FetchEvidenceRequest) -> pb.FetchEvidenceResponse:
        _check_subject(request.case, request.application)
        requirements = tuple(request.requirements)
        if request.application:
            name = parse_application_name(request.application, "application")
            bundle = fetch_bundle(call, self._room, self._applications, name, requirements)
            return pb.FetchEvidenceResponse(
                results=[_bundle_result(one) for one in bundle.results],
                log_position=log_position(bundle.position),
                form=[_form_field(field) for field in bundle.form],
            )
        fetched = fetch_evidence(call, self._room, parse_case_name(request.case, "case"), requirements)
        return pb.FetchEvidenceResponse(
            results=[_result(result) for result in fetched.results],
            log_position=log_position(fetched.position),
            form=[_form_field(field) for field in fetched.form],
        )

    def prefill_form(self, call: Call, request: pb.PrefillFormRequest) -> pb.PrefillFormResponse:
        _check_subject(request.case, request.application)
        if request.application:
            name = parse_application_name(request.application, "application")
            filled = prefill_application(call, self._room, self._applications, name)
        else:
            filled = prefill_case(call, self._room, parse_case_name(request.case, "case"))
        return pb.PrefillFormResponse(
            form=[_form_field(field) for field in filled.form],
            refusals=[_bundle_result(one) for one in filled.refusals],
            receipts=filled.receipts,
            log_position=log_position(filled.position),
        )

    def fetch_for_purpose(self, call: Call, request: pb.FetchForPurposeRequest) -> pb.FetchForPurposeResponse:
        fetched = fetch_for_purpose(call, self._warrants, asked_of(request))
        extract = _extract(fetched.extract)
        return pb.FetchForPurposeResponse(extract=extract, log_position=log_position(fetched.position))


def _check_subject(case: str, application: str) -> None:
    if bool(case) == bool(application):
        en, zh = "give either a case or an application", "办件与申请应且仅应填写一项"
        raise InvalidError((Violation("case", en, zh),))


def _bundle_result(one: BundleResult) -> pb.EvidenceResult:
    message = _result(one.outcome)
    message.lines.extend(_line(line) for line in one.lines)
    return message


def _line(line: ServedLine) -> pb.ServedLine:
    matter = format_entry_name(EntityKind.MATTER, line.matter) if line.matter else ""
    return pb.ServedLine(case=f"cases/{line.case}", matter=matter, requirement=line.requirement)


def _form_field(field: FormField) -> pb.FormField:
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


def _extract(extract: Extract) -> pb.Extract:
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


def _result(result: Extract | RefusedLine) -> pb.EvidenceResult:
    if isinstance(result, Extract):
        return pb.EvidenceResult(requirement=result.requirement, extract=_extract(result))
    reasons = outward(result.reasons)
    return pb.EvidenceResult(
        requirement=result.requirement,
        refusal=pb.Refusal(
            reasons=[reason_name(reason) for reason in reasons],
            messages=[label(Label(TEXTS[reason].zh, TEXTS[reason].en)) for reason in reasons],
            receipt=result.receipt,
        ),
    )
