"""CaseService."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.call import Call
from exchange.cases.claiming import claim_case
from exchange.cases.collecting import hand_over_case
from exchange.cases.consent import record_consent, revoke_consent
from exchange.cases.lifecycle import accept_case, withdraw_case
from exchange.cases.material_store import MaterialStore
from exchange.cases.open import open_case
from exchange.cases.overdue import list_overdue_cases
from exchange.cases.procedures import resume_clock, stop_clock
from exchange.cases.read import get_case, list_cases
from exchange.cases.regions import result_of
from exchange.cases.representing import end_representation, record_representation, revoke_representation
from exchange.cases.room import CaseRoom, CaseView
from exchange.edge.convert.cases import (
    case_message,
    case_query,
    consent_message,
    evidence_check_message,
    new_case,
    new_consent,
    parse_case_name,
    parse_consent_name,
    query_bytes,
)
from exchange.edge.convert.clocks import figure_message
from exchange.edge.convert.representations import named_party, recorded_representation
from exchange.edge.convert.results import decided_message, decision, result_message
from exchange.edge.convert.values import label
from exchange.edge.paging import PageTokens
from exchange.edge.servicers.missing import MissingEvidence
from exchange.edge.servicers.ratings import RatingCalls
from exchange.licences.availability import availability
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_words import notice_of
from exchange.licences.exchange_room import ExchangeRoom
from exchange.results.decide import decide_case, get_result
from exchange.results.room import ResultRoom


class CaseServicer(MissingEvidence, RatingCalls):
    """What counters do with cases."""

    def __init__(
        self,
        room: CaseRoom,
        exchange_room: ExchangeRoom,
        tokens: PageTokens,
        materials: MaterialStore,
        result_room: ResultRoom,
    ) -> None:
        MissingEvidence.__init__(self, room, materials, availability(exchange_room))
        self._room = room
        self._exchange_room = exchange_room
        self._tokens = tokens
        self._result_room = result_room
        self._ratings = result_room.ratings

    def open_case(self, call: Call, request: pb.OpenCaseRequest) -> pb.OpenCaseResponse:
        return pb.OpenCaseResponse(case=case_message(open_case(call, self._room, new_case(request.case))))

    def get_case(self, call: Call, request: pb.GetCaseRequest) -> pb.GetCaseResponse:
        view = get_case(call, self._room, parse_case_name(request.name))
        case = case_message(view)
        result = get_result(call, self._result_room, view.case.id)
        if result is not None:
            case.result.CopyFrom(result_message(result_of(self._room, view.case, result)))
        return pb.GetCaseResponse(case=case)

    def list_cases(self, call: Call, request: pb.ListCasesRequest) -> pb.ListCasesResponse:
        query = case_query(request)
        asked = self._tokens.asked(call.caller.name, query_bytes(query), request)
        page = list_cases(call, self._room, after=asked.after, limit=asked.limit, query=query)
        return pb.ListCasesResponse(
            cases=[case_message(view, parties=False) for view in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def check_evidence(self, call: Call, request: pb.CheckEvidenceRequest) -> pb.CheckEvidenceResponse:
        case, situations = parse_case_name(request.case, "case"), frozenset(request.situations)
        checks = check_evidence(call, self._exchange_room, case, situations)
        notice = notice_of(checks)
        return pb.CheckEvidenceResponse(
            checks=[evidence_check_message(check) for check in checks],
            notice=pb.EvidenceNotice(text=label(notice.text), digest=notice.digest),
        )

    def accept_case(self, call: Call, request: pb.AcceptCaseRequest) -> pb.AcceptCaseResponse:
        view = accept_case(call, self._room, parse_case_name(request.name), request.etag)
        return pb.AcceptCaseResponse(case=case_message(view))

    def decide_case(self, call: Call, request: pb.DecideCaseRequest) -> pb.DecideCaseResponse:
        decided = decide_case(call, self._result_room, parse_case_name(request.name), request.etag, decision(request))
        return decided_message(decided)

    def withdraw_case(self, call: Call, request: pb.WithdrawCaseRequest) -> pb.WithdrawCaseResponse:
        view = withdraw_case(call, self._room, parse_case_name(request.name), request.etag, request.note)
        return pb.WithdrawCaseResponse(case=case_message(view))

    def stop_clock(self, call: Call, request: pb.StopClockRequest) -> pb.StopClockResponse:
        name = parse_case_name(request.name)
        return pb.StopClockResponse(
            case=case_message(stop_clock(call, self._room, name, request.procedure, request.etag))
        )

    def resume_clock(self, call: Call, request: pb.ResumeClockRequest) -> pb.ResumeClockResponse:
        view = resume_clock(call, self._room, parse_case_name(request.name), request.etag)
        return pb.ResumeClockResponse(case=case_message(view))

    def list_overdue_cases(self, call: Call, request: pb.ListOverdueCasesRequest) -> pb.ListOverdueCasesResponse:
        asked = self._tokens.asked(call.caller.name, b"ListOverdueCases", request)
        page = list_overdue_cases(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListOverdueCasesResponse(
            cases=[
                pb.OverdueCase(case=case_message(CaseView(late.case, "", late.clock), parties=False))
                for late in page.items
            ],
            next_page_token=asked.token(page.next_key),
            figures=[figure_message(figure) for figure in page.figures],
            figures_incomplete=not page.all_counted,
        )

    def record_consent(self, call: Call, request: pb.RecordConsentRequest) -> pb.RecordConsentResponse:
        case = parse_case_name(request.case, "case")
        consent = record_consent(call, self._room, case, new_consent(request.consent))
        return pb.RecordConsentResponse(consent=consent_message(consent))

    def revoke_consent(self, call: Call, request: pb.RevokeConsentRequest) -> pb.RevokeConsentResponse:
        consent = revoke_consent(call, self._room, parse_consent_name(request.name))
        return pb.RevokeConsentResponse(consent=consent_message(consent))

    def claim_case(self, call: Call, request: pb.ClaimCaseRequest) -> pb.ClaimCaseResponse:
        view = claim_case(call, self._room, parse_case_name(request.name), request.etag)
        return pb.ClaimCaseResponse(case=case_message(view))

    def hand_over_case(self, call: Call, request: pb.HandOverCaseRequest) -> pb.HandOverCaseResponse:
        case, checked = parse_case_name(request.case, "case"), frozenset(request.checked)
        view = hand_over_case(call, self._room, case, request.etag, checked)
        return pb.HandOverCaseResponse(case=case_message(view))

    def record_representation(
        self, call: Call, request: pb.RecordRepresentationRequest
    ) -> pb.RecordRepresentationResponse:
        case, given = parse_case_name(request.case, "case"), recorded_representation(request)
        if given is None:
            view = end_representation(call, self._room, case, request.etag, named_party(request))
        else:
            view = record_representation(call, self._room, case, request.etag, given)
        return pb.RecordRepresentationResponse(case=case_message(view))

    def revoke_representation(
        self, call: Call, request: pb.RevokeRepresentationRequest
    ) -> pb.RevokeRepresentationResponse:
        case, party = parse_case_name(request.case, "case"), named_party(request)
        view = revoke_representation(call, self._room, case, request.etag, party)
        return pb.RevokeRepresentationResponse(case=case_message(view))
