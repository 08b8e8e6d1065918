"""What monitoring sees of the runner."""

from prometheus_client import Counter
from prometheus_client.registry import CollectorRegistry


class DueMetrics:
    """Counts due records by kind and by what became of them: done, gone (given up) or put_off."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "onceonly_due_runs", "Due records that were taken up.", ["kind", "outcome"], registry=registry
        )

    def took(self, kind: str, outcome: str) -> None:
        """One was taken up; ``kind`` is a ``DueKind``."""
        self._runs.labels(kind, outcome).inc()
