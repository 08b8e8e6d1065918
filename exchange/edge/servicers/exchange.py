"""ExchangeService: the main job."""

from onceonly.v1 import exchange_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.values import label, log_position, put_field_values
from exchange.edge.errors import outward, reason_name
from exchange.entities.catalogue import Label
from exchange.licences.exchange_room import ExchangeRoom, Extract, FetchRequest, RefusedLine
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.room import licence_name
from exchange.reasons import TEXTS


class ExchangeServicer:
    """Releases the evidence that cases need."""

    def __init__(self, room: ExchangeRoom) -> None:
        self._room = room

    def fetch_licence(self, call: Call, request: pb.FetchLicenceRequest) -> pb.FetchLicenceResponse:
        case = parse_case_name(request.case, "case")
        asked = FetchRequest(case, request.requirement, tuple(request.fields), request.matter)
        fetched = fetch_licence(call, self._room, asked)
        return pb.FetchLicenceResponse(extract=_extract(fetched.extract), log_position=log_position(fetched.position))

    def fetch_evidence(self, call: Call, request: pb.FetchEvidenceRequest) -> pb.FetchEvidenceResponse:
        fetched = fetch_evidence(call, self._room, parse_case_name(request.case, "case"), tuple(request.requirements))
        return pb.FetchEvidenceResponse(
            results=[_result(result) for result in fetched.results], log_position=log_position(fetched.position)
        )


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
