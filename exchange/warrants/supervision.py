"""SUPERVISION: a supervising department reads what its inspection task is for, while the task is open."""

from exchange.call import Call
from exchange.entities.catalogue import Role
from exchange.purpose.object_facts import TaskFacts
from exchange.reasons import Reason
from exchange.supervision.handing_over import supervisor_of
from exchange.supervision.room import SupervisionRoom
from exchange.supervision.task_record import find_task, uses_counter
from exchange.warrants.room import FindWarrant
from exchange.warrants.warrant import PURPOSES, Asked, Warrant, unknown


def task_warrants(room: SupervisionRoom) -> FindWarrant:
    """What finds the warrant of an inspection task; whether its matter is still supervised, the guide in force says."""

    def find(call: Call, asked: Asked) -> Warrant:
        found = find_task(call, room, asked.id)
        if found is None:
            return unknown(asked)
        task = found.value
        counter = uses_counter(task.id)
        used = room.store.records.counter(counter) - call.used_before(counter)
        return Warrant(
            name=asked.name,
            purpose=PURPOSES[asked.collection],
            role=Role.SUPERVISOR,
            task=TaskFacts(
                id=task.id,
                supervisor=task.supervisor,
                matter=task.matter,
                supervised=supervisor_of(call.register, task.matter) == task.supervisor,
                licence_type=task.licence_type,
                fields=frozenset(task.fields),
                from_time=task.opened_time,
                until_time=task.until_time,
                open=not task.closed_time,
                uses_left=max(task.max_uses - used, 0),
            ),
            holder=task.holder,
            licence_type=asked.licence_type or task.licence_type,
            matter=task.matter,
            identifier=task.identifier,
            until=task.until_time,
            counter=counter,
            uses=task.max_uses,
            exhausted=Reason.TASK_EXHAUSTED,
        )

    return find
