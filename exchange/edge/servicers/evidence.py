"""EvidenceService."""

from onceonly.v1 import evidence_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.licences import parse_licence_name
from exchange.edge.convert.values import log_position
from exchange.evidence.case_package import HeldExtract, export_case_evidence
from exchange.evidence.licence_package import export_licence_evidence
from exchange.evidence.package import EvidenceFile
from exchange.evidence.room import EvidenceRoom


class EvidenceServicer:
    """Hands out packages that prove what a department holds."""

    def __init__(self, room: EvidenceRoom) -> None:
        self._room = room

    def export_licence_evidence(
        self, call: Call, request: pb.ExportLicenceEvidenceRequest
    ) -> pb.ExportLicenceEvidenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        package = export_licence_evidence(
            call, self._room, type_code, identifier, reason=request.reason, at_time=request.at_time.seconds
        )
        return pb.ExportLicenceEvidenceResponse(
            files=_files(package.files), log_position=log_position(package.position)
        )

    def export_case_evidence(self, call: Call, request: pb.ExportCaseEvidenceRequest) -> pb.ExportCaseEvidenceResponse:
        extracts = tuple(HeldExtract(each.credential, each.receipt, each.second_signature) for each in request.extracts)
        package = export_case_evidence(
            call, self._room, parse_case_name(request.name), reason=request.reason, extracts=extracts
        )
        return pb.ExportCaseEvidenceResponse(files=_files(package.files), log_position=log_position(package.position))


def _files(files: tuple[EvidenceFile, ...]) -> list[pb.EvidenceFile]:
    return [pb.EvidenceFile(name=each.name, content=each.content) for each in files]
