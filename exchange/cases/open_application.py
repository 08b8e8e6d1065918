"""Opening an application: the cases of a bundle's matters, each with its own department, clock and decision.

Rules:
1. All or none: the application, its number and every case are one unit.
2. Each case is handled by the implementer of its matter, and has the parties and situations that its own guide knows,
   and who acts for these parties: no department learns of people that its matter does not ask for.
3. An agent's authority is carried into a case with all the requirements that it names, so that it never widens.
4. It counts as one case opened: one visit of one applicant, whose evidence is read once.
5. It is collected for another region in all of its matters or in none. Each case is then handed over by itself, so that
   each department begins when it has what is its own.
"""

from dataclasses import dataclass, replace

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.application_store import APPLICATION
from exchange.cases.applications import ApplicationRoom, FoundApplication
from exchange.cases.assurance import case_assurance
from exchange.cases.collecting import collect_case, only_collects
from exchange.cases.delegation import may_collect, may_handle
from exchange.cases.new_case import (
    MAX_NUMBER,
    NewCase,
    case_problems,
    clerk_acts,
    guide_problems,
    line_problems,
    representation_problems,
    settled,
)
from exchange.cases.room import SeenCase, case_etag, check_representations, draft_people, new_id
from exchange.cases.store import owner_party
from exchange.cases.telling import say
from exchange.cases.window import expiry, window_end
from exchange.clocks.due import put
from exchange.entities.application import Application
from exchange.entities.case import Case, CaseParty, CaseState, PinnedMatter, Representation
from exchange.entities.catalogue import CROSS_REGION, EntityKind, Matter, Purpose
from exchange.entities.event import Event, EventType
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.purpose.limits import for_case
from exchange.reasons import Reason

__all__ = ["NewApplication", "open_application"]

_SUFFIX = len("-10")
"""What the number of a case has behind its application's."""


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application to open: ``bundle`` is a code; the rest as ``NewCase`` has it, for all matters together."""

    number: str
    bundle: str
    parties: tuple[CaseParty, ...]
    representations: tuple[Representation, ...]
    situations: frozenset[str]
    channel: str


def open_application(call: Call, room: ApplicationRoom, new: NewApplication) -> FoundApplication:
    """Open one application with a case for each matter of a bundle, numbered ``<number>-1`` and so on.

    The caller's department must implement each matter or be a delegated counter for it, or collect each one for another
    region. Raises ``InvalidError`` with every bad field, and ``RefusedError`` with MATTER_NOT_IN_FORCE, NOT_IMPLEMENTER
    and COLLECTION_MIXED (the subject names every matter that stands in the way), TOKEN_EXCEEDED, CLERK_IS_AGENT,
    REPRESENTATION_NOT_SHOWN, WARD_OF_AGE, APPLICATION_EXISTS or CASE_EXISTS. Not checked: that the people exist.
    """
    call.draft.purpose = Purpose.SERVICE.value
    # 1. The request by itself
    asked = NewCase(new.number, (), new.bundle, "", new.parties, new.representations, new.situations, new.channel)
    problems = _in_application(case_problems(asked) if new.bundle else _no_bundle())
    if len(new.number) > MAX_NUMBER - _SUFFIX:
        en, zh = f"must be at most {MAX_NUMBER - _SUFFIX} characters", f"不得超过{MAX_NUMBER - _SUFFIX}个字符"
        problems.append(Violation("application.number", en, zh))
    _raise(problems)
    # 2. The guides in force, and whether the caller may handle every one, or collect every one
    matters = _matters(call, new.bundle)
    _check_caller(call, matters, new.channel)
    # 3. The request against the guides
    problems = [*guide_problems(asked, matters), *representation_problems(asked, matters, call.now)]
    problems += [
        Violation("case.parties", f"has no party of matters/{matter.code}", "缺少其中一个事项的当事人")
        for matter in matters
        if not _parties(new, matter)
    ]
    for matter in matters:
        problems += line_problems(asked, (matter,))
    if new.channel == CROSS_REGION and not only_collects(call, matters, new.channel):
        en, zh = "is for those who collect for another region", "仅限异地代收单位使用"
        problems.append(Violation("case.channel", en, zh))
    _raise(_in_application(problems))
    _check_agents(call, new.representations)
    # 4. The numbers, not taken yet; the application and its cases, together
    department = call.caller.department.uscc
    taken = call.read(room.store.numbers, room.store.number_key(department, new.number))
    if taken.value is not None:
        raise RefusedError(Reason.APPLICATION_EXISTS, subject=f"applications of {department}")
    cases = tuple(_case(call, room, new, matter, place) for place, matter in enumerate(matters, 1))
    for case in cases:
        check_representations(call, room.cases, case, case.representations)
        _write(call, room, case)
    application = Application(
        id=new_id(room.cases, call.now_us),
        number=new.number,
        bundle=new.bundle,
        cases=tuple(case.id for case in cases),
        department=department,
        operator=call.caller.name,
        opened_time=call.now,
    )
    owner = room.cases.store.owner(owner_party(cases[0]))
    call.change(*room.store.write(application, call.data_key(owner)))
    # 5. The record, the events and the operator's count of the day
    _record(call, room, application, cases)
    call.charge(for_case(room.cases.limits, call.draft.operator_tag.hex(), call.now))
    return FoundApplication(application, tuple(SeenCase(case, case_etag(case.id, 1)) for case in cases))


def _no_bundle() -> list[Violation]:
    return [Violation("case.bundle", "must not be empty", "不得为空")]


def _in_application(problems: list[Violation]) -> list[Violation]:
    """The same findings, at the fields that this request has."""
    return [replace(each, field=f"application.{each.field.removeprefix('case.')}") for each in problems]


def _raise(problems: list[Violation]) -> None:
    if problems:
        raise InvalidError(tuple(problems))


def _matters(call: Call, code: str) -> tuple[Matter, ...]:
    bundle = call.register.bundles.get(code)
    if bundle is None:
        raise RefusedError(Reason.MATTER_NOT_IN_FORCE, subject="application.bundle")
    missing = [f"matters/{each}" for each in bundle.matters if each not in call.register.matters]
    if missing:
        raise RefusedError(Reason.MATTER_NOT_IN_FORCE, subject=", ".join(missing))
    return tuple(call.register.matters[each] for each in bundle.matters)


def _check_caller(call: Call, matters: tuple[Matter, ...], channel: str) -> None:
    """The department may handle every matter, or collect every one; the token excludes neither one nor new cases."""
    department, codes = call.caller.department.uscc, [each.code for each in matters]
    handled = [code for code in codes if may_handle(call.register, code, department, call.now)]
    missing, mixed = [code for code in codes if code not in handled], []
    if channel == CROSS_REGION:
        mixed = handled if missing else []
        missing = [code for code in missing if not may_collect(call.register, code, department, call.now)]
    allowed, cases, _ = call.caller.scope
    outside = [code for code in codes if cases or (allowed and code not in allowed)]
    found = {Reason.NOT_IMPLEMENTER: missing, Reason.COLLECTION_MIXED: mixed, Reason.TOKEN_EXCEEDED: outside}
    reasons = [reason for reason, named in found.items() if named]
    if reasons:
        subject = ", ".join(f"matters/{code}" for code in dict.fromkeys([*missing, *mixed, *outside]))
        raise RefusedError(*reasons, subject=subject)


def _check_agents(call: Call, given: tuple[Representation, ...]) -> None:
    place = clerk_acts(call.caller.operator, given)
    if place is not None:
        raise RefusedError(Reason.CLERK_IS_AGENT, subject=f"application.representations[{place}].agent")


def _parties(new: NewApplication, matter: Matter) -> tuple[CaseParty, ...]:
    """Rule 2: those that the matter's guide knows."""
    roles = {party.id for party in matter.parties}
    return tuple(party for party in new.parties if party.role in roles)


