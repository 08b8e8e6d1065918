"""Reading and taking over what was handed over: each supervising department its own."""

from exchange.call import Call
from exchange.entities.catalogue import Purpose
from exchange.entities.page import Page
from exchange.entities.supervision import HandOff
from exchange.errors import NotFoundError
from exchange.reasons import Reason
from exchange.supervision.handing_over import SUPERVISOR, WAITING, acknowledged, write_hand_off
from exchange.supervision.room import SupervisionRoom


def list_waiting_hand_offs(call: Call, room: SupervisionRoom, *, after: str, limit: int) -> Page[HandOff]:
    """A page of what waits to be taken over by the caller's department, oldest first."""
    return _page(call, room, WAITING, after, limit)


def list_hand_offs(call: Call, room: SupervisionRoom, *, after: str, limit: int) -> Page[HandOff]:
    """A page of everything that was handed over to the caller's department, oldest first."""
    return _page(call, room, SUPERVISOR, after, limit)


def acknowledge_hand_off(call: Call, room: SupervisionRoom, key: str) -> HandOff:
    """Take a hand-off over; doing it again changes nothing.

    Raises ``NotFoundError(HAND_OFF_NOT_FOUND)`` alike for one that is missing and another department's.
    """
    call.draft.purpose = Purpose.SUPERVISION.value
    found = room.store.hand_offs.find(call, key)
    if found is None or found.value.supervisor != call.caller.department.uscc:
        raise NotFoundError(Reason.HAND_OFF_NOT_FOUND, "handOffs", f"handOffs/{key}")
    call.draft.sealed_owner = found.owner
    call.draft.matter = found.value.matter
    if found.value.acknowledged_time:
        return found.value
    taken_over = acknowledged(found.value, call.now)
    write_hand_off(call, taken_over, found.owner, found.version)
    return taken_over


def _page(call: Call, room: SupervisionRoom, index: str, after: str, limit: int) -> Page[HandOff]:
    call.draft.purpose = Purpose.SUPERVISION.value
    return room.store.hand_offs.page(index, call.caller.department.uscc, after=after, limit=limit)
