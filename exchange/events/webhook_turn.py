"""One webhook's turn: what waits is posted in order, for some seconds, until nothing is left or something fails.

Rules:
1. At least once: the place moves on after the receiver's 2xx. Whoever is cut off in between posts the event again.
2. In order: a webhook has one event on its way at a time. A failed one is tried again, later each time; after the last
   attempt, or an answer that says never, it goes on the dead-letter list and the next is posted.
3. Whether the department may be told is asked for every event when it is posted, as for streams. While it may not be
   told at all, nothing is posted and the place stands.
4. A dead letter that cannot be posted once more (its record does not decode, its event cannot be read) holds up neither
   the other dead letters nor what is to be told.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from exchange.attempts import Registers
from exchange.call import Caller
from exchange.entities.catalogue import Department
from exchange.errors import HubError
from exchange.events.cursor import Place
from exchange.events.entitlement import ended_for, may_be_told
from exchange.events.reader import EventReader, Told
from exchange.events.webhook import KeptLetter, Webhook, WebhookState, WebhookStore, told_at
from exchange.events.webhook_body import WebhookPen
from exchange.events.webhook_delays import Delay, DelayBook, Patience, later
from exchange.events.webhook_ledger import WebhookLedger
from exchange.events.webhook_metrics import WebhookMetrics
from exchange.events.webhook_posting import Outcome, WebhookPoster

_TURN_SECONDS: Final = 5.0
_ENTRIES: Final = 1_000
_UNSAID: Final = 20_000
"""Log entries without anything to tell after which the place is written all the same."""
_WITHHELD_SECONDS: Final = 5.0


@dataclass(slots=True)
class Trouble:
    """What went wrong in the hub itself, so often in a row; it is not tried before ``not_before`` (monotonic)."""

    times: int = 0
    not_before: float = 0.0

    def met(self, patience: Patience) -> None:
        """Once more."""
        self.times += 1
        self.not_before = time.monotonic() + patience.pause(self.times)

    def passes(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self.not_before


@dataclass(slots=True)
class Standing:
    """What this machine knows of a webhook besides its record; a turn that runs owns it.

    ``strange``: its dead letters that do not decode; ``aside``: those that could not be posted, until the others were.
    """

    department: str
    reached: Place
    at_end: Place | None = None
    delay: Delay | None = None
    telling: Trouble = field(default_factory=Trouble)
    retrying: Trouble = field(default_factory=Trouble)
    strange: frozenset[str] = frozenset()
    aside: set[str] = field(default_factory=set)
    busy: bool = False

    def go_by(self, kept: Delay | None, place: Place) -> None:
        """Take over how often the event after the webhook's place failed, if this machine does not know better."""
        if kept is not None and kept.event > place:
            self.delay = later(self.delay, kept)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """What a turn works with."""

    store: WebhookStore
    reader: EventReader
    registers: Registers
    pen: WebhookPen
    poster: WebhookPoster
    ledger: WebhookLedger
    delays: DelayBook
    metrics: WebhookMetrics
    clock_us: Callable[[], int]


