"""The runner of what is due: one handler for each kind, each due record in a unit of its own.

Rules:
1. The due record is taken away by the unit that does what it says. Whoever tries it again, after a crash or on a second
   machine, finds it gone: it is tried at least once and happens exactly once.
2. A run is a call of the hub itself, recorded as any other: method ``onceonly.clocks/{kind}``, no operator, no purpose.
3. Where the subject does not exist any more, or was erased, nothing can ever be done: the refusal is recorded, and the
   same unit takes the due record away.
4. What was refused for another reason, or failed, may go well later: its record stays, so that no deadline is
   forgotten, and this machine waits for a minute, then two, at last for an hour, before it tries again.
5. One that fails holds up none of the others. Only where nothing at all can be recorded does the run end early.
"""

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from exchange.attempts import NO_COMMIT, Asked, Attempts, Registers
from exchange.audit.entry import Outcome
from exchange.call import Call, Caller
from exchange.clocks.due import DUE, Due, DueKind, due_page, taken
from exchange.clocks.metrics import DueMetrics
from exchange.entities.catalogue import Department, Label, Level, Status
from exchange.errors import NotFoundError, StaleError, UnavailableError
from exchange.known_errors import hub_error
from exchange.reasons import Reason
from storage.errors import ErasedError
from storage.records.interface import Records

Handler = Callable[[Call, str, Due], None]
"""A use case of the hub's own: the call, the subject, and the due record, which the call's unit takes away already."""

METHOD_PREFIX: Final = "onceonly.clocks/"
_ATTEMPTS: Final = 8
_CALL_SECONDS: Final = 10.0
_RUN_SECONDS: Final = 4.0
_FIRST_PAUSE: Final = 60
_LONGEST_PAUSE: Final = 3_600
_DOUBLINGS: Final = 6


class DueTask:
    """Does what is due, earliest first. One thread owns it; ``clock_us`` gives microseconds since 1970 (UTC)."""

    def __init__(
        self,
        *,
        records: Records,
        attempts: Attempts,
        registers: Registers,
        handlers: Mapping[DueKind, Handler],
        metrics: DueMetrics,
        clock_us: Callable[[], int],
        interval: float = 1.0,
    ) -> None:
        self._records = records
        self._attempts = attempts
        self._registers = registers
        self._handlers = handlers
        self._metrics = metrics
        self._clock_us = clock_us
        self._interval = interval
        self._paused: dict[str, tuple[int, int]] = {}
        self._strange: frozenset[str] = frozenset()
        self._log = structlog.get_logger("onceonly.clocks")

    @property
    def name(self) -> str:
        """Names its thread and its runs."""
        return "due"

    @property
    def interval(self) -> float:
        """Seconds between two looks at the list."""
        return self._interval

    def run_once(self) -> None:
        """Do what is due now, for some seconds at most; what is left is done by the next run.

        Raises ``UnavailableError`` if nothing can be recorded and ``StorageError`` if the list cannot be read.
        """
        self._registers.refresh()
        now = self._clock_us() // 1_000_000
        until = time.monotonic() + _RUN_SECONDS
        paused: dict[str, tuple[int, int]] = {}
        strange: set[str] = set()
        after = ""
        while True:
            page = due_page(self._records, now, after=after)
            strange.update(page.strange)
            for due in page.dues:
                if time.monotonic() >= until:
                    return
                failures, not_before = self._paused.get(due.key, (0, 0))
                if now >= not_before and self._run(due):
                    self._paused.pop(due.key, None)
                    continue
                if now >= not_before:
                    pause = min(_FIRST_PAUSE * 2 ** min(failures, _DOUBLINGS), _LONGEST_PAUSE)
                    self._paused[due.key] = (failures + 1, now + pause)
                paused[due.key] = self._paused[due.key]
            after = page.after
            if not after:
                break
        self._paused = paused  # of what is not due any more nothing is kept
        if strange - self._strange:
            self._log.error("what is due cannot be read and is left alone", records=len(strange))
        self._strange = frozenset(strange)

    def _run(self, due: Due) -> bool:
        """Whether it is done with: handled, gone, or given up."""
        handler = self._handlers.get(due.kind)
        if handler is None:
            self._log.error("nothing handles what is due", kind=due.kind.value)
            return False
        for attempt in range(_ATTEMPTS):
            call = self._call(due)
            try:
                try:
                    call.change(taken(due))
                    handler(call, due.subject, due)
                    if call.committed is None:
                        call.commit(call.prepare(Outcome.ALLOWED))
                except StaleError:
                    raise
                except Exception as error:  # noqa: BLE001 recorded; whatever it is, the others are done too
                    gone = self._refused(call, due, error)
                    self._metrics.took(due.kind, "gone" if gone else "put_off")
                    return gone
            except StaleError as stale:
                if (DUE, due.key) in stale.subjects:
                    return True  # rule 1: somebody else did it, or its deadline has been moved or ended
                self._attempts.refresh(stale, call)
            else:
                self._attempts.settle(call)
                self._metrics.took(due.kind, "done")
                return True
            time.sleep(random.uniform(0, 0.002) * attempt)  # noqa: S311 spreads retries; no secret depends on it
        return False

    def _refused(self, call: Call, due: Due, error: Exception) -> bool:
        """Record what went wrong; whether it was for good. Raises the error again if nothing can be recorded."""
        known = hub_error(error)
        reasons = known.reasons if known is not None else (Reason.INTERNAL,)
        if isinstance(known, UnavailableError) and not NO_COMMIT.isdisjoint(reasons):
            raise error
        gone = isinstance(error, NotFoundError | ErasedError)
        self._attempts.record_refusal(call, error, (taken(due),) if gone else ())
        names = ", ".join(reasons) if known is not None else type(error).__name__
        self._log.warning("what was due was not done", kind=due.kind.value, reasons=names, given_up=gone)
        return gone

    def _call(self, due: Due) -> Call:
        asked = Asked(
            method=f"{METHOD_PREFIX}{due.kind}",
            request_id="",
            caller=_HUB,
            digest=hashlib.sha256(due.key.encode()).digest(),
            deadline=time.monotonic() + _CALL_SECONDS,
        )
        return self._attempts.call(asked, self._registers.current())


_NOBODY: Final = Department(
    uscc="",
    name=Label(zh="本平台", en="the hub itself"),
    region="",
    level=Level.CITY,
    parent=None,
    roles=frozenset(),
    status=Status.ACTIVE,
    certificates=frozenset(),
    token_keys=(),
    operators=(),
    delegations=(),
)
_HUB: Final = Caller(_NOBODY, None, "hub", 0, (frozenset(), frozenset(), frozenset()))
