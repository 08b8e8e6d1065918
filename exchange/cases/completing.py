"""Cases that await only evidence which guides have withdrawn: the hub finds them and notes that they are accepted.

Rules:
1. Such a case counts as accepted from the publication on (``case_now``); nothing waits for what is here.
2. The publication of a guide that withdraws lines is due to be followed up. That looks at the cases of its matter that
   wait for a line. Each that awaits nothing any more is noted in a unit of its own, so that one which fails holds up
   none of the others.
"""

from typing import Final

from exchange.call import Call
from exchange.cases.case_now import awaits_nothing
from exchange.cases.recording import end_waiting
from exchange.cases.room import CaseRoom, find_due_case
from exchange.clocks.due import Due, DueKind
from storage.errors import CorruptError, ErasedError

MOST_CASES: Final = 100
"""Cases that one unit looks at; the next are due again."""


def complete_case(call: Call, room: CaseRoom, case_id: str, _due: Due) -> None:
    """Note that a case awaits nothing any more, if so: the handler of ``DueKind.CASE_COMPLETION``.

    Raises as ``find_due_case``.
    """
    found = find_due_case(call, room, case_id)
    if awaits_nothing(call, room.catalogue, found.case, found.evidence.lines.values()):
        end_waiting(call, room.store, found)


def follow_withdrawal(call: Call, room: CaseRoom, subject: str, _due: Due) -> None:
    """Find the cases of a matter that await nothing any more: the handler of ``DueKind.GUIDE_WITHDRAWAL``.

    ``subject`` is ``matter code/revision``, with ``/case id`` to go on after that case.
    """
    matter, revision, after = (*subject.split("/", 2), "", "")[:3]
    cases = room.store.evidence.waiting(matter, after=after, limit=MOST_CASES + 1)
    for case_id in cases[:MOST_CASES]:
        if not _awaits_nothing(call, room, case_id):
            continue
        call.change(*room.store.noted(Due(call.now, DueKind.CASE_COMPLETION, case_id)))
    if len(cases) > MOST_CASES:
        rest = f"{matter}/{revision}/{cases[MOST_CASES - 1]}"
        call.change(*room.store.noted(Due(call.now, DueKind.GUIDE_WITHDRAWAL, rest)))


def _awaits_nothing(call: Call, room: CaseRoom, case_id: str) -> bool:
    """Looked at past every cache, and not expected unchanged: it is decided again where it is noted."""
    try:
        case = room.store.cases.fresh(case_id).value
        lines = room.store.evidence.lines.fresh(case_id).value
    except ErasedError:
        return False
    except CorruptError:
        return True  # told by the case's own unit, which fails by itself
    return case is not None and awaits_nothing(call, room.catalogue, case, lines or ())
