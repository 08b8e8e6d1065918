"""Counts again from the journal what the fast store lost, and sees to it that one recorder does so when it must.

Rules:
1. The fast store holds marks that stand as long as it does. Where one is missing, the store is new, was emptied or
   lost a part of itself: its counts are then made again from the journal's last day.
2. Several recorders may share the store. Whoever takes the lease counts; a lease that its owner stops renewing ends.
3. Counting again only ever raises a count to what the journal says. Doing it twice, or two at once, doubles nothing; so
   the marks and the lease save work, and nothing worse happens if they fail.
4. Until it is done limits count low: at the start of the first recorder not for anyone, as it counts before it serves;
   while recorders run, for the time between the loss and the end of the count.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from exchange.audit import journal
from exchange.audit.charges import write_counts
from exchange.audit.errors import JournalError
from exchange.audit.unit import Bar, Charge, Limit, Tally
from storage.errors import StorageError
from storage.fast.interface import AddMember, AtLeast, Fast, Step
from storage.fast.limits import MAX_TTL
from storage.records.interface import Records

Rebuild = Callable[[Iterable[tuple[int, bytes]]], Iterable[Charge]]
"""Turns past entries (microseconds, entry bytes), oldest first, into the charges that they would have made by now.

It is given the journal in portions, so each entry must be judged by itself.
"""

PORTION: Final = 1_000
CHECK_SECONDS: Final = 1.0
LEASE_SECONDS: Final = 30
_RETRY_SECONDS: Final = 60.0
_RENEW_SECONDS: Final = LEASE_SECONDS / 3
_MOST_EXTENSIONS: Final = 10

LEASE: Final = "counts/lease"
MARKS: Final = tuple(f"counts/mark/{number}" for number in range(64))
"""So many, that each server of a cluster holds some: one that lost its memory is noticed."""


class Recount:
    """One pass over the journal from position ``first``, a portion at a time. For the thread that owns ``records``."""

    def __init__(self, records: Records, fast: Fast, rebuild: Rebuild, first: int) -> None:
        self._records = records
        self._fast = fast
        self._rebuild = rebuild
        self._next = first
        self._end = records.journal_length()
        self._extensions = 0
        self._totals: Counter[str] = Counter()
        self.charges = 0
        self.failure: StorageError | None = None

    def step(self) -> bool:
        """Count a portion; False once the journal's end is reached, or the fast store failed: see ``failure``.

        Raises ``StorageError`` or ``JournalError`` if the journal cannot be read.
        """
        until = min(self._next + PORTION, self._end)
        items = journal.read(self._records, self._next, until) if self._next < until else ()
        self._write(list(self._rebuild((item.time_us, item.entry) for item in items)))
        self._next = until
        if self._next >= self._end and self._extensions < _MOST_EXTENSIONS:
            # What was committed meanwhile was counted as it came, but a count raised now may not hold it.
            self._end = self._records.journal_length()
            self._extensions += 1
        return self.failure is None and self._next < self._end

    def _write(self, charges: list[Charge]) -> None:
        counted = [charge for charge in charges if not isinstance(charge, Bar)]
        plain = {charge.key: charge for charge in counted if not charge.member}
        numbers = Counter(charge.key for charge in counted if not charge.member)
        self._totals.update(numbers)
        written: list[Limit | Tally] = list(plain.values())
        steps: list[Step] = [AtLeast(key, charge.ttl, self._totals[key]) for key, charge in plain.items()]
        for charge in counted:
            if charge.member:
                written.append(charge)
                steps.append(AddMember(charge.key, charge.ttl, charge.member))
        counts = write_counts(self._fast, written, steps)
        self.charges += len(charges)
        for place, count in enumerate(counts):
            if isinstance(count, StorageError):
                self.failure = count
                if place < len(written):
                    self.charges -= numbers[written[place].key] if not written[place].member else 1


class CountsWatch:
    """Keeps the fast store's counts whole. For the recorder's thread alone, which calls ``tick`` between batches.

    ``begin`` starts a pass over the last day; ``lost`` is told of a fast store that did not take it, ``unread`` of a
    journal that could not be read. ``stopwatch`` gives seconds of a monotonic clock.
    """

    def __init__(
        self,
        fast: Fast,
        begin: Callable[[], Recount],
        lost: Callable[[Exception], None],
        unread: Callable[[Exception], None],
        stopwatch: Callable[[], float],
    ) -> None:
        self._fast = fast
        self._begin = begin
        self._lost = lost
        self._unread = unread
        self._stopwatch = stopwatch
        self._name = secrets.token_bytes(8)
        self._recount: Recount | None = None
        self._next_check = stopwatch()
        self._next_renewal = stopwatch()

    def start(self) -> None:
        """Before serving: count now if counts are missing and no other recorder is at it.

        Raises ``StorageError`` or ``JournalError`` if the journal cannot be read.
        """
        try:
            free = self._called_for()
        except StorageError as error:
            self._lost(error)
            return
        if free:
            recount = self._recount = self._begin()
            while self._go_on(recount):
                pass

    def tick(self) -> None:
        """A portion of the count under way, or once a second a look at the marks. Raises nothing."""
        if self._recount is None and (self._stopwatch() < self._next_check or not self._seen_called_for()):
            return
        try:
            self._recount = self._recount or self._begin()
            self._go_on(self._recount)
        except (StorageError, JournalError) as error:
            self._end(_RETRY_SECONDS)
            self._unread(error)

    def wait(self) -> float:
        """Seconds until ``tick`` has something to do; 0 while it counts."""
        return 0.0 if self._recount is not None else max(0.0, self._next_check - self._stopwatch())

    def _called_for(self) -> bool:
        """Whether a mark is missing and the lease was free. Raises ``StorageError`` if the store is away."""
        self._next_check = self._stopwatch() + CHECK_SECONDS
        if all(self._fast.look(MARKS, ())[0]):
            return False
        self._next_renewal = self._stopwatch() + _RENEW_SECONDS
        return self._fast.put_if_absent(LEASE, self._name, LEASE_SECONDS)

    def _seen_called_for(self) -> bool:
        try:
            return self._called_for()
        except StorageError:
            return False  # every unit with a limit is told so; when the store is back, its marks are looked at

    def _go_on(self, recount: Recount) -> bool:
        """Count a portion; False once that was the last."""
        if recount.step():
            self._renew()
            return True
        failure = recount.failure or self._mark()
        self._end(CHECK_SECONDS if failure is None else _RETRY_SECONDS)
        if failure is not None:
            self._lost(failure)
        return False

    def _end(self, pause: float) -> None:
        self._recount = None
        self._next_check = self._stopwatch() + pause
        try:
            self._fast.delete(LEASE)
        except StorageError:
            return  # it ends by itself

    def _renew(self) -> None:
        if self._stopwatch() < self._next_renewal:
            return
        self._next_renewal = self._stopwatch() + _RENEW_SECONDS
        try:
            self._fast.put(LEASE, self._name, LEASE_SECONDS)
        except StorageError:
            return  # another recorder may count as well, which does no harm

    def _mark(self) -> StorageError | None:
        """Say that the counts are whole; returns why that could not be said."""
        answers = self._fast.charge([AtLeast(mark, MAX_TTL, 1) for mark in MARKS])
        return next((answer for answer in answers if isinstance(answer, StorageError)), None)
