"""The write transaction on PostgreSQL: units are decided in memory, under the log's lock, and written at the end.

Rules:
1. The first question takes the log's row, so there is one writer in the whole system while a transaction stands.
2. What conditions need is read in sets: everything that was announced by ``preload`` at once, the rest unit by unit.
3. A unit is decided in order and undone in memory; the database sees only what was kept, in one set of statements that
   travels with the COMMIT.
4. After an error of the engine itself the transaction can only be rolled back, whatever the caller does next.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageError
from storage.records.changes import Change, Delete, Expect, Insert, Remember, Replace, Spend
from storage.records.interface import Batch, LogEnd
from storage.records.limits import (
    MAX_INTEGER,
    check_batch,
    check_body,
    check_name,
    check_number,
    check_remember,
    check_spend,
)
from storage.records.postgres_pending import Pending, Wanted
from storage.records.postgres_statements import LOCK_LOG, LOG_END
from storage.records.postgres_trips import NOTHING, Step
from storage.records.postgres_writer import PostgresSession

MAX_HELD: Final = 256 << 20
"""Bytes of bodies that one transaction may hold before its commit."""


class PostgresTransaction:
    """A ``WriteTransaction`` on a session; ``commit`` ends it."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._pending = Pending()
        self._in_unit = False
        self._failure: StorageError | None = None
        self._first: int | None = None
        self._end = LogEnd(0, None)
        self._held = 0

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See ``WriteTransaction.unit``."""
        self._session.require_usable()
        if self._in_unit:
            raise StorageError("units do not nest: leave the first one before the next")
        self._in_unit = True
        self._failure = None
        self._pending.keep()
        held = self._held
        try:
            yield
        except BaseException:
            self._undo(held)
            raise
        finally:
            self._in_unit = False
        if self._failure is not None:
            self._undo(held)
            raise self._failure

    def preload(self, changes: Iterable[Change]) -> None:
        """See ``WriteTransaction.preload``."""
        self._session.require_usable()
        self._read(self._pending.wanted(changes))

    def apply(self, changes: Sequence[Change]) -> None:
        """See ``WriteTransaction.apply``."""
        if not self._in_unit:
            with self.unit():
                self.apply(changes)
            return
        try:
            self._session.require_usable()
            self._read(self._pending.wanted(changes))
            for position, change in enumerate(changes):
                self._apply_one(change, position)
        except StorageError as error:
            self._failure = error
            raise

    def log_end(self) -> LogEnd:
        """See ``WriteTransaction.log_end``."""
        self._session.require_usable()
        if self._first is None:
            self._read(Wanted())
        return self._end

    def append(self, count: int, time_us: int, body: bytes) -> int:
        """See ``WriteTransaction.append``."""
        check_batch(count, time_us, body)
        self._session.require_usable()
        if self._first is None:
            self._read(Wanted())
        batches = self._pending.batches
        first = batches[-1].first + batches[-1].count if batches else self._first
        assert first is not None
        if first > MAX_INTEGER - count:
            raise LimitExceededError("the journal is full: no position is left")
        self._hold(body)
        batches.append(Batch(first, count, time_us, body))
        return first

    def commit(self) -> None:
        """Write what was kept and commit; nothing if nothing was asked. Raises ``StorageUnavailableError``."""
        self._session.commit([] if self._first is None else list(self._pending.steps(self._first)))

    def _undo(self, held: int) -> None:
        self._pending.undo()
        self._held = held

    def _read(self, wanted: Wanted) -> None:
        """Read what is wanted; the first time, take the log first, wanted or not."""
        if self._first is None:
            end: Step = LOG_END, NOTHING
            (self._first,), (ended, *answers) = self._session.begin(LOCK_LOG, [end, *wanted.steps()])
            self._end = LogEnd(*ended[0])
        elif wanted:
            answers = self._session.ask(wanted.steps())
        if wanted:
            self._pending.take_in(wanted, answers)

    def _apply_one(self, change: Change, position: int) -> None:
        match change:
            case Expect():
                if self._version(change) != change.version:
                    raise ConditionFailedError(Cause.VERSION, position, f"expect {change.kind}")
            case Insert():
                check_name(change.kind, change.key)
                check_body(change.body, change.indexes)
                if self._version(change):
                    raise ConditionFailedError(Cause.EXISTS, position, f"insert {change.kind}")
                self._change(change, 1, change.body)
            case Replace():
                check_name(change.kind, change.key)
                check_number("version", change.version)
                check_body(change.body, change.indexes)
                self._need_version(change, position)
                self._change(change, change.version + 1, change.body)
            case Delete():
                check_name(change.kind, change.key)
                check_number("version", change.version)
                self._need_version(change, position)
                self._change(change, 0, b"")
            case Spend():
                self._spend(change, position)
            case Remember():
                self._remember(change, position)

    def _version(self, change: Expect | Insert | Replace | Delete) -> int:
        check_name(change.kind, change.key)
        return self._pending.versions[change.kind, change.key]

    def _need_version(self, change: Replace | Delete, position: int) -> None:
        version = self._version(change)
        if version == 0 or version != change.version:
            cause = Cause.VERSION if version else Cause.MISSING
            raise ConditionFailedError(cause, position, f"{type(change).__name__.lower()} {change.kind}")

    def _change(self, change: Insert | Replace | Delete, version: int, body: bytes) -> None:
        self._hold(body)
        name = (change.kind, change.key)
        self._pending.put(self._pending.versions, name, version)
        self._pending.put(self._pending.changed, name, change)

    def _spend(self, change: Spend, position: int) -> None:
        check_spend(change)
        value = self._pending.counters[change.counter] + change.amount
        if value > change.limit:
            raise ConditionFailedError(Cause.SPENT, position, "spend")
        self._pending.put(self._pending.counters, change.counter, value)
        self._pending.put(self._pending.spent, change.counter, value)

    def _remember(self, change: Remember, position: int) -> None:
        check_remember(change)
        known = self._pending.requests[change.request]
        if known is not None:
            same = known == change.body_digest
            raise ConditionFailedError(Cause.REMEMBERED, position, "remember", same=same)
        self._hold(change.answer)
        self._pending.put(self._pending.requests, change.request, change.body_digest)
        self._pending.put(self._pending.remembered, change.request, change)

    def _hold(self, body: bytes) -> None:
        if self._held + len(body) > MAX_HELD:
            raise LimitExceededError(f"the transaction holds {self._held} bytes; at most {MAX_HELD} are allowed")
        self._held += len(body)
