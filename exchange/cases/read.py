"""Reading cases: by who handles one or collected it, delegated counters, and those with whom its files are shared.

Rules:
1. Who is entitled to a case is judged anew for each one, in a list as well.
2. A list walks over cases alone that the caller may know of, so that neither its pages nor their number tell of others.
3. To whom files are shared is shown what belongs to the matters that are shared (``regions``).
"""

from dataclasses import dataclass

from exchange.call import Call
from exchange.cases.case_now import read_evidence, seen_lines, shown_now
from exchange.cases.clock import read_clock
from exchange.cases.collecting import with_regions
from exchange.cases.delegation import shared_with_department
from exchange.cases.masking import without_people
from exchange.cases.regions import as_shared, evidence_of, find_readable_case, shared_matters
from exchange.cases.room import CaseRoom, CaseView, case_etag, is_known_to
from exchange.entities.case import Case, CaseRelation
from exchange.entities.page import Page
from exchange.errors import InvalidError, Violation
from storage.errors import ErasedError
from storage.records.interface import Record

MAX_SHARED_MATTERS = 200
"""Of which cases are listed together."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases are listed: ``relation`` None: whatever it is; ``matter`` empty: of any matter."""

    relation: CaseRelation | None = None
    matter: str = ""


def get_case(call: Call, room: CaseRoom, case_id: str) -> CaseView:
    """A case in full, and what became of its evidence. Raises what ``find_readable_case`` raises."""
    found = find_readable_case(call, room, case_id)
    case, known = found.case, read_evidence(call, room.store.evidence, case_id)
    clock, lines = read_clock(call, room, case), seen_lines(call, room.catalogue, case, known)
    if not is_known_to(call, case):
        matters = shared_matters(call, case)
        lines = evidence_of(call, room, case, lines, matters)
        case = as_shared(room, case, matters)
    return with_regions(call, room, CaseView(case, found.etag, clock, lines))


def list_cases(call: Call, room: CaseRoom, *, after: str, limit: int, query: CaseQuery = CaseQuery()) -> Page[CaseView]:
    """A page of the cases that the caller's department handles or collected, and of those shared with it by rule.

    Newest last, without people. ``after`` is the id to read on after. Cases whose applicant's data were erased are left
    out, so a page may be shorter than ``limit`` and still not be the last. A token that is limited to some cases or
    matters lists those. Raises ``InvalidError`` (matter) if too many matters are shared to list them all together.
    """
    records = _records(call, room, query, after, limit + 1)
    _, cases, _ = call.caller.scope
    items = []
    for record in records[:limit]:
        try:
            case = shown_now(call, room.store.evidence, room.catalogue, room.store.decoded(record))
        except ErasedError:
            continue
        shown = _shown(call, room, case)
        if shown is None or (cases and case.id not in cases) or not _is_asked(call, query, shown):
            continue
        items.append(CaseView(without_people(shown), case_etag(case.id, record.version)))
    return Page(tuple(items), records[limit - 1].key if len(records) > limit else "")


def _records(call: Call, room: CaseRoom, query: CaseQuery, after: str, limit: int) -> list[Record]:
    """What is to be looked at, by id: of own cases, and of accepted ones of matters that are shared with the caller."""
    department = call.caller.department.uscc
    found: dict[str, Record] = {}
    if query.relation is not CaseRelation.SHARED:
        found |= {each.key: each for each in room.store.listed(department, after=after, limit=limit)}
    if query.relation is not CaseRelation.OWN:
        matters = shared_with_department(call.register, department, call.now)
        asked = [code for code in matters if query.matter in {"", code}]
        if len(asked) > MAX_SHARED_MATTERS:
            en = f"must be given: files of more than {MAX_SHARED_MATTERS} matters are shared with your department"
            raise InvalidError((Violation("matter", en, f"共享给本单位的事项超过{MAX_SHARED_MATTERS}项，请指明事项"),))
        found |= {each.key: each for each in room.store.accepted(asked, after=after, limit=limit)}
    return [found[key] for key in sorted(found)][:limit]


def _shown(call: Call, room: CaseRoom, case: Case) -> Case | None:
    """The case as the caller sees it; None if it is no longer entitled to it."""
    if call.caller.department.uscc in {case.handling_department, case.collecting_department}:
        return case
    matters = shared_matters(call, case)
    return as_shared(room, case, matters) if matters else None


def _is_asked(call: Call, query: CaseQuery, case: Case) -> bool:
    """Whether the case is of the matter that is asked for, and of one that the token is for."""
    codes, (matters, _, _) = {pin.code for pin in case.matters}, call.caller.scope
    return (not query.matter or query.matter in codes) and (not matters or not matters.isdisjoint(codes))
