"""Penalties: a supervisor proposes, the issuer carries out or refuses, and both see what became of it.

Rules:
1. Only who supervises the licence's matter proposes; only who issued the licence acts on it.
2. A licence has one penalty that waits at a time.
3. That a limit has passed is told once, and changes nothing else: the issuer may act after it as before.
"""

from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.cases.room import new_id
from exchange.clocks.due import Due, DueKind, put, taken
from exchange.clocks.working_days import department_deadline
from exchange.codes import text_problem
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.licence import LicenceState
from exchange.entities.page import Page
from exchange.entities.supervision import Penalty, PenaltyKind, PenaltyState
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason
from exchange.sealed_records import Found, write_sealed
from exchange.supervision.handing_over import SUPERVISOR
from exchange.supervision.room import MAX_REFERENCE, PENALTY, SupervisionRoom, SupervisionStore, supervised_licence
from storage.records.changes import Delete, Expect, IndexEntry, Insert

WAITING: Final = "penalty_waiting"
"""One record for each licence with a penalty that waits."""
MAX_REFUSAL: Final = 500

_ISSUER: Final = "issuer"
_ISSUER_WAITING: Final = "issuer_waiting"
_STATES = {
    PenaltyKind.SUSPEND: frozenset({LicenceState.ACTIVE}),
    PenaltyKind.REVOKE: frozenset({LicenceState.ACTIVE, LicenceState.SUSPENDED}),
}


def propose_penalty(
    call: Call, room: SupervisionRoom, type_code: str, identifier: str, kind: PenaltyKind, legal_reference: str
) -> Penalty:
    """Propose to the issuer of a licence to suspend or revoke it.

    Raises what ``supervised_licence`` raises, ``RefusedError`` with LICENCE_STATE or PENALTY_EXISTS, and
    ``InvalidError`` (legal reference).
    """
    _check_text("legal_reference", legal_reference, MAX_REFERENCE)
    found = supervised_licence(call, room, type_code, identifier)
    if found.state not in _STATES[kind]:
        raise RefusedError(Reason.LICENCE_STATE, subject=found.name)
    waiting = room.store.records.get(WAITING, identifier)
    call.change(Expect(WAITING, identifier, waiting.version if waiting else 0))
    if waiting is not None:
        raise RefusedError(Reason.PENALTY_EXISTS, subject=found.name)
    penalty = Penalty(
        id=new_id(room.cases, call.now_us),
        licence=found.name,
        matter=found.matter,
        kind=kind,
        legal_reference=legal_reference,
        supervisor=call.caller.department.uscc,
        issuer=found.issuer,
        proposed_time=call.now,
        due_time=department_deadline(call.register, found.issuer, call.now, room.penalty_days),
    )
    _write(call, penalty, found.owner, 0)
    call.change(Insert(WAITING, identifier, penalty.id.encode()), put(_due(penalty)))
    _tell(call, EventType.PENALTY_PROPOSED, penalty, found.owner)
    return penalty


def list_proposed_penalties(call: Call, store: SupervisionStore, *, after: str, limit: int) -> Page[Penalty]:
    """A page of the penalties that the caller's department proposed, oldest first."""
    call.draft.purpose = Purpose.SUPERVISION.value
    return store.penalties.page(SUPERVISOR, call.caller.department.uscc, after=after, limit=limit)


def list_penalties(call: Call, store: SupervisionStore, *, after: str, limit: int) -> Page[Penalty]:
    """A page of the penalties for licences of the caller's department, oldest first."""
    return store.penalties.page(_ISSUER, call.caller.department.uscc, after=after, limit=limit)


def list_waiting_penalties(call: Call, store: SupervisionStore, *, after: str, limit: int) -> Page[Penalty]:
    """A page of those that wait for the caller's department, oldest first."""
    return store.penalties.page(_ISSUER_WAITING, call.caller.department.uscc, after=after, limit=limit)


def refuse_penalty(call: Call, store: SupervisionStore, key: str, reason: str) -> Penalty:
    """Refuse to carry out a penalty.

    Raises ``NotFoundError(PENALTY_NOT_FOUND)``, ``RefusedError(PENALTY_STATE)`` and ``InvalidError`` (reason).
    """
    _check_text("reason", reason, MAX_REFUSAL)
    found = _addressed(call, store, key)
    return _settle(call, found, PenaltyState.REFUSED, reason)


