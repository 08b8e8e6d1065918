"""Cases across regions (跨省通办): who collects one, to whom its files are shared, and finding one to read.

Rules:
1. A case was collected for another region if it says so by its channel; who collected it does so only as long as the
   implementer delegates that duty, and only what it does not handle itself.
2. Files are shared once the case is accepted, with departments of other regions to which the implementer delegates
   that.
3. Neither changes a case: they find it to read alone.
"""

from exchange.call import Call
from exchange.cases.delegation import may_collect, sharers
from exchange.cases.room import CaseRoom, SeenCase, find_case, is_known_to, works_on
from exchange.entities.case import Case
from exchange.entities.catalogue import CROSS_REGION


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
    return case.accepted_time != 0 and not works_on(call, case) and department in _sharers(call, case, matter)


def shared_with(call: Call, case: Case) -> frozenset[str]:
    """Departments of other regions that read the files of the case, once it is accepted."""
    return frozenset(each for pin in case.matters for each in _sharers(call, case, pin.code))


def find_readable_case(call: Call, room: CaseRoom, case_id: str) -> SeenCase:
    """As ``find_case``, also for departments with which the case's files are shared: to read, never to change."""

    def reads(call: Call, case: Case) -> bool:
        return is_known_to(call, case) or any(is_shared(call, case, pin.code) for pin in case.matters)

    return find_case(call, room, case_id, reads)


def _sharers(call: Call, case: Case, matter: str) -> frozenset[str]:
    """With whom the matter's files are shared: its implementer says so, of those cases alone that it handles."""
    own = matter[:18] == case.handling_department
    return sharers(call.register, matter, call.now) if own else frozenset()
