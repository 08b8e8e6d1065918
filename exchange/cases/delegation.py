"""Which department may handle which matter: its implementer, or a counter that the implementer delegates it to."""

from collections.abc import Iterable

from exchange.civil_time import civil_date
from exchange.entities.catalogue import Status
from exchange.entities.register import Register


def is_delegated(register: Register, matter: str, counter: str, now: int) -> bool:
    """Whether the matter's implementer lets the department ``counter`` handle it on the day of ``now``."""
    implementer = register.departments.get(matter[:18])
    if implementer is None or implementer.status is not Status.ACTIVE:
        return False
    today = civil_date(now)
    return any(
        delegation.counter == counter
        and matter in delegation.matters
        and delegation.valid_from <= today <= delegation.valid_until
        for delegation in implementer.delegations
    )


def may_handle(register: Register, matter: str, department: str, now: int) -> bool:
    """Whether the department implements the matter or is a delegated counter for it."""
    return matter[:18] == department or is_delegated(register, matter, department, now)


def is_counter_of(register: Register, handling: str, matters: Iterable[str], counter: str, now: int) -> bool:
    """Whether the handling department delegates one of these matters of its own to ``counter``."""
    return any(matter[:18] == handling and is_delegated(register, matter, counter, now) for matter in matters)
