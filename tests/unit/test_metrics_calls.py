import pytest
from prometheus_client import CollectorRegistry, generate_latest

from exchange.metrics import CallMetrics, CommitMetrics, LogMetrics, ProcessMetrics
from exchange.reasons import Reason

METHODS = ("onceonly.v1.ExchangeService/FetchLicence",)
FETCH = METHODS[0]


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_calls_are_counted_by_method_and_reason(registry: CollectorRegistry) -> None:
    metrics = CallMetrics(registry, METHODS)
    metrics.observe(FETCH, "OK", 0.004)
    metrics.observe(FETCH, "OK", 0.04)
    metrics.observe(FETCH, Reason.CONSENT_MISSING.value, 0.001)
    assert value(registry, "onceonly_calls_total", method=FETCH, reason="OK") is None
    metrics.flush()
    metrics.flush()
    assert value(registry, "onceonly_calls_total", method=FETCH, reason="OK") == 2
    assert value(registry, "onceonly_calls_total", method=FETCH, reason="CONSENT_MISSING") == 1
    assert value(registry, "onceonly_call_seconds_count", method=FETCH) == 3
    assert value(registry, "onceonly_call_seconds_bucket", method=FETCH, le="0.005") == 2
    assert value(registry, "onceonly_call_seconds_bucket", method=FETCH, le="+Inf") == 3
    assert value(registry, "onceonly_call_seconds_sum", method=FETCH) == pytest.approx(0.045)


def test_what_is_not_listed_never_becomes_a_label(registry: CollectorRegistry) -> None:
    metrics = CallMetrics(registry, METHODS)
    for number in range(50):
        metrics.observe(f"Service/{number}", "33010019900101123X", 0.001)
        metrics.observe(FETCH, f"reason {number}", 0.001)
    metrics.flush()
    assert value(registry, "onceonly_calls_total", method="other", reason="other") == 50
    assert value(registry, "onceonly_calls_total", method=FETCH, reason="other") == 50
    assert b"33010019900101123X" not in generate_latest(registry)
    assert generate_latest(registry).count(b"onceonly_calls_total{") == 2


def test_calls_in_flight_go_up_and_down(registry: CollectorRegistry) -> None:
    metrics = CallMetrics(registry, METHODS)
    metrics.began()
    metrics.began()
    metrics.ended()
    metrics.flush()
    assert value(registry, "onceonly_calls_in_flight") == 1


def test_signatures_are_timed_and_returned(registry: CollectorRegistry) -> None:
    metrics = CallMetrics(registry, METHODS)
    sign = metrics.timed(lambda data: data[::-1])
    assert sign(b"abc") == b"cba"
    metrics.flush()
    assert value(registry, "onceonly_signature_seconds_count") == 1


def test_commits_are_measured(registry: CollectorRegistry) -> None:
    metrics = CommitMetrics(registry)
    metrics.committed(3, 2, 0.001)
    metrics.committed(30, 30, 0.002)
    assert value(registry, "onceonly_access_records_total") == 32
    assert value(registry, "onceonly_commit_batch_units_bucket", le="4.0") == 1
    assert value(registry, "onceonly_commit_seconds_sum") == pytest.approx(0.003)


def test_the_recorders_troubles_are_counted_all_and_logged_once_a_second(
    registry: CollectorRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    from exchange import logs

    now = [100.0]
    logs.configure("info", "json", "recorder")
    metrics = CommitMetrics(registry, lambda: now[0])
    error = OSError("disk 33010019900101123X")
    metrics.failed(5, Reason.AUDIT_UNAVAILABLE, error)
    metrics.failed(2, Reason.AUDIT_UNAVAILABLE, error)
    metrics.dropped(error)
    now[0] += 1
    metrics.counts_lost(error)
    now[0] += 1
    metrics.failed(1, Reason.OVERLOADED, None)
    assert value(registry, "onceonly_units_turned_away_total", reason="AUDIT_UNAVAILABLE") == 7
    assert value(registry, "onceonly_units_turned_away_total", reason="OVERLOADED") == 1
    assert value(registry, "onceonly_recorder_troubles_total", kind="dropped") == 1
    assert value(registry, "onceonly_recorder_troubles_total", kind="counts_lost") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert '"error": "OSError"' in lines[0]
    assert "33010019900101123X" not in "".join(lines)


def test_lags_are_what_is_left_to_do(registry: CollectorRegistry) -> None:
    metrics = LogMetrics(registry)
    metrics.integrated(100, 7, 1_772_701_200.0)
    metrics.indexed(90, 1)
    assert value(registry, "onceonly_log_size") == 100
    assert value(registry, "onceonly_log_lag_entries") == 7
    assert value(registry, "onceonly_index_lag_entries") == 10
    assert value(registry, "onceonly_unreadable_entries_total") == 1
    metrics.indexed(103, 0)
    assert value(registry, "onceonly_index_lag_entries") == 0
    metrics.failed(tree=True)
    metrics.failed(tree=False)
    assert value(registry, "onceonly_integrator_failures_total", work="tree") == 1
    assert value(registry, "onceonly_integrator_failures_total", work="index") == 1


def test_processes_are_counted(registry: CollectorRegistry) -> None:
    metrics = ProcessMetrics(registry)
    metrics.running("worker", 2)
    metrics.restarted("worker")
    assert value(registry, "onceonly_processes_running", role="worker") == 2
    assert value(registry, "onceonly_process_restarts_total", role="worker") == 1
