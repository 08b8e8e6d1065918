"""Saying what happens to a case: to those who answer for it and to who collected it."""

from collections.abc import Iterator, Mapping

from exchange.call import Call
from exchange.cases.room import CaseRoom
from exchange.cases.store import owner_party
from exchange.entities.case import Case
from exchange.entities.catalogue import EntityKind, Matter
from exchange.entities.event import Event, EventType
from storage.errors import CorruptError


def say(call: Call, room: CaseRoom, case: Case, what: EventType, details: Mapping[str, str]) -> None:
    """Say that something happens to the case, to those who answer for it and to who collected it."""
    call.draft.event(
        Event(
            type=what,
            subject=f"cases/{case.id}",
            audience=responsible(room, case) | {case.collecting_department},
            matter=case.matters[0].code,
            details=details,
            owner=room.store.owner(owner_party(case)),
        )
    )


def responsible(room: CaseRoom, case: Case) -> frozenset[str]:
    """Who answers for the case's deadlines: the department that handles it and those that supervise its matters."""
    supervisors = {matter.supervising_department for _, matter in pinned_matters(room, case)}
    return frozenset({case.handling_department, *supervisors} - {""})


def pinned_matters(room: CaseRoom, case: Case) -> Iterator[tuple[str, Matter]]:
    """The code and the pinned guide of each matter of the case."""
    for pinned in case.matters:
        revision = room.catalogue.revision(EntityKind.MATTER, pinned.code, pinned.revision)
        if revision is None or not isinstance(revision.entity, Matter):
            raise CorruptError(f"matters/{pinned.code}/revisions/{pinned.revision} is pinned by a case and missing")
        yield pinned.code, revision.entity
