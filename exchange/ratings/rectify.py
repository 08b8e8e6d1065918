"""Answering bad ratings (差评整改): contact within a working day, answer within fifteen.

Rules:
1. Only the department that handled the case answers, once; who gave the rating is not told to it here.
2. A limit that passes unmet is told once and changes nothing else.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from exchange.call import Call
from exchange.clocks.due import Due, DueKind, taken
from exchange.codes import text_problem
from exchange.entities.event import Event, EventType
from exchange.entities.page import Page
from exchange.entities.rating import Rating, RatingChannel, Rectification, RectificationOutcome
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.ratings.counting import ANSWERED, IN_TIME, count
from exchange.ratings.room import RECTIFICATION, RatingRoom, RatingStore
from exchange.reasons import Reason
from exchange.sealed_records import write_sealed

MAX_ANSWER: Final = 500

_DEPARTMENT: Final = "department"
_OPEN: Final = "open"


class Step(StrEnum):
    """What is to be done about a bad rating."""

    CONTACT = "contact"
    ANSWER = "answer"


def list_ratings(call: Call, room: RatingRoom, *, after: str, limit: int) -> Page[Rating]:
    """Ratings of up to ``limit`` cases that the caller's department handled, without who gave them."""
    page = room.store.ratings.page(_DEPARTMENT, call.caller.department.uscc, after=after, limit=limit)
    return Page(tuple(rating for case in page.items for rating in case.ratings), page.next_key)


def list_rectifications(call: Call, room: RatingRoom, *, after: str, limit: int) -> Page[Rectification]:
    """A page of the bad ratings that the caller's department has still to answer."""
    return room.store.rectifications.page(_OPEN, call.caller.department.uscc, after=after, limit=limit)


def answer_rectification(
    call: Call,
    room: RatingRoom,
    case_id: str,
    channel: RatingChannel | None,
    answer: str,
    outcome: RectificationOutcome | None,
) -> Rectification:
    """Answer a bad rating, or with an empty ``answer`` note that its giver was contacted.

    Raises ``NotFoundError(RECTIFICATION_NOT_FOUND)`` alike for one that is missing and another department's,
    ``RefusedError(RECTIFICATION_STATE)``, and ``InvalidError`` with every bad field.
    """
    _check(channel, answer, outcome)
    key = f"{case_id}/{channel}"
    found = room.store.rectifications.find(call, key)
    if found is None or found.value.department != call.caller.department.uscc:
        raise NotFoundError(Reason.RECTIFICATION_NOT_FOUND, "rectifications", f"cases/{case_id}")
    old = found.value
    if old.answered_time or (not answer and old.contacted_time):
        raise RefusedError(Reason.RECTIFICATION_STATE, subject=f"cases/{case_id}")
    call.draft.sealed_owner = found.owner
    call.draft.raw["case"] = case_id
    call.draft.matter = old.matters[0]
    new = replace(old, contacted_time=old.contacted_time or call.now)
    if answer:
        new = replace(new, answered_time=call.now, answer=answer, outcome=outcome)
        in_time = (IN_TIME,) if call.now < old.answer_due_time else ()
        count(call, old.department, old.matters, old.rating.rated_time, ANSWERED, *in_time)
        _tell(call, EventType.RECTIFICATION_ANSWERED, new, found.owner, {"outcome": str(outcome)})
    _take_met_limits(call, old, new)
    write_rectification(call, new, found.owner, found.version)
    return new


def report_overdue_rectification(call: Call, store: RatingStore, subject: str) -> None:
    """Tell that a limit of a bad rating has passed unmet; the handler of ``DueKind.RECTIFICATION``."""
    key, _, step = subject.rpartition("/")
    found = store.rectifications.find(call, key)
    if found is None:
        raise NotFoundError(Reason.RECTIFICATION_NOT_FOUND, "rectifications", f"cases/{key}")
    old = found.value
    met = old.contacted_time if step == Step.CONTACT else old.answered_time
    if met or step in old.reported_steps:
        return
    new = replace(old, reported_steps=(*old.reported_steps, step))
    write_rectification(call, new, found.owner, found.version)
    _tell(call, EventType.RECTIFICATION_OVERDUE, new, found.owner, {"step": step})


def write_rectification(call: Call, rectification: Rectification, owner: str, version: int) -> None:
    """Put a rectification; one that is not answered is found as open."""
    index = (_OPEN, rectification.department.encode())
    indexes = () if rectification.answered_time else (index,)
    write_sealed(call, RECTIFICATION, rectification.key, rectification, owner=owner, version=version, indexes=indexes)


def _take_met_limits(call: Call, old: Rectification, new: Rectification) -> None:
    """Take the due record of each limit that is met now and was not reported."""
    met = (
        (Step.CONTACT, old.contacted_time, new.contacted_time, old.contact_due_time),
        (Step.ANSWER, old.answered_time, new.answered_time, old.answer_due_time),
    )
    for step, before, now, due_time in met:
        if now and not before and step not in old.reported_steps:
            call.change(taken(Due(due_time, DueKind.RECTIFICATION, f"{old.key}/{step}")))


def _tell(call: Call, type_: EventType, rectification: Rectification, owner: str, details: dict[str, str]) -> None:
    call.draft.event(
        Event(
            type_,
            f"cases/{rectification.case}",
            frozenset({rectification.department}),
            matter=rectification.matters[0],
            details={"channel": rectification.rating.channel.value, **details},
            owner=owner,
        )
    )


def _check(channel: RatingChannel | None, answer: str, outcome: RectificationOutcome | None) -> None:
    found: list[Violation] = []
    if channel is None:
        found.append(Violation("channel", "must be named", "应注明评价渠道"))
    problem = text_problem(answer, MAX_ANSWER)
    if problem is not None:
        found.append(Violation("answer", problem.en, problem.zh))
    if bool(answer) is not (outcome is not None):
        found.append(Violation("outcome", "goes with an answer, and only with one", "应与答复内容同时填写"))
    if found:
        raise InvalidError(tuple(found))
