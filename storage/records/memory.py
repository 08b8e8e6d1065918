"""Records in memory: gone with the process. For tests, and as the plainest statement of what the interface means.

A transaction writes into layers over what was committed (one for the unit, one for the transaction), so undoing means
dropping a layer and readers see nothing before the commit.
"""

import heapq
import threading
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageError, StorageUnavailableError
from storage.records.changes import Change, Delete, Expect, IndexEntry, Insert, Remember, Replace, Spend
from storage.records.interface import Batch, LogEnd, Record, Remembered
from storage.records.limits import (
    DIGEST,
    MAX_FORGET,
    MAX_KEY,
    MAX_KIND,
    MAX_PAGE,
    check_batch,
    check_body,
    check_limit,
    check_name,
    check_number,
    check_page,
    check_remember,
    check_spend,
    check_term,
    check_text,
)


@dataclass(frozen=True, slots=True)
class _Row:
    record: Record
    indexes: frozenset[IndexEntry]


@dataclass(slots=True)
class _Layer:
    """Changed rows (None: deleted), counters, requests and journal batches."""

    rows: dict[tuple[str, str], _Row | None] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    requests: dict[bytes, Remembered] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)

    def take_in(self, upper: "_Layer") -> None:
        """Put what another layer changed over this one."""
        self.rows.update(upper.rows)
        self.counters.update(upper.counters)
        self.requests.update(upper.requests)
        self.batches.extend(upper.batches)


