"""The supervisor with processes that do nothing, so that what it does itself is seen."""

import json
import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.config import load
from exchange.installation import initialise
from tests.fakes.running_hub import RunningHub, alive, until

SERVE = ["-m", "tests.fakes.stand_in_serve"]
ROLES = {"recorder", "integrator", "publisher", "events", "public", "worker-0", "worker-1"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "onceonly.toml").write_text(
        '[hub]\nname = "https://hub.qinghe.example"\n[listen]\naddress = "127.0.0.1:0"\nworkers = 2\n'
        'stop_grace_seconds = 0.5\n[public]\naddress = "127.0.0.1:0"\n[metrics]\naddress = "127.0.0.1:0"\n'
    )
    initialise(load(folder / "onceonly.toml"), datetime.now(UTC))
    return folder


@pytest.fixture
def folder(installed: Path) -> Path:
    (installed / "data" / "order.txt").write_text("")
    return installed


def serving(folder: Path, **environment: str) -> RunningHub:
    return RunningHub(SERVE, folder / "onceonly.toml", folder / "data", **environment)


def order(folder: Path) -> list[str]:
    return (folder / "data" / "order.txt").read_text().splitlines()


def test_it_starts_the_recorder_first_and_stops_it_last(folder: Path) -> None:
    with serving(folder) as hub:
        facts = hub.ready()
        assert facts["pid"] == hub.process.pid
        assert set(facts["roles"]) == ROLES
        assert all(alive(pid) for pid in facts["roles"].values())
        code, errors = hub.stop()
    assert code == 0, errors
    lines = order(folder)
    assert lines[0] == "recorder ready"
    stopped = [line for line in lines if line.endswith("stopped")]
    assert sorted(stopped[:3]) == ["public stopped", "worker-0 stopped", "worker-1 stopped"]
    assert stopped[3:] == ["events stopped", "publisher stopped", "integrator stopped", "recorder stopped"]
    assert not (folder / "data" / "run" / "ready.json").exists()
    assert not any(alive(pid) for pid in facts["roles"].values())


@pytest.mark.parametrize("name", ["worker-1", "recorder", "integrator", "publisher", "events", "public"])
def test_whoever_is_killed_is_started_again(folder: Path, name: str) -> None:
    with serving(folder) as hub:
        before = hub.ready()
        os.kill(before["roles"][name], signal.SIGKILL)
        after = hub.ready(other_than=before)
        assert after["roles"][name] != before["roles"][name]
        assert {key: pid for key, pid in after["roles"].items() if key != name} == {
            key: pid for key, pid in before["roles"].items() if key != name
        }
        role = name.partition("-")[0]
        _, metrics = hub.page("/metrics")
        assert f'onceonly_process_restarts_total{{role="{role}"}} 1.0' in metrics
        assert hub.stop()[0] == 0


def test_nobody_outlives_a_killed_supervisor(folder: Path) -> None:
    with serving(folder) as hub:
        pids = hub.pids().values()
        os.kill(hub.process.pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in pids), "the processes to end")


def test_a_process_that_fails_at_the_first_start_stops_the_hub(folder: Path) -> None:
    with serving(folder, STAND_IN_FAILS="worker-1", STAND_IN_WHILE=str(folder)) as hub:
        code, errors = hub.finished()
    assert code == 1
    assert '"exception": ["RuntimeError"]' in errors
    assert "33010019900101123X" not in errors


def test_a_process_that_refuses_stops_the_hub_with_its_sentence(folder: Path) -> None:
    with serving(folder, STAND_IN_REFUSES="recorder", STAND_IN_WHILE=str(folder)) as hub:
        code, errors = hub.finished()
    assert code == 2
    assert "onceonly: the recorder has a good reason.\n" in errors
    assert order(folder) == []


def test_one_that_never_gets_ready_stops_the_hub(folder: Path) -> None:
    with serving(folder, STAND_IN_HANGS="worker-1", STAND_IN_WHILE=str(folder), STAND_IN_PATIENCE="4") as hub:
        code, errors = hub.finished()
    assert code == 1, errors
    assert "process not ready in time" in errors


