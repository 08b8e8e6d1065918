"""Commits a batch of units in one durable transaction, each unit on its own.

Rules:
1. A unit that fails its limits or conditions is undone alone and leaves no entry; the others go on.
2. The surviving entries are appended as one journal batch, last; then one commit. Only after it are charges kept.
3. If the engine cannot commit, no unit of the batch was kept, and every one is answered so.
4. The journal's time never steps back. Where this machine's clock is the only one, one over a second before the last
   batch stops commits until it is right; where the engine has a clock, which all machines share, one that differs from
   it by over ten seconds does.
5. A note is applied like a unit, beside the entries: it has none, and is answered so.
6. While somebody holds it back (the log is not vouched for from outside), nothing is committed.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from exchange.audit import journal
from exchange.audit.charges import ChargeBook
from exchange.audit.recount import Rebuild, Recount
from exchange.audit.unit import Committed, ConditionFailed, Note, Unit
from exchange.audit.wire import OutOfBounds, Reply, Unable, Value
from exchange.reasons import Reason
from storage.errors import ConditionFailedError, LimitExceededError, StorageError
from storage.fast.interface import Fast
from storage.records.interface import LogEnd, Records, WriteTransaction

STEP_BACK_US = 1_000_000
MOST_SKEW_US = 10_000_000
PROBE_SECONDS = 1.0
_DOUBT_SECONDS = 2.0
DAY_US = 86_400_000_000


class _UntrustedClockError(Exception):
    """This machine's clock cannot be right. Never leaves this page."""


class CommitObserver(Protocol):
    """What metrics and logs may know of the recorder's work. Must not raise and must be quick."""

    def committed(self, units: int, kept: int, seconds: float) -> None:
        """A batch of ``units`` was committed, ``kept`` of them with an entry, in ``seconds``."""
        ...

    def failed(self, units: int, reason: Reason, error: Exception | None) -> None:
        """``units`` were turned away: the engine failed, the clock is wrong or the queue is full."""
        ...

    def counts_lost(self, error: Exception) -> None:
        """A batch is durable, but the fast store did not take its counts."""
        ...

    def dropped(self, error: Exception) -> None:
        """A connection was closed because of what came over it."""
        ...


