"""Disputes about licences."""

from onceonly.v1 import case_service_pb2
from onceonly.v1 import dispute_service_pb2 as pb

from exchange.disputes.opening import NewDispute
from exchange.disputes.room import DisputeView
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.missing import line_name
from exchange.edge.convert.values import enum_member, enum_value, holder_message, timestamp
from exchange.entities.dispute import DisputeKind, DisputeState
from exchange.errors import InvalidError, Violation

_DISPUTES = "disputes/"
_BY_CALLER = frozenset({"case", "line", "kind", "issuer", "licence", "fields"})


def parse_dispute_name(text: str) -> str:
    """The id in ``disputes/{id}``; raises ``InvalidError``."""
    name = text.removeprefix(_DISPUTES)
    if not text.startswith(_DISPUTES) or not name or not name.isascii() or len(name) > 64:
        raise InvalidError((Violation("name", f"must be {_DISPUTES}{{id}}", f"应为 {_DISPUTES}{{id}}"),))
    return name


def new_dispute(message: pb.Dispute) -> NewDispute:
    """What is to be opened; raises ``InvalidError`` for what only the hub may set, a case or a line that is missing."""
    wrong = sorted({field.name for field, _ in message.ListFields()} - _BY_CALLER)
    problems = [Violation(f"dispute.{name}", "is set by the hub only", "只能由系统设置") for name in wrong]
    matter, requirement = line_name(message.line)
    if not requirement:
        en, zh = "must name the line of evidence that is disputed", "应填写有异议的材料"
        problems.append(Violation("dispute.line.requirement", en, zh))
    case = ""
    try:
        case = parse_case_name(message.case, "dispute.case")
    except InvalidError as error:
        problems += error.violations
    if problems:
        raise InvalidError(tuple(problems))
    return NewDispute(
        case=case,
        matter=matter,
        requirement=requirement,
        kind=enum_member(DisputeKind, pb.DisputeKind.Name(message.kind)),
        issuer=message.issuer,
        licence=message.licence,
        fields=tuple(dict.fromkeys(message.fields)),
    )


def dispute_message(view: DisputeView) -> pb.Dispute:
    dispute = view.dispute
    return pb.Dispute(
        name=f"{_DISPUTES}{dispute.id}",
        case=f"cases/{dispute.case}" if dispute.case else "",
        line=case_service_pb2.EvidenceName(matter=dispute.matter, requirement=dispute.requirement),
        kind=enum_value(DisputeKind, dispute.kind),
        issuer=dispute.issuer,
        licence=dispute.licence,
        fields=dispute.fields,
        licence_type=dispute.licence_type,
        asking_department=dispute.asking_department,
        holder=holder_message(dispute.holder) if dispute.holder.id_type else None,
        state=enum_value(DisputeState, dispute.state),
        opened_time=timestamp(dispute.opened_time),
        check_deadline=timestamp(dispute.check_deadline),
        answer_deadline=timestamp(dispute.answer_deadline),
        checked_time=timestamp(dispute.checked_time),
        answered_time=timestamp(dispute.answered_time),
        corrected_licence=dispute.corrected_licence,
        reason=dispute.reason,
        overdue=view.overdue,
        etag=view.etag,
    )
