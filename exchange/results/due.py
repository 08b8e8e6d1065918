"""Licences that an issuer owes to approved cases, since its own system issues them.

Rules:
1. A task is made by the unit that approves the case, and settled by the unit that issues the licence: both or neither.
2. It is settled by a licence of its type, of its issuer and for its holders, and by no other.
3. That its time has passed is told once; a late licence settles it all the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from exchange.call import Call
from exchange.civil_time import civil_date
from exchange.clocks.due import Due, DueKind, put, taken
from exchange.entities.event import Event, EventType
from exchange.entities.licence import Holder, Licence, LicenceState
from exchange.entities.page import Page
from exchange.entities.result import DueIssuance
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.licences.room import licence_name
from exchange.reasons import Reason
from exchange.results.room import DUE_ISSUANCE, ResultRoom, ResultStore
from exchange.sealed_records import Found, write_sealed
from exchange.supervision.handing_over import hand_over_approval, supervisor_of
from storage.errors import CorruptError
from storage.records.changes import IndexEntry

MAX_MATTERS: Final = 50

_OWED: Final = "owed"
_SETTLED: Final = "settled"
_AWAITED: Final = "awaited"


class DueIssuanceState(StrEnum):
    """What became of a licence that is owed; OVERDUE is derived from the clock."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    SETTLED = "settled"


def issuance_state(due: DueIssuance, now: int) -> DueIssuanceState:
    """Its state at ``now``."""
    if due.settled_time:
        return DueIssuanceState.SETTLED
    return DueIssuanceState.OVERDUE if now >= due.due_time else DueIssuanceState.WAITING


def owe_issuance(call: Call, due: DueIssuance, owner: str) -> None:
    """Note that a licence is owed, and by when."""
    _write(call, due, owner, 0)
    call.change(put(_due(due)))
    _tell(call, EventType.ISSUANCE_DUE, due, owner)


def list_owed_issuances(call: Call, store: ResultStore, *, after: str, limit: int) -> Page[DueIssuance]:
    """A page of what the caller's department owes, by the time the cases were opened."""
    return store.dues.page(_OWED, call.caller.department.uscc, after=after, limit=limit)


def list_settled_issuances(call: Call, store: ResultStore, *, after: str, limit: int) -> Page[DueIssuance]:
    """A page of what the caller's department owed and has issued."""
    return store.dues.page(_SETTLED, call.caller.department.uscc, after=after, limit=limit)


def settled_issuances(call: Call, store: ResultStore, case_id: str, matters: Sequence[str]) -> dict[str, str]:
    """Of the matters of a case whose licence was owed, those that have it by now: matter code to resource name."""
    found = ((code, store.dues.find(call, f"{case_id}/{code}")) for code in matters)
    return {code: task.value.licence for code, task in found if task is not None and task.value.settled_time}


def find_owed(call: Call, room: ResultRoom, case_id: str, type_code: str, matter: str) -> Found[DueIssuance]:
    """What the caller's department owes to a case by licences of a type; ``matter`` empty: of whichever matter.

    Raises ``RefusedError(ISSUANCE_NOT_DUE)`` alike where there is no such case, task or debt of the caller's.
    """
    rows = room.store.records.scan(DUE_ISSUANCE, after=f"{case_id}/", limit=MAX_MATTERS)
    for key in (row.key for row in rows if row.key.startswith(f"{case_id}/")):
        found = room.store.dues.find(call, key)
        if found is None or found.value.settled_time or found.value.issuer != call.caller.department.uscc:
            continue
        if found.value.licence_type == type_code and matter in {"", found.value.matter}:
            return found
    raise RefusedError(Reason.ISSUANCE_NOT_DUE, subject=f"licenceTypes/{type_code}")


