"""What is written of deliveries: each in a unit of its own, recorded in the access log as the department's.

Rules:
1. An event that was taken over, or given up, is an entry: method ``onceonly.webhooks/{what}``, the department that was
   told, the digest of the body.
2. The record is read anew for every unit. Where it was ended or has moved on meanwhile, nothing is written.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from exchange.attempts import Asked, Attempts, Registers
from exchange.audit.entry import Outcome as Recorded
from exchange.call import Call
from exchange.entities.catalogue import Department
from exchange.errors import StaleError, UnavailableError
from exchange.events.cursor import Place
from exchange.events.webhook import (
    MOST_DEAD_LETTERS,
    DeadLetter,
    KeptLetter,
    Webhook,
    WebhookState,
    WebhookStore,
    drop_letter,
    without_letter,
    write_letter,
    write_webhook,
)
from exchange.reasons import Reason

_ATTEMPTS: Final = 8
_CALL_SECONDS: Final = 10.0

Change = Callable[[Call, Webhook, int], bool]
"""What a unit changes, from the webhook and its version; False: nothing."""


class WebhookLedger:
    """Writes for the task that posts. ``clock_us`` gives microseconds since 1970 (UTC). Safe for threads."""

    def __init__(
        self, store: WebhookStore, attempts: Attempts, registers: Registers, clock_us: Callable[[], int]
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._registers = registers
        self._clock_us = clock_us

    def delivered(self, webhook: Webhook, department: Department, place: Place, body: bytes) -> None:
        """The receiver has taken the event at a place over. Raises as ``Call.commit``."""

        def change(call: Call, kept: Webhook, version: int) -> bool:
            if kept.place >= place:
                return False
            write_webhook(call, replace(kept, place=place), version)
            return True

        self._write("deliver", webhook, department, body, change)

    def moved(self, webhook: Webhook, department: Department, place: Place) -> None:
        """Nothing up to a place is to be told."""

        def change(call: Call, kept: Webhook, version: int) -> bool:
            if kept.place >= place:
                return False
            write_webhook(call, replace(kept, place=place), version)
            return True

        self._write("move", webhook, department, b"", change)

    def gave_up(self, webhook: Webhook, department: Department, place: Place, attempts: int, outcome: str) -> bool:
        """Put the event on the list and move on; False if the list is full: then the webhook stops instead."""
        letter = DeadLetter(webhook.id, place, self._clock_us() // 1_000_000, attempts, outcome)
        full = webhook.dead >= MOST_DEAD_LETTERS

        def change(call: Call, kept: Webhook, version: int) -> bool:
            if kept.place >= place:
                return False
            if full:
                write_webhook(call, replace(kept, state=WebhookState.FULL), version)
                return True
            write_letter(call, letter, 0)
            write_webhook(call, replace(kept, place=place, dead=kept.dead + 1), version)
            return True

        self._write("give-up", webhook, department, b"", change)
        return not full

    def gone(self, webhook: Webhook, department: Department) -> None:
        """The receiver says that it is gone: the webhook stops, its place stands."""

        def change(call: Call, kept: Webhook, version: int) -> bool:
            write_webhook(call, replace(kept, state=WebhookState.GONE), version)
            return kept.state is WebhookState.ACTIVE

        self._write("stop", webhook, department, b"", change)

    def retried(self, webhook: Webhook, department: Department, found: KeptLetter, body: bytes, outcome: str) -> None:
        """A dead letter was posted once more: it is gone with ``outcome`` empty, or stays and waits no more."""

        def change(call: Call, kept: Webhook, version: int) -> bool:
            write_webhook(
                call,
                without_letter(kept, found.letter) if not outcome else replace(kept, waiting=kept.waiting - 1),
                version,
            )
            if not outcome:
                drop_letter(call, found)
            else:
                again = replace(found.letter, attempts=found.letter.attempts + 1, outcome=outcome, waiting=False)
                write_letter(call, again, found.version)
            return True

        self._write("retry", webhook, department, body, change)

    def _write(self, what: str, webhook: Webhook, department: Department, body: bytes, change: Change) -> None:
        caller = webhook.caller(department)
        asked = Asked(
            method=f"onceonly.webhooks/{what}",
            request_id="",
            caller=caller,
            digest=hashlib.sha256(webhook.id.encode()).digest(),
            deadline=time.monotonic() + _CALL_SECONDS,
        )
        digest = hashlib.sha256(body).digest() if body else b""
        for _ in range(_ATTEMPTS):
            call = self._attempts.call(asked, self._registers.current())
            self._store.webhooks.forget(webhook.id)
            found = call.read(self._store.webhooks, webhook.id)
            if found.value is None or not change(call, found.value, found.version):
                return
            try:
                call.commit(call.prepare(Recorded.ALLOWED, response_digest=digest))
            except StaleError as stale:
                self._attempts.refresh(stale, call)
            else:
                return
        raise UnavailableError(Reason.STORAGE_UNAVAILABLE)
