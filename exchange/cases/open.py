"""Opening a case: the only call that takes a holder's number."""

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.assurance import case_assurance
from exchange.cases.collecting import collect_case, only_collects
from exchange.cases.delegation import may_handle
from exchange.cases.new_case import (
    NewCase,
    case_problems,
    clerk_acts,
    guide_problems,
    line_problems,
    representation_problems,
    settled,
)
from exchange.cases.room import CaseRoom, CaseView, case_etag, check_representations, draft_matter, draft_people, new_id
from exchange.cases.store import owner_party
from exchange.cases.telling import say
from exchange.cases.window import expiry, window_end
from exchange.clocks.due import put
from exchange.entities.case import Case, CaseState, PinnedMatter, Representation
from exchange.entities.catalogue import CROSS_REGION, EntityKind, Matter, Purpose
from exchange.entities.event import EventType
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.purpose.limits import for_case
from exchange.reasons import Reason

__all__ = ["NewCase", "open_case"]


def open_case(call: Call, room: CaseRoom, new: NewCase) -> CaseView:
    """Open a case of matters in force that the caller's department implements or has a delegated duty for.

    The case pins the guides in force. Raises ``InvalidError`` with every bad field, and ``RefusedError`` with
    MATTER_NOT_IN_FORCE, NOT_IMPLEMENTER, TOKEN_EXCEEDED, CLERK_IS_AGENT, REPRESENTATION_NOT_SHOWN, WARD_OF_AGE or
    CASE_EXISTS. Not checked: that the people
    exist, that the number follows the department's own pattern.
    """
    call.draft.purpose = Purpose.SERVICE.value
    # 1. The request by itself
    _raise(case_problems(new))
    # 2. The guides in force, and whether the caller may handle them
    matters = _matters_in_force(call, new)
    collected = only_collects(call, matters, new.channel)
    _check_caller(call, matters, collected=collected)
    # 3. The request against the guides
    problems = [*guide_problems(new, matters), *representation_problems(new, matters, call.now)]
    problems += line_problems(new, matters)
    handling = new.handling_department or _default_handler(call, matters)
    if (new.channel == CROSS_REGION) != collected:
        problems.append(
            Violation("case.channel", "is for those who collect for another region", "仅限异地代收单位使用")
        )
    implementers = {matter.implementer for matter in matters}
    if handling not in implementers | (set() if collected else {call.caller.department.uscc}):
        en, zh = "must implement one of the matters, or be the caller", "应为事项的实施机构或本单位"
        problems.append(Violation("case.handling_department", en, zh))
    _raise(problems)
    _check_agents(call, new.representations)
    # 4. The case, its number taken
    case = _case(call, room, new, matters, handling)
    taken = call.read(room.store.numbers, room.store.number_key(handling, new.number))
    if taken.value is not None:
        raise RefusedError(Reason.CASE_EXISTS, subject=f"cases of {handling}")
    check_representations(call, room, case, case.representations)
    owner = room.store.owner(owner_party(case))
    call.change(room.store.write_case(case, call.data_key(owner), 0), room.store.take_number(case))
    call.change(put(window_end(case)))
    # 5. The record, sealed with the case so that it is erased with it, and the operator's count of the day
    call.draft.sealed_owner = owner
    call.draft.case_tag = room.tagger.case(case.id, key_epoch(call.now_us))
    call.draft.raw["case"] = case.id
    draft_matter(call, case)
    draft_people(call, room, case)
    say(call, room, case, EventType.CASE_OPENED, {})
    collect_case(call, room, case)
    call.charge(for_case(room.limits, call.draft.operator_tag.hex(), call.now))
    return CaseView(case, case_etag(case.id, 1))


def _raise(problems: list[Violation]) -> None:
    if problems:
        raise InvalidError(tuple(problems))


def _matters_in_force(call: Call, new: NewCase) -> tuple[Matter, ...]:
    """The guides of the case; a bundle stands for its matters, in its order."""
    codes = new.matters
    if new.bundle:
        bundle = call.register.bundles.get(new.bundle)
        if bundle is None:
            raise RefusedError(Reason.MATTER_NOT_IN_FORCE, subject="case.bundle")
        codes = bundle.matters
    matters = tuple(matter for code in codes if (matter := call.register.matters.get(code)) is not None)
    if len(matters) != len(codes):
        missing = next(code for code in codes if code not in call.register.matters)
        raise RefusedError(Reason.MATTER_NOT_IN_FORCE, subject=f"matters/{missing}")
    return matters


def _check_caller(call: Call, matters: tuple[Matter, ...], *, collected: bool) -> None:
    """The department may handle or collect every matter, and the token does not exclude one of them or new cases."""
    department = call.caller.department.uscc
    reasons = []
    if not collected and not all(may_handle(call.register, matter.code, department, call.now) for matter in matters):
        reasons.append(Reason.NOT_IMPLEMENTER)
    allowed, cases, _ = call.caller.scope
    if cases or (allowed and not allowed.issuperset(matter.code for matter in matters)):
        reasons.append(Reason.TOKEN_EXCEEDED)
    if reasons:
        raise RefusedError(*reasons, subject=f"matters/{matters[0].code}")


def _default_handler(call: Call, matters: tuple[Matter, ...]) -> str:
    """The implementer; where a bundle has several, the caller, who may handle them all, brings them together."""
    implementers = {matter.implementer for matter in matters}
    return implementers.pop() if len(implementers) == 1 else call.caller.department.uscc


def _check_agents(call: Call, given: tuple[Representation, ...]) -> None:
    place = clerk_acts(call.caller.operator, given)
    if place is not None:
        raise RefusedError(Reason.CLERK_IS_AGENT, subject=f"case.representations[{place}].agent")


def _case(call: Call, room: CaseRoom, new: NewCase, matters: tuple[Matter, ...], handling: str) -> Case:
    revisions = [call.register.revisions[EntityKind.MATTER, matter.code] for matter in matters]
    return Case(
        id=new_id(room, call.now_us),
        number=new.number,
        matters=tuple(PinnedMatter(revision.code, revision.number, revision.digest) for revision in revisions),
        bundle=new.bundle,
        handling_department=handling,
        collecting_department=call.caller.department.uscc,
        parties=new.parties,
        representations=settled(new.representations, call.now, expiry(call.now, matters)),
        situations=new.situations,
        channel=new.channel,
        operator=call.caller.name,
        assurance=case_assurance(call.caller.assurance, new.channel),
        state=CaseState.OPEN,
        opened_time=call.now,
        accepted_time=0,
        closed_time=0,
        expires_time=expiry(call.now, matters),
        note="",
    )
