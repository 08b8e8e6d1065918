"""How the catalogue lies in records: revisions, what is known of each entity's revisions, and the epoch.

Rules:
1. ``revision`` / ``{collection}/{code}/{n:06d}`` holds one revision; once published its entity never changes, only its
   state and ``superseded_time`` do. The body is a JSON head, a newline and the entity's canonical bytes, verbatim.
2. ``entry`` / ``{collection}/{code}`` says which revision is the latest, which is in force and which is waiting, and is
   replaced with each step, so that two people who take a step at once cannot both succeed.
3. ``catalogue`` / ``epoch`` is changed by the very unit that changes what is in force.
4. Revisions in force carry an index entry, so that a register is loaded by one scan and a collection listed by another.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from exchange.catalogue.codec import CodecError, canonical, from_json
from exchange.entities.catalogue import EntityKind
from exchange.entities.register import EPOCH_KEY, EPOCH_KIND, Register
from exchange.entities.revision import Revision, RevisionState
from storage.errors import CorruptError, StorageUnavailableError
from storage.records.changes import IndexEntry, Insert, Replace
from storage.records.interface import Record, Records

REVISION_KIND = "revision"
ENTRY_KIND = "entry"
MAX_ENTITY_BYTES = 900 * 1024
"""An entity's canonical bytes at most, so that with its head it fits a record."""

_IN_FORCE = "in_force"
_IN_FORCE_OF = "in_force_of"
_WAITING_OF = "waiting_of"
_EVERY = b"1"
_PAGE = 1_000
_ATTEMPTS = 10
_CACHED = 4_096
_WAITING_STATES = frozenset({RevisionState.DRAFT, RevisionState.IN_REVIEW})
_HEAD = (
    "code",
    "number",
    "digest",
    "author",
    "publisher",
    "proposed_time",
    "published_time",
    "superseded_time",
    "note",
    "approver",
    "approved_over",
)


@dataclass(frozen=True, slots=True)
class EntryHead:
    """Revision numbers of an entity: the latest, the one in force and the one waiting (0: none)."""

    latest: int = 0
    in_force: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A revision and the version of its record."""

    revision: Revision
    version: int


class CatalogueStore:
    """Reads the catalogue. Safe for threads. Every method raises what ``Records`` raises and ``CorruptError``."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._published: OrderedDict[str, Revision] = OrderedDict()
        self._in_force: Mapping[str, StoredRevision] = {}
        self._lock = threading.Lock()

    def revision(self, kind: EntityKind, code: str, number: int) -> Revision | None:
        """A revision that was published once, or None.

        Its entity and digest are right for ever; its state and ``superseded_time`` are as of when it was first read.
        """
        key = revision_key(kind, code, number)
        known = self._published.get(key)
        if known is not None:
            return known
        stored = self.stored(kind, code, number)
        if stored is None or not stored.revision.published_time:
            return None
        with self._lock:
            self._published[key] = stored.revision
            while len(self._published) > _CACHED:
                self._published.popitem(last=False)
        return stored.revision

    def stored(self, kind: EntityKind, code: str, number: int) -> StoredRevision | None:
        """A revision in any state as it is now, past the cache."""
        record = self._records.get(REVISION_KIND, revision_key(kind, code, number))
        return None if record is None else StoredRevision(decode_revision(record), record.version)

    def head(self, kind: EntityKind, code: str) -> tuple[EntryHead, int]:
        """What is known of an entity's revisions, and the version of that record (0: there is none)."""
        record = self._records.get(ENTRY_KIND, entry_key(kind, code))
        return (EntryHead(), 0) if record is None else (_decode_head(record), record.version)

    def in_force(self, kind: EntityKind, after: str, limit: int) -> list[StoredRevision]:
        """Revisions in force of a collection, by code, strictly after a revision's key."""
        return self._listed(_IN_FORCE_OF, kind, after, limit)

    def waiting(self, kind: EntityKind, after: str, limit: int) -> list[StoredRevision]:
        """Drafts and revisions in review of a collection, by code, strictly after a revision's key."""
        return self._listed(_WAITING_OF, kind, after, limit)

    def published(self, kind: EntityKind) -> Iterator[Revision]:
        """Every revision of a collection that was ever published, by code, oldest first, as each is now."""
        after = f"{kind}/"
        while page := self._records.scan(REVISION_KIND, after=after, limit=_PAGE):
            for record in page:
                if not record.key.startswith(f"{kind}/"):
                    return
                revision = decode_revision(record)
                if revision.published_time:
                    yield revision
            after = page[-1].key

    def epoch(self) -> int:
        """The version of the epoch record; 0 while nothing was ever published."""
        record = self._records.get(EPOCH_KIND, EPOCH_KEY)
        return 0 if record is None else record.version

    def load_register(self) -> Register:
        """The catalogue in force, whole: read again if something was published meanwhile.

        Raises ``StorageUnavailableError`` if that happened ten times running.
        """
        for _ in range(_ATTEMPTS):
            epoch = self.epoch()
            register = Register.build(epoch, self._every_in_force())
            if self.epoch() == epoch:
                return register
        raise StorageUnavailableError("the catalogue changes faster than it can be read")

    def _every_in_force(self) -> list[Revision]:
        """Decodes only what changed since the last load: a record at the same version is the same revision."""
        before, now = self._in_force, dict[str, StoredRevision]()
        after = ""
        while True:
            page = self._records.find(REVISION_KIND, _IN_FORCE, _EVERY, after=after, limit=_PAGE)
            for record in page:
                known = before.get(record.key)
                if known is None or known.version != record.version:
                    known = StoredRevision(decode_revision(record), record.version)
                now[record.key] = known
            if len(page) < _PAGE:
                break
            after = page[-1].key
        self._in_force = now
        return [stored.revision for stored in now.values()]

    def _listed(self, index: str, kind: EntityKind, after: str, limit: int) -> list[StoredRevision]:
        records = self._records.find(REVISION_KIND, index, kind.encode(), after=after, limit=limit)
        return [StoredRevision(decode_revision(record), record.version) for record in records]