class Committer:
    """The recorder's work without its sockets. Not thread-safe: one thread owns it, as the one writer of ``records``.

    ``clock`` gives microseconds since 1970 (UTC), ``stopwatch`` seconds of a monotonic clock. ``held`` says at once why
    nothing may be committed now, None: it may.
    """

    def __init__(
        self,
        records: Records,
        fast: Fast,
        clock: Callable[[], int],
        stopwatch: Callable[[], float],
        observer: CommitObserver,
        held: Callable[[], Reason | None] = lambda: None,
    ) -> None:
        self._held = held
        self._records = records
        self._fast = fast
        self._clock = clock
        self._stopwatch = stopwatch
        self._observer = observer
        self._last_us = last_time(records)
        self._shared_clock = False
        self._skewed = False
        self._failed_at: float | None = None
        self._answered_at = stopwatch()
        self._away = False

    def commit(self, units: Sequence[Unit | Note], book: ChargeBook | None = None) -> list[Reply]:
        """Commit what holds of the units and answer each, in order; ``book``: a new one with their charges loaded."""
        held = self._held()
        if held is not None:
            return self._unable(units, held, None)
        if not self._shared_clock and not self.clock_trusted():
            return self._unable(units, Reason.CLOCK_UNTRUSTED, None)
        if book is None:
            book = ChargeBook(self._fast)
            book.load(charge for unit in units for charge in unit.charges)
        started = self._stopwatch()
        try:
            replies, kept, time_us = self._write(units, book)
        except _UntrustedClockError:
            return self._unable(units, Reason.CLOCK_UNTRUSTED, None)
        except StorageError as error:
            self._failed_at = self._stopwatch()
            return self._unable(units, Reason.AUDIT_UNAVAILABLE, error)
        self._failed_at = None
        self._away = False
        self._answered_at = self._stopwatch()
        self._last_us = time_us
        self._observer.committed(len(units), kept, self._stopwatch() - started)
        self._keep(book)
        return replies

    def clock_trusted(self) -> bool:
        """Whether the clock is right, as far as was seen: see rule 4."""
        if self._shared_clock:
            return not self._skewed
        return self._clock() >= self._last_us - STEP_BACK_US

    def probe(self) -> None:
        """Ask the records whether they answer, unless a commit has just shown it. Raises nothing."""
        if self._stopwatch() - self._answered_at < PROBE_SECONDS:
            return
        try:
            self._records.journal_length()
        except StorageError:
            self._away = True
        else:
            self._away = False
            self._answered_at = self._stopwatch()

    def well(self) -> bool:
        """Whether the records answer, a commit would be tried, and none has failed in the last two seconds."""
        return self.trouble() is None

    def trouble(self) -> Reason | None:
        """Why a unit would be turned away now, or may well be; None: see ``well``."""
        held = self._held()
        if held is not None:
            return held
        if not self.clock_trusted():
            return Reason.CLOCK_UNTRUSTED
        failed = self._failed_at is not None and self._stopwatch() - self._failed_at < _DOUBT_SECONDS
        return Reason.AUDIT_UNAVAILABLE if failed or self._away else None

    def forget_requests(self, retention_seconds: int) -> int:
        """Delete a portion of the remembered requests older than the retention; returns how many.

        Raises ``StorageError``.
        """
        return self._records.forget_requests(self._clock() - retention_seconds * 1_000_000, 10_000)

    def rebuild(self, rebuild: Rebuild, most: int) -> int:
        """Count again what the last 24 hours' entries charged, at most the newest ``most``; returns how many charges.

        Raises ``StorageError`` or ``JournalError``.
        """
        recount = self.recount(rebuild, most)
        while recount.step():
            pass
        if recount.failure is not None:
            self._observer.counts_lost(recount.failure)
        return recount.charges

    def recount(self, rebuild: Rebuild, most: int) -> Recount:
        """A pass over the last 24 hours' entries, at most the newest ``most``, that counts what they charged.

        Raises ``StorageError``.
        """
        newest = self._records.journal_length() - most
        first = max(position_at(self._records, self._clock() - DAY_US), newest)
        return Recount(self._records, self._fast, rebuild, first)

    def _write(self, units: Sequence[Unit | Note], book: ChargeBook) -> tuple[list[Reply], int, int]:
        replies: list[Reply | None] = []
        kept: list[tuple[bytes, bytes]] = []
        with self._records.write() as transaction:
            transaction.preload(change for unit in units for change in unit.changes)
            time_us = self._time(transaction.log_end())
            for unit in units:
                reply = self._apply(transaction, book, unit)
                if reply is None and isinstance(unit, Unit):
                    kept.append((unit.salt, unit.entry))
                elif reply is None:
                    reply = Value(value=True)
                replies.append(reply)
            index = transaction.append(len(kept), time_us, journal.encode(kept)) if kept else 0
        answers: list[Reply] = []
        for reply in replies:
            if reply is None:
                answers.append(Committed(index))
                index += 1
            else:
                answers.append(reply)
        return answers, len(kept), time_us if kept else self._last_us

    def _time(self, end: LogEnd) -> int:
        """The time of the batch; raises ``_UntrustedClockError`` if this machine's clock cannot be right."""
        now = self._clock()
        self._shared_clock = end.clock_us is not None
        self._skewed = end.clock_us is not None and abs(now - end.clock_us) > MOST_SKEW_US
        if self._skewed or (end.clock_us is None and now < end.time_us - STEP_BACK_US):
            raise _UntrustedClockError
        return max(now, end.time_us)

    def _apply(self, transaction: WriteTransaction, book: ChargeBook, unit: Unit | Note) -> Reply | None:
        """Apply one unit or none of it; None: it holds."""
        try:
            refusal = book.admit(unit.charges)
        except LimitExceededError as error:
            book.withdraw()
            return OutOfBounds(str(error))
        except StorageError as error:  # the fast store alone is away: a unit that needs no limit may still be kept
            book.withdraw()
            self._observer.failed(1, Reason.STORAGE_UNAVAILABLE, error)
            return Unable(Reason.STORAGE_UNAVAILABLE)
        if refusal is not None or not unit.changes:
            return refusal
        try:
            with transaction.unit():
                transaction.apply(unit.changes)
        except ConditionFailedError as error:
            book.withdraw()
            return ConditionFailed(error.cause, error.position, error.same)
        except LimitExceededError as error:
            book.withdraw()
            return OutOfBounds(str(error))
        return None

    def _keep(self, book: ChargeBook) -> None:
        try:
            book.keep()
        except StorageError as error:
            self._observer.counts_lost(error)

    def _unable(self, units: Sequence[Unit | Note], reason: Reason, error: Exception | None) -> list[Reply]:
        self._observer.failed(len(units), reason, error)
        return [Unable(reason)] * len(units)


def last_time(records: Records) -> int:
    """When the last journal batch was written, in microseconds; 0 for an empty journal."""
    length = records.journal_length()
    if not length:
        return 0
    return next(iter(records.journal(length - 1))).time_us


def position_at(records: Records, time_us: int) -> int:
    """The first position whose batch was written at or after a time; the journal's length if there is none."""
    low, high = 0, records.journal_length()
    while low < high:
        middle = (low + high) // 2
        batch = next(iter(records.journal(middle)))
        if batch.time_us < time_us:
            low = batch.first + batch.count
        else:
            high = batch.first
    return low