class MemoryTransaction:
    """A ``WriteTransaction`` over committed layers."""

    def __init__(self, committed: _Layer) -> None:
        self.layers = [_Layer(), committed]
        self._in_unit = False
        self._failure: StorageError | None = None

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See ``WriteTransaction.unit``."""
        if self._in_unit:
            raise StorageError("units do not nest: leave the first one before the next")
        self._in_unit = True
        self._failure = None
        self.layers.insert(0, _Layer())
        try:
            yield
        except BaseException:
            self.layers.pop(0)
            raise
        finally:
            self._in_unit = False
        upper = self.layers.pop(0)
        if self._failure is not None:
            raise self._failure
        self.layers[0].take_in(upper)

    def preload(self, changes: Iterable[Change]) -> None:
        """See ``WriteTransaction.preload``; nothing to do, since each look-up is a step away."""

    def apply(self, changes: Sequence[Change]) -> None:
        """See ``WriteTransaction.apply``."""
        if not self._in_unit:
            with self.unit():
                self.apply(changes)
            return
        try:
            for position, change in enumerate(changes):
                self._apply_one(change, position)
        except StorageError as error:
            self._failure = error
            raise

    def log_end(self) -> LogEnd:
        """See ``WriteTransaction.log_end``."""
        last = next((layer.batches[-1] for layer in self.layers if layer.batches), None)
        return LogEnd(last.time_us if last else 0, None)

    def append(self, count: int, time_us: int, body: bytes) -> int:
        """See ``WriteTransaction.append``."""
        check_batch(count, time_us, body)
        last = next((layer.batches[-1] for layer in self.layers if layer.batches), None)
        first = last.first + last.count if last else 0
        self.layers[0].batches.append(Batch(first, count, time_us, body))
        return first

    def _apply_one(self, change: Change, position: int) -> None:
        match change:
            case Expect():
                check_name(change.kind, change.key)
                if self._version(change.kind, change.key) != change.version:
                    raise ConditionFailedError(Cause.VERSION, position, f"expect {change.kind}")
            case Insert():
                check_name(change.kind, change.key)
                check_body(change.body, change.indexes)
                if self._version(change.kind, change.key):
                    raise ConditionFailedError(Cause.EXISTS, position, f"insert {change.kind}")
                self._put(change, 1)
            case Replace():
                check_name(change.kind, change.key)
                check_number("version", change.version)
                check_body(change.body, change.indexes)
                self._need_version(change, position)
                self._put(change, change.version + 1)
            case Delete():
                check_name(change.kind, change.key)
                check_number("version", change.version)
                self._need_version(change, position)
                self.layers[0].rows[change.kind, change.key] = None
            case Spend():
                self._spend(change, position)
            case Remember():
                self._remember(change, position)

    def _version(self, kind: str, key: str) -> int:
        row = ChainMap(*(layer.rows for layer in self.layers)).get((kind, key))
        return row.record.version if row else 0

    def _need_version(self, change: Replace | Delete, position: int) -> None:
        version = self._version(change.kind, change.key)
        if version == 0 or version != change.version:
            cause = Cause.VERSION if version else Cause.MISSING
            raise ConditionFailedError(cause, position, f"{type(change).__name__.lower()} {change.kind}")

    def _put(self, change: Insert | Replace, version: int) -> None:
        record = Record(change.kind, change.key, version, change.body)
        self.layers[0].rows[change.kind, change.key] = _Row(record, frozenset(change.indexes))

    def _spend(self, change: Spend, position: int) -> None:
        check_spend(change)
        value = ChainMap(*(layer.counters for layer in self.layers)).get(change.counter, 0) + change.amount
        if value > change.limit:
            raise ConditionFailedError(Cause.SPENT, position, "spend")
        self.layers[0].counters[change.counter] = value

    def _remember(self, change: Remember, position: int) -> None:
        check_remember(change)
        known = ChainMap(*(layer.requests for layer in self.layers)).get(change.request)
        if known is not None:
            same = known.body_digest == change.body_digest
            raise ConditionFailedError(Cause.REMEMBERED, position, "remember", same=same)
        self.layers[0].requests[change.request] = Remembered(change.body_digest, change.answer, change.time_us)


class MemoryRecords:
    """``Records`` in dicts."""

    def __init__(self, *, lock_seconds: float = 5.0) -> None:
        self._committed = _Layer()
        self._found: dict[tuple[str, IndexEntry], set[str]] = {}
        self._lock_seconds = lock_seconds
        self._writing = threading.Lock()
        self._writer: int | None = None
        self._reading = threading.Lock()
        self._closed = False

    def get(self, kind: str, key: str) -> Record | None:
        """See ``Records.get``."""
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, Record]:
        """See ``Records.get_many``."""
        if len(keys) > MAX_PAGE:
            raise LimitExceededError(f"keys: {len(keys)}; at most {MAX_PAGE} are allowed")
        for key in keys:
            check_name(kind, key)
        with self._read() as committed:
            rows = {key: committed.rows.get((kind, key)) for key in keys}
        return {key: row.record for key, row in rows.items() if row is not None}

    def scan(self, kind: str, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.scan``."""
        check_text("kind", kind, MAX_KIND)
        check_page(after, limit)
        with self._read() as committed:
            return self._page(kind, (key for of, key in committed.rows if of == kind), after, limit)

    def find(self, kind: str, index: str, value: bytes, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.find``."""
        check_text("kind", kind, MAX_KIND)
        check_term(index, value)
        check_page(after, limit)
        with self._read():
            return self._page(kind, iter(self._found.get((kind, (index, value)), ())), after, limit)

    def counter(self, name: str) -> int:
        """See ``Records.counter``."""
        check_text("counter", name, MAX_KEY)
        with self._read() as committed:
            return committed.counters.get(name, 0)

    def remembered(self, request: bytes) -> Remembered | None:
        """See ``Records.remembered``."""
        if len(request) != DIGEST:
            raise LimitExceededError(f"request: {DIGEST} bytes")
        with self._read() as committed:
            return committed.requests.get(request)

    def journal_length(self) -> int:
        """See ``Records.journal_length``."""
        with self._read() as committed:
            last = committed.batches[-1:]
        return sum(batch.first + batch.count for batch in last)

    def journal(self, first: int = 0) -> Iterator[Batch]:
        """See ``Records.journal``."""
        check_number("first", first)
        with self._read() as committed:
            batches = list(committed.batches)
        at = bisect_right(batches, first, key=lambda batch: batch.first + batch.count)
        return iter(batches[at:])

    @contextmanager
    def write(self) -> Iterator[MemoryTransaction]:
        """See ``Records.write``."""
        if self._writer == threading.get_ident():
            raise StorageError("this thread is already writing: transactions do not nest")
        if not self._writing.acquire(timeout=self._lock_seconds):
            raise StorageUnavailableError("another thread holds the write transaction: try again")
        self._writer = threading.get_ident()
        try:
            with self._read() as committed:
                transaction = MemoryTransaction(committed)
            yield transaction
            self._commit(transaction.layers[0])
        finally:
            self._writer = None
            self._writing.release()

    def forget_requests(self, before_us: int, limit: int = 10_000) -> int:
        """See ``Records.forget_requests``."""
        check_number("before", before_us)
        check_limit(limit, MAX_FORGET)
        with self.write(), self._read() as committed:
            old = [(known.time_us, name) for name, known in committed.requests.items() if known.time_us < before_us]
            doomed = heapq.nsmallest(limit, old)
            for _, name in doomed:
                del committed.requests[name]
        return len(doomed)

    def close(self) -> None:
        """Refuse everything from now on."""
        with self._writing:
            self._closed = True

    @contextmanager
    def _read(self) -> Iterator[_Layer]:
        with self._reading:
            if self._closed:
                raise StorageUnavailableError("the records were closed")
            yield self._committed

    def _page(self, kind: str, keys: Iterator[str], after: str, limit: int) -> list[Record]:
        # Code points order as their UTF-8 bytes do.
        chosen = heapq.nsmallest(limit, (key for key in keys if key > after))
        rows = (self._committed.rows[kind, key] for key in chosen)
        return [row.record for row in rows if row is not None]

    def _commit(self, changed: _Layer) -> None:
        with self._read() as committed:
            for (kind, key), row in changed.rows.items():
                former = committed.rows.pop((kind, key), None)
                for entry in former.indexes if former else ():
                    self._found[kind, entry].discard(key)
                for entry in row.indexes if row else ():
                    self._found.setdefault((kind, entry), set()).add(key)
            kept = {name: row for name, row in changed.rows.items() if row is not None}
            committed.take_in(_Layer(dict(kept), changed.counters, changed.requests, changed.batches))
