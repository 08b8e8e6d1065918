"""Handing something over to the department that supervises its matter.

Rules:
1. A hand-off is made by the unit of what it tells: it is there exactly if that happened.
2. Who supervises is what the guide in force says; without one there is no hand-off.
3. It is sealed under the data key of whom the case or licence is about, and erased with it.
"""

import secrets
from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.entities.licence import LicenceState
from exchange.entities.register import Register
from exchange.entities.supervision import HandOff, HandOffKind
from exchange.sealed_records import write_sealed
from storage.records.changes import IndexEntry

HAND_OFF: Final = "hand_off"
SUPERVISOR: Final = "supervisor"
WAITING: Final = "waiting"


def supervisor_of(register: Register, matter: str) -> str:
    """USCC of the department that supervises a matter today; empty if none does or the matter is not in force."""
    found = register.matters.get(matter)
    return found.supervising_department if found is not None else ""


def supervisors_of(register: Register, matters: tuple[str, ...]) -> frozenset[str]:
    """Those who supervise any of these matters today."""
    return frozenset(supervisor_of(register, matter) for matter in matters) - {""}


def hand_over_approval(call: Call, owner: str, case: str, matter: str, licence: str) -> None:
    """Hand over an approved case of a matter, with the resource name of the licence issued for it (or empty)."""
    state = LicenceState.ACTIVE if licence else None
    _hand_over(call, owner, HandOffKind.CASE_APPROVED, matter, case=case, licence=licence, state=state)


def hand_over_change(call: Call, owner: str, matter: str, licence: str, state: LicenceState) -> None:
    """Hand over that a licence (a resource name) that a matter led to has changed its state."""
    _hand_over(call, owner, HandOffKind.LICENCE_CHANGED, matter, case="", licence=licence, state=state)


def write_hand_off(call: Call, hand_off: HandOff, owner: str, version: int) -> None:
    """Put a hand-off; one that waits is found as such, too."""
    indexes: list[IndexEntry] = [(SUPERVISOR, hand_off.supervisor.encode())]
    if not hand_off.acknowledged_time:
        indexes.append((WAITING, hand_off.supervisor.encode()))
    write_sealed(call, HAND_OFF, hand_off.id, hand_off, owner=owner, version=version, indexes=tuple(indexes))


def acknowledged(hand_off: HandOff, now: int) -> HandOff:
    """The hand-off once it is taken over."""
    return replace(hand_off, acknowledged_time=now)


def _hand_over(
    call: Call, owner: str, kind: HandOffKind, matter: str, *, case: str, licence: str, state: LicenceState | None
) -> None:
    supervisor = supervisor_of(call.register, matter)
    if not supervisor:
        return
    hand_off = HandOff(
        id=f"{call.now_us // 1000:012x}{secrets.token_hex(10)}",  # as ``new_id`` makes those of cases
        kind=kind,
        supervisor=supervisor,
        origin=call.caller.department.uscc,
        matter=matter,
        case=case,
        licence=licence,
        licence_state=state,
        made_time=call.now,
    )
    write_hand_off(call, hand_off, owner, 0)
