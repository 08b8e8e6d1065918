"""Decisions with their results, and licences that are owed."""

from onceonly.v1 import case_service_pb2, issuance_service_pb2

from exchange.edge.convert.cases import case_message
from exchange.edge.convert.licences import licence_message, new_licence
from exchange.edge.convert.values import enum_value, timestamp
from exchange.entities.result import CaseResult, DueIssuance
from exchange.errors import InvalidError, Violation
from exchange.results.decide import Decided, Decision, ResultContent
from exchange.results.due import DueIssuanceState, issuance_state


def decision(request: case_service_pb2.DecideCaseRequest) -> Decision:
    """What is decided; raises ``InvalidError`` when a licence has fields that only the hub sets."""
    contents: list[ResultContent] = []
    violations: list[Violation] = []
    for place, result in enumerate(request.results):
        try:
            contents.append(ResultContent(result.matter, new_licence(result.licence)))
        except InvalidError as invalid:
            violations += [Violation(f"results[{place}].{v.field}", v.en, v.zh) for v in invalid.violations]
    if violations:
        raise InvalidError(tuple(violations))
    return Decision(
        approved=request.approved,
        note=request.note,
        reasons=tuple(request.refusal_reasons),
        legal_reference=request.legal_reference,
        results=tuple(contents),
    )


def decided_message(decided: Decided) -> case_service_pb2.DecideCaseResponse:
    """The case, the licences issued for it, and the applicant's ticket."""
    case = case_message(decided.view)
    case.result.CopyFrom(result_message(decided.result))
    return case_service_pb2.DecideCaseResponse(
        case=case,
        results=[
            case_service_pb2.IssuedResult(
                matter=matter,
                licence=licence_message(issued.view),
                credential=issued.credential,
                second_signature=issued.second_signature,
            )
            for matter, issued in decided.issued
        ],
        rating_ticket=decided.rating_ticket,
    )


def result_message(result: CaseResult) -> case_service_pb2.CaseResult:
    return case_service_pb2.CaseResult(
        refusal_reasons=result.reasons,
        legal_reference=result.legal_reference,
        licences=result.licences,
        due_matters=result.due_matters,
    )


def due_issuance_message(due: DueIssuance, now: int) -> issuance_service_pb2.DueIssuance:
    return issuance_service_pb2.DueIssuance(
        case=f"cases/{due.case}",
        matter=due.matter,
        licence_type=f"licenceTypes/{due.licence_type}",
        approved_time=timestamp(due.approved_time),
        due_time=timestamp(due.due_time),
        state=enum_value(DueIssuanceState, issuance_state(due, now)),
        licence=due.licence,
    )