def check_holders(room: ResultRoom, found: Found[DueIssuance], holders: tuple[Holder, ...]) -> None:
    """Raises ``InvalidError`` unless the licence is for those to whom it is owed."""
    if {room.licences.store.owner(holder) for holder in holders} != set(found.value.holders):
        en, zh = "must be the parties of the case whose result it is", "应为该办件结果证照的持证主体"
        raise InvalidError((Violation("licence.holders", en, zh),))


def settle_issuance(call: Call, found: Found[DueIssuance], licence: Licence) -> None:
    """Settle a task with the licence that this call issues."""
    due = found.value
    name = licence_name(licence.type_code, licence.identifier)
    settled = replace(due, settled_time=call.now, licence=name)
    _write(call, settled, found.owner, found.version)
    if not due.overdue_time:
        call.change(taken(_due(due)))
    _tell(call, EventType.ISSUANCE_SETTLED, settled, found.owner)
    hand_over_approval(call, found.owner, due.case, due.matter, name)


def settle_awaited(call: Call, room: ResultRoom, licences: Sequence[Licence]) -> int:
    """Settle, for each licence of one issuer that this call brings in, the oldest task that waits for one like it.

    Returns how many were settled. For imports, which do not name cases: tasks are found by issuer, type and first
    holder. A licence from before the day of the approval settles nothing, nor does one that is not active: stores often
    know no more than the day.
    """
    records, settled = room.store.records, set[str]()
    if not licences or not records.find(DUE_ISSUANCE, _OWED, licences[0].issuing_authority.encode(), limit=1):
        return 0
    for licence in (each for each in licences if each.state is LicenceState.ACTIVE):
        tags = {room.licences.store.owner(holder) for holder in licence.holders}
        value = _awaited(licence.issuing_authority, licence.type_code, room.licences.store.owner(licence.holders[0]))
        for row in records.find(DUE_ISSUANCE, _AWAITED, value, limit=MAX_MATTERS):
            found = None if row.key in settled else room.store.dues.find(call, row.key)
            if found is None or found.value.settled_time or set(found.value.holders) != tags:
                continue
            if civil_date(licence.issued_time) >= civil_date(found.value.approved_time):
                settle_issuance(call, found, licence)
                settled.add(row.key)
                break
    return len(settled)


def report_overdue_issuance(call: Call, store: ResultStore, subject: str) -> None:
    """Tell that a licence is overdue; the handler of ``DueKind.ISSUANCE``."""
    found = store.dues.find(call, subject)
    if found is None:
        raise NotFoundError(Reason.CASE_UNKNOWN, "cases", f"cases/{subject}")
    due = found.value
    if due.settled_time or due.overdue_time:
        return
    _write(call, replace(due, overdue_time=call.now), found.owner, found.version)
    _tell(call, EventType.ISSUANCE_OVERDUE, due, found.owner)


def _due(due: DueIssuance) -> Due:
    return Due(due.due_time, DueKind.ISSUANCE, due.key)


def _awaited(issuer: str, type_code: str, holder_tag: str) -> bytes:
    return f"{issuer}/{type_code}/{holder_tag}".encode()


def _write(call: Call, due: DueIssuance, owner: str, version: int) -> None:
    if not due.holders:
        raise CorruptError("a licence is owed to nobody")
    indexes: tuple[IndexEntry, ...] = ((_SETTLED, due.issuer.encode()),)
    if not due.settled_time:
        awaited = _awaited(due.issuer, due.licence_type, due.holders[0])
        indexes = ((_AWAITED, awaited), (_OWED, due.issuer.encode()))
    write_sealed(call, DUE_ISSUANCE, due.key, due, owner=owner, version=version, indexes=indexes)


def _tell(call: Call, type_: EventType, due: DueIssuance, owner: str) -> None:
    call.draft.event(
        Event(
            type_,
            f"cases/{due.case}",
            frozenset({due.issuer, supervisor_of(call.register, due.matter)}) - {""},
            matter=due.matter,
            licence_type=due.licence_type,
            details={"due": str(due.due_time)} | ({"licence": due.licence} if due.licence else {}),
            owner=owner,
        )
    )
