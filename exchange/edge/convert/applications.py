"""Applications as the contract has them."""

from onceonly.v1 import application_service_pb2 as pb
from onceonly.v1 import case_service_pb2

from exchange.cases.applications import FoundApplication
from exchange.cases.masking import without_people
from exchange.cases.open_application import NewApplication
from exchange.cases.room import CaseView
from exchange.edge.convert.cases import case_message, new_case
from exchange.edge.convert.values import timestamp
from exchange.entities.case import CLOSED
from exchange.entities.catalogue import EntityKind
from exchange.errors import InvalidError, Violation

_APPLICATIONS = "applications/"
_OUTPUT_ONLY = ("name", "cases", "department", "opened_time", "closed_cases")


def parse_application_name(text: str, field: str = "name") -> str:
    """The id in ``applications/{id}``; raises ``InvalidError``."""
    name = text.removeprefix(_APPLICATIONS)
    if not text.startswith(_APPLICATIONS) or not name or not name.isascii() or len(name) > 64:
        en, zh = f"must be {_APPLICATIONS}{{id}}", f"应为 {_APPLICATIONS}{{id}}"
        raise InvalidError((Violation(field, en, zh),))
    return name


def new_application(message: pb.Application) -> NewApplication:
    """What is to be opened; raises ``InvalidError`` when the caller sets what only the hub may."""
    set_fields = {field.name for field, _ in message.ListFields()}
    wrong = [name for name in _OUTPUT_ONLY if name in set_fields]
    if wrong:
        raise InvalidError(
            tuple(Violation(f"application.{name}", "is set by the hub only", "只能由系统设置") for name in wrong)
        )
    case = new_case(
        case_service_pb2.Case(
            number=message.number,
            bundle=message.bundle,
            parties=message.parties,
            representations=message.representations,
            situations=message.situations,
            channel=message.channel,
        ),
        "application",
    )
    return NewApplication(case.number, case.bundle, case.parties, case.representations, case.situations, case.channel)


def application_message(found: FoundApplication) -> pb.Application:
    """The application and its cases, without people."""
    application = found.application
    return pb.Application(
        name=f"{_APPLICATIONS}{application.id}",
        number=application.number,
        bundle=f"{EntityKind.BUNDLE}/{application.bundle}",
        cases=[case_message(CaseView(without_people(each.case), each.etag), parties=False) for each in found.cases],
        department=application.department,
        opened_time=timestamp(application.opened_time),
        closed_cases=sum(each.case.state in CLOSED for each in found.cases),
    )
