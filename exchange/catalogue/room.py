"""What the catalogue's use cases need, and what they answer."""

from dataclasses import dataclass

from exchange.call import Call
from exchange.catalogue.names import format_entry_name
from exchange.catalogue.store import REVISION_KIND, CatalogueStore, StoredRevision, revision_key
from exchange.entities.catalogue import EntityKind, Revision, Role
from exchange.entities.page import etag
from exchange.errors import NotFoundError
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class CatalogueRoom:
    """``store`` reads the records of the catalogue."""

    store: CatalogueStore


@dataclass(frozen=True, slots=True)
class EntryView:
    """A revision and the etag that the next step must name."""

    revision: Revision
    etag: str


def entry_etag(kind: EntityKind, code: str, number: int, version: int) -> str:
    """The etag of a revision whose record is at ``version``."""
    return etag(REVISION_KIND, revision_key(kind, code, number), version)


def view(stored: StoredRevision) -> EntryView:
    """A stored revision as callers see it."""
    revision = stored.revision
    return EntryView(revision, entry_etag(revision.kind, revision.code, revision.number, stored.version))


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
