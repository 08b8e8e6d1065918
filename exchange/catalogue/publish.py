"""Putting a reviewed revision in force and taking one out: by a second person, and for every hub at once."""

from dataclasses import replace

from exchange.call import Call
from exchange.catalogue.access_changes import AccessChange, AccessEffect
from exchange.catalogue.approve import check_approved
from exchange.catalogue.department_keys import key_problems
from exchange.catalogue.dependents import dependents
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.propose import check_manager, check_note, revision_for_step
from exchange.catalogue.room import CatalogueRoom, EntryView, entry_etag
from exchange.catalogue.store import bump_epoch, write_head, write_revision
from exchange.catalogue.validation import validate
from exchange.clocks.due import Due, DueKind, put
from exchange.entities.catalogue import Department, Entity, EntityKind, Matter, Role, Status
from exchange.entities.event import EVERY_DEPARTMENT, Event, EventType
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason
from storage.errors import CorruptError

LEAST_MANAGERS = 2
"""Fewer people could publish nothing any more, since the second must not be the author."""


def publish_entry(
    call: Call, room: CatalogueRoom, kind: EntityKind, code: str, number: int, etag: str, *, validate_only: bool
) -> EntryView:
    """Put a reviewed revision in force; the one in force before is superseded in the same unit.

    Raises ``NotFoundError``, ``InvalidError`` with everything that the entity gets wrong over what is in force, or
    ``RefusedError`` with ROLE_MISSING, PUBLISHER_IS_AUTHOR, CATALOGUE_STATE (not reviewed), ETAG_MISMATCH or
    APPROVAL_MISSING (it widens access, and no second department has approved that). It is announced as an event.
    """
    # 1. The caller and the revision
    check_manager(call)
    stored = revision_for_step(call, room, (kind, code, number), etag, RevisionState.IN_REVIEW)
    entity = stored.revision.entity
    # 2. The entity, by the rules of today and over what is in force; a second department's word if it widens access
    _check_publishable(call, entity)
    changes = check_approved(room, call.register, stored.revision)
    # 3. The one in force before, if any, is superseded
    head, version = room.store.head(kind, code)
    published = replace(
        stored.revision, state=RevisionState.PUBLISHED, publisher=call.caller.name, published_time=call.now
    )
    if not validate_only:
        _supersede(call, room, kind, code, head.in_force)
        # 4. This one is in force, and every hub learns of it
        call.change(
            write_revision(published, stored.version),
            write_head(kind, code, replace(head, in_force=number, waiting=0), version),
            bump_epoch(call.register.epoch, call.now),
        )
        call.draft.event(_published(published, changes))
        # 5. Cases that wait for evidence which it withdraws are looked for
        if isinstance(entity, Matter) and any(line.withdrawn for line in entity.evidence):
            call.change(put(Due(call.now, DueKind.GUIDE_WITHDRAWAL, f"{code}/{number}")))
    return EntryView(published, entry_etag(kind, code, number, stored.version + 1), changes)


def retire_entry(
    call: Call,
    room: CatalogueRoom,
    kind: EntityKind,
    code: str,
    number: int,
    etag: str,
    note: str,
    known: frozenset[str] = frozenset(),
) -> EntryView:
    """Take the revision in force out of force; ``note`` says why.

    ``known`` are names of entries in force that the caller knows to depend on it: they stay in force, and what they ask
    of it is refused from then on. Raises ``NotFoundError``, ``InvalidError`` (note; every dependent entry that is not
    among ``known``) or ``RefusedError`` with ROLE_MISSING, PUBLISHER_IS_AUTHOR, CATALOGUE_STATE (not in force, or a
    department whose managers are needed) or ETAG_MISMATCH.
    """
    check_manager(call)
    check_note(note, required=True)
    stored = revision_for_step(call, room, (kind, code, number), etag, RevisionState.PUBLISHED)
    if isinstance(stored.revision.entity, Department):
        closed = replace(stored.revision.entity, status=Status.SUSPENDED)
        if _managers(call.register, closed) < LEAST_MANAGERS:
            raise RefusedError(Reason.CATALOGUE_STATE, subject=format_entry_name(kind, code, number))
    _check_dependents(call, stored.revision.entity, known)
    retired = replace(stored.revision, state=RevisionState.RETIRED, superseded_time=call.now, note=note)
    head, version = room.store.head(kind, code)
    call.change(
        write_revision(retired, stored.version),
        write_head(kind, code, replace(head, in_force=0), version),
        bump_epoch(call.register.epoch, call.now),
    )
    subject = format_entry_name(kind, code, number)
    call.draft.event(Event(EventType.CATALOGUE_RETIRED, subject, EVERY_DEPARTMENT))
    return EntryView(retired, entry_etag(kind, code, number, stored.version + 1))


def _published(revision: Revision, changes: tuple[AccessChange, ...]) -> Event:
    """What every department is told: which revision, and whether anyone may read more than before."""
    name = format_entry_name(revision.kind, revision.code, revision.number)
    details = {
        "approver": revision.approver.partition("/")[0],
        "narrows": str(sum(change.effect is AccessEffect.NARROWS for change in changes)),
        "widens": str(sum(change.effect is AccessEffect.WIDENS for change in changes)),
    }
    matter = revision.code if revision.kind is EntityKind.MATTER else ""
    licence_type = revision.code if revision.kind is EntityKind.LICENCE_TYPE else ""
    return Event(EventType.CATALOGUE_PUBLISHED, name, EVERY_DEPARTMENT, matter, licence_type, details)


def _check_dependents(call: Call, entity: Entity, known: frozenset[str]) -> None:
    """Raises ``InvalidError`` with every entry in force that names the entity and is not among ``known``."""
    problems = [
        Violation("dependents", f"{name} still depends on it", f"{name} 仍在引用")
        for name in dependents(entity, call.register)
        if name not in known
    ]
    if problems:
        raise InvalidError(tuple(problems))


def _check_publishable(call: Call, entity: Entity) -> None:
    """Raises ``InvalidError`` with everything that stands against the entity."""
    problems = [Violation(each.field, each.en, each.zh) for each in validate([entity], call.register)]
    if isinstance(entity, Department):
        problems += key_problems(entity)
        if _managers(call.register, entity) < LEAST_MANAGERS:
            en = f"would leave fewer than {LEAST_MANAGERS} active catalogue managers: nothing could be published then"
            zh = f"发布后有效的目录管理员将少于{LEAST_MANAGERS}人，将无法再发布目录"
            problems.append(Violation("operators", en, zh))
    if problems:
        raise InvalidError(tuple(replace(each, field=f"entry.{each.field}".rstrip(".")) for each in problems))


def _supersede(call: Call, room: CatalogueRoom, kind: EntityKind, code: str, number: int) -> None:
    """Mark the revision that was in force so far; ``number`` 0: there was none."""
    if not number:
        return
    stored = room.store.stored(kind, code, number)
    if stored is None:
        raise CorruptError(f"catalogue revision {format_entry_name(kind, code, number)} is in force and missing")
    superseded = replace(stored.revision, state=RevisionState.SUPERSEDED, superseded_time=call.now)
    call.change(write_revision(superseded, stored.version))


def _managers(register: Register, changed: Department) -> int:
    """How many people could publish once ``changed`` is in force in place of its department's revision."""
    departments = {**register.departments, changed.uscc: changed}.values()
    return sum(
        Role.CATALOGUE_MANAGER in operator.roles and operator.status is Status.ACTIVE
        for department in departments
        if Role.CATALOGUE_MANAGER in department.roles and department.status is Status.ACTIVE
        for operator in department.operators
    )
