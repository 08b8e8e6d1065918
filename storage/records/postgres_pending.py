"""What one write transaction on PostgreSQL knows and means to change, and the statements that do it.

Rules:
1. What was read stays true until the end of the transaction, since the log's lock is held: each thing is read once.
2. What changes goes through ``put``, which notes the former value, so that a unit can be undone by taking notes back.
3. The statements say what is different at the end from what was read, whatever happened in between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from storage.errors import LimitExceededError
from storage.records.changes import Change, Delete, Expect, IndexEntry, Insert, Remember, Replace, Spend
from storage.records.interface import Batch
from storage.records.limits import DIGEST, MAX_KEY, check_name, check_text
from storage.records.postgres_statements import (
    APPEND,
    COUNTERS,
    DELETE_ENTRIES,
    DELETE_RECORDS,
    ENTRIES,
    INSERT_ENTRIES,
    INSERT_RECORDS,
    INSERT_REQUESTS,
    REPLACE_RECORDS,
    REQUESTS,
    SET_COUNTERS,
    VERSIONS,
)
from storage.records.postgres_trips import Rows, Step
from storage.records.version_cache import Name

_K = TypeVar("_K")
_V = TypeVar("_V")
_ABSENT: Final = object()


@dataclass(slots=True)
class Wanted:
    """What is still to be read: records' versions, records' index entries, counters, requests."""

    versions: set[Name] = field(default_factory=set)
    entries: set[Name] = field(default_factory=set)
    counters: set[str] = field(default_factory=set)
    requests: set[bytes] = field(default_factory=set)

    def steps(self) -> list[Step]:
        """One statement for each kind of thing that is wanted."""
        every: list[tuple[object, Step]] = [
            (self.versions, (VERSIONS, _names(self.versions))),
            (self.entries, (ENTRIES, _names(self.entries))),
            (self.counters, (COUNTERS, {"names": list(self.counters)})),
            (self.requests, (REQUESTS, {"requests": list(self.requests)})),
        ]
        return [step for wanted, step in every if wanted]

    def __bool__(self) -> bool:
        return bool(self.versions or self.entries or self.counters or self.requests)


class Pending:
    """The state of the database as far as it was read, and over it what the transaction made of it.

    ``versions`` holds 0 for a record known to be absent, ``requests`` None for a request known to be new.
    """

    def __init__(self) -> None:
        self.versions: dict[Name, int] = {}
        self.counters: dict[str, int] = {}
        self.requests: dict[bytes, bytes | None] = {}
        self.changed: dict[Name, Insert | Replace | Delete] = {}
        self.spent: dict[str, int] = {}
        self.remembered: dict[bytes, Remember] = {}
        self.batches: list[Batch] = []
        self._read_versions: dict[Name, int] = {}
        self._read_entries: dict[Name, set[IndexEntry]] = {}
        self._notes: list[tuple[dict[Any, Any], Any, Any]] = []
        self._batches_before = 0

    def wanted(self, changes: Iterable[Change]) -> Wanted:
        """What the changes' conditions ask for and is not known yet.

        A change out of bounds asks for nothing: it is refused when it is applied.
        """
        wanted = Wanted()
        for change in changes:
            match change:
                case Insert() | Replace() | Delete() | Expect():
                    name = (change.kind, change.key)
                    if name not in self._read_versions and _storable(*name):
                        wanted.versions.add(name)
                    # A record that is inserted had no entries, or was deleted before and had them read then.
                    replaces = isinstance(change, (Replace, Delete))
                    if replaces and name not in self._read_entries and _storable(*name):
                        wanted.entries.add(name)
                case Spend():
                    if change.counter not in self.counters and _countable(change.counter):
                        wanted.counters.add(change.counter)
                case Remember():
                    if change.request not in self.requests and len(change.request) == DIGEST:
                        wanted.requests.add(change.request)
        return wanted

    def take_in(self, wanted: Wanted, answers: list[Rows]) -> None:
        """Know what was read by ``wanted.steps()``."""
        rows = iter(answers)
        versions, entries, counters, requests = (
            next(rows) if some else [] for some in (wanted.versions, wanted.entries, wanted.counters, wanted.requests)
        )
        found = dict.fromkeys(wanted.versions, 0) | {(kind, key): version for kind, key, version in versions}
        self._read_versions |= found
        self.versions |= found
        for name in wanted.entries:
            self._read_entries[name] = set()
        for kind, key, entry, value in entries:
            self._read_entries[kind, key].add((entry, value))
        self.counters |= dict.fromkeys(wanted.counters, 0) | dict(counters)
        self.requests |= dict.fromkeys(wanted.requests, None) | dict(requests)

    def put(self, where: dict[_K, _V], key: _K, value: _V) -> None:
        """Change one thing, so that ``undo`` can take it back."""
        self._notes.append((where, key, where.get(key, _ABSENT)))
        where[key] = value

    def keep(self) -> None:
        """What was changed so far is not to be undone any more; a new unit begins."""
        self._notes.clear()
        self._batches_before = len(self.batches)

    def undo(self) -> None:
        """Take back everything since ``keep``."""
        for where, key, former in reversed(self._notes):
            if former is _ABSENT:
                del where[key]
            else:
                where[key] = former
        self._notes.clear()
        del self.batches[self._batches_before :]

    def steps(self, first_position: int) -> Iterator[Step]:
        """The statements that make the database as the transaction means it; ``first_position`` is the log's next."""
        yield from self._record_steps()
        if self.spent:
            yield SET_COUNTERS, {"names": list(self.spent), "values": list(self.spent.values())}
        if self.remembered:
            yield INSERT_REQUESTS, _requests(self.remembered.values())
        if self.batches:
            yield APPEND, _batches(self.batches, first_position)

    def _record_steps(self) -> Iterator[Step]:
        deleted, inserted, replaced = _Records(), _Records(), _Records()
        dropped, added = _Entries(), _Entries()
        for name, change in self.changed.items():
            former, present = self._read_versions[name], self._read_entries.get(name, set())
            wanted: set[IndexEntry] = set()
            if isinstance(change, Delete):
                if former:
                    deleted.add(name, former, former, b"")
            else:
                wanted = set(change.indexes)
                (replaced if former else inserted).add(name, former, self.versions[name], change.body)
            dropped.extend(name, present - wanted)
            added.extend(name, wanted - present)
        if deleted.keys:
            yield DELETE_RECORDS, deleted.parameters("kinds", "keys", "versions", "count")
        if replaced.keys:
            yield REPLACE_RECORDS, replaced.parameters("kinds", "keys", "olds", "versions", "bodies", "count")
        if inserted.keys:
            yield INSERT_RECORDS, inserted.parameters("kinds", "keys", "versions", "bodies")
        if dropped.keys:
            yield DELETE_ENTRIES, dropped.parameters()
        if added.keys:
            yield INSERT_ENTRIES, added.parameters()


