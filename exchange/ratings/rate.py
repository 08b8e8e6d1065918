"""Rating a case: by its applicant, through whoever did not handle it.

Rules:
1. A rating needs a ticket: 128 random bits, handed out when the case is decided, kept as an HMAC, good for one rating
   of that case.
2. Who handled or collected the case, or is a counter of who handles it, passes on no rating, whatever ticket it has.
3. A wrong ticket, an unknown case and an erased one are refused alike.
"""

import hmac
from dataclasses import dataclass, field, replace
from typing import Final

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.room import draft_matter, is_id, works_on
from exchange.cases.store import owner_party
from exchange.clocks.due import Due, DueKind, put
from exchange.clocks.working_days import department_deadline
from exchange.codes import short_codes_problem, text_problem
from exchange.entities.case import Case
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.rating import BAD_LEVELS, LEVELS, CaseRatings, Rating, RatingChannel, Rectification
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.ratings.counting import count
from exchange.ratings.rectify import Step, write_rectification
from exchange.ratings.room import CASE_RATING, RatingRoom
from exchange.reasons import Reason
from exchange.sealed_records import Found, write_sealed
from storage.errors import ErasedError

MAX_COMMENT: Final = 500
MAX_REASONS: Final = 10

_TICKET_BYTES: Final = 16
_DEPARTMENT: Final = "department"


@dataclass(frozen=True, slots=True)
class NewRating:
    """``channel`` None: not said."""

    level: int
    reasons: tuple[str, ...]
    comment: str = field(repr=False)
    channel: RatingChannel | None


def hand_out_ticket(call: Call, room: RatingRoom, case: Case) -> str:
    """The ticket to rate a case that this call closes, 32 hex characters; empty if it was never accepted."""
    if not case.accepted_time:
        return ""
    ticket = room.cases.random(_TICKET_BYTES).hex()
    ratings = CaseRatings(case.id, room.ticket_tag(case.id, ticket), 0, ())
    _write(call, room, case, ratings, 0)
    return ticket


def rate_case(call: Call, room: RatingRoom, case_id: str, ticket: str, new: NewRating) -> Rating:
    """Rate a case with its ticket.

    Raises ``InvalidError`` with every bad field, ``RefusedError`` with RATING_TICKET_INVALID, RATER_HANDLED_CASE or
    RATING_EXISTS. Not checked: who holds the ticket.
    """
    call.draft.purpose = Purpose.SELF.value
    # 1 The rating by itself
    rating = _checked(call, new)
    # 2 The ticket is this case's
    found = room.store.ratings.find(call, case_id) if is_id(case_id) else None
    kept = found.value.ticket if found is not None else "0" * 32
    if not hmac.compare_digest(kept, room.ticket_tag(case_id, ticket)) or found is None:
        raise RefusedError(Reason.RATING_TICKET_INVALID)
    # 3 Whoever passes it on had no part in the case
    case = _rated_case(call, room, case_id)
    own = call.caller.department.uscc
    if works_on(call, case) or own == case.collecting_department:
        raise RefusedError(Reason.RATER_HANDLED_CASE, subject=f"cases/{case_id}")
    # 4 Neither the ticket nor the channel has served before
    if found.value.ticket_used_time:
        raise RefusedError(Reason.RATING_EXISTS, subject=f"cases/{case_id}")
    used = Found(replace(found.value, ticket_used_time=call.now), found.owner, found.version)
    return record_rating(call, room, case, used, rating)


def record_rating(call: Call, room: RatingRoom, case: Case, found: Found[CaseRatings], rating: Rating) -> Rating:
    """Keep a rating whose giver was found to be the case's applicant; a bad one opens its rectification.

    Raises ``RefusedError(RATING_EXISTS)`` if the case was rated through that channel before.
    """
    if rating.channel in {each.channel for each in found.value.ratings}:
        raise RefusedError(Reason.RATING_EXISTS, subject=f"cases/{case.id}")
    _write(call, room, case, replace(found.value, ratings=(*found.value.ratings, rating)), found.version)
    matters = tuple(pin.code for pin in case.matters)
    count(call, case.handling_department, matters, call.now, str(rating.level))
    if rating.level in BAD_LEVELS:
        _open_rectification(call, room, case, found.owner, rating)
    call.draft.event(
        Event(
            EventType.RATING_GIVEN,
            f"cases/{case.id}",
            frozenset({case.handling_department}),
            matter=matters[0],
            details={"level": str(rating.level), "channel": rating.channel.value},
            owner=found.owner,
        )
    )
    return rating


def _checked(call: Call, new: NewRating) -> Rating:
    found: list[Violation] = []
    if new.level not in LEVELS:
        found.append(Violation("rating.level", "must be 1 to 5", "应为1至5"))
    if new.channel is None:
        found.append(Violation("rating.channel", "must be named", "应注明评价渠道"))
    codes = short_codes_problem(new.reasons, MAX_REASONS)
    if codes is not None:
        found.append(Violation("rating.reasons", codes.en, codes.zh))
    text = text_problem(new.comment, MAX_COMMENT)
    if text is not None:
        found.append(Violation("rating.comment", text.en, text.zh))
    if found or new.channel is None:
        raise InvalidError(tuple(found))
    return Rating(new.level, new.reasons, new.comment, new.channel, call.now)


def _rated_case(call: Call, room: RatingRoom, case_id: str) -> Case:
    """The case, named in the call's record."""
    try:
        case = call.read(room.case_store.cases, case_id).value
    except ErasedError as error:
        raise RefusedError(Reason.RATING_TICKET_INVALID) from error
    if case is None:
        raise RefusedError(Reason.RATING_TICKET_INVALID)
    call.draft.case_tag = room.cases.tagger.case(case_id, key_epoch(call.now_us))
    call.draft.raw["case"] = case_id
    call.draft.sealed_owner = room.case_store.owner(owner_party(case))
    draft_matter(call, case)
    return case


def _open_rectification(call: Call, room: RatingRoom, case: Case, owner: str, rating: Rating) -> None:
    contact, answer = (
        department_deadline(call.register, case.handling_department, call.now, days)
        for days in (room.contact_days, room.answer_days)
    )
    rectification = Rectification(
        case=case.id,
        department=case.handling_department,
        matters=tuple(pin.code for pin in case.matters),
        rating=rating,
        contact_due_time=contact,
        answer_due_time=answer,
    )
    write_rectification(call, rectification, owner, 0)
    for step, time in ((Step.CONTACT, rectification.contact_due_time), (Step.ANSWER, rectification.answer_due_time)):
        call.change(put(Due(time, DueKind.RECTIFICATION, f"{rectification.key}/{step}")))


def _write(call: Call, room: RatingRoom, case: Case, ratings: CaseRatings, version: int) -> None:
    index = (_DEPARTMENT, case.handling_department.encode())
    owner = room.case_store.owner(owner_party(case))
    write_sealed(call, CASE_RATING, case.id, ratings, owner=owner, version=version, indexes=(index,))
