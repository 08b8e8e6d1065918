"""Prometheus metrics of who vouches for the log from outside, and the log lines that go with them.

Labels are names of the configuration (``witness``) and of closed lists (``voucher``, ``outcome``).
"""

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from exchange.publishing.witnesses import WitnessOutcome


class LagMetrics:
    """A ``LagObserver``: how far witnesses and time-stamps have come. Told by each machine's recorder."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._log = structlog.get_logger("onceonly.vouching")
        self._covered = _gauge(registry, "onceonly_vouched_size", "Entries vouched for from outside.")
        self._lag = _gauge(registry, "onceonly_vouching_lag_seconds", "Age of the oldest entry not vouched for.")
        self._alarm = _gauge(registry, "onceonly_vouching_alarm", "1 while that age is beyond the configured one.")
        self._blind = Counter("onceonly_vouching_looks_failed", "Looks at the log that failed.", registry=registry)
        self._alarming: dict[str, bool] = {}

    def lagged(self, voucher: str, covered: int, seconds: float, *, alarming: bool) -> None:
        """See ``LagObserver``."""
        self._covered.labels(voucher).set(covered)
        self._lag.labels(voucher).set(seconds)
        self._alarm.labels(voucher).set(int(alarming))
        if alarming is not self._alarming.get(voucher, False):
            self._alarming[voucher] = alarming
            event = "the log is not vouched for in time" if alarming else "the log is vouched for again"
            self._log.warning(event, reason=voucher)

    def blind(self, error: Exception) -> None:
        """See ``LagObserver``."""
        self._blind.inc()
        self._log.warning("who vouches for the log could not be looked at", error=type(error).__name__)


class WitnessMetrics:
    """A ``WitnessObserver``: what came of asking each witness. Told by the publisher that leads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._log = structlog.get_logger("onceonly.publisher")
        self._answers = Counter(
            "onceonly_witness_answers", "What came of asking witnesses.", ["witness", "outcome"], registry=registry
        )

    def answered(self, witness: str, outcome: WitnessOutcome) -> None:
        """See ``WitnessObserver``."""
        self._answers.labels(witness, outcome.value).inc()
        if outcome is not WitnessOutcome.COSIGNED:
            self._log.warning("a witness did not cosign", witness=witness, reason=outcome.value)


def _gauge(registry: CollectorRegistry, name: str, text: str) -> Gauge:
    # The newest value alone counts: a restarted recorder replaces what its predecessor said.
    return Gauge(name, text, ["voucher"], registry=registry, multiprocess_mode="livemostrecent")