def carry_out(call: Call, store: SupervisionStore, key: str, licence: str, kind: PenaltyKind) -> Penalty:
    """Note that the issuer carries a penalty out: the same unit suspends or revokes ``licence`` (a resource name).

    Raises ``NotFoundError(PENALTY_NOT_FOUND)`` and ``RefusedError(PENALTY_STATE)`` (settled, or of another licence or
    kind). Not checked: that the unit does change the licence.
    """
    found = _addressed(call, store, key)
    if (found.value.licence, found.value.kind) != (licence, kind):
        raise RefusedError(Reason.PENALTY_STATE, subject=f"penalties/{key}")
    return _settle(call, found, PenaltyState.CARRIED_OUT, "")


def report_overdue_penalty(call: Call, store: SupervisionStore, subject: str) -> None:
    """Tell that an issuer has let the limit of a penalty pass; the handler of ``DueKind.PENALTY``."""
    found = store.penalties.find(call, subject)
    if found is None:
        raise NotFoundError(Reason.PENALTY_NOT_FOUND, "penalties", f"penalties/{subject}")
    penalty = found.value
    if penalty.state is not PenaltyState.PROPOSED or penalty.overdue_time:
        return
    _write(call, replace(penalty, overdue_time=call.now), found.owner, found.version)
    _tell(call, EventType.PENALTY_OVERDUE, penalty, found.owner)


def _addressed(call: Call, store: SupervisionStore, key: str) -> Found[Penalty]:
    """A penalty that waits for the caller's department."""
    found = store.penalties.find(call, key)
    if found is None or found.value.issuer != call.caller.department.uscc:
        raise NotFoundError(Reason.PENALTY_NOT_FOUND, "penalties", f"penalties/{key}")
    if found.value.state is not PenaltyState.PROPOSED:
        raise RefusedError(Reason.PENALTY_STATE, subject=f"penalties/{key}")
    return found


def _settle(call: Call, found: Found[Penalty], state: PenaltyState, refusal: str) -> Penalty:
    settled = replace(found.value, state=state, settled_time=call.now, refusal=refusal)
    _write(call, settled, found.owner, found.version)
    call.change(Delete(WAITING, settled.licence.rpartition("/")[2], 1))
    if not settled.overdue_time:
        call.change(taken(_due(settled)))
    refused = state is PenaltyState.REFUSED
    _tell(call, EventType.PENALTY_REFUSED if refused else EventType.PENALTY_CARRIED_OUT, settled, found.owner)
    return settled


def _due(penalty: Penalty) -> Due:
    return Due(penalty.due_time, DueKind.PENALTY, penalty.id)


def _write(call: Call, penalty: Penalty, owner: str, version: int) -> None:
    indexes: list[IndexEntry] = [(_ISSUER, penalty.issuer.encode()), (SUPERVISOR, penalty.supervisor.encode())]
    if penalty.state is PenaltyState.PROPOSED:
        indexes.append((_ISSUER_WAITING, penalty.issuer.encode()))
    write_sealed(call, PENALTY, penalty.id, penalty, owner=owner, version=version, indexes=tuple(indexes))


def _tell(call: Call, type_: EventType, penalty: Penalty, owner: str) -> None:
    call.draft.matter = penalty.matter
    call.draft.event(
        Event(
            type_,
            f"penalties/{penalty.id}",
            frozenset({penalty.issuer, penalty.supervisor}),
            matter=penalty.matter,
            licence_type=penalty.licence.split("/")[1],
            details={"licence": penalty.licence, "kind": penalty.kind.value, "due": str(penalty.due_time)},
            owner=owner,
        )
    )


def _check_text(field: str, text: str, most: int) -> None:
    problem = text_problem(text, most)
    if not text:
        raise InvalidError((Violation(field, "must not be empty", "不得为空"),))
    if problem is not None:
        raise InvalidError((Violation(field, problem.en, problem.zh),))
