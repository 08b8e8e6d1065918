"""Placing a restriction: one person proposes it, another of the same department puts it in force, either lifts it.

Rules:
1. It rests on a law, has a reason, and ends within a year. To go on it is placed anew.
2. Nothing is forbidden or concealed before a second person agrees. Who proposed it never does.
3. It conceals only what is done while it is in force, and no longer than it may last: no look stays hidden for more
   than a year.
4. At most 10 restrictions on a holder are proposed or in force at a time, whoever placed them.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from exchange.call import Call
from exchange.cases.new_case import holder_problems
from exchange.cases.room import new_id
from exchange.codes import text_problem
from exchange.entities.catalogue import Purpose
from exchange.entities.event import EventType
from exchange.entities.licence import Holder
from exchange.entities.restriction import Restriction, RestrictionState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.purpose.guards import PHASE_ONE
from exchange.purpose.sharing_guards import holder_is_not_restricted
from exchange.reasons import Reason
from exchange.restrictions.room import (
    RestrictionRoom,
    bound,
    draft_restriction,
    placed_restriction,
    tell_restriction,
    write_restriction,
)

MAX_SECONDS: Final = 366 * 86_400
MAX_LEGAL_REFERENCE: Final = 300
MAX_REASON: Final = 500
MAX_ON_A_HOLDER: Final = 10

FORBIDDABLE: Final = frozenset(
    purpose for purpose, guards in PHASE_ONE.items() if any(guard.rule is holder_is_not_restricted for guard in guards)
)
"""The purposes that a decision asks restrictions about: all but OVERSIGHT, which reads of no holder."""


@dataclass(frozen=True, slots=True)
class NewRestriction:
    """``forbids`` holds None for a purpose that there is not. ``conceal_until`` 0: it conceals nothing."""

    holder: Holder = field(repr=False)
    forbids: tuple[Purpose | None, ...]
    legal_reference: str
    reason: str = field(repr=False)
    until_time: int
    conceal_until: int


def propose_restriction(call: Call, room: RestrictionRoom, new: NewRestriction) -> Restriction:
    """Propose a restriction; it does nothing before a second person approves it.

    Raises ``InvalidError`` with every bad field and ``RefusedError(RESTRICTIONS_EXHAUSTED)``. Not checked: that there
    is a holder of that number, and what the law says.
    """
    call.draft.purpose = Purpose.SUPERVISION.value
    problems = _problems(call, new)
    if problems:
        raise InvalidError(tuple(problems))
    owner = room.cases.store.owner(new.holder)
    before = bound(call, room, owner)
    if len(before.effects) >= MAX_ON_A_HOLDER:
        raise RefusedError(Reason.RESTRICTIONS_EXHAUSTED)
    restriction = Restriction(
        id=new_id(room.cases, call.now_us),
        department=call.caller.department.uscc,
        holder=new.holder,
        forbids=tuple(sorted(purpose for purpose in new.forbids if purpose is not None)),
        legal_reference=new.legal_reference,
        reason=new.reason,
        proposed_by=call.caller.name,
        proposed_time=call.now,
        until_time=new.until_time,
        conceal_until=new.conceal_until,
    )
    write_restriction(call, restriction, owner, 0, before)
    draft_restriction(call, room, restriction, owner)  # last: what was refused names nobody
    tell_restriction(call, EventType.RESTRICTION_PROPOSED, restriction, owner)
    return restriction


def approve_restriction(call: Call, room: RestrictionRoom, restriction_id: str) -> Restriction:
    """Put a restriction in force as a second person of its department; doing it again changes nothing.

    Raises ``NotFoundError(RESTRICTION_NOT_FOUND)``, and ``RefusedError`` with SECOND_PERSON_NEEDED, or
    RESTRICTION_STATE for one that was lifted or is over.
    """
    found = placed_restriction(call, room, restriction_id)
    restriction, name = found.value, f"restrictions/{restriction_id}"
    if restriction.proposed_by == call.caller.name:
        raise RefusedError(Reason.SECOND_PERSON_NEEDED, subject=name)
    state = restriction.state(call.now)
    if state is RestrictionState.IN_FORCE:
        return restriction
    if state is not RestrictionState.PROPOSED:
        raise RefusedError(Reason.RESTRICTION_STATE, subject=name)
    approved = replace(restriction, approved_by=call.caller.name, approved_time=call.now)
    write_restriction(call, approved, found.owner, found.version, bound(call, room, found.owner))
    tell_restriction(call, EventType.RESTRICTION_APPROVED, approved, found.owner)
    return approved


def lift_restriction(call: Call, room: RestrictionRoom, restriction_id: str) -> Restriction:
    """End a restriction at once, or take back a proposal; doing it again changes nothing.

    What it concealed is shown from then on. Raises ``NotFoundError(RESTRICTION_NOT_FOUND)``, and
    ``RefusedError(RESTRICTION_STATE)`` for one whose time is over.
    """
    found = placed_restriction(call, room, restriction_id)
    restriction = found.value
    state = restriction.state(call.now)
    if state is RestrictionState.LIFTED:
        return restriction
    if state is RestrictionState.EXPIRED:
        raise RefusedError(Reason.RESTRICTION_STATE, subject=f"restrictions/{restriction_id}")
    lifted = replace(restriction, lifted_by=call.caller.name, lifted_time=call.now)
    write_restriction(call, lifted, found.owner, found.version, bound(call, room, found.owner))
    tell_restriction(call, EventType.RESTRICTION_LIFTED, lifted, found.owner)
    return lifted


def _problems(call: Call, new: NewRestriction) -> list[Violation]:
    found = holder_problems(new.holder, "restriction.holder")
    if len(set(new.forbids)) != len(new.forbids) or not FORBIDDABLE.issuperset(new.forbids):
        en, zh = "must be purposes that read of a holder, each once", "应为调取证照的用途且不重复"
        found.append(Violation("restriction.forbids", en, zh))
    elif not new.forbids and not new.conceal_until:
        en, zh = "must name a purpose unless looks are concealed", "未延迟告知的，应至少限制一种用途"
        found.append(Violation("restriction.forbids", en, zh))
    found += _text_problems("restriction.legal_reference", new.legal_reference, MAX_LEGAL_REFERENCE)
    found += _text_problems("restriction.reason", new.reason, MAX_REASON)
    if not call.now < new.until_time <= call.now + MAX_SECONDS:
        found.append(Violation("restriction.until_time", "must be within a year", "应在一年之内"))
    if new.conceal_until and not call.now < new.conceal_until <= new.until_time:
        en, zh = "must be in the future and at most until_time", "应晚于当前时间且不晚于限制期满"
        found.append(Violation("restriction.conceal_until", en, zh))
    return found


def _text_problems(path: str, text: str, longest: int) -> list[Violation]:
    problem = text_problem(text, longest)
    if problem is not None:
        return [Violation(path, problem.en, problem.zh)]
    return [] if text else [Violation(path, "must be given", "应填写")]
