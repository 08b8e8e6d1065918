"""Hand-offs, commitments and penalties."""

from onceonly.v1 import supervision_service_pb2 as pb

from exchange.edge.convert.values import enum_member, enum_value, parse_id, seconds, set_by_hub, timestamp
from exchange.entities.licence import LicenceState
from exchange.entities.supervision import (
    CommitmentCheck,
    CommitmentState,
    HandOff,
    HandOffKind,
    InspectionTask,
    Penalty,
    PenaltyKind,
    PenaltyState,
    SupervisionOutcome,
)
from exchange.errors import InvalidError, Violation
from exchange.supervision.tasks import NewTask

_PENALTIES = "penalties/"
_HAND_OFFS = "handOffs/"
_BY_CALLER = frozenset({"subject", "fields", "legal_reference", "until_time", "max_uses"})
_OF_A_CASE = frozenset({"licence_type", "party"})
"""What a caller says besides of a task about a case; a licence has them already."""


def parse_penalty_name(text: str, field: str = "name") -> str:
    """The id in ``penalties/{id}``; raises ``InvalidError``."""
    return parse_id(text, _PENALTIES, field)


def parse_hand_off_name(text: str) -> str:
    """The id in ``handOffs/{id}``; raises ``InvalidError``."""
    return parse_id(text, _HAND_OFFS)


def commitment_state(value: int) -> CommitmentState:
    """The state; OPEN for UNSPECIFIED."""
    return enum_member(CommitmentState, pb.CommitmentState.Name(value)) or CommitmentState.OPEN


def supervision_outcome(value: int) -> SupervisionOutcome:
    """The outcome; raises ``InvalidError`` for UNSPECIFIED."""
    found = enum_member(SupervisionOutcome, pb.SupervisionOutcome.Name(value))
    if found is None:
        raise InvalidError((Violation("outcome", "must be named", "应注明检查结果"),))
    return found


def penalty_kind(value: int) -> PenaltyKind:
    """The kind; raises ``InvalidError`` for UNSPECIFIED."""
    found = enum_member(PenaltyKind, pb.PenaltyKind.Name(value))
    if found is None:
        raise InvalidError((Violation("kind", "must be to suspend or to revoke", "应为暂扣或吊销"),))
    return found


def hand_off_message(hand_off: HandOff) -> pb.HandOff:
    state = hand_off.licence_state
    return pb.HandOff(
        name=f"{_HAND_OFFS}{hand_off.id}",
        kind=enum_value(HandOffKind, hand_off.kind),
        origin=hand_off.origin,
        matter=hand_off.matter,
        case=f"cases/{hand_off.case}" if hand_off.case else "",
        licence=hand_off.licence,
        licence_state=None if state is None else enum_value(LicenceState, state),
        made_time=timestamp(hand_off.made_time),
        acknowledged_time=timestamp(hand_off.acknowledged_time),
    )


def commitment_check_message(check: CommitmentCheck) -> pb.CommitmentCheck:
    return pb.CommitmentCheck(
        case=f"cases/{check.case}",
        matter=check.matter,
        requirement=check.requirement,
        made_time=timestamp(check.made_time),
        state=enum_value(CommitmentState, check.state),
    )


def penalty_message(penalty: Penalty, now: int) -> pb.Penalty:
    return pb.Penalty(
        name=f"{_PENALTIES}{penalty.id}",
        licence=penalty.licence,
        kind=enum_value(PenaltyKind, penalty.kind),
        legal_reference=penalty.legal_reference,
        supervisor=penalty.supervisor,
        issuer=penalty.issuer,
        state=enum_value(PenaltyState, penalty.state),
        proposed_time=timestamp(penalty.proposed_time),
        due_time=timestamp(penalty.due_time),
        settled_time=timestamp(penalty.settled_time),
        refusal=penalty.refusal,
        overdue=penalty.state is PenaltyState.PROPOSED and now >= penalty.due_time,
    )


def new_task(message: pb.InspectionTask) -> NewTask:
    """What is to be opened; raises ``InvalidError`` when the caller sets what only the hub may."""
    of_case = message.subject.startswith("cases/")
    wrong = set_by_hub(message, "task", _BY_CALLER | _OF_A_CASE if of_case else _BY_CALLER)
    if wrong:
        raise InvalidError(tuple(wrong))
    fields = tuple(dict.fromkeys(message.fields))
    return NewTask(fields, message.legal_reference, seconds(message.until_time), message.max_uses)


def task_message(task: InspectionTask) -> pb.InspectionTask:
    return pb.InspectionTask(
        name=f"inspectionTasks/{task.id}",
        subject=task.subject,
        licence_type=task.licence_type,
        fields=task.fields,
        legal_reference=task.legal_reference,
        until_time=timestamp(task.until_time),
        matter=task.matter,
        opened_time=timestamp(task.opened_time),
        closed_time=timestamp(task.closed_time),
        result=f"supervisionResults/{task.result}" if task.result else "",
        max_uses=task.max_uses,
    )
