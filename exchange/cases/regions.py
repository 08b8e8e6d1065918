"""Cases across regions (跨省通办): who collects one, to whom its files are shared, and finding one to read.

Rules:
1. A case was collected for another region if it says so by its channel; who collected it does so only as long as the
   implementer delegates that duty, and only what it does not handle itself.
2. Files are shared once the case is accepted, with departments of other regions to which the implementer delegates
   that.
3. Neither changes a case: they find it to read alone. To whom files are shared is shown of the case what belongs to the
   matters that are shared, as if it had no others.
4. Of a case that was collected no evidence is read, and it is not accepted, before it is handed over: until then nobody
   has said that form and identity are checked.
"""

from collections.abc import Iterable
from dataclasses import replace

from exchange.call import Call
from exchange.cases.delegation import may_collect, sharers
from exchange.cases.requirements import case_lines, line_named
from exchange.cases.room import CaseRoom, SeenCase, find_case, is_known_to, works_on
from exchange.cases.store import CaseStore
from exchange.cases.telling import pinned_matters
from exchange.entities.case import Case
from exchange.entities.catalogue import CROSS_REGION, EntityKind
from exchange.entities.evidence import LineEvidence
from exchange.entities.result import CaseResult


def collects(call: Call, case: Case, matter: str) -> bool:
    """Whether the caller's department does no more in this matter of the case than collect it for another region."""
    department = call.caller.department.uscc
    return (
        case.channel == CROSS_REGION
        and case.collecting_department == department
        and not works_on(call, case)
        and may_collect(call.register, matter, department, call.now)
    )


def is_shared(call: Call, case: Case, matter: str) -> bool:
    """Whether this matter's files are shared with the caller's department, which does not handle the case."""
    department = call.caller.department.uscc
    return case.accepted_time != 0 and not works_on(call, case) and department in sharers_of(call, case, matter)


def shared_matters(call: Call, case: Case) -> frozenset[str]:
    """Codes of the case's matters whose files are shared with the caller's department."""
    return frozenset(pin.code for pin in case.matters if is_shared(call, case, pin.code))


def as_shared(room: CaseRoom, case: Case, matters: frozenset[str]) -> Case:
    """The case as it is shown to whom only these matters are shared: their parties, who acts for them, situations."""
    guides = [guide for code, guide in pinned_matters(room, case) if code in matters]
    roles = {party.id for guide in guides for party in guide.parties}
    pins = tuple(pin for pin in case.matters if pin.code in matters)
    return replace(
        case,
        matters=pins,
        bundle=case.bundle if pins == case.matters else "",
        parties=tuple(party for party in case.parties if party.role in roles),
        representations=tuple(given for given in case.representations if given.party in roles),
        situations=case.situations & {situation.id for guide in guides for situation in guide.situations},
    )


def evidence_of(
    call: Call, room: CaseRoom, case: Case, known: Iterable[LineEvidence], matters: frozenset[str]
) -> tuple[LineEvidence, ...]:
    """What is known of the lines that one of these matters of the case asks for.

    A line is kept under the first matter that states it; what others state alike is theirs as well.
    """
    lines = case_lines(room.catalogue, call.register, case)

    def asking(one: LineEvidence) -> tuple[str, ...]:
        line = line_named(lines, *one.line)
        return (one.matter,) if line is None else line.matters

    return tuple(one for one in known if not matters.isdisjoint(asking(one)))


def result_of(room: CaseRoom, shown: Case, result: CaseResult) -> CaseResult:
    """What of a case's result belongs to the matters of the case as it is shown."""
    guides = dict(pinned_matters(room, shown))
    prefixes = tuple(f"{EntityKind.LICENCE_TYPE}/{guide.result_type}/" for guide in guides.values())
    return replace(
        result,
        licences=tuple(licence for licence in result.licences if licence.startswith(prefixes)),
        due_matters=tuple(code for code in result.due_matters if code in guides),
    )


def shared_with(call: Call, case: Case) -> frozenset[str]:
    """Departments of other regions that read the files of the case, once it is accepted."""
    return frozenset(each for pin in case.matters for each in sharers_of(call, case, pin.code))


def is_handed_over(call: Call, store: CaseStore, case: Case) -> bool:
    """Whether who collected the case for another region has handed it over, or nobody collected it.

    Expected to stay so until the commit. Raises ``ErasedError``.
    """
    if case.channel != CROSS_REGION:
        return True
    known = call.read(store.collections.collections, case.id).value
    return known is not None and known.handed_over_time != 0


def find_readable_case(call: Call, room: CaseRoom, case_id: str) -> SeenCase:
    """As ``find_case``, also for departments with which the case's files are shared: to read, never to change."""

    def reads(call: Call, case: Case) -> bool:
        return is_known_to(call, case) or bool(shared_matters(call, case))

    return find_case(call, room, case_id, reads)


def sharers_of(call: Call, case: Case, matter: str) -> frozenset[str]:
    """With whom the matter's files are shared: its implementer says so, of those cases alone that it handles."""
    own = matter[:18] == case.handling_department
    return sharers(call.register, matter, call.now) if own else frozenset()