class WebhookTurns:
    """Takes turns, of different webhooks at the same time. ``stopping`` ends them between two events."""

    def __init__(self, deliverer: Deliverer, patience: Patience, stopping: threading.Event) -> None:
        self._with = deliverer
        self._patience = patience
        self._stopping = stopping
        self._log = structlog.get_logger("onceonly.webhooks")

    def take(self, webhook: Webhook, standing: Standing) -> None:
        """One turn; raises nothing."""
        try:
            register = self._with.registers.current()
            department = register.departments.get(webhook.department)
            if department is None or ended_for(registered(webhook, department), register) is not None:
                self._withhold(standing)
                return
            self._guarded(webhook, standing.retrying, partial(self._retry, webhook, department, standing))
            self._guarded(webhook, standing.telling, partial(self._tell, webhook, department, standing))
        finally:
            standing.busy = False

    def _guarded(self, webhook: Webhook, trouble: Trouble, work: Callable[[], None]) -> None:
        """Do one part of a turn; whatever goes wrong, the other part and the other webhooks go on."""
        if not trouble.passes():
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 logged and tried again later; the event is posted again
            trouble.met(self._patience)
            self._log.error("events of a webhook were not posted", webhook=webhook.id, error=type(error).__name__)
        else:
            trouble.times = 0

    def _withhold(self, standing: Standing) -> None:
        self._with.metrics.attempted("withheld")
        standing.telling.not_before = standing.retrying.not_before = time.monotonic() + _WITHHELD_SECONDS

    def _retry(self, webhook: Webhook, department: Department, standing: Standing) -> None:
        """Post one of the dead letters that wait, if one does."""
        if not webhook.waiting:
            return
        letters = self._with.store.letters_of(webhook.id)
        strange = frozenset(record.key for record in letters.strange)
        for key in sorted(strange - standing.strange):
            self._log.error("a dead letter cannot be read and is left alone", dead_letter=key)
        standing.strange = strange
        waiting = (kept for kept in letters.read if kept.letter.waiting)
        kept = next((each for each in waiting if each.letter.key not in standing.aside), None)
        if kept is None:
            standing.aside.clear()
            return
        standing.aside.add(kept.letter.key)
        self._post_again(webhook, department, kept)
        standing.aside.discard(kept.letter.key)

    def _post_again(self, webhook: Webhook, department: Department, kept: KeptLetter) -> None:
        told = told_at(self._with.reader, kept.letter.place)
        body = b""
        outcome = Outcome.DELIVERED  # what is not in the log any more, or not for them, has nowhere to be posted from
        if told is not None and may_be_told(webhook.caller(department), webhook.asked, told):
            body = self._with.pen.body(webhook, told)
            outcome = self._post(webhook, told, body)
        self._with.ledger.retried(
            webhook, department, kept, body, "" if outcome is Outcome.DELIVERED else outcome.value
        )

    def _tell(self, webhook: Webhook, department: Department, standing: Standing) -> None:
        until = time.monotonic() + _TURN_SECONDS
        reached = max(standing.reached, webhook.place)
        while not self._stopping.is_set() and time.monotonic() < until:
            if not self._patience.over(standing.delay, self._with.clock_us()):
                return
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

    def _deliver(self, webhook: Webhook, department: Department, told: Told, standing: Standing) -> bool:
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
            before = standing.delay
            failures = 1 + (before.failures if before is not None and before.event == told.place else 0)
            if outcome is not Outcome.REFUSED and failures < self._patience.attempts:
                self._put_off(webhook, told, failures, standing)
                return False
            if not self._with.ledger.gave_up(webhook, department, told.place, failures, outcome.value):
                self._log.warning("a webhook has too many dead letters and stops", webhook=webhook.id)
                return False
            self._with.metrics.gave_up(outcome.value)
        standing.delay = None
        return True

    def _put_off(self, webhook: Webhook, told: Told, failures: int, standing: Standing) -> None:
        not_before_us = self._with.clock_us() + int(self._patience.pause(failures) * 1_000_000)
        standing.delay = Delay(told.place, told.time_us, failures, not_before_us)
        try:
            standing.delay = self._with.delays.put(webhook.id, standing.delay)
        except HubError as error:
            # The recorder is away: this machine counts on by itself, and the next failure writes all of it.
            self._log.warning("how often an event failed is not kept", webhook=webhook.id, reasons=error.reasons)

    def _post(self, webhook: Webhook, told: Told, body: bytes) -> Outcome:
        headers = self._with.pen.headers(webhook, told, body, self._with.clock_us() // 1_000_000)
        outcome = self._with.poster.post(webhook.url, body, headers)
        self._with.metrics.attempted(outcome.value)
        return outcome


def registered(webhook: Webhook, department: Department) -> Caller:
    """The caller as ``ended_for`` compares it: with the roles of the registration. Certificates are renewed in the
    lifetime of a webhook, so those of now count."""
    return webhook.caller(replace(department, roles=webhook.roles))
