"""The events of a case's own steps: who is told that it was opened, accepted or withdrawn; deciding tells of itself."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.call import Call
from exchange.cases.room import CaseRoom
from exchange.cases.store import owner_party
from exchange.entities.case import Case, CaseState
from exchange.entities.event import Event, EventType

_TYPES: Mapping[CaseState, EventType] = MappingProxyType(
    {
        CaseState.OPEN: EventType.CASE_OPENED,
        CaseState.ACCEPTED: EventType.CASE_ACCEPTED,
        CaseState.WITHDRAWN: EventType.CASE_WITHDRAWN,
    }
)


def tell_step(call: Call, room: CaseRoom, case: Case) -> None:
    """Say that a case came into the state that it has now, to who handles it and who collected it."""
    call.draft.event(
        Event(
            _TYPES[case.state],
            f"cases/{case.id}",
            frozenset({case.handling_department, case.collecting_department}),
            matter=case.matters[0].code,
            owner=room.store.owner(owner_party(case)),
        )
    )
