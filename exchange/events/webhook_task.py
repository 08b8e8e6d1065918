"""Posting events: every webhook in order, each at its own pace, on the machine that leads.

Rules:
1. What a turn does: see ``webhook_turn``. How often an event failed, and when it is tried next, outlives a machine: see
   ``webhook_delays``.
2. One webhook takes one thread at a time and gives it back within seconds; a department takes half of them at most.
3. A record that does not decode is left alone, counted, and named by its key in the log when it is first seen; every
   look tries it again. The other webhooks go on.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import structlog

from exchange.events.cursor import BEGINNING, Place
from exchange.events.webhook import Listed, Webhook, WebhookState
from exchange.events.webhook_delays import Patience
from exchange.events.webhook_turn import Deliverer, Standing, WebhookTurns
from storage.records.interface import Record

_PAGE: Final = 500


@dataclass(slots=True)
class _Look:
    """What one look at all webhooks has seen. ``places``: of every webhook by id; ``lag_us``: as the metric."""

    places: dict[str, Place] = field(default_factory=dict)
    strange: set[str] = field(default_factory=set)
    letters: int = 0
    letters_strange: int = 0
    stopped: int = 0
    lag_us: int = 0

    def left_alone(self, records: Sequence[Record]) -> None:
        """Webhooks that do not decode: nobody knows their place, so it is taken to be the first."""
        self.strange.update(record.key for record in records)
        self.places.update((record.key, BEGINNING) for record in records)

    def saw(self, webhook: Webhook, standing: Standing, now_us: int) -> None:
        """One webhook."""
        self.places[webhook.id] = webhook.place
        self.letters += webhook.dead
        self.letters_strange += len(standing.strange)
        self.stopped += webhook.state in {WebhookState.GONE, WebhookState.FULL}
        delay = standing.delay
        if delay is not None and delay.event > webhook.place and webhook.state is WebhookState.ACTIVE:
            self.lag_us = max(self.lag_us, now_us - delay.event_time_us)


class WebhookTask:
    """Looks which webhooks have something to post, and gives them threads. ``stop`` it before its stores are closed."""

    def __init__(self, deliverer: Deliverer, patience: Patience, threads: int, interval: float = 0.5) -> None:
        self._with = deliverer
        self._patience = patience
        self._share = max(1, threads // 2)
        self._threads = threads
        self._interval = interval
        self._standings: dict[str, Standing] = {}
        self._strange: frozenset[str] = frozenset()
        self._stopping = threading.Event()
        self._turns = WebhookTurns(deliverer, patience, self._stopping)
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
        # Before the webhooks: a delay that a webhook's place has reached is then done with for good.
        delays = self._with.delays.look()
        look = _Look()
        for page in self._everyone():
            look.left_alone(page.strange)
            for webhook in page.read:
                standing = self._standings.get(webhook.id) or Standing(webhook.department, webhook.place)
                self._standings[webhook.id] = standing
                if not standing.busy:
                    standing.go_by(delays.delays.get(webhook.id), webhook.place)
                look.saw(webhook, standing, now_us)
                if webhook.state is WebhookState.ACTIVE and (webhook.waiting or standing.at_end != end):
                    self._begin(webhook, standing, now_us)
        self._standings = {key: each for key, each in self._standings.items() if each.busy or key in look.places}
        self._with.delays.take_away(delays, look.places)
        strange = look.strange | {f"delay of {key}" for key in delays.strange}
        self._say(strange)
        self._with.metrics.looked(
            lag_seconds=look.lag_us / 1_000_000,
            letters=look.letters,
            stopped=look.stopped,
            unreadable=len(strange) + look.letters_strange,
        )

    def _everyone(self) -> Iterator[Listed[Webhook]]:
        after = ""
        while len(page := self._with.store.everyone(after, _PAGE)):
            yield page
            after = page.last

    def _begin(self, webhook: Webhook, standing: Standing, now_us: int) -> None:
        if standing.busy or self._stopping.is_set():
            return
        tells = standing.telling.passes() and self._patience.over(standing.delay, now_us)
        if not tells and not (webhook.waiting and standing.retrying.passes()):
            return
        busy = [each for each in self._standings.values() if each.busy]
        theirs = sum(each.department == webhook.department for each in busy)
        if len(busy) >= self._threads or theirs >= self._share:
            return
        standing.busy = True
        self._pool.submit(self._turns.take, webhook, standing)

    def _say(self, strange: set[str]) -> None:
        for key in sorted(strange - self._strange):
            self._log.error("what is kept of a webhook cannot be read and is left alone", record=key)
        self._strange = frozenset(strange)
