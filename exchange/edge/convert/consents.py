"""Presentations, notices and a holder's own accesses."""

from collections.abc import Iterable

from onceonly.v1 import consent_service_pb2 as pb

from exchange.consents.accesses import OwnAccess
from exchange.consents.notice import EN, ZH, CoveredLine, Notice, needs_confirmation
from exchange.consents.presentation import PresentationState
from exchange.consents.presenting import PresentationView
from exchange.edge.convert.values import enum_value, label, timestamp
from exchange.entities.register import Register
from exchange.errors import InvalidError, Violation

_PRESENTATIONS = "presentations/"


def parse_presentation_name(text: str) -> str:
    """The id in ``presentations/{id}``; raises ``InvalidError``."""
    name = text.removeprefix(_PRESENTATIONS)
    if not text.startswith(_PRESENTATIONS) or not name or not name.isascii() or len(name) > 64:
        raise InvalidError((Violation("name", "must be presentations/{id}", "应为 presentations/{id}"),))
    return name


def presentation_message(view: PresentationView, register: Register) -> pb.Presentation:
    """A presentation without its code and without its holder."""
    presentation = view.presentation
    case = presentation.redeemed_case or presentation.case
    message = pb.Presentation(
        name=f"{_PRESENTATIONS}{presentation.id}",
        state=enum_value(PresentationState, view.state),
        expire_time=timestamp(presentation.expire_time),
        case=f"cases/{case}" if case else "",
        matters=[pinned.code for pinned in view.case.matters] if view.case else (),
        lines=line_messages(view.lines),
        confirmation_needed=needs_confirmation(view.lines) and not presentation.confirmed_time,
        consents=[f"consents/{consent}" for consent in presentation.consents],
        language=presentation.language,
    )
    department = register.departments.get(presentation.department)
    if department is not None:
        message.department.CopyFrom(label(department.name))
    if view.notice is not None:
        message.notice.CopyFrom(notice_message(view.notice))
    return message


def line_messages(lines: Iterable[CoveredLine]) -> list[pb.ConsentLine]:
    return [
        pb.ConsentLine(
            requirement=line.requirement.id,
            matter=line.matter,
            party=line.requirement.party,
            licence_type=line.requirement.licence_type,
            label=label(line.label),
            fields=[
                pb.ConsentField(name=field.name, label=label(field.label), field_class=field.field_class)
                for field in line.fields
            ],
        )
        for line in lines
    ]


def notice_message(notice: Notice) -> pb.ConsentNotice:
    return pb.ConsentNotice(
        text_zh=notice.zh, text_en=notice.en, digest_zh=notice.digest(ZH), digest_en=notice.digest(EN)
    )


def access_message(access: OwnAccess, register: Register) -> pb.MyAccess:
    message = pb.MyAccess(
        index=access.index,
        time=timestamp(access.time),
        department=access.department,
        purpose=access.purpose,
        matter=access.matter,
        method=access.method,
        outcome=f"OUTCOME_{access.outcome.upper() or 'UNSPECIFIED'}",
        licence_types=access.licence_types,
        fields=access.fields,
    )
    department = register.departments.get(access.department)
    if department is not None:
        message.department_name.CopyFrom(label(department.name))
    return message
