"""What the use cases on disputes need, what they answer, and who may see a dispute."""

from dataclasses import dataclass

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.dispute_store import DISPUTE
from exchange.cases.room import CaseRoom, is_id
from exchange.clocks.due import Due, DueKind
from exchange.entities.catalogue import Purpose
from exchange.entities.dispute import Dispute
from exchange.entities.event import Event, EventType
from exchange.entities.page import etag
from exchange.errors import NotFoundError
from exchange.licences.store import LicenceStore
from exchange.reasons import Reason
from storage.errors import ErasedError


@dataclass(frozen=True, slots=True)
class DisputeRoom:
    """The cases, with the disputes about them, and the licences that these are about."""

    cases: CaseRoom
    licences: LicenceStore


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute, the etag that the next step must name, and whether its issuer is late."""

    dispute: Dispute
    etag: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class FoundDispute:
    """A dispute that the caller may see, and the version of its record."""

    dispute: Dispute
    version: int


def find_dispute(call: Call, cases: CaseRoom, dispute_id: str) -> FoundDispute:
    """The dispute. Raises ``NotFoundError(DISPUTE_NOT_FOUND)`` if there is none; who may see it the caller checks."""
    if not is_id(dispute_id):
        raise not_found(dispute_id)
    try:
        found = call.read(cases.store.disputes.disputes, dispute_id)
        if found.value is None:
            raise not_found(dispute_id)
        call.data_key(cases.store.owner(found.value.holder))
    except ErasedError as error:
        raise not_found(dispute_id) from error
    return FoundDispute(found.value, found.version)


def find_asked(call: Call, room: DisputeRoom, dispute_id: str) -> FoundDispute:
    """The dispute, if the caller's department asked it; to any other it does not exist."""
    found = find_dispute(call, room.cases, dispute_id)
    if found.dispute.asking_department != call.caller.department.uscc:
        raise not_found(dispute_id)
    draft_dispute(call, room.cases, found.dispute)
    return found


def find_received(call: Call, room: DisputeRoom, dispute_id: str) -> FoundDispute:
    """The dispute, if it is put to the caller's department; to any other it does not exist."""
    found = find_dispute(call, room.cases, dispute_id)
    if found.dispute.issuer != call.caller.department.uscc:
        raise not_found(dispute_id)
    draft_dispute(call, room.cases, found.dispute)
    return found


def not_found(dispute_id: str) -> NotFoundError:
    """The one answer for a dispute that is missing or another department's."""
    return NotFoundError(Reason.DISPUTE_NOT_FOUND, DISPUTE, f"disputes/{dispute_id}")


def draft_dispute(call: Call, cases: CaseRoom, dispute: Dispute) -> None:
    """Name the dispute in the access record: its case, type and holder by tag, its fields by name."""
    epoch = key_epoch(call.now_us)
    tagger = cases.tagger
    draft = call.draft
    draft.purpose = Purpose.CORRECTION.value
    draft.evidence_object = f"disputes/{dispute.id}"
    draft.case_tag = tagger.case(dispute.case, epoch)
    draft.sealed_owner = cases.store.owner(dispute.holder)
    draft.item(
        ItemDraft(
            requirement=dispute.requirement,
            licence_type=dispute.licence_type,
            issuer=dispute.issuer,
            holder_tag=tagger.holder(dispute.holder.id_type, dispute.holder.id_number, epoch),
            licence_tag=tagger.licence(dispute.licence_type, dispute.licence, epoch) if dispute.licence else b"",
            fields_requested=dispute.fields,
        )
    )


def view_of(call: Call, dispute: Dispute, version: int) -> DisputeView:
    """A dispute whose record is at ``version``."""
    return DisputeView(dispute, etag(DISPUTE, dispute.id, version), dispute.overdue(call.now))


def store_dispute(call: Call, cases: CaseRoom, dispute: Dispute, version: int) -> DisputeView:
    """Add the change that stores it over record version ``version``."""
    key = call.data_key(cases.store.owner(dispute.holder))
    call.change(cases.store.disputes.written(dispute, key, version))
    return view_of(call, dispute, version + 1)


def due_of(dispute: Dispute) -> Due:
    """When the dispute's clock is looked at next."""
    return Due(dispute.due_time, DueKind.DISPUTE_CLOCK, dispute.id)


def tell_dispute(call: Call, cases: CaseRoom, dispute: Dispute, kind: EventType) -> None:
    """Say to both sides that something happened to the dispute."""
    details = {"kind": dispute.kind.value, "state": dispute.state.value, "requirement": dispute.requirement}
    call.draft.event(
        Event(
            type=kind,
            subject=f"disputes/{dispute.id}",
            audience=frozenset({dispute.issuer, dispute.asking_department}),
            matter=dispute.matter,
            licence_type=dispute.licence_type,
            details=details,
            owner=cases.store.owner(dispute.holder),
        )
    )
