"""Approving a revision that lets anyone read more: by a second department, before it is published.

Rules:
1. What widens access is never one department's affair: somebody of another department than the author's approves it.
2. Who approves is concerned: of a department that defines or issues a licence type of which more would be read, or
   that keeps the catalogue too. Where no type is named (delegations, mandates, responders, who supervises), any that
   issues or supervises will do.
   Who would read more never approves it; an emergency profile is read by every department of responders.
3. Until the first licence is issued here there is nothing to read, and a catalogue is founded without approvals.
4. An approval is for the revision over what was in force at that moment; if that changes, it counts no more.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.catalogue.access_changes import EMERGENCY_PROFILE, ROLES, SUPERVISOR, AccessChange, AccessEffect, widens
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.propose import revision_for_step
from exchange.catalogue.room import CatalogueRoom, EntryView, changes_over, seen
from exchange.catalogue.store import write_revision
from exchange.entities.catalogue import (
    Agreement,
    Department,
    Entity,
    EntityKind,
    LicenceType,
    Mandate,
    Matter,
    Role,
)
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import RefusedError
from exchange.reasons import Reason


def approve_entry(call: Call, room: CatalogueRoom, kind: EntityKind, code: str, number: int, etag: str) -> EntryView:
    """Approve a reviewed revision that widens access, as a second department that is concerned.

    Raises ``NotFoundError`` or ``RefusedError`` with PUBLISHER_IS_AUTHOR, ETAG_MISMATCH, CATALOGUE_STATE (not reviewed,
    or it widens nothing) or APPROVER_NOT_CONCERNED.
    """
    stored = revision_for_step(call, room, (kind, code, number), etag, RevisionState.IN_REVIEW)
    revision = stored.revision
    name = format_entry_name(kind, code, number)
    changes = changes_over(call.register, revision)
    if not widens(changes):
        raise RefusedError(Reason.CATALOGUE_STATE, subject=name)
    if not _is_concerned(call, revision, changes):
        raise RefusedError(Reason.APPROVER_NOT_CONCERNED, subject=name)
    approved = replace(revision, approver=call.caller.name, approved_over=in_force_number(call.register, kind, code))
    call.change(write_revision(approved, stored.version))
    return seen(approved, stored.version + 1, call.register)


def check_approved(room: CatalogueRoom, register: Register, revision: Revision) -> tuple[AccessChange, ...]:
    """What publishing the revision changes in access.

    Raises ``RefusedError(APPROVAL_MISSING)`` if it widens access to what is here, and nobody has approved it over what
    is in force now.
    """
    changes = changes_over(register, revision)
    in_force = in_force_number(register, revision.kind, revision.code)
    approved = revision.approver != "" and revision.approved_over == in_force
    if widens(changes) and not approved and room.founded():
        name = format_entry_name(revision.kind, revision.code, revision.number)
        raise RefusedError(Reason.APPROVAL_MISSING, subject=name)
    return changes


def in_force_number(register: Register, kind: EntityKind, code: str) -> int:
    """The number of an entity's revision in force; 0: none is."""
    found = register.revisions.get((kind, code))
    return found.number if found else 0


def _is_concerned(call: Call, revision: Revision, changes: tuple[AccessChange, ...]) -> bool:
    """Rules 1 and 2."""
    department, operator = call.caller.department, call.caller.operator
    readers = _readers(call.register, revision.entity, changes)
    if operator is None or department.uscc in {revision.author.partition("/")[0], *readers}:
        return False
    roles = department.roles & operator.roles
    if Role.CATALOGUE_MANAGER in roles:
        return True
    types = {change.licence_type for change in changes if change.effect is AccessEffect.WIDENS} - {""}
    if isinstance(revision.entity, Agreement):
        types |= revision.entity.licence_types
    if not types:
        return not roles.isdisjoint({Role.ISSUER, Role.SUPERVISOR})
    known = [call.register.licence_types[code] for code in types if code in call.register.licence_types]
    if isinstance(revision.entity, LicenceType) and not known:
        known = [revision.entity]  # a new type: who will issue it, its own entry says
    return Role.ISSUER in roles and any(
        department.uscc == licence_type.defining_authority or department.uscc in licence_type.issuers
        for licence_type in known
    )


def _readers(register: Register, entity: Entity, changes: tuple[AccessChange, ...]) -> frozenset[str]:
    """The departments to which the entity opens something."""
    widened = {change.path for change in changes if change.effect is AccessEffect.WIDENS}
    match entity:
        case Agreement():
            return frozenset({entity.requester})
        case Mandate():
            return frozenset({entity.auditor})
        case Matter():
            return frozenset({entity.implementer, *([entity.supervising_department] if SUPERVISOR in widened else [])})
        case Department():
            counters = frozenset(delegation.counter for delegation in entity.delegations)
            return counters | ({entity.uscc} if ROLES in widened else frozenset())
        case LicenceType() if EMERGENCY_PROFILE in widened:
            return frozenset(each.uscc for each in register.departments.values() if Role.RESPONDER in each.roles)
    return frozenset()