@dataclass(slots=True)
class _Records:
    """Columns of records that one statement changes."""

    kinds: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    olds: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.keys)

    def add(self, name: Name, old: int, version: int, body: bytes) -> None:
        self.kinds.append(name[0])
        self.keys.append(name[1])
        self.olds.append(old)
        self.versions.append(version)
        self.bodies.append(body)

    def parameters(self, *columns: str) -> Mapping[str, object]:
        return {column: getattr(self, column) for column in columns}


@dataclass(slots=True)
class _Entries:
    """Columns of index entries that one statement changes."""

    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def extend(self, name: Name, entries: Iterable[IndexEntry]) -> None:
        for entry, value in entries:
            self.kinds.append(name[0])
            self.names.append(entry)
            self.values.append(value)
            self.keys.append(name[1])

    def parameters(self) -> Mapping[str, object]:
        return {"kinds": self.kinds, "names": self.names, "values": self.values, "keys": self.keys}


def _names(names: set[Name]) -> Mapping[str, object]:
    return {"kinds": [kind for kind, _ in names], "keys": [key for _, key in names]}


def _requests(changes: Iterable[Remember]) -> Mapping[str, object]:
    rows = list(changes)
    return {
        "requests": [change.request for change in rows],
        "digests": [change.body_digest for change in rows],
        "answers": [change.answer for change in rows],
        "times": [change.time_us for change in rows],
    }


def _batches(batches: list[Batch], known: int) -> Mapping[str, object]:
    return {
        "firsts": [batch.first for batch in batches],
        "counts": [batch.count for batch in batches],
        "times": [batch.time_us for batch in batches],
        "bodies": [batch.body for batch in batches],
        "known": known,
        "next": batches[-1].first + batches[-1].count,
    }


def _storable(kind: str, key: str) -> bool:
    try:
        check_name(kind, key)
    except LimitExceededError:
        return False
    return True


def _countable(counter: str) -> bool:
    try:
        check_text("counter", counter, MAX_KEY)
    except LimitExceededError:
        return False
    return True
