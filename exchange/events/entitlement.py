"""Who may be told of an event: asked when a stream is opened, for every event, and when the register changes.

Rules:
1. The event's audience names the department, or every one: nobody else is told, whatever they ask for.
2. A stream ends when its department or operator is not active any more, or lost a role that it had at the opening.
3. A token's scope narrows: matters by the event's matter, cases by its subject. What names none is then not told.
"""

from dataclasses import dataclass

from exchange.call import Caller
from exchange.entities.catalogue import Status
from exchange.entities.event import EVERY_DEPARTMENT
from exchange.entities.register import Register
from exchange.events.reader import Told
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a subscriber asks for; an empty set does not narrow."""

    types: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()
    licence_types: frozenset[str] = frozenset()


def may_be_told(caller: Caller, asked: EventFilter, told: Told) -> bool:
    """Whether the caller's department may be told, by this token, and asked for it."""
    if told.audience != EVERY_DEPARTMENT and caller.department.uscc not in told.audience:
        return False
    matters, cases, _ = caller.scope
    if (matters and told.matter not in matters) or (cases and told.subject.removeprefix("cases/") not in cases):
        return False
    return (
        (not asked.types or told.type in asked.types)
        and (not asked.departments or told.department in asked.departments)
        and (not asked.matters or told.matter in asked.matters)
        and (not asked.licence_types or told.licence_type in asked.licence_types)
    )


def ended_for(caller: Caller, register: Register) -> Reason | None:
    """Why a stream that ``caller`` opened must end under the register in force; None: it goes on."""
    department = register.departments.get(caller.department.uscc)
    if department is None or department.status is not Status.ACTIVE:
        return Reason.CERTIFICATE_REVOKED
    if not caller.department.roles <= department.roles:
        return Reason.ROLE_MISSING
    if caller.department.certificates - department.certificates:
        return Reason.CERTIFICATE_UNKNOWN
    if caller.operator is None:
        return None
    operator = register.operators.get((department.uscc, caller.operator.id))
    if operator is None or operator.status is not Status.ACTIVE:
        return Reason.OPERATOR_UNKNOWN
    return None if caller.operator.roles <= operator.roles else Reason.ROLE_MISSING