def test_it_never_gives_up_on_one_that_keeps_failing(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    with serving(folder, STAND_IN_FAILS="worker-0", STAND_IN_WHILE=str(broken)) as hub:
        before = hub.ready()
        broken.touch()
        os.kill(before["roles"]["worker-0"], signal.SIGKILL)
        until(lambda: 'restarts_total{role="worker"} 3.0' in hub.page("/metrics")[1], "three restarts")
        assert hub.page("/healthz")[0] == 503
        assert 'onceonly_processes_running{role="worker"} 1.0' in hub.page("/metrics")[1]
        broken.unlink()
        after = hub.ready(other_than=before)
        assert alive(after["roles"]["worker-0"])
        assert hub.stop()[0] == 0


def test_one_that_refuses_later_stops_the_hub_in_order(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    with serving(folder, STAND_IN_REFUSES="worker-0", STAND_IN_WHILE=str(broken)) as hub:
        pids = hub.pids()
        broken.touch()
        os.kill(pids["worker-0"], signal.SIGKILL)
        code, errors = hub.finished()
    assert code == 2, errors
    assert order(folder)[-2:] == ["integrator stopped", "recorder stopped"]


def test_one_that_does_not_stop_is_killed_by_a_second_signal(folder: Path) -> None:
    with serving(folder, STAND_IN_STUBBORN="integrator") as hub:
        pids = hub.pids()
        hub.process.send_signal(signal.SIGINT)
        until(lambda: not alive(pids["worker-0"]) and not alive(pids["worker-1"]), "the workers to stop")
        assert alive(pids["integrator"])
        until(lambda: hub.process.poll() is not None or hub.process.send_signal(signal.SIGINT), "the hub to stop")
        code, errors = hub.finished()
    assert code == 0, errors
    assert "process killed" in errors
    assert order(folder)[-1] == "recorder stopped"


def test_one_that_does_not_stop_is_killed_when_its_time_is_over(folder: Path) -> None:
    with serving(folder, STAND_IN_STUBBORN="worker-1") as hub:
        hub.ready()
        code, errors = hub.stop()
    assert code == 0, errors
    assert "worker-1 stopped" not in order(folder)
    assert order(folder)[-1] == "recorder stopped"


def test_two_hubs_do_not_share_a_data_folder_or_a_port(folder: Path, tmp_path: Path) -> None:
    with serving(folder) as hub:
        address = hub.ready()["address"]
        with serving(folder) as second:
            code, errors = second.finished()
        assert (code, errors.count("\n")) == (2, 1)
        assert "Another hub runs on" in errors
        (tmp_path / "onceonly.toml").write_text(
            f'[hub]\nname = "https://hub.qinghe.example"\n[listen]\naddress = "{address}"\n'
        )
        initialise(load(tmp_path / "onceonly.toml"), datetime.now(UTC))
        with socket.create_server((address.split(":")[0], 0)) as taken:
            taken_address = f"127.0.0.1:{taken.getsockname()[1]}"
            with serving(tmp_path, ONCEONLY_LISTEN__ADDRESS=taken_address) as third:
                code, errors = third.finished()
        assert (code, errors.count("\n")) == (2, 1)
        assert f"cannot listen on {taken_address}: Address already in use" in errors


def test_metrics_can_be_off(folder: Path) -> None:
    with serving(folder, ONCEONLY_METRICS__ADDRESS="", ONCEONLY_LISTEN__WORKERS="1") as hub:
        assert hub.ready()["metrics"] is None
        assert hub.stop()[0] == 0


def test_the_log_is_lines_of_json(folder: Path) -> None:
    with serving(folder) as hub:
        address = hub.ready()["address"]
        _, errors = hub.stop()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert [line["address"] for line in lines if line["event"] == "ready"] == [address]
    assert {line["process"] for line in lines} == {"supervisor"}
