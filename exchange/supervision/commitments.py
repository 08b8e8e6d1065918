"""Checking afterwards what applicants committed to (告知承诺).

Rules:
1. ``commitment_check``/case/matter/line is written by whoever takes the commitment; this room lists and settles it.
2. A broken commitment takes nothing back: what was granted ends only by somebody's decision, for example a penalty.
"""

from typing import Any

import msgpack

from exchange.call import Call
from exchange.cases.committing import COMMITMENT_CHECK, SUPERVISOR
from exchange.cases.store import CASE, owner_party
from exchange.entities.case import Case
from exchange.entities.catalogue import Purpose, Role
from exchange.entities.event import Event, EventType
from exchange.entities.page import Page
from exchange.entities.register import Register
from exchange.entities.supervision import CommitmentCheck, CommitmentState
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason
from exchange.supervision.handing_over import supervisor_of
from exchange.supervision.results import known_case
from exchange.supervision.room import SupervisionRoom
from storage.errors import CorruptError
from storage.records.changes import Expect, Replace


def list_commitment_checks(call: Call, room: SupervisionRoom, *, after: str, limit: int) -> Page[CommitmentCheck]:
    """A page of the commitments that the caller's department checks, settled ones included."""
    call.draft.purpose = Purpose.SUPERVISION.value
    uscc = call.caller.department.uscc.encode()
    rows = room.store.records.find(COMMITMENT_CHECK, SUPERVISOR, uscc, after=after, limit=limit + 1)
    items = tuple(_check_of(_members(row.body)) for row in rows[:limit])
    return Page(items, rows[limit - 1].key if len(rows) > limit else "")


def settle_commitment_check(
    call: Call, room: SupervisionRoom, case_id: str, matter: str, requirement: str, state: CommitmentState
) -> CommitmentCheck:
    """Say that a commitment was kept or broken.

    It is for the matter's supervisor, in the post of one, or for who handles the case where the guide in force names
    none. Raises ``NotFoundError`` with COMMITMENT_NOT_FOUND or CASE_UNKNOWN, ``RefusedError`` with ROLE_MISSING, or
    COMMITMENT_STATE if it was settled before, and ``InvalidError`` for a state that settles nothing.
    """
    if state is CommitmentState.OPEN:
        raise InvalidError((Violation("state", "must be kept or broken", "应为已履行或未履行"),))
    case, own = known_case(call, room, case_id), call.caller.department.uscc
    if own not in {_checker_of(call.register, pin.code, case) for pin in case.matters}:
        raise NotFoundError(Reason.CASE_UNKNOWN, CASE, f"cases/{case_id}")
    key = f"{case_id}/{matter}/{requirement}"
    record = room.store.records.get(COMMITMENT_CHECK, key)
    call.change(Expect(COMMITMENT_CHECK, key, record.version if record else 0))
    members = _members(record.body) if record is not None else {}
    if record is None or _checker_of(call.register, matter, case) != own:
        raise NotFoundError(Reason.COMMITMENT_NOT_FOUND, "commitments", key)
    _check_post(call, matter)
    if _check_of(members).state is not CommitmentState.OPEN:
        raise RefusedError(Reason.COMMITMENT_STATE, subject=f"cases/{case_id}")
    settled = members | {"state": state.value, "settled_time": call.now, "settled_by": call.caller.name}
    index = (SUPERVISOR, own.encode())
    call.change(Replace(COMMITMENT_CHECK, key, record.version, msgpack.packb(settled), (index,)))
    owner = room.cases.store.owner(owner_party(case))
    call.draft.sealed_owner = owner
    call.draft.matter = matter
    broken = state is CommitmentState.BROKEN
    call.draft.event(
        Event(
            EventType.COMMITMENT_BROKEN if broken else EventType.COMMITMENT_KEPT,
            f"cases/{case_id}",
            frozenset({own, case.handling_department}),
            matter=matter,
            details={"requirement": requirement},
            owner=owner,
        )
    )
    return _check_of(settled)


def _checker_of(register: Register, matter: str, case: Case) -> str:
    if matter not in register.matters:
        return ""
    return supervisor_of(register, matter) or case.handling_department


def _check_post(call: Call, matter: str) -> None:
    """Either role opens the method; which of the two is needed, the matter says."""
    needed = Role.SUPERVISOR if supervisor_of(call.register, matter) else Role.REQUESTER
    operator = call.caller.operator
    if operator is None or needed not in operator.roles & call.caller.department.roles:
        raise RefusedError(Reason.ROLE_MISSING, subject=f"matters/{matter}")


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = msgpack.unpackb(body)
    except (ValueError, msgpack.UnpackException) as error:
        raise CorruptError("a commitment to check does not decode: restore it from a backup") from error
    if not isinstance(members, dict):
        raise CorruptError("a commitment to check does not decode: restore it from a backup")
    return members


def _check_of(members: dict[str, Any]) -> CommitmentCheck:
    try:
        return CommitmentCheck(
            str(members["case"]).removeprefix("cases/"),
            str(members["matter"]),
            str(members["requirement"]),
            int(members["made_time"]),
            CommitmentState(members["state"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CorruptError("a commitment to check does not decode: restore it from a backup") from error