def revision_key(kind: EntityKind, code: str, number: int) -> str:
    """The key of a revision's record; keys of one collection sort by code."""
    return f"{kind}/{code}/{number:06d}"


def entry_key(kind: EntityKind, code: str) -> str:
    """The key of an entity's record."""
    return f"{kind}/{code}"


def write_revision(revision: Revision, version: int) -> Insert | Replace:
    """The change that stores a revision in place of version ``version`` of its record (0: there is none yet)."""
    key = revision_key(revision.kind, revision.code, revision.number)
    body = _encode_revision(revision)
    indexes = _indexes(revision)
    if version == 0:
        return Insert(REVISION_KIND, key, body, indexes)
    return Replace(REVISION_KIND, key, version, body, indexes)


def write_head(kind: EntityKind, code: str, head: EntryHead, version: int) -> Insert | Replace:
    """The change that stores what is known of an entity's revisions."""
    key = entry_key(kind, code)
    body = json.dumps({"in_force": head.in_force, "latest": head.latest, "waiting": head.waiting}).encode()
    return Insert(ENTRY_KIND, key, body) if version == 0 else Replace(ENTRY_KIND, key, version, body)


def bump_epoch(epoch: int, now: int) -> Insert | Replace:
    """The change that tells every hub that what is in force has changed; ``now`` in seconds."""
    body = json.dumps({"time": now}).encode()
    if epoch == 0:
        return Insert(EPOCH_KIND, EPOCH_KEY, body)
    return Replace(EPOCH_KIND, EPOCH_KEY, epoch, body)


def decode_revision(record: Record) -> Revision:
    """The revision in a record. Raises ``CorruptError`` if the entity does not have the digest that the head names."""
    head, _, entity = record.body.partition(b"\n")
    try:
        members: Mapping[str, Any] = json.loads(head)
        kind = EntityKind(members["kind"])
        revision = Revision(
            kind=kind,
            code=members["code"],
            number=members["number"],
            state=RevisionState(members["state"]),
            entity=from_json(kind, json.loads(entity)),
            digest=members["digest"],
            author=members["author"],
            publisher=members["publisher"],
            proposed_time=members["proposed_time"],
            published_time=members["published_time"],
            superseded_time=members["superseded_time"],
            note=members["note"],
            approver=members.get("approver", ""),
            approved_over=members.get("approved_over", 0),
        )
    except (CodecError, ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"catalogue revision {record.key} does not decode: restore it from a backup") from error
    if sha256(entity).hexdigest() != revision.digest:
        raise CorruptError(f"catalogue revision {record.key} does not have its digest: restore it from a backup")
    return revision


def _encode_revision(revision: Revision) -> bytes:
    head = {name: getattr(revision, name) for name in _HEAD}
    head |= {"kind": revision.kind.value, "state": revision.state.value}
    return json.dumps(head, ensure_ascii=True, sort_keys=True).encode() + b"\n" + canonical(revision.entity)


def _indexes(revision: Revision) -> tuple[IndexEntry, ...]:
    collection = revision.kind.encode()
    if revision.state is RevisionState.PUBLISHED:
        return (_IN_FORCE, _EVERY), (_IN_FORCE_OF, collection)
    return ((_WAITING_OF, collection),) if revision.state in _WAITING_STATES else ()


def _decode_head(record: Record) -> EntryHead:
    try:
        members = json.loads(record.body)
        return replace(EntryHead(), **{name: int(members[name]) for name in ("latest", "in_force", "waiting")})
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"catalogue entry {record.key} does not decode: restore it from a backup") from error
