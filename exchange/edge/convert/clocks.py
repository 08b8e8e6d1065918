"""The clock of a case in its message, and the list of late cases."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.cases.overdue import LateFigure
from exchange.clocks.case_clock import ClockView
from exchange.edge.convert.values import enum_value
from exchange.entities.clock import ClockState


def put_clock(message: pb.Case, view: ClockView) -> None:
    """Set the fields of a case's clock."""
    clock = view.clock
    if clock.promised_time:
        message.promised_deadline_time.seconds = clock.promised_time
    if clock.statutory_time:
        message.statutory_deadline_time.seconds = clock.statutory_time
    message.MergeFrom(pb.Case(clock_state=enum_value(ClockState, clock.state)))
    if clock.stop is not None:
        message.stopped_procedure = clock.stop.procedure
        message.procedure_deadline_time.seconds = clock.stop.limit_time
    message.working_days_left = view.days_left
    message.deadlines_provisional = clock.provisional
    message.overdue.extend(sorted(view.late))


def figure_message(figure: LateFigure) -> pb.OverdueFigure:
    """The late cases of a matter."""
    return pb.OverdueFigure(
        matter=figure.matter, promised=figure.promised, statutory=figure.statutory, procedure=figure.procedure
    )
