"""What monitoring sees of webhooks. Labels are outcomes: never a department, an address or an event."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class WebhookMetrics:
    """Told by the task that posts, on the machine that leads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "onceonly_webhook_attempts", "Attempts to post an event.", ["outcome"], registry=registry
        )
        self._dead = Counter(
            "onceonly_webhook_given_up", "Events put on a dead-letter list.", ["outcome"], registry=registry
        )
        self._lag = _gauge(registry, "onceonly_webhook_lag_seconds", "Age of the oldest event that is being retried.")
        self._letters = _gauge(registry, "onceonly_webhook_dead_letters", "Dead letters on all lists.")
        self._strange = _gauge(
            registry, "onceonly_webhook_unreadable", "Records of webhooks that do not decode and are left alone."
        )
        self._silent = _gauge(registry, "onceonly_webhook_stopped", "Webhooks that are gone, or whose list is full.")

    def attempted(self, outcome: str) -> None:
        """An event was posted, or was not: an ``Outcome``, or ``withheld`` for a department without the right."""
        self._attempts.labels(outcome).inc()

    def gave_up(self, outcome: str) -> None:
        """An event was put on a list."""
        self._dead.labels(outcome).inc()

    def looked(self, *, lag_seconds: float, letters: int, stopped: int, unreadable: int) -> None:
        """How all webhooks stand."""
        self._lag.set(lag_seconds)
        self._letters.set(letters)
        self._silent.set(stopped)
        self._strange.set(unreadable)


def _gauge(registry: CollectorRegistry, name: str, text: str) -> Gauge:
    return Gauge(name, text, registry=registry, multiprocess_mode="livemostrecent")
