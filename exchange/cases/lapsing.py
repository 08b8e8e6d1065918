"""What happens by itself to deferred evidence: the reminder, and the end of a case whose applicant missed the deadline.

Rules:
1. A handler is right however late it runs, and whatever happened meanwhile: it decides by what it finds.
2. Nothing waits for these handlers: from the deadline on no line is read or taken, whether or not they ran.
3. A line that was fetched before its case was accepted is in, though its deferral ends with acceptance only: nothing
   reminds of it, and it does not lapse.
4. Whether a case has lapsed, or awaits nothing any more that is asked for, ``case_now`` says, as everywhere.
"""

from dataclasses import replace

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.case_now import awaits_nothing, case_now, read_evidence, waiting_lines
from exchange.cases.exclusion import exclude
from exchange.cases.lapse import DEFERRAL, lapse
from exchange.cases.recording import accept_complete, end_deferral, end_waiting, tell, write_evidence
from exchange.cases.requirements import case_lines, line_named
from exchange.cases.room import CaseRoom, FoundCase, draft_matter, draft_people
from exchange.cases.store import owner_party
from exchange.clocks.due import Due, DueKind, put
from exchange.entities.case import Case, CaseState
from exchange.entities.event import EventType
from exchange.entities.evidence import LineEvidence
from storage.errors import ErasedError


def lapse_deferred(call: Call, room: CaseRoom, subject: str) -> None:
    """The deadline of a deferred line: if it is still out the deferral lapses, and with it a case that awaits it.

    ``subject`` is ``case id/matter/requirement``. Whoever runs it has taken the due record away already.
    """
    known = _deferred(call, room, subject)
    if known is None:
        return
    found, line = known
    assert line.deferral is not None
    handled = Due(line.deferral.deadline, DueKind.DEFERRAL_LAPSE, subject)
    if call.now < line.deferral.deadline:
        call.change(put(handled))
        return
    lines = found.evidence.lines.values()
    if awaits_nothing(call, room.catalogue, found.case, lines):
        end_waiting(call, room.store, found, handled)
        return
    ended = end_deferral(call, found.case, line, handled)
    waiting = waiting_lines(call, room.catalogue, found.case, lines)
    if line in waiting and not _is_in(call, room, found.case, line):
        _lapse(call, room, found, ended)
        return
    # it is in, or nobody asks for it any more
    after = replace(found, evidence=write_evidence(call, room.store, found.case, found.evidence, [ended]))
    if found.case.state is CaseState.AWAITING_EVIDENCE and not set(waiting) - {line}:
        accept_complete(call, room.store, after)


def _lapse(call: Call, room: CaseRoom, found: FoundCase, ended: LineEvidence) -> None:
    """End the case if it awaits the line, and exclude its applicant if it was ever accepted without the line."""
    case = found.case
    assert ended.deferral is not None
    lapsed = replace(ended, deferral=replace(ended.deferral, lapsed=True))
    changed = [lapsed]
    tell(call, room.store, case, EventType.DEFERRAL_LAPSED, lapsed)
    if case.state is CaseState.AWAITING_EVIDENCE:
        changed += _end_others(call, found, ended)
        lapse(call, room, found, DEFERRAL)
    if case.accepted_time and case.state in {CaseState.AWAITING_EVIDENCE, CaseState.LAPSED}:
        exclude(call, room.store, case, call.now + room.terms.exclusion_seconds)
    write_evidence(call, room.store, case, found.evidence, changed)


def _end_others(call: Call, found: FoundCase, line: LineEvidence) -> list[LineEvidence]:
    others = [other for other in found.evidence.lines.values() if other.waits and other.line != line.line]
    return [end_deferral(call, found.case, other) for other in others]


def remind_deferred(call: Call, room: CaseRoom, subject: str) -> None:
    """Some days before the deadline of a deferred line: say so, once. ``subject`` as for ``lapse_deferred``."""
    known = _deferred(call, room, subject)
    if known is None:
        return
    found, line = known
    deferral = line.deferral
    assert deferral is not None
    if not deferral.reminder_time:
        return
    handled = Due(deferral.reminder_time, DueKind.DEFERRAL_REMINDER, subject)
    lines = found.evidence.lines.values()
    if awaits_nothing(call, room.catalogue, found.case, lines):
        end_waiting(call, room.store, found, handled)
        return
    if call.now < deferral.reminder_time:
        call.change(put(handled))
        return
    reminded = replace(line, deferral=replace(deferral, reminder_time=0))
    write_evidence(call, room.store, found.case, found.evidence, [reminded])
    has_lapsed = case_now(call, room.catalogue, found.case, lines) != found.case
    if call.now < deferral.deadline and not has_lapsed and not _is_in(call, room, found.case, line):
        tell(call, room.store, found.case, EventType.DEFERRAL_REMINDER, line)


def _is_in(call: Call, room: CaseRoom, case: Case, line: LineEvidence) -> bool:
    """Rule 3."""
    asked = case_lines(room.catalogue, call.register, case)
    known = line_named(asked, *line.line)
    matters = known.matters if known is not None else ()
    return any(room.store.evidence.is_fetched(case.id, matter, line.requirement) for matter in matters)


def _deferred(call: Call, room: CaseRoom, subject: str) -> tuple[FoundCase, LineEvidence] | None:
    """The case and its line, if that still waits; None where there is nothing to do any more."""
    case_id, matter, requirement = (*subject.split("/", 2), "", "")[:3]
    try:
        found = call.read(room.store.cases, case_id)
        if found.value is None:
            return None
        case = found.value
        call.data_key(room.store.owner(owner_party(case)))
        evidence = read_evidence(call, room.store.evidence, case_id)
    except ErasedError:
        return None
    line = evidence.lines.get((matter, requirement))
    if line is None or not line.waits:
        return None
    call.draft.case_tag = room.tagger.case(case_id, key_epoch(call.now_us))
    call.draft.raw["case"] = case_id
    call.draft.sealed_owner = room.store.owner(owner_party(case))
    draft_matter(call, case)
    draft_people(call, room, case)
    return FoundCase(case, found.version, evidence), line
