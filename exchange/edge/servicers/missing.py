"""The methods of CaseService for evidence that the hub does not have."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.call import Call
from exchange.cases.committing import commit_evidence
from exchange.cases.deferring import FindAvailable, defer_evidence
from exchange.cases.exclusion import lift_exclusion
from exchange.cases.handing_in import get_material, submit_evidence
from exchange.cases.material_store import MaterialStore
from exchange.cases.room import CaseRoom
from exchange.edge.convert.cases import case_message, parse_case_name
from exchange.edge.convert.missing import line_name, material_message, matter_code, new_deferral, new_promise, upload
from exchange.edge.convert.values import label, timestamp


class MissingEvidence:
    """What counters do about a line that cannot be fetched."""

    def __init__(self, room: CaseRoom, materials: MaterialStore, find_available: FindAvailable) -> None:
        self._cases = room
        self._materials = materials
        self._find_available = find_available

    def defer_evidence(self, call: Call, request: pb.DeferEvidenceRequest) -> pb.DeferEvidenceResponse:
        deferred = defer_evidence(
            call,
            self._cases,
            self._materials,
            self._find_available,
            parse_case_name(request.case, "case"),
            request.etag,
            new_deferral(request),
            validate_only=request.validate_only,
        )
        return pb.DeferEvidenceResponse(
            case=case_message(deferred.view),
            text=label(deferred.text),
            text_digest=deferred.text_digest,
            deadline=timestamp(deferred.deadline),
        )

    def commit_evidence(self, call: Call, request: pb.CommitEvidenceRequest) -> pb.CommitEvidenceResponse:
        committed = commit_evidence(
            call,
            self._cases,
            self._materials,
            self._find_available,
            parse_case_name(request.case, "case"),
            request.etag,
            line_name(request.line),
            new_promise(request.promise),
            validate_only=request.validate_only,
        )
        return pb.CommitEvidenceResponse(
            case=case_message(committed.view), text=label(committed.text), text_digest=committed.text_digest
        )

    def submit_evidence(self, call: Call, request: pb.SubmitEvidenceRequest) -> pb.SubmitEvidenceResponse:
        view = submit_evidence(
            call,
            self._cases,
            self._materials,
            parse_case_name(request.case, "case"),
            (matter_code(request.matter), request.requirement),
            upload(request),
        )
        return pb.SubmitEvidenceResponse(case=case_message(view))

    def get_material(self, call: Call, request: pb.GetMaterialRequest) -> pb.GetMaterialResponse:
        case = parse_case_name(request.case, "case")
        material, content = get_material(call, self._cases, self._materials, case, request.digest)
        return pb.GetMaterialResponse(material=material_message(material), content=content)

    def lift_deferral_exclusion(
        self, call: Call, request: pb.LiftDeferralExclusionRequest
    ) -> pb.LiftDeferralExclusionResponse:
        lift_exclusion(call, self._cases, parse_case_name(request.case, "case"), request.reason)
        return pb.LiftDeferralExclusionResponse()
