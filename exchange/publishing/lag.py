"""How long the log's oldest entry has waited to be vouched for from outside, and whether the hub must wait for it.

Rules:
1. The lag of witnesses (or of time-stamps) is the age of the oldest journal entry that no cosigned (or stamped)
   checkpoint covers; with none waiting it is 0. It is computed from what is published and what is recorded, so that it
   is true whoever publishes, and whether or not anyone does.
2. What is published is verified here again: a checkpoint without its quorum, or a stamp that does not hold, covers
   nothing.
3. Beyond ``stop_after`` seconds (0: never) the recorder commits nothing, until the lag is gone. It asks this page,
   which answers from memory: a store that is away keeps no commit waiting.
4. A log that nobody has vouched for yet, as when the first witness is configured, is waited for from the start of the
   watch on, not from its first entry.
5. While the stores cannot be looked at, the time since the last look counts, as something may be waiting.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from exchange.audit.errors import AuditError
from exchange.audit.proofs import COSIGNED
from exchange.audit.stamped import latest_size, read_stamped
from exchange.reasons import Reason
from signer import timestamp
from signer.checkpoint import open_checkpoint
from signer.cosignature import WitnessKey, open_cosigned
from signer.errors import SignerError
from signer.note import NoteKey
from storage.errors import ObjectNotFoundError, StorageError
from storage.objects.interface import Objects
from storage.records.interface import Records

LOOK_SECONDS: Final = 2.0
_BLIND_US: Final = 60_000_000
"""How old a look may be before the time since then counts."""


class Coverage(Protocol):
    """Up to which size the log is vouched for."""

    def covered(self) -> int:
        """Entries before this position are covered; 0 if none. Raises ``StorageError``."""
        ...


class WitnessCoverage:
    """``log/cosigned`` with its quorum of the configured witnesses. ``log_key`` may raise as reading an object does."""

    def __init__(
        self, objects: Objects, log_key: Callable[[], NoteKey], witnesses: Sequence[WitnessKey], quorum: int
    ) -> None:
        self._objects = objects
        self._log_key = log_key
        self._witnesses = witnesses
        self._quorum = quorum

    def covered(self) -> int:
        """See ``Coverage``."""
        try:
            key, note = self._log_key(), self._objects.get(COSIGNED)
            opened = open_cosigned(note, [key], self._witnesses, self._quorum, origin=key.name)
        except (ObjectNotFoundError, SignerError):
            return 0
        return opened.checkpoint.size


class StampCoverage:
    """The newest pair under ``log/stamped/``, verified once for each size."""

    def __init__(self, objects: Objects, log_key: Callable[[], NoteKey], roots: Sequence[bytes]) -> None:
        self._objects = objects
        self._log_key = log_key
        self._roots = roots
        self._verified = 0

    def covered(self) -> int:
        """See ``Coverage``."""
        size = latest_size(self._objects)
        if size <= self._verified:
            return self._verified
        try:
            key, stamped = self._log_key(), read_stamped(self._objects, size)
            checkpoint = open_checkpoint(stamped.note, key, origin=key.name)
            timestamp.check_response(stamped.response, stamped.note, self._roots)
        except (ObjectNotFoundError, SignerError):
            return self._verified
        self._verified = checkpoint.size
        return self._verified


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who vouches: ``name`` for metrics, and after how many seconds of lag to warn and to stop (0: never)."""

    name: str
    coverage: Coverage
    alarm_after: float
    stop_after: float


def oldest_waiting(records: Records, covered: int) -> int | None:
    """When the oldest entry beyond the ``covered`` ones was recorded, in microseconds; None if there is none."""
    if covered >= records.journal_length():
        return None
    return next(iter(records.journal(covered))).time_us


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen at ``time_us``: entries ``covered``; since when the oldest other one waits (None: none does)."""

    time_us: int
    covered: int
    waiting_since_us: int | None


class LagObserver(Protocol):
    """What metrics and logs may know. Must not raise and must be quick."""

    def lagged(self, voucher: str, covered: int, seconds: float, *, alarming: bool) -> None:
        """How far a voucher has come, how long the oldest entry waits for it, and whether that is too long."""
        ...

    def blind(self, error: Exception) -> None:
        """The stores could not be looked at."""
        ...


class LagWatch:
    """Looks every two seconds in a thread of its own; ``clock`` gives microseconds since 1970.

    Not for use before ``start``; ``stop`` ends the thread and then calls ``closing``.
    """

    def __init__(
        self,
        records: Records,
        vouchers: Sequence[Voucher],
        observer: LagObserver,
        clock: Callable[[], int],
        closing: Sequence[Callable[[], None]] = (),
        *,
        every: float = LOOK_SECONDS,
    ) -> None:
        self._records = records
        self._vouchers = vouchers
        self._observer = observer
        self._clock = clock
        self._closing = closing
        self._every = every
        self._looks: dict[str, _Look] = {}
        self._started_us = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="lag", daemon=True)

    def start(self) -> None:
        """Look once, then go on in a thread."""
        now = self._started_us = self._clock()
        self._looks = {voucher.name: _Look(now, 0, None) for voucher in self._vouchers}
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for close in self._closing:
            close()

    def reason(self) -> Reason | None:
        """Why nothing may be committed now; None: it may."""
        for voucher in self._vouchers:
            if voucher.stop_after and self.seconds(voucher.name) > voucher.stop_after:
                return Reason.LOG_UNWITNESSED
        return None

    def seconds(self, name: str) -> float:
        """The lag of a voucher now."""
        look, now = self._looks[name], self._clock()
        if look.waiting_since_us is not None:
            return max(0.0, (now - look.waiting_since_us) / 1e6)
        return (now - look.time_us) / 1e6 if now - look.time_us > _BLIND_US else 0.0

    def look(self) -> None:
        """Look at every voucher now, and tell the observer. Raises nothing."""
        for voucher in self._vouchers:
            try:
                self._looks[voucher.name] = self._seen(voucher)
            except (StorageError, AuditError) as error:
                self._observer.blind(error)
            seconds = self.seconds(voucher.name)
            covered = self._looks[voucher.name].covered
            self._observer.lagged(voucher.name, covered, seconds, alarming=seconds > voucher.alarm_after)

    def _seen(self, voucher: Voucher) -> _Look:
        now, covered = self._clock(), voucher.coverage.covered()
        oldest = oldest_waiting(self._records, covered)
        if oldest is not None and not covered:
            oldest = max(oldest, self._started_us)
        return _Look(now, covered, oldest)

    def _keep_looking(self) -> None:
        while not self._stopping.wait(self._every):
            self.look()
