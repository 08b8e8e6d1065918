"""Reading cases: by the department that handles one, the one that collected it, and delegated counters."""

from exchange.call import Call
from exchange.cases.case_now import read_evidence, seen_lines, shown_now
from exchange.cases.clock import read_clock
from exchange.cases.collecting import with_regions
from exchange.cases.masking import without_people
from exchange.cases.regions import find_readable_case
from exchange.cases.room import CaseRoom, CaseView, case_etag
from exchange.entities.page import Page
from storage.errors import ErasedError


def get_case(call: Call, room: CaseRoom, case_id: str) -> CaseView:
    """A case in full, and what became of its evidence. Raises what ``find_readable_case`` raises."""
    found = find_readable_case(call, room, case_id)
    evidence = seen_lines(call, room.catalogue, found.case, read_evidence(call, room.store.evidence, case_id))
    return with_regions(call, room, CaseView(found.case, found.etag, read_clock(call, room, found.case), evidence))


def list_cases(call: Call, room: CaseRoom, *, after: str, limit: int) -> Page[CaseView]:
    """A page of the cases that the caller's department handles or collected, newest last, without people.

    ``after`` is the id to read on after. Cases whose applicant's data were erased are left out, so a page may be
    shorter than ``limit`` and still not be the last. A token that is limited to some cases or matters lists those.
    """
    records = room.store.listed(call.caller.department.uscc, after=after, limit=limit + 1)
    matters, cases, _ = call.caller.scope
    items = []
    for record in records[:limit]:
        try:
            case = shown_now(call, room.store.evidence, room.catalogue, room.store.decoded(record))
        except ErasedError:
            continue
        if (cases and case.id not in cases) or (matters and matters.isdisjoint(pin.code for pin in case.matters)):
            continue
        items.append(CaseView(without_people(case), case_etag(case.id, record.version)))
    return Page(tuple(items), records[limit - 1].key if len(records) > limit else "")
