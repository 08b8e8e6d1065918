"""Which department does what in which matter: its implementer, and those that the implementer delegates a duty to.

Rules:
1. A counter that handles does all that the implementer does.
2. A department of another region collects (异地代收代办) or reads what is shared (多地联办), in matters whose guide in
   force is offered across regions. Neither handles.
3. A delegation counts on its days alone, and is looked up anew at every step.
"""

from collections.abc import Iterable

from exchange.civil_time import civil_date
from exchange.entities.catalogue import CROSS_REGION, Status
from exchange.entities.delegation import DelegatedDuty
from exchange.entities.register import Register


def is_delegated(register: Register, matter: str, counter: str, now: int) -> bool:
    """Whether the matter's implementer lets the department ``counter`` handle it on the day of ``now``."""
    return counter in _delegates(register, matter, DelegatedDuty.HANDLE, now)


def may_handle(register: Register, matter: str, department: str, now: int) -> bool:
    """Whether the department implements the matter or is a delegated counter for it."""
    return matter[:18] == department or is_delegated(register, matter, department, now)


def is_counter_of(register: Register, handling: str, matters: Iterable[str], counter: str, now: int) -> bool:
    """Whether the handling department delegates one of these matters of its own to ``counter``."""
    return any(matter[:18] == handling and is_delegated(register, matter, counter, now) for matter in matters)


def may_collect(register: Register, matter: str, department: str, now: int) -> bool:
    """Whether the department, of another region, collects cases of the matter for its implementer on that day."""
    return department in _across(register, matter, DelegatedDuty.COLLECT, now)


def sharers(register: Register, matter: str, now: int) -> frozenset[str]:
    """The departments of other regions that read the files of cases of the matter on that day."""
    return _across(register, matter, DelegatedDuty.SHARE, now)


def shared_with_department(register: Register, department: str, now: int) -> tuple[str, ...]:
    """Codes of the matters whose files other regions share with the department on that day, sorted."""
    named = {
        matter
        for each in register.departments.values()
        for delegation in each.delegations
        if delegation.counter == department and delegation.duty is DelegatedDuty.SHARE
        for matter in delegation.matters
    }
    return tuple(sorted(code for code in named if department in sharers(register, code, now)))


def _across(register: Register, code: str, duty: DelegatedDuty, now: int) -> frozenset[str]:
    implementer, matter = register.departments.get(code[:18]), register.matters.get(code)
    if implementer is None or matter is None or CROSS_REGION not in matter.channels:
        return frozenset()
    return frozenset(
        uscc
        for uscc in _delegates(register, code, duty, now)
        if uscc in register.departments and register.departments[uscc].region != implementer.region
    )


def _delegates(register: Register, matter: str, duty: DelegatedDuty, now: int) -> frozenset[str]:
    implementer = register.departments.get(matter[:18])
    if implementer is None or implementer.status is not Status.ACTIVE or not implementer.delegations:
        return frozenset()
    today = civil_date(now)
    return frozenset(
        delegation.counter
        for delegation in implementer.delegations
        if delegation.duty is duty
        and matter in delegation.matters
        and delegation.valid_from <= today <= delegation.valid_until
    )
