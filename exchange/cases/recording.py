"""Writing what became of a line, and moving a case on when its evidence is complete or is given up.

Rules:
1. Whoever writes a case's evidence record writes the deadlines that follow from it in the same unit.
2. When the last deferred line of a case that awaits evidence comes in, the case is accepted by that very unit. What
   guides have withdrawn is waited for no more.
3. Where evidence was waited for the case's record changes too, so that its etag tells another window of it.
"""

from collections.abc import Iterable
from dataclasses import replace

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, has_lapsed, waiting_lines
from exchange.cases.room import FoundCase
from exchange.cases.states import Step, next_state
from exchange.cases.store import CaseStore, owner_party
from exchange.catalogue.store import CatalogueStore
from exchange.clocks.due import Due, DueKind, taken
from exchange.entities.case import Case, CaseState
from exchange.entities.event import Event, EventType
from exchange.entities.evidence import LineEvidence
from exchange.errors import RefusedError
from exchange.reasons import Reason

MAX_SUBJECTS = 20
"""Lines that a refusal names: its details stay small enough for every client."""


def write_evidence(
    call: Call, store: CaseStore, case: Case, evidence: CaseEvidence, changed: Iterable[LineEvidence]
) -> CaseEvidence:
    """Store changed lines over what was read; returns what is known now."""
    lines = {**evidence.lines, **{line.line: line for line in changed}}
    key = call.data_key(store.owner(owner_party(case)))
    asking = frozenset(pin.code for pin in case.matters)
    call.change(store.evidence.write_lines(case.id, tuple(lines.values()), asking, key, evidence.version))
    return CaseEvidence(lines, evidence.version + 1)


def write_case(call: Call, store: CaseStore, found: FoundCase, changed: Case) -> FoundCase:
    """Store the case over what was found, changed or not; returns it at its new version."""
    key = call.data_key(store.owner(owner_party(changed)))
    call.change(store.write_case(changed, key, found.version))
    return FoundCase(changed, found.version + 1, found.evidence, found.read_version or found.version)


def bring_in(
    call: Call,
    store: CaseStore,
    catalogue: CatalogueStore,
    found: FoundCase,
    came: tuple[LineEvidence, ...],
) -> FoundCase:
    """Store lines that came in, end their deferrals, and accept the case if it waited for nothing else.

    Raises ``RefusedError(DEFERRAL_LAPSED)`` if the case waits for evidence and a deadline has passed.
    """
    case, lines = found.case, found.evidence.lines.values()
    waiting = waiting_lines(call, catalogue, case, lines) if case.state is CaseState.AWAITING_EVIDENCE else ()
    if has_lapsed(waiting, call.now):
        raise RefusedError(Reason.DEFERRAL_LAPSED, subject=f"cases/{case.id}")
    names = {line.line for line in came}
    changed = [end_deferral(call, case, line) for line in came]
    complete = bool(waiting) and names.issuperset(line.line for line in waiting)
    if complete:  # what the guide in force has withdrawn is waited for no more
        changed += [end_deferral(call, case, line) for line in lines if line.waits and line.line not in names]
    after = replace(found, evidence=write_evidence(call, store, case, found.evidence, changed))
    if complete:
        return accept_complete(call, store, after)
    return write_case(call, store, after, case) if waiting else after


def end_waiting(call: Call, store: CaseStore, found: FoundCase, handled: Due | None = None) -> FoundCase:
    """Accept a case that awaits nothing any more that is asked for; the caller has seen that it does not.

    ``handled`` is the due record that the call is about, if it is about one.
    """
    lines = [line for line in found.evidence.lines.values() if line.waits]
    ended = [end_deferral(call, found.case, line, handled) for line in lines]
    evidence = write_evidence(call, store, found.case, found.evidence, ended)
    return accept_complete(call, store, replace(found, evidence=evidence))


def accept_complete(call: Call, store: CaseStore, found: FoundCase) -> FoundCase:
    """Accept a case that waited for evidence and has it all now."""
    tell(call, store, found.case, EventType.CASE_COMPLETED)
    return write_case(call, store, found, replace(found.case, state=next_state(found.case.state, Step.COMPLETE)))


def end_deferral(call: Call, case: Case, line: LineEvidence, handled: Due | None = None) -> LineEvidence:
    """The line without a deferral that runs, and its deadlines taken away.

    ``handled`` is the due record that the call is about: whoever runs it takes that away.
    """
    deferral = line.deferral
    if deferral is None or deferral.ended_time:
        return line
    for due in deadlines(case.id, line):
        if due != handled:
            call.change(taken(due))
    return replace(line, deferral=replace(deferral, reminder_time=0, ended_time=call.now))


def deadlines(case_id: str, line: LineEvidence) -> tuple[Due, ...]:
    """The due records of a deferral that runs."""
    deferral = line.deferral
    if deferral is None or deferral.ended_time:
        return ()
    subject = f"{case_id}/{line.matter}/{line.requirement}"
    lapse = Due(deferral.deadline, DueKind.DEFERRAL_LAPSE, subject)
    if not deferral.reminder_time:
        return (lapse,)
    return Due(deferral.reminder_time, DueKind.DEFERRAL_REMINDER, subject), lapse


def tell(call: Call, store: CaseStore, case: Case, kind: EventType, line: LineEvidence | None = None) -> None:
    """Say to the departments of the case that something happened to it, or to one of its lines."""
    details = {} if line is None else {"requirement": line.requirement}
    if line is not None and line.deferral is not None:
        details["deadline"] = str(line.deferral.deadline)
    call.draft.event(
        Event(
            type=kind,
            subject=f"cases/{case.id}",
            audience=frozenset({case.handling_department, case.collecting_department}),
            matter=line.matter if line is not None else case.matters[0].code,
            details=details,
            owner=store.owner(owner_party(case)),
        )
    )


def subject_of(lines: Iterable[tuple[str, str]]) -> str:
    """The lines that a refusal is about, as ``matter/requirement``, the first twenty of them."""
    names = [f"{matter}/{requirement}" for matter, requirement in lines]
    return ",".join(names[:MAX_SUBJECTS])
