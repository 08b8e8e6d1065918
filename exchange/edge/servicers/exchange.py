"""ExchangeService: the main job."""

from onceonly.v1 import exchange_service_pb2 as pb

from exchange.call import Call
from exchange.cases.applications import ApplicationRoom
from exchange.edge.convert.applications import parse_application_name
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.extracts import bundle_result_message, extract_message, form_field_message, result_message
from exchange.edge.convert.purposes import asked_of
from exchange.edge.convert.values import log_position
from exchange.errors import InvalidError, Violation
from exchange.licences.bundle_fetch import fetch_bundle, prefill_application, prefill_case
from exchange.licences.exchange_room import (
    ExchangeRoom,
    FetchRequest,
)
from exchange.licences.fetch import fetch_evidence, fetch_licence
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
        return pb.FetchLicenceResponse(
            extract=extract_message(fetched.extract), log_position=log_position(fetched.position)
        )

    def fetch_evidence(self, call: Call, request: pb.FetchEvidenceRequest) -> pb.FetchEvidenceResponse:
        _check_subject(request.case, request.application)
        requirements = tuple(request.requirements)
        if request.application:
            name = parse_application_name(request.application, "application")
            bundle = fetch_bundle(call, self._room, self._applications, name, requirements)
            return pb.FetchEvidenceResponse(
                results=[bundle_result_message(one) for one in bundle.results],
                log_position=log_position(bundle.position),
                form=[form_field_message(field) for field in bundle.form],
            )
        fetched = fetch_evidence(call, self._room, parse_case_name(request.case, "case"), requirements)
        return pb.FetchEvidenceResponse(
            results=[result_message(result) for result in fetched.results],
            log_position=log_position(fetched.position),
            form=[form_field_message(field) for field in fetched.form],
        )

    def prefill_form(self, call: Call, request: pb.PrefillFormRequest) -> pb.PrefillFormResponse:
        _check_subject(request.case, request.application)
        if request.application:
            name = parse_application_name(request.application, "application")
            filled = prefill_application(call, self._room, self._applications, name)
        else:
            filled = prefill_case(call, self._room, parse_case_name(request.case, "case"))
        return pb.PrefillFormResponse(
            form=[form_field_message(field) for field in filled.form],
            refusals=[bundle_result_message(one) for one in filled.refusals],
            receipts=filled.receipts,
            log_position=log_position(filled.position),
        )

    def fetch_for_purpose(self, call: Call, request: pb.FetchForPurposeRequest) -> pb.FetchForPurposeResponse:
        fetched = fetch_for_purpose(call, self._warrants, asked_of(request))
        extract = extract_message(fetched.extract)
        return pb.FetchForPurposeResponse(extract=extract, log_position=log_position(fetched.position))


def _check_subject(case: str, application: str) -> None:
    if bool(case) == bool(application):
        en, zh = "give either a case or an application", "办件与申请应且仅应填写一项"
        raise InvalidError((Violation("case", en, zh),))
