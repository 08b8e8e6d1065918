"""A case that awaits only evidence that its guide has withdrawn meanwhile: it is accepted and goes on.

Rules:
1. It counts as accepted as soon as the guide is in force (``line_standing.case_now``): nothing waits for what is here.
2. It is noted by the next step that changes the case, and by the hub itself: a guide that withdraws lines is put on the
   list of what is due by its publication, and leads to the cases that wait for a line of its matter.
"""

from typing import Final

from exchange.call import Call
from exchange.cases.line_standing import case_now, read_evidence
from exchange.cases.recording import accept_complete, end_deferral, write_evidence
from exchange.cases.room import CaseRoom, FoundCase, find_due_case
from exchange.clocks.due import Due, DueKind, put
from exchange.entities.case import CaseState

MOST_CASES: Final = 100
"""Cases that are looked for at once; the next are due again."""


def complete_withdrawn(call: Call, room: CaseRoom, found: FoundCase, handled: Due | None = None) -> FoundCase:
    """Accept a case that awaits nothing any more that is asked for; any other is returned as it was found.

    ``handled`` is the due record that the call is about, if it is about one.
    """
    if found.case.state is not CaseState.AWAITING_EVIDENCE:
        return found
    evidence = read_evidence(call, room.store.evidence, found.case.id)
    lines = evidence.lines.values()
    if case_now(call, room.catalogue, found.case, lines).state is not CaseState.ACCEPTED:
        return found
    ended = [end_deferral(call, found.case, line, handled) for line in lines if line.waits]
    write_evidence(call, room.store, found.case, evidence, ended)
    return accept_complete(call, room.store, found)


def complete_due_case(call: Call, room: CaseRoom, case_id: str, _due: Due) -> None:
    """The handler of ``DueKind.CASE_COMPLETION``. Raises as ``find_due_case``."""
    complete_withdrawn(call, room, find_due_case(call, room, case_id))


def find_withdrawn(call: Call, room: CaseRoom, subject: str, _due: Due) -> None:
    """Have every case looked at that waits for a line of the guide: the handler of ``DueKind.GUIDE_WITHDRAWAL``.

    ``subject`` is ``matter code/revision``, and ``/case id`` to go on after.
    """
    matter, revision, after = (*subject.split("/", 2), "", "")[:3]
    cases = room.store.evidence.waiting(matter, after=after, limit=MOST_CASES + 1)
    call.change(*(put(Due(call.now, DueKind.CASE_COMPLETION, case)) for case in cases[:MOST_CASES]))
    if len(cases) > MOST_CASES:
        on = f"{matter}/{revision}/{cases[MOST_CASES - 1]}"
        call.change(put(Due(call.now, DueKind.GUIDE_WITHDRAWAL, on)))
