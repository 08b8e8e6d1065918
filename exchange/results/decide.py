"""Deciding a case, and issuing what the decision grants (谁办理谁入库).

Rules:
1. Decision, licence, its status place, the holders' holdings, tasks, hand-offs, ticket, access record and events are
   one unit: all of it or nothing.
2. A matter that ends with a licence is approved with its content, or, where its issuer's own system issues it, with a
   task; without either it is refused.
3. Only the handling department itself issues, through an operator who may issue: a delegated counter decides nothing
   that must be issued at once.
4. Every bad field of the decision and of all its licences is told at once, before any seal signs.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from exchange.call import Call
from exchange.cases import lifecycle
from exchange.cases.room import CaseView
from exchange.cases.store import owner_party
from exchange.clocks.working_days import department_deadline
from exchange.codes import short_codes_problem, text_problem
from exchange.entities.case import Case, PinnedMatter
from exchange.entities.catalogue import EntityKind, Matter, Role
from exchange.entities.event import Event, EventType
from exchange.entities.licence import Holder
from exchange.entities.result import CaseResult, DueIssuance
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.room import IssuedLicence, licence_name
from exchange.ratings.rate import hand_out_ticket
from exchange.reasons import Reason
from exchange.results.due import owe_issuance, settled_issuances
from exchange.results.room import CASE_RESULT, ResultRoom
from exchange.sealed_records import write_sealed
from exchange.supervision.handing_over import hand_over_approval, supervisors_of
from storage.errors import CorruptError

MAX_REASONS: Final = 10
MAX_REFERENCE: Final = 300


@dataclass(frozen=True, slots=True)
class ResultContent:
    """The content of a matter's licence, without holders; ``matter`` empty: the only matter that has a result."""

    matter: str
    licence: NewLicence