def _case(call: Call, room: ApplicationRoom, new: NewApplication, matter: Matter, place: int) -> Case:
    revision = call.register.revisions[EntityKind.MATTER, matter.code]
    parties = _parties(new, matter)
    roles = {party.role for party in parties}
    acting = [each for each in new.representations if each.party in roles]
    return Case(
        id=new_id(room.cases, call.now_us),
        number=f"{new.number}-{place}",
        matters=(PinnedMatter(revision.code, revision.number, revision.digest),),
        bundle=new.bundle,
        handling_department=matter.implementer,
        collecting_department=call.caller.department.uscc,
        parties=parties,
        representations=settled(acting, call.now, expiry(call.now, (matter,))),
        situations=new.situations & {situation.id for situation in matter.situations},
        channel=new.channel,
        operator=call.caller.name,
        assurance=case_assurance(call.caller.assurance, new.channel),
        state=CaseState.OPEN,
        opened_time=call.now,
        accepted_time=0,
        closed_time=0,
        expires_time=expiry(call.now, (matter,)),
        note="",
    )


def _write(call: Call, room: ApplicationRoom, case: Case) -> None:
    store = room.cases.store
    taken = call.read(store.numbers, store.number_key(case.handling_department, case.number))
    if taken.value is not None:
        raise RefusedError(Reason.CASE_EXISTS, subject=f"cases of {case.handling_department}")
    call.change(store.write_case(case, call.data_key(store.owner(owner_party(case))), 0), store.take_number(case))
    call.change(put(window_end(case)))


def _record(call: Call, room: ApplicationRoom, application: Application, cases: tuple[Case, ...]) -> None:
    """The record is sealed with the application, so that it is erased with it; each case's event with its case."""
    store = room.cases.store
    call.draft.sealed_owner = store.owner(owner_party(cases[0]))
    call.draft.case_tag = room.cases.tagger.case(application.id, key_epoch(call.now_us))
    call.draft.raw[APPLICATION] = application.id
    people = {party.role: party for case in cases for party in case.parties}
    acting = {each.party: each for case in cases for each in case.representations}
    everybody = replace(cases[0], parties=tuple(people.values()), representations=tuple(acting.values()))
    draft_people(call, room.cases, everybody)
    handling = {case.handling_department for case in cases}
    call.draft.event(
        Event(
            EventType.APPLICATION_OPENED,
            f"applications/{application.id}",
            frozenset({*handling, application.department}),
            details={"bundle": application.bundle, "cases": str(len(cases))},
        )
    )
    for case in cases:
        say(call, room.cases, case, EventType.CASE_OPENED, {})
        collect_case(call, room.cases, case)
