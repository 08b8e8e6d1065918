import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from exchange.config import ConfigError
from exchange.metrics import ProcessMetrics
from exchange.options import split_address
from exchange.serve.child import Child, Post
from exchange.serve.listening import reserve
from exchange.serve.monitoring import MonitoringPage, collect_from
from exchange.serve.role import Orders, orders
from exchange.serve.run_folder import RunFolder

METHOD = "onceonly.v1.ExchangeService/FetchLicence"
COUNTING = f"""
import os, sys
from prometheus_client import CollectorRegistry
from exchange.metrics import CallMetrics, LogMetrics
metrics = CallMetrics(CollectorRegistry(), ["{METHOD}"])
metrics.observe("{METHOD}", "OK", 0.004)
metrics.began()
metrics.flush()
LogMetrics(CollectorRegistry()).integrated(100, 7, 1772701200.0)
print("counted", flush=True)
sys.stdin.read()
"""


@contextmanager
def serving(registry: CollectorRegistry, healthy: Callable[[], bool]) -> Iterator[MonitoringPage]:
    with MonitoringPage("127.0.0.1:0", registry) as page:
        page.serve(healthy)
        yield page


def read(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def counting(folder: Path) -> "subprocess.Popen[bytes]":
    """A process that has counted one call, has one at work, and stays."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"counted\n"
    return process


def test_the_page_adds_up_all_processes_and_forgets_the_present_of_dead_ones(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        registry = collect_from(run.metrics)
        ProcessMetrics(registry).running("worker", 2)
        with (
            serving(registry, lambda: True) as page,
            counting(run.metrics) as first,
            counting(run.metrics) as second,
        ):
            status, text = read(page.address, "/metrics")
            assert status == 200
            assert f'onceonly_calls_total{{method="{METHOD}",reason="OK"}} 2.0' in text
            assert "onceonly_calls_in_flight 2.0" in text
            assert "onceonly_log_lag_entries 7.0" in text
            assert 'onceonly_processes_running{role="worker"} 2.0' in text
            first.kill()
            first.wait()
            run.forget(first.pid)
            _, text = read(page.address, "/metrics")
            assert f'onceonly_calls_total{{method="{METHOD}",reason="OK"}} 2.0' in text
            assert "onceonly_calls_in_flight 1.0" in text
            second.kill()
    with RunFolder(tmp_path / "run") as run:
        assert b"onceonly_calls" not in generate_latest(collect_from(run.metrics))


def test_health_is_asked_anew_each_time() -> None:
    answers = iter([True, False])
    with serving(CollectorRegistry(), lambda: next(answers)) as page:
        assert read(page.address, "/healthz") == (200, "SERVING\n")
        assert read(page.address, "/healthz") == (503, "NOT_SERVING\n")
        assert read(page.address, "/")[0] == 404


def test_clients_that_say_nothing_or_hang_up_do_not_keep_others_out() -> None:
    with serving(CollectorRegistry(), lambda: True) as page:
        where = split_address(page.address)
        silent = [socket.create_connection(where) for _ in range(7)]
        assert read(page.address, "/healthz")[0] == 200
        for each in silent:
            each.close()
        with socket.create_connection(where) as rude:
            rude.sendall(b"\x00\xff nonsense\r\n\r\n")
        assert read(page.address, "/healthz")[0] == 200


def test_more_than_it_takes_at_once_are_turned_away() -> None:
    with serving(CollectorRegistry(), lambda: True) as page:
        where = split_address(page.address)
        silent = [socket.create_connection(where) for _ in range(8)]
        with socket.create_connection(where) as one_more:
            assert one_more.recv(1) == b""
        for each in silent:
            each.close()


def test_an_address_that_is_taken_is_refused_with_its_key() -> None:
    with (
        serving(CollectorRegistry(), lambda: True) as page,
        pytest.raises(ConfigError, match=r"\[metrics\] address: cannot listen on .*: Address already in use"),
    ):
        MonitoringPage(page.address, CollectorRegistry())


def test_a_reserved_port_can_be_shared_and_not_taken() -> None:
    kept, address = reserve("127.0.0.1:0")
    with kept, socket.socket() as worker, socket.socket() as stranger:
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        worker.bind(split_address(address))
        worker.listen()
        with pytest.raises(OSError, match="in use"):
            stranger.bind(split_address(address))
        with pytest.raises(ConfigError, match="Address already in use"):
            reserve(address)


@pytest.mark.parametrize("address", ["no-such-host.invalid:7443", "192.0.2.1:7443"])
def test_an_address_that_is_not_ours_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=r"\[listen\] address"):
        reserve(address)


def test_a_run_folder_that_lets_others_in_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match="chmod 700"), RunFolder(folder):
        pass


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="choose a shorter data_dir"), RunFolder(tmp_path / ("x" * 100)):
        pass


def test_orders_are_read_as_they_were_given() -> None:
    for told in (Orders("worker-1", Path("/etc/onceonly.toml"), 3, 4, 0), Orders("recorder", None, 5, 6, None)):
        assert orders(told.arguments()) == told


def test_a_child_waits_longer_each_time_and_forgives_after_a_minute(tmp_path: Path) -> None:
    child = Child(Post("worker", "worker-0", (sys.executable, "-c", "pass")), None, 0, dict(os.environ))
    assert [child.plan_restart(now) for now in range(1, 10)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert child.plan_restart(61.0) == 0.1
    assert (child.pid, child.ended(), child.wait(0)) == (None, None, True)
    child.signal(signal.SIGTERM)
