"""Posting events: every webhook in order, each at its own pace, on the machine that leads.

Rules:
1. At least once: the place moves on after the receiver's 2xx. Whoever is cut off in between posts the event again.
2. In order: a webhook has one event on its way at a time. A failed one is tried again, later each time; after the last
   attempt, or an answer that says never, it goes on the dead-letter list and the next is posted.
3. Whether the department may be told is asked for every event when it is posted, as for streams. While it may not be
   told at all, nothing is posted and the place stands.
4. One webhook takes one thread at a time and gives it back within seconds; a department takes half of them at most.
5. Pauses and attempts are counted in memory: a machine that takes over begins to count anew.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import structlog

from exchange.attempts import Registers
from exchange.call import Caller
from exchange.entities.catalogue import Department
from exchange.events.cursor import Place
from exchange.events.entitlement import ended_for, may_be_told
from exchange.events.reader import EventReader, Told
from exchange.events.webhook import Webhook, WebhookState, WebhookStore, told_at
from exchange.events.webhook_body import WebhookPen
from exchange.events.webhook_ledger import WebhookLedger
from exchange.events.webhook_metrics import WebhookMetrics
from exchange.events.webhook_posting import Outcome, WebhookPoster

_TURN_SECONDS: Final = 5.0
_PAGE: Final = 500
_ENTRIES: Final = 1_000
_UNSAID: Final = 20_000
"""Log entries without anything to tell after which the place is written all the same."""
_WITHHELD_SECONDS: Final = 5.0
_DOUBLINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """``attempts`` at one event; pauses of ``first`` seconds, doubled each time up to ``longest``."""

    attempts: int
    first: float
    longest: float

    def pause(self, failures: int) -> float:
        """Seconds after so many failures: between half of the pause and all of it, so that webhooks spread."""
        whole = min(self.longest, self.first * 2.0 ** min(failures - 1, _DOUBLINGS))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 spreads retries; no secret depends on it


@dataclass(slots=True)
class _Standing:
    """What this machine knows of a webhook besides its record; a turn that runs owns it."""

    department: str
    reached: Place
    at_end: Place | None = None
    failures: int = 0
    troubles: int = 0
    failed_event_us: int = 0
    not_before: float = 0.0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Deliverer:
    """What a turn works with."""

    store: WebhookStore
    reader: EventReader
    registers: Registers
    pen: WebhookPen
    poster: WebhookPoster
    ledger: WebhookLedger
    metrics: WebhookMetrics
    clock_us: Callable[[], int]


class WebhookTask:
    """Looks which webhooks have something to post, and gives them threads. ``stop`` it before its stores are closed."""

    def __init__(self, deliverer: Deliverer, patience: Patience, threads: int, interval: float = 0.5) -> None:
        self._with = deliverer
        self._patience = patience
        self._share = max(1, threads // 2)
        self._threads = threads
        self._interval = interval
        self._standings: dict[str, _Standing] = {}
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._log = structlog.get_logger("onceonly.webhooks")

    @property
    def name(self) -> str:
        """Names its thread and its runs."""
        return "webhooks"

    @property
    def interval(self) -> float:
        """Seconds between two looks."""
        return self._interval

    def stop(self) -> None:
        """End what is on its way; what was not taken over is posted again by whoever goes on."""
        self._stopping.set()
        self._pool.shutdown(cancel_futures=True)

    def wait(self) -> None:
        """Wait until no turn runs: for tests, which look at what a turn has done."""
        while any(standing.busy for standing in self._standings.values()):
            time.sleep(0.005)

    def run_once(self) -> None:
        """Begin the turns that are due; waits for none of them. Raises ``StorageError``."""
        self._with.registers.refresh()
        end, now_us = self._with.reader.end(), self._with.clock_us()
        known: dict[str, _Standing] = {}
        letters, stopped, lag_us = 0, 0, 0
        for webhook in self._everyone():
            standing = self._standings.get(webhook.id) or _Standing(webhook.department, webhook.place)
            known[webhook.id] = standing
            letters += webhook.dead
            stopped += webhook.state in {WebhookState.GONE, WebhookState.FULL}
            if standing.failed_event_us and webhook.state is WebhookState.ACTIVE:
                lag_us = max(lag_us, now_us - standing.failed_event_us)
            self._standings[webhook.id] = standing
            if webhook.state is WebhookState.ACTIVE and (webhook.waiting or standing.at_end != end):
                self._begin(webhook, standing)
        running = {key: each for key, each in self._standings.items() if each.busy}
        self._standings = {**running, **known}
        self._with.metrics.looked(lag_seconds=lag_us / 1_000_000, letters=letters, stopped=stopped)

    def _everyone(self) -> Iterator[Webhook]:
        after = ""
        while page := self._with.store.everyone(after, _PAGE):
            yield from page
            after = page[-1].id

    def _begin(self, webhook: Webhook, standing: _Standing) -> None:
        if standing.busy or time.monotonic() < standing.not_before or self._stopping.is_set():
            return
        busy = [each for each in self._standings.values() if each.busy]
        theirs = sum(each.department == webhook.department for each in busy)
        if len(busy) >= self._threads or theirs >= self._share:
            return
        standing.busy = True
        self._pool.submit(self._turn, webhook, standing)

    def _turn(self, webhook: Webhook, standing: _Standing) -> None:
        try:
            register = self._with.registers.current()
            department = register.departments.get(webhook.department)
            if department is None or ended_for(registered(webhook, department), register) is not None:
                self._withhold(standing)
                return
            until = time.monotonic() + _TURN_SECONDS
            self._retry(webhook, department)
            self._tell(webhook, department, standing, until)
            standing.troubles = 0
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on; the event is posted again
            standing.troubles += 1
            standing.not_before = time.monotonic() + self._patience.pause(standing.troubles)
            self._log.error("events of a webhook were not posted", webhook=webhook.id, error=type(error).__name__)
        finally:
            standing.busy = False

    def _withhold(self, standing: _Standing) -> None:
        self._with.metrics.attempted("withheld")
        standing.not_before = time.monotonic() + _WITHHELD_SECONDS

    def _retry(self, webhook: Webhook, department: Department) -> None:
        """Post one of the dead letters that wait, if one does."""
        if not webhook.waiting:
            return
        kept = next((each for each in self._with.store.letters_of(webhook.id) if each.letter.waiting), None)
        if kept is None:
            return
        told = told_at(self._with.reader, kept.letter.place)
        body = b""
        outcome = Outcome.DELIVERED  # what is not in the log any more, or not for them, has nowhere to be posted from
        if told is not None and may_be_told(webhook.caller(department), webhook.asked, told):
            body = self._with.pen.body(webhook, told)
            outcome = self._post(webhook, told, body)
        self._with.ledger.retried(
            webhook, department, kept, body, "" if outcome is Outcome.DELIVERED else outcome.value
        )

    def _tell(self, webhook: Webhook, department: Department, standing: _Standing, until: float) -> None:
        reached = max(standing.reached, webhook.place)
        while not self._stopping.is_set() and time.monotonic() < until:
            stretch = self._with.reader.read(reached, _ENTRIES)
            for told in stretch.events:
                if self._stopping.is_set() or time.monotonic() >= until:
                    return
                register = self._with.registers.current()
                department = register.departments.get(webhook.department, department)
                if ended_for(registered(webhook, department), register) is not None:
                    self._withhold(standing)
                    return
                if may_be_told(webhook.caller(department), webhook.asked, told):
                    current = self._with.store.webhooks.fresh(webhook.id).value
                    if current is None or current.state is not WebhookState.ACTIVE:
                        return  # ended or paused meanwhile
                    if told.place > current.place and not self._deliver(current, department, told, standing):
                        return
                    webhook = replace(current, place=max(current.place, told.place))
                standing.reached = reached = told.place
            standing.reached = reached = stretch.reached
            if reached.at - webhook.place.at > _UNSAID:
                self._with.ledger.moved(webhook, department, reached)
                webhook = replace(webhook, place=reached)
            if stretch.at_end:
                standing.at_end = reached
                return

    def _deliver(self, webhook: Webhook, department: Department, told: Told, standing: _Standing) -> bool:
        """Whether the event is done with: taken over, or given up."""
        body = self._with.pen.body(webhook, told)
        outcome = self._post(webhook, told, body)
        if outcome is Outcome.DELIVERED:
            self._with.ledger.delivered(webhook, department, told.place, body)
        elif outcome is Outcome.GONE:
            self._with.ledger.gone(webhook, department)
            self._log.warning("a receiver is gone", webhook=webhook.id)
            return False
        else:
            standing.failures += 1
            standing.failed_event_us = told.time_us
            if outcome is not Outcome.REFUSED and standing.failures < self._patience.attempts:
                standing.not_before = time.monotonic() + self._patience.pause(standing.failures)
                return False
            if not self._with.ledger.gave_up(webhook, department, told.place, standing.failures, outcome.value):
                self._log.warning("a webhook has too many dead letters and stops", webhook=webhook.id)
                return False
            self._with.metrics.gave_up(outcome.value)
        standing.failures = 0
        standing.failed_event_us = 0
        return True

    def _post(self, webhook: Webhook, told: Told, body: bytes) -> Outcome:
        headers = self._with.pen.headers(webhook, told, body, self._with.clock_us() // 1_000_000)
        outcome = self._with.poster.post(webhook.url, body, headers)
        self._with.metrics.attempted(outcome.value)
        return outcome


def registered(webhook: Webhook, department: Department) -> Caller:
    """The caller as ``ended_for`` compares it: with the roles of the registration. Certificates are renewed in the
    lifetime of a webhook, so those of now count."""
    return webhook.caller(replace(department, roles=webhook.roles))
