"""What is posted: an event as JSON (CloudEvents 1.0, structured), and the headers that sign it."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from exchange.events.cursor import Cursors
from exchange.events.reader import Told
from exchange.events.webhook import Webhook
from signer.keys.backend import SignatureBackend, Signer
from signer.strict_json import canonical
from signer.webhook import Delivery, sign

CONTENT_TYPE = "application/cloudevents+json"
_LEAST_SECONDS: Final = 1.0
"""Between two looks for a newer key."""


class FreshSigner:
    """Gives the newest version of a signature key, also of one that was rotated since: looked for at most once a
    second. For several threads. Raises ``SignerError``."""

    def __init__(self, keys: SignatureBackend, key_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._key_id = key_id
        self._clock = clock
        self._looked = clock()
        self._lock = threading.Lock()

    def __call__(self) -> Signer:
        if self._may_look():
            self._keys.refresh()
        return self._keys.signer(self._key_id)

    def _may_look(self) -> bool:
        with self._lock:
            now = self._clock()
            if now - self._looked < _LEAST_SECONDS:
                return False
            self._looked = now
            return True


class WebhookPen:
    """Writes and signs. ``hub``: its name; ``signer`` gives the newest version of the receipt key."""

    def __init__(self, hub: str, cursors: Cursors, signer: Callable[[], Signer]) -> None:
        self._hub = hub
        self._cursors = cursors
        self._signer = signer

    def body(self, webhook: Webhook, told: Told) -> bytes:
        """The same bytes at every attempt, unless the event's owner was erased in between."""
        event: dict[str, object] = {
            "specversion": "1.0",
            "id": identifier(webhook, told),
            "source": self._hub,
            "type": told.type,
            "time": datetime.fromtimestamp(told.time_us / 1_000_000, UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": {
                "audience": webhook.department,
                "cursor": self._cursors.seal(webhook.subscriber, told.place),
                "department": told.department,
                "details": dict(told.details),
                "erased": told.erased,
                "licence_type": told.licence_type,
                "log_index": told.place.at,
                "matter": told.matter,
            },
        }
        if told.subject:
            event["subject"] = told.subject
        return canonical(event)

    def headers(self, webhook: Webhook, told: Told, body: bytes, now: int) -> Mapping[str, str]:
        """The headers of an attempt at ``now``. Raises ``SignerError``."""
        signer = self._signer()
        name = identifier(webhook, told)
        delivery = Delivery(name, self._hub, webhook.department, now)
        return {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": "onceonly-webhook",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(delivery, body, signer.kid, signer.alg, signer.sign),
        }


def identifier(webhook: Webhook, told: Told) -> str:
    """Names an event for a webhook: the same whenever it is posted."""
    return f"{webhook.id}-{told.place.at}-{told.place.number}"
