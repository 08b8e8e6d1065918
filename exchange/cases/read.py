"""Reading cases: by the department that handles one, the one that collected it, and delegated counters."""

from exchange.call import Call
from exchange.cases.clock import read_clock
from exchange.cases.masking import without_people
from exchange.cases.room import CaseRoom, CaseView, case_etag, find_case
from exchange.cases.states import as_of
from exchange.entities.page import Page
from storage.errors import ErasedError


def get_case(call: Call, room: CaseRoom, case_id: str) -> CaseView:
    """A case in full. Raises what ``find_case`` raises."""
    found = find_case(call, room, case_id)
    case = as_of(found.case, call.now)
    return CaseView(case, case_etag(case_id, found.version), read_clock(call, room, case))


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
            case = room.store.decoded(record)
        except ErasedError:
            continue
        if (cases and case.id not in cases) or (matters and matters.isdisjoint(pin.code for pin in case.matters)):
            continue
        items.append(CaseView(without_people(as_of(case, call.now)), case_etag(case.id, record.version)))
    return Page(tuple(items), records[limit - 1].key if len(records) > limit else "")
