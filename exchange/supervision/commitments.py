"""Checking afterwards what applicants committed to (告知承诺).

Rules:
1. ``commitment_check``/case/matter/line is written by whoever takes the commitment; this room lists and settles it.
2. A broken commitment takes nothing back: what was granted ends only by somebody's decision, for example a penalty.
"""

from typing import Any, Final

import msgpack

from exchange.call import Call
from exchange.cases.store import owner_party
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.page import Page
from exchange.entities.supervision import CommitmentCheck, CommitmentState
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason
from exchange.supervision.results import supervised_case
from exchange.supervision.room import SupervisionRoom
from storage.errors import CorruptError
from storage.records.changes import Expect, Replace

COMMITMENT_CHECK: Final = "commitment_check"

_SUPERVISOR: Final = "supervisor"


def list_commitment_checks(call: Call, room: SupervisionRoom, *, after: str, limit: int) -> Page[CommitmentCheck]:
    """A page of the commitments that the caller's department checks, settled ones included."""
    call.draft.purpose = Purpose.SUPERVISION.value
    uscc = call.caller.department.uscc.encode()
    rows = room.store.records.find(COMMITMENT_CHECK, _SUPERVISOR, uscc, after=after, limit=limit + 1)
    items = tuple(_check_of(_members(row.body)) for row in rows[:limit])
    return Page(items, rows[limit - 1].key if len(rows) > limit else "")


def settle_commitment_check(
    call: Call, room: SupervisionRoom, case_id: str, matter: str, requirement: str, state: CommitmentState
) -> CommitmentCheck:
    """Say that a commitment was kept or broken.

    Raises ``NotFoundError`` (COMMITMENT_NOT_FOUND, or what ``supervised_case`` raises), ``RefusedError`` with
    COMMITMENT_STATE if it was settled before, and ``InvalidError`` for a state that settles nothing.
    """
    if state is CommitmentState.OPEN:
        raise InvalidError((Violation("state", "must be kept or broken", "应为已履行或未履行"),))
    case, _ = supervised_case(call, room, case_id)
    key = f"{case_id}/{matter}/{requirement}"
    record = room.store.records.get(COMMITMENT_CHECK, key)
    members = _members(record.body) if record is not None else {}
    own = call.caller.department.uscc
    guide = call.register.matters.get(matter)
    if record is None or guide is None or guide.supervising_department != own:
        raise NotFoundError(Reason.COMMITMENT_NOT_FOUND, "commitments", key)
    if _check_of(members).state is not CommitmentState.OPEN:
        call.change(Expect(COMMITMENT_CHECK, key, record.version))
        raise RefusedError(Reason.COMMITMENT_STATE, subject=f"cases/{case_id}")
    settled = members | {"state": state.value, "settled_time": call.now, "settled_by": call.caller.name}
    index = (_SUPERVISOR, own.encode())
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
