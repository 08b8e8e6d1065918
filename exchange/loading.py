"""Loading a catalogue into a running hub by the calls that anyone would use: propose, review, publish.

Rules:
1. Two people: the author proposes, the publisher reviews and publishes. The hub refuses anything else.
2. What is in force already is skipped, and what an interrupted load left waiting is taken up, so that a load may be
   run again at any time.
3. Departments come in the order of their parents and counters, then all else in the order given.
4. A department in a file that names no certificates or token keys keeps those that it has: they come from enrolment.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from onceonly.v1 import catalogue_pb2, catalogue_service_pb2

from exchange.catalogue.codec import code_of, digest, kind_of
from exchange.client import HubClient, new_request_id
from exchange.edge.convert.catalogue import entity_of, put_entity
from exchange.entities.catalogue import Department, Entity, EntityKind
from exchange.reasons import Reason

_PAGE = 100
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: entries ``published`` and those ``unchanged``."""

    published: int
    unchanged: int


class WaitingError(Exception):
    """Another revision of an entry waits for review: ``reason`` as the hub would give it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} waits for review and is not what was to be loaded: publish it or send it back first")
        self.reason = Reason.CATALOGUE_EXISTS


Entries = Mapping[tuple[EntityKind, str], catalogue_pb2.CatalogueEntry]


def load_catalogue(
    author: HubClient,
    publisher: HubClient,
    entities: Sequence[Entity],
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - by default nobody watches
) -> Loaded:
    """Put entities in force, each after those that it names; ``progress`` is told how many of how many steps are done.

    Both clients speak for catalogue managers. Raises ``CallError`` as the hub refuses, ``WaitingError``.
    """
    kinds = dict.fromkeys(kind_of(entity) for entity in entities)
    in_force = _entries(author, kinds, waiting=False)
    waiting = _entries(author, kinds, waiting=True)
    changed = [
        entity
        for given in _in_order(entities)
        for entity in [_with_registrations(given, in_force.get(_key(given)))]
        if not _is_in_force(entity, in_force)
    ]
    for entity in changed:
        if _key(entity) in waiting and waiting[_key(entity)].digest != digest(entity):
            raise WaitingError(waiting[_key(entity)].name)
    # Each publication makes every register load anew, so that all of them come last, one after the other.
    steps = count(1)

    def done(entry: catalogue_pb2.CatalogueEntry) -> catalogue_pb2.CatalogueEntry:
        progress(next(steps), _STEPS * len(changed))
        return entry

    drafts = [done(waiting.get(_key(entity)) or _propose(author, entity)) for entity in changed]
    reviewed = [done(_reviewed(publisher, draft)) for draft in drafts]
    for each in reviewed:
        done(_published(publisher, each))
    return Loaded(len(changed), len(entities) - len(changed))


def _in_order(entities: Sequence[Entity]) -> list[Entity]:
    """Rule 3; departments that name each other in a circle stay as they are, for the hub to refuse."""
    departments = {entity.uscc: entity for entity in entities if isinstance(entity, Department)}
    ordered: dict[str, Department] = {}
    under_way: set[str] = set()

    def place(uscc: str) -> None:
        department = departments.get(uscc)
        if department is None or uscc in ordered or uscc in under_way:
            return
        under_way.add(uscc)
        for named in (department.parent, *(delegation.counter for delegation in department.delegations)):
            place(named or "")
        ordered[uscc] = department

    for each in departments:
        place(each)
    return [*ordered.values(), *(entity for entity in entities if not isinstance(entity, Department))]


def _key(entity: Entity) -> tuple[EntityKind, str]:
    return kind_of(entity), code_of(entity)


def _is_in_force(entity: Entity, in_force: Entries) -> bool:
    now = in_force.get(_key(entity))
    return now is not None and now.digest == digest(entity)


def _entries(client: HubClient, kinds: Iterable[EntityKind], *, waiting: bool) -> Entries:
    """The entries of some collections, by collection and code."""
    return {(kind, _code(entry)): entry for kind in kinds for entry in _collection(client, kind, waiting=waiting)}


def _collection(client: HubClient, kind: EntityKind, *, waiting: bool) -> Iterator[catalogue_pb2.CatalogueEntry]:
    token = ""
    while True:
        request = catalogue_service_pb2.ListEntriesRequest(
            collection=kind.value, waiting=waiting, page_size=_PAGE, page_token=token
        )
        page = client.call(client.catalogue.ListEntries, request)
        yield from page.entries
        token = page.next_page_token
        if not token:
            return


def _code(entry: catalogue_pb2.CatalogueEntry) -> str:
    return str(entry.name).split("/")[1]


def _with_registrations(given: Entity, now: catalogue_pb2.CatalogueEntry | None) -> Entity:
    """Rule 4."""
    if not isinstance(given, Department) or now is None or given.certificates or given.token_keys:
        return given
    known = entity_of(now)
    assert isinstance(known, Department)
    return replace(given, certificates=known.certificates, token_keys=known.token_keys)


def _propose(author: HubClient, entity: Entity) -> catalogue_pb2.CatalogueEntry:
    draft = catalogue_pb2.CatalogueEntry()
    put_entity(draft, entity)
    request = catalogue_service_pb2.ProposeEntryRequest(entry=draft, request_id=new_request_id())
    return author.call(author.catalogue.ProposeEntry, request).entry


def _reviewed(publisher: HubClient, draft: catalogue_pb2.CatalogueEntry) -> catalogue_pb2.CatalogueEntry:
    """The draft as the second person has accepted it, now or before."""
    if draft.state != catalogue_pb2.REVISION_STATE_DRAFT:
        return draft
    request = catalogue_service_pb2.ReviewEntryRequest(
        name=draft.name, etag=draft.etag, accepted=True, request_id=new_request_id()
    )
    return publisher.call(publisher.catalogue.ReviewEntry, request).entry


def _published(publisher: HubClient, reviewed: catalogue_pb2.CatalogueEntry) -> catalogue_pb2.CatalogueEntry:
    request = catalogue_service_pb2.PublishEntryRequest(
        name=reviewed.name, etag=reviewed.etag, request_id=new_request_id()
    )
    return publisher.call(publisher.catalogue.PublishEntry, request).entry
