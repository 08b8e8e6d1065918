"""Telling what happens to a licence: an event, and a hand-off to whoever supervises the matter that led to it.

Told are its issuer and that supervisor. Departments whose open cases have fetched it are not: which those are is in no
index, and finding out would mean reading their cases.
"""

from exchange.call import Call
from exchange.entities.event import Event, EventType
from exchange.entities.licence import Licence
from exchange.licences.room import LicenceRoom, licence_name
from exchange.supervision.handing_over import hand_over_change, supervisor_of


def tell_issued(call: Call, room: LicenceRoom, licence: Licence) -> None:
    """Say that a licence was issued; its approval hands it over."""
    _tell(call, room, licence, EventType.LICENCE_ISSUED)


def tell_changed(call: Call, room: LicenceRoom, licence: Licence, type_: EventType) -> None:
    """Say that a licence, as it is now, was led a step further, and hand that over."""
    _tell(call, room, licence, type_)
    name = licence_name(licence.type_code, licence.identifier)
    hand_over_change(call, room.store.owner(licence.holders[0]), licence.related_matter, name, licence.state)


def _tell(call: Call, room: LicenceRoom, licence: Licence, type_: EventType) -> None:
    supervisor = supervisor_of(call.register, licence.related_matter)
    call.draft.event(
        Event(
            type_,
            licence_name(licence.type_code, licence.identifier),
            frozenset({licence.issuing_authority, supervisor}) - {""},
            matter=licence.related_matter,
            licence_type=licence.type_code,
            details={
                "state": licence.state.value,
                "version": str(licence.version),
                "predecessor": licence.predecessor,
            },
            owner=room.store.owner(licence.holders[0]),
        )
    )
