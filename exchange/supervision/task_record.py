"""An inspection task as it is kept: found by its supervisor alone, ended by the result of its inspection."""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.room import is_id
from exchange.entities.supervision import InspectionTask
from exchange.errors import RefusedError
from exchange.reasons import Reason
from exchange.sealed_records import Found, write_sealed
from exchange.supervision.handing_over import SUPERVISOR
from exchange.supervision.room import INSPECTION_TASK, SupervisionRoom


def find_task(call: Call, room: SupervisionRoom, task: str) -> Found[InspectionTask] | None:
    """The task, whosever it is, expected unchanged at commit; None for one that is missing or was erased."""
    return room.store.tasks.find(call, task) if is_id(task) else None


def uses_counter(task: str) -> str:
    """The durable counter of how often a task was read under."""
    return f"inspectionTask/{task}"


def close_task(call: Call, room: SupervisionRoom, task: str, subject: str, result: str) -> None:
    """End a task of the caller's department about ``subject`` by a result.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN alike for one that is missing, another department's or about
    something else, and with TASK_NOT_OPEN.
    """
    found = find_task(call, room, task)
    name = f"inspectionTasks/{task}"
    if found is None or found.value.supervisor != call.caller.department.uscc or found.value.subject != subject:
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=name)
    if found.value.closed_time:
        raise RefusedError(Reason.TASK_NOT_OPEN, subject=name)
    write_task(call, replace(found.value, closed_time=call.now, result=result), found.owner, found.version)


def write_task(call: Call, task: InspectionTask, owner: str, version: int) -> None:
    """Put a task over record version ``version`` (0: there is none)."""
    index = (SUPERVISOR, task.supervisor.encode())
    write_sealed(call, INSPECTION_TASK, task.id, task, owner=owner, version=version, indexes=(index,))
