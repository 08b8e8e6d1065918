"""Reading the catalogue: everyone reads what is in force; drafts and people's registrations are for their managers."""

from collections.abc import Sequence
from dataclasses import replace

from exchange.call import Call
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.room import CatalogueRoom, EntryView, manages_catalogue, may_approve, not_found, seen
from exchange.catalogue.store import StoredRevision, revision_key
from exchange.catalogue.validation import Problem, validate
from exchange.entities.catalogue import Department, Entity, EntityKind
from exchange.entities.page import Page
from exchange.entities.revision import RevisionState
from exchange.errors import RefusedError
from exchange.reasons import Reason


def get_entry(call: Call, room: CatalogueRoom, kind: EntityKind, code: str, number: int | None) -> EntryView:
    """The entry in force (``number`` None) or one of its revisions.

    Raises ``NotFoundError`` if there is none, or it was never published and the caller neither manages the catalogue
    nor could approve it, once it is reviewed.
    """
    call.draft.resource = format_entry_name(kind, code, number)
    wanted = number
    if wanted is None:
        in_force = call.register.revisions.get((kind, code))
        if in_force is None:
            raise not_found(kind, code, None)
        wanted = in_force.number
    stored = room.store.stored(kind, code, wanted)
    if stored is None or not (stored.revision.published_time or manages_catalogue(call) or _approves(call, stored)):
        raise not_found(kind, code, number)
    return _shown(call, stored)


def list_entries(
    call: Call, room: CatalogueRoom, kind: EntityKind, *, waiting: bool, after: str, limit: int
) -> Page[EntryView]:
    """A page of a collection in code order, strictly after ``after``: those in force, or with ``waiting`` the drafts.

    Raises ``RefusedError(ROLE_MISSING)`` for drafts if the caller manages no catalogue.
    """
    call.draft.resource = kind.value
    if waiting and not manages_catalogue(call):
        raise RefusedError(Reason.ROLE_MISSING, subject=kind)
    read = room.store.waiting if waiting else room.store.in_force
    found = read(kind, after, limit + 1)
    page = found[:limit]
    last = page[-1].revision if len(found) > limit else None
    next_key = revision_key(last.kind, last.code, last.number) if last else ""
    return Page(tuple(_shown(call, stored) for stored in page), next_key)


def validate_catalogue(call: Call, entities: Sequence[Entity]) -> tuple[Problem, ...]:
    """Everything wrong with entities, seen together and over what is in force; without any, with all that is in force.

    Stores nothing.
    """
    if not entities:
        return validate([revision.entity for revision in call.register.revisions.values()])
    return validate(entities, call.register)


def _approves(call: Call, stored: StoredRevision) -> bool:
    return stored.revision.state is RevisionState.IN_REVIEW and may_approve(call)


def _shown(call: Call, stored: StoredRevision) -> EntryView:
    """A department's people, keys and certificates are shown to catalogue managers and to itself only.

    The digest stays that of the whole entity, so that a reader can tell that it changed.
    """
    entity = stored.revision.entity
    if not isinstance(entity, Department) or manages_catalogue(call) or entity.uscc == call.caller.department.uscc:
        return seen(stored.revision, stored.version, call.register)
    shown = replace(entity, operators=(), token_keys=(), certificates=frozenset())
    return seen(replace(stored.revision, entity=shown), stored.version, call.register)
