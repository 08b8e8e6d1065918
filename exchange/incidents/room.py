"""What the use cases on incidents need, where incidents are kept, and whom each operator still owes a review of.

Rules:
1. An incident is about one person and sealed under that person's data key.
2. ``incident_standing``/operator tag: the incidents of an operator that are not reviewed, with the deadline of each.
"""

from dataclasses import dataclass
from typing import Final

import msgpack

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.room import CaseRoom, is_id
from exchange.clocks.due import Due, DueKind
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.incident import Incident
from exchange.entities.register import Register
from exchange.errors import RefusedError
from exchange.oversight.auditors import auditors
from exchange.oversight.mandate import MandateDesk
from exchange.reasons import Reason
from exchange.sealed_records import Found, SealedRecords, write_sealed
from storage.errors import CorruptError
from storage.records.changes import Expect, Insert, Replace
from storage.records.interface import Records
from storage.vault import Vault

INCIDENT: Final = "incident"
STANDING: Final = "incident_standing"
WAITING: Final = "waiting"
EVERY: Final = b"review"
"""The value under which all incidents that wait for a review are found."""


@dataclass(frozen=True, slots=True)
class IncidentStore:
    """Where incidents are kept."""

    records: Records
    incidents: SealedRecords[Incident]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "IncidentStore":
        """The store over these records."""
        return cls(records, SealedRecords(records, vault, INCIDENT, Incident))


@dataclass(frozen=True, slots=True)
class IncidentRoom:
    """Incidents, the people that cases know too, and the mandates that reviewers act under."""

    store: IncidentStore
    cases: CaseRoom
    desk: MandateDesk


def emergency_profile(register: Register, licence_type: str) -> frozenset[str]:
    """The fields of a licence type that the catalogue in force opens to incidents; empty: it opens nothing of it."""
    found = register.licence_types.get(licence_type)
    return found.emergency_profile if found is not None else frozenset()


def find_incident(call: Call, store: IncidentStore, incident: str) -> Found[Incident] | None:
    """The incident, whosever it is, expected unchanged at commit; None for one that is missing or was erased."""
    return store.incidents.find(call, incident) if is_id(incident) else None


def own_incident(call: Call, room: IncidentRoom, incident: str) -> Found[Incident]:
    """The incident, if the caller's department declared it; to any other it does not exist."""
    found = find_incident(call, room.store, incident)
    if found is None or found.value.department != call.caller.department.uscc:
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=f"incidents/{incident}")
    draft_incident(call, room, found.value, found.owner)
    return found


def draft_incident(call: Call, room: IncidentRoom, incident: Incident, owner: str) -> None:
    """Name the incident and, by tag, its person in the access record."""
    holder, draft = incident.holder, call.draft
    draft.purpose = Purpose.EMERGENCY.value
    draft.evidence_object = f"incidents/{incident.id}"
    draft.sealed_owner = owner
    tag = room.cases.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))
    draft.item(ItemDraft(holder_tag=tag))


def write_incident(call: Call, incident: Incident, owner: str, version: int) -> None:
    """Put an incident over record version ``version`` (0: there is none); one that waits for a review is found so."""
    indexes = () if incident.reviewed_time else ((WAITING, EVERY),)
    write_sealed(call, INCIDENT, incident.id, incident, owner=owner, version=version, indexes=indexes)


def tell_incident(call: Call, kind: EventType, incident: Incident, owner: str, **details: str) -> None:
    """Say to the department and to every audit department that something happened to it."""
    call.draft.event(incident_event(call, kind, incident, owner, **details))


def incident_event(call: Call, kind: EventType, incident: Incident, owner: str, **details: str) -> Event:
    """The event that ``tell_incident`` tells; an incident's person stands nowhere in it."""
    return Event(
        type=kind,
        subject=f"incidents/{incident.id}",
        audience=auditors(call) | {incident.department},
        details={"reason": incident.reason.value, **details},
        owner=owner,
    )


def due_of(incident: Incident) -> Due:
    """When it is looked whether the incident was reviewed."""
    return Due(incident.review_deadline, DueKind.INCIDENT_REVIEW, incident.id)


@dataclass(frozen=True, slots=True)
class Owed:
    """The reviews that are missing of an operator's incidents: (incident id, deadline); ``version`` of the record."""

    reviews: tuple[tuple[str, int], ...]
    version: int


def owed_by(call: Call, store: IncidentStore, operator_tag: str) -> Owed:
    """What is owed of an operator, expected unchanged at commit."""
    record = store.records.get(STANDING, operator_tag)
    call.change(Expect(STANDING, operator_tag, record.version if record else 0))
    if record is None:
        return Owed((), 0)
    try:
        return Owed(tuple((str(one), int(deadline)) for one, deadline in msgpack.unpackb(record.body)), record.version)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise CorruptError("the standing of an operator does not decode: restore it from a backup") from error


def still_owing(call: Call, store: IncidentStore, owed: Owed) -> tuple[tuple[str, int], ...]:
    """Those of the reviews that can still be made: nobody can review what was erased with its person."""
    return tuple(each for each in owed.reviews if find_incident(call, store, each[0]) is not None)


def is_overdue(call: Call, store: IncidentStore, owed: Owed) -> bool:
    """Whether one of those reviews should have been there by now."""
    late = (incident for incident, deadline in owed.reviews if deadline <= call.now)
    return any(find_incident(call, store, incident) is not None for incident in late)


def write_owed(call: Call, operator_tag: str, reviews: tuple[tuple[str, int], ...], version: int) -> None:
    """Put what is owed over record version ``version`` (0: there is none)."""
    body: bytes = msgpack.packb([list(each) for each in reviews])
    change = Replace(STANDING, operator_tag, version, body) if version else Insert(STANDING, operator_tag, body)
    call.change(change)


def operator_tag(room: CaseRoom, name: str) -> str:
    """The tag, the same in every year, of ``uscc/operator id``."""
    department, _, operator = name.partition("/")
    return room.tagger.operator(department, operator, 0).hex()
