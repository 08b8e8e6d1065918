"""What the catalogue's use cases need, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.call import Call
from exchange.catalogue.access_changes import AccessChange, access_changes
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.store import REVISION_KIND, CatalogueStore, revision_key
from exchange.entities.catalogue import EntityKind, Role
from exchange.entities.page import etag
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import NotFoundError
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class CatalogueRoom:
    """``store`` reads the records of the catalogue; ``founded`` tells whether a licence was ever issued here."""

    store: CatalogueStore
    founded: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class EntryView:
    """A revision and the etag that the next step must name; of one that waits, what it would change in access."""

    revision: Revision
    etag: str
    changes: tuple[AccessChange, ...] = ()


def seen(revision: Revision, version: int, register: Register) -> EntryView:
    """A revision whose record is at ``version``, as callers see it beside what is in force."""
    etag = entry_etag(revision.kind, revision.code, revision.number, version)
    waits = revision.state in {RevisionState.DRAFT, RevisionState.IN_REVIEW}
    return EntryView(revision, etag, changes_over(register, revision) if waits else ())


def changes_over(register: Register, revision: Revision) -> tuple[AccessChange, ...]:
    """What a waiting revision would change in access over what is in force."""
    before = register.revisions.get((revision.kind, revision.code))
    return access_changes(before.entity if before else None, revision.entity)


def entry_etag(kind: EntityKind, code: str, number: int, version: int) -> str:
    """The etag of a revision whose record is at ``version``."""
    return etag(REVISION_KIND, revision_key(kind, code, number), version)


def may_approve(call: Call) -> bool:
    """Whether the caller's post is one of those that approve wider access, whatever the revision."""
    operator = call.caller.operator
    roles = call.caller.department.roles & operator.roles if operator is not None else frozenset()
    return not roles.isdisjoint({Role.CATALOGUE_MANAGER, Role.ISSUER, Role.SUPERVISOR})


def manages_catalogue(call: Call) -> bool:
    """Whether both the department and its operator are catalogue managers."""
    operator = call.caller.operator
    department = call.caller.department
    return (
        operator is not None and Role.CATALOGUE_MANAGER in department.roles and Role.CATALOGUE_MANAGER in operator.roles
    )


def not_found(kind: EntityKind, code: str, number: int | None) -> NotFoundError:
    """There is no such entry, or it is not the caller's to see."""
    return NotFoundError(Reason.CATALOGUE_NOT_FOUND, kind, format_entry_name(kind, code, number))