@dataclass(frozen=True, slots=True)
class Decision:
    """``reasons`` (codes) and ``legal_reference`` are a refusal's, ``results`` an approval's."""

    approved: bool
    note: str
    reasons: tuple[str, ...] = ()
    legal_reference: str = ""
    results: tuple[ResultContent, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """``issued`` pairs matter codes with licences; ``rating_ticket`` is for the applicant alone."""

    view: CaseView
    result: CaseResult
    issued: tuple[tuple[str, IssuedLicence], ...]
    rating_ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Granted:
    """A licence to issue: ``place`` is that of its content in the request."""

    matter: Matter
    licence: NewLicence
    place: int


def decide_case(call: Call, room: ResultRoom, case_id: str, etag: str, decision: Decision) -> Decided:
    """Close a case with a decision (办结), also after its window, and issue what it grants.

    Raises what ``lifecycle.decide_case`` and ``issue_licence`` raise, ``RefusedError`` with RESULT_MISSING, NOT_ISSUER
    or ROLE_MISSING (who decides may not issue), and ``InvalidError`` with every bad field. Not checked: whether the
    decision is right.
    """
    # 1 The decision by itself; with licences, what is wrong with them is told in the same answer
    problems = _decision_problems(decision)
    if problems and not decision.results:
        raise InvalidError(tuple(problems))

    # 2 The case, as the caller has read it
    note = "" if problems else decision.note
    view = lifecycle.decide_case(call, room.cases, case_id, etag, approved=decision.approved, note=note)
    case = view.case

    # 3 What each matter's licence is to be, or that its issuer owes it
    matters = tuple(_pinned(room, pin) for pin in case.matters) if decision.approved else ()
    granted, owed = _results(case, matters, decision, problems)
    for grant in granted:
        _check_issuer(call, case, grant.matter)
        problems += _licence_problems(call, room, grant)
    if problems:
        raise InvalidError(tuple(problems))
    _check_complete(matters, granted, owed)

    # 4 Issue, or note what is owed
    owner = room.cases.store.owner(owner_party(case))
    issued = tuple((grant.matter.code, _issue(call, room, grant)) for grant in granted)
    call.draft.sealed_owner = owner  # issuing names the licence's holder; the record is the case's
    call.draft.resource = ""
    for matter in owed:
        _owe(call, room, case, matter, owner)

    # 5 Keep the result, hand over to supervision, and let the applicant rate
    result = CaseResult(
        case=case_id,
        approved=decision.approved,
        reasons=decision.reasons,
        legal_reference=decision.legal_reference,
        licences=tuple(_name(each) for _, each in issued),
        due_matters=tuple(matter.code for matter in owed),
        decided_time=call.now,
    )
    write_sealed(call, CASE_RESULT, case_id, result, owner=owner, version=0)
    licence_of = {code: _name(each) for code, each in issued}
    for matter in matters:
        hand_over_approval(call, owner, case_id, matter.code, licence_of.get(matter.code, ""))
    ticket = hand_out_ticket(call, room.ratings, case)
    _tell(call, case, result, owner)
    return Decided(view, result, issued, ticket)


def get_result(call: Call, room: ResultRoom, case_id: str) -> CaseResult | None:
    """What a case's decision led to; None before it. Not checked: that the case is the caller's to see.

    What its issuer's own system has issued since is among the licences, and not owed any more.
    """
    found = room.store.results.find(call, case_id)
    if found is None:
        return None
    result = found.value
    settled = settled_issuances(call, room.store, case_id, result.due_matters)
    return replace(
        result,
        licences=(*result.licences, *settled.values()),
        due_matters=tuple(code for code in result.due_matters if code not in settled),
    )


def _decision_problems(decision: Decision) -> list[Violation]:
    found: list[Violation] = []
    for name, text, most in (
        ("note", decision.note, lifecycle.MAX_NOTE),
        ("legal_reference", decision.legal_reference, MAX_REFERENCE),
    ):
        problem = text_problem(text, most)
        if problem is not None:
            found.append(Violation(name, problem.en, problem.zh))
    codes = short_codes_problem(decision.reasons, MAX_REASONS)
    if codes is not None:
        found.append(Violation("refusal_reasons", codes.en, codes.zh))
    if decision.approved:
        if decision.reasons:
            found.append(Violation("refusal_reasons", "are a refusal's", "仅用于不予许可的决定"))
        return found
    if not decision.reasons:
        found.append(Violation("refusal_reasons", "must say why", "应注明不予许可的理由"))
    if not decision.legal_reference:
        found.append(Violation("legal_reference", "must name the provision", "应注明法律依据"))
    if decision.results:
        found.append(Violation("results", "are an approval's", "仅用于准予许可的决定"))
    return found


def _pinned(room: ResultRoom, pin: PinnedMatter) -> Matter:
    revision = room.cases.catalogue.revision(EntityKind.MATTER, pin.code, pin.revision)
    if revision is None or not isinstance(revision.entity, Matter):
        raise CorruptError(f"matters/{pin.code}/revisions/{pin.revision} is pinned by a case and missing")
    return revision.entity


def _results(
    case: Case, matters: tuple[Matter, ...], decision: Decision, problems: list[Violation]
) -> tuple[list[_Granted], list[Matter]]:
    """The licences to issue, and the matters whose issuers owe theirs; adds what is wrong with the naming."""
    with_result = {matter.code: matter for matter in matters if matter.result_type}
    granted: dict[str, _Granted] = {}
    types: set[str] = set()
    for place, content in enumerate(decision.results):
        only = next(iter(with_result)) if len(with_result) == 1 else ""
        matter = with_result.get(content.matter or only)
        problem = None if matter is None else _naming_problem(matter, content, granted, types)
        if matter is None or problem is not None:
            en, zh = problem or (
                "must name a matter of the case that ends with a licence",
                "应为本办件中有结果证照的事项",
            )
            problems.append(Violation(f"results[{place}].matter", en, zh))
            continue
        types.add(matter.result_type)
        licence = replace(content.licence, holders=_holders(case, matter), related_matter=matter.code)
        granted[matter.code] = _Granted(matter, licence, place)
    owed = [matter for matter in with_result.values() if matter.result_due_days and matter.code not in granted]
    return list(granted.values()), owed


def _naming_problem(
    matter: Matter, content: ResultContent, granted: dict[str, _Granted], types: set[str]
) -> tuple[str, str] | None:
    if matter.code in granted:
        return "is named twice", "重复列出"
    if matter.result_type in types:
        return "ends with the same type as another: open a case of its own", "与其他事项的结果证照类型相同，应分别办理"
    if content.licence.holders or content.licence.related_matter:
        return "has a licence whose holders or matter are given: the guide says them", "持证主体和关联事项由指南确定"
    return None


def _holders(case: Case, matter: Matter) -> tuple[Holder, ...]:
    """Whose the result is: the parties that the guide names, in its order; the applicant if it names none."""
    if not matter.result_parties:
        return (owner_party(case),)
    by_role = {party.role: party.holder for party in case.parties}
    return tuple(by_role[role] for role in matter.result_parties if role in by_role)


def _check_issuer(call: Call, case: Case, matter: Matter) -> None:
    """The caller is the handling department, issues the type, and its operator may issue."""
    subject = f"{EntityKind.LICENCE_TYPE}/{matter.result_type}"
    if call.caller.department.uscc != case.handling_department:
        raise RefusedError(Reason.NOT_ISSUER, subject=subject)
    licence_type = call.register.licence_types.get(matter.result_type)
    if licence_type is not None and case.handling_department not in licence_type.issuers:
        raise RefusedError(Reason.NOT_ISSUER, subject=subject)
    operator = call.caller.operator
    roles = operator.roles & call.caller.department.roles if operator is not None else frozenset()
    if Role.ISSUER not in roles:
        raise RefusedError(Reason.ROLE_MISSING, subject=subject)


def _licence_problems(call: Call, room: ResultRoom, grant: _Granted) -> list[Violation]:
    try:
        issue_licence(call, room.licences, grant.matter.result_type, grant.licence, validate_only=True)
    except InvalidError as invalid:
        path = f"results[{grant.place}]"
        return [Violation(f"{path}.{each.field}", each.en, each.zh) for each in invalid.violations]
    return []


def _check_complete(matters: tuple[Matter, ...], granted: list[_Granted], owed: list[Matter]) -> None:
    has = {grant.matter.code for grant in granted} | {matter.code for matter in owed}
    missing = next((matter.code for matter in matters if matter.result_type and matter.code not in has), None)
    if missing is not None:
        raise RefusedError(Reason.RESULT_MISSING, subject=f"{EntityKind.MATTER}/{missing}")


def _issue(call: Call, room: ResultRoom, grant: _Granted) -> IssuedLicence:
    return issue_licence(call, room.licences, grant.matter.result_type, grant.licence, validate_only=False)


def _owe(call: Call, room: ResultRoom, case: Case, matter: Matter, owner: str) -> None:
    """The implementer owes the licence, whoever of its counters handled the case."""
    due = DueIssuance(
        case=case.id,
        matter=matter.code,
        licence_type=matter.result_type,
        issuer=matter.implementer,
        holders=tuple(room.cases.store.owner(holder) for holder in _holders(case, matter)),
        approved_time=call.now,
        due_time=department_deadline(call.register, matter.implementer, call.now, matter.result_due_days),
    )
    owe_issuance(call, due, owner)


def _name(issued: IssuedLicence) -> str:
    return licence_name(issued.view.licence.type_code, issued.view.licence.identifier)


def _tell(call: Call, case: Case, result: CaseResult, owner: str) -> None:
    matters = tuple(pin.code for pin in case.matters)
    details = {"licences": str(len(result.licences)), "due": str(len(result.due_matters))}
    if not result.approved:
        details = {"reasons": ",".join(result.reasons), "legal_reference": result.legal_reference}
    call.draft.event(
        Event(
            EventType.CASE_APPROVED if result.approved else EventType.CASE_REFUSED,
            f"cases/{case.id}",
            frozenset({case.handling_department, case.collecting_department}) | supervisors_of(call.register, matters),
            matter=matters[0],
            details=details,
            owner=owner,
        )
    )
