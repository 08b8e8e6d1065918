"""Cases that await only evidence which guides have withdrawn: the hub finds them and notes that they are accepted.

Rules:
1. Such a case counts as accepted from the publication on (``case_now``); nothing waits for what is here.
2. The publication of a guide that withdraws lines is due to be followed up. That leads to the cases of its matter that
   wait for a line; each is noted in a unit of its own, so that one which fails holds up none of the others.
"""

from typing import Final

from exchange.call import Call
from exchange.cases.case_now import awaits_nothing
from exchange.cases.recording import end_waiting
from exchange.cases.room import CaseRoom, find_due_case
from exchange.clocks.due import Due, DueKind

MOST_CASES: Final = 100
"""Cases that one unit finds; the next are due again."""


def complete_case(call: Call, room: CaseRoom, case_id: str, _due: Due) -> None:
    """Note that a case awaits nothing any more, if so: the handler of ``DueKind.CASE_COMPLETION``.

    Raises as ``find_due_case``.
    """
    found = find_due_case(call, room, case_id)
    if awaits_nothing(call, room.catalogue, found.case, found.evidence.lines.values()):
        end_waiting(call, room.store, found)


def follow_withdrawal(call: Call, room: CaseRoom, subject: str, _due: Due) -> None:
    """Have every case looked at that waits for a line of a matter: the handler of ``DueKind.GUIDE_WITHDRAWAL``.

    ``subject`` is ``matter code/revision``, with ``/case id`` to go on after that case.
    """
    matter, revision, after = (*subject.split("/", 2), "", "")[:3]
    cases = room.store.evidence.waiting(matter, after=after, limit=MOST_CASES + 1)
    for case_id in cases[:MOST_CASES]:
        call.change(*room.store.noted(Due(call.now, DueKind.CASE_COMPLETION, case_id)))
    if len(cases) > MOST_CASES:
        rest = f"{matter}/{revision}/{cases[MOST_CASES - 1]}"
        call.change(*room.store.noted(Due(call.now, DueKind.GUIDE_WITHDRAWAL, rest)))
