"""SupervisionService."""

from onceonly.v1 import supervision_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.licences import parse_licence_name
from exchange.edge.convert.purposes import parse_name
from exchange.edge.convert.supervision import (
    commitment_check_message,
    commitment_state,
    hand_off_message,
    new_task,
    parse_hand_off_name,
    penalty_kind,
    penalty_message,
    supervision_outcome,
    task_message,
)
from exchange.edge.paging import PageTokens
from exchange.supervision.commitments import list_commitment_checks, settle_commitment_check
from exchange.supervision.hand_offs import acknowledge_hand_off, list_hand_offs, list_waiting_hand_offs
from exchange.supervision.penalties import list_proposed_penalties, propose_penalty
from exchange.supervision.results import report_on_case, report_on_licence
from exchange.supervision.room import SupervisionRoom
from exchange.supervision.tasks import list_tasks, open_case_task, open_licence_task
from exchange.warrants.warrant import TASKS


class SupervisionServicer:
    """What supervising departments do after an approval."""

    def __init__(self, room: SupervisionRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def list_hand_offs(self, call: Call, request: pb.ListHandOffsRequest) -> pb.ListHandOffsResponse:
        query = b"ListHandOffs\0all" if request.include_acknowledged else b"ListHandOffs\0waiting"
        asked = self._tokens.asked(call.caller.name, query, request)
        use_case = list_hand_offs if request.include_acknowledged else list_waiting_hand_offs
        page = use_case(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListHandOffsResponse(
            hand_offs=[hand_off_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def acknowledge_hand_off(self, call: Call, request: pb.AcknowledgeHandOffRequest) -> pb.AcknowledgeHandOffResponse:
        taken_over = acknowledge_hand_off(call, self._room, parse_hand_off_name(request.name))
        return pb.AcknowledgeHandOffResponse(hand_off=hand_off_message(taken_over))

    def list_commitment_checks(
        self, call: Call, request: pb.ListCommitmentChecksRequest
    ) -> pb.ListCommitmentChecksResponse:
        asked = self._tokens.asked(call.caller.name, b"ListCommitmentChecks", request)
        page = list_commitment_checks(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListCommitmentChecksResponse(
            checks=[commitment_check_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def settle_commitment_check(
        self, call: Call, request: pb.SettleCommitmentCheckRequest
    ) -> pb.SettleCommitmentCheckResponse:
        settled = settle_commitment_check(
            call,
            self._room,
            parse_case_name(request.case, "case"),
            request.matter,
            request.requirement,
            commitment_state(request.state),
        )
        return pb.SettleCommitmentCheckResponse(check=commitment_check_message(settled))

    def open_inspection_task(self, call: Call, request: pb.OpenInspectionTaskRequest) -> pb.OpenInspectionTaskResponse:
        asked, new = request.task, new_task(request.task)
        if asked.subject.startswith("cases/"):
            case = parse_case_name(asked.subject, "task.subject")
            task = open_case_task(call, self._room, case, asked.licence_type, asked.party, new)
        else:
            task = open_licence_task(call, self._room, *parse_licence_name(asked.subject, "task.subject"), new)
        return pb.OpenInspectionTaskResponse(task=task_message(task))

    def list_inspection_tasks(
        self, call: Call, request: pb.ListInspectionTasksRequest
    ) -> pb.ListInspectionTasksResponse:
        asked = self._tokens.asked(call.caller.name, b"ListInspectionTasks", request)
        page = list_tasks(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListInspectionTasksResponse(
            tasks=[task_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def submit_supervision_result(
        self, call: Call, request: pb.SubmitSupervisionResultRequest
    ) -> pb.SubmitSupervisionResultResponse:
        outcome, findings = supervision_outcome(request.outcome), tuple(request.findings)
        task = parse_name(request.task, TASKS, "task") if request.task else ""
        if request.subject.startswith("cases/"):
            case = parse_case_name(request.subject, "subject")
            result = report_on_case(call, self._room, case, outcome, findings, task)
        else:
            named = parse_licence_name(request.subject, "subject")
            result = report_on_licence(call, self._room, *named, outcome, findings, task)
        return pb.SubmitSupervisionResultResponse(name=f"supervisionResults/{result.id}")

    def propose_penalty(self, call: Call, request: pb.ProposePenaltyRequest) -> pb.ProposePenaltyResponse:
        named = parse_licence_name(request.licence, "licence")
        kind = penalty_kind(request.kind)
        penalty = propose_penalty(call, self._room, *named, kind, request.legal_reference)
        return pb.ProposePenaltyResponse(penalty=penalty_message(penalty, call.now))

    def list_proposed_penalties(
        self, call: Call, request: pb.ListProposedPenaltiesRequest
    ) -> pb.ListProposedPenaltiesResponse:
        asked = self._tokens.asked(call.caller.name, b"ListProposedPenalties", request)
        page = list_proposed_penalties(call, self._room.store, after=asked.after, limit=asked.limit)
        return pb.ListProposedPenaltiesResponse(
            penalties=[penalty_message(each, call.now) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )
