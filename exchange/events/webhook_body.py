"""What is posted: an event as JSON (CloudEvents 1.0, structured), and the headers that sign it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from exchange.events.cursor import Cursors
from exchange.events.reader import Told
from exchange.events.webhook import Webhook
from signer.keys.backend import Signer
from signer.strict_json import canonical
from signer.webhook import Delivery, sign

CONTENT_TYPE = "application/cloudevents+json"


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
