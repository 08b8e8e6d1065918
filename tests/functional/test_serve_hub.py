"""The real hub: its processes killed and stopped while they work, and everything it refuses to start with."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from exchange.audit.proofs import log_key
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Committed
from exchange.certification import create_client
from exchange.codes import uscc
from exchange.config import Config, load
from exchange.databases import create_databases
from exchange.errors import HubError
from exchange.installation import initialise, open_keys
from exchange.layout import layout
from signer.checkpoint import open_checkpoint
from signer.tls import TlsIdentity
from storage.objects.files import FileObjects
from storage.records.sqlite import SqliteRecords
from tests.fakes.audit_world import unit
from tests.fakes.running_hub import RunningHub, until

SERVE = ["-m", "exchange.cli", "serve", "--config"]
DEPARTMENT = uscc("11330100MB1234567")
GET_CASE = "onceonly.v1.CaseService/GetCase"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "onceonly.toml"
    path.write_text(
        '[hub]\nname = "https://hub.qinghe.example"\n[listen]\naddress = "127.0.0.1:0"\nworkers = 2\n'
        'stop_grace_seconds = 5.0\n[public]\naddress = "127.0.0.1:0"\n[metrics]\naddress = "127.0.0.1:0"\n'
    )
    config = load(path)
    initialise(config, datetime.now(UTC))
    return config


def file_of(config: Config) -> Path:
    return config.hub.data_dir.parent / "onceonly.toml"


def serving(config: Config, **environment: str) -> RunningHub:
    return RunningHub(SERVE, file_of(config), config.hub.data_dir, **environment)


@pytest.fixture
def hub(config: Config) -> Iterator[RunningHub]:
    with serving(config) as running:
        running.ready()
        yield running


@cache
def client(file: Path) -> TlsIdentity:
    """The identity of a department's system, made by the hub whose configuration this is."""
    config = load(file)
    authority = layout(config).client_ca.read_bytes()
    return create_client(open_keys(config), authority, DEPARTMENT, "counter", datetime.now(UTC))


def channel(config: Config, hub: RunningHub, identity: TlsIdentity | None) -> grpc.Channel:
    """A new connection, so that it may reach any worker."""
    key, chain = (identity.private_key_pem, identity.certificate_pem) if identity else (None, None)
    credentials = grpc.ssl_channel_credentials(layout(config).client_ca.read_bytes(), key, chain)
    return grpc.secure_channel(hub.ready()["address"], credentials, [("grpc.use_local_subchannel_pool", 1)])


def outcome(config: Config, hub: RunningHub, identity: TlsIdentity | None) -> grpc.StatusCode:
    """How a call without a token ends."""
    with channel(config, hub, identity) as connection, pytest.raises(grpc.RpcError) as ended:
        connection.unary_unary(f"/{GET_CASE}")(b"", timeout=10)
    code = ended.value.code()
    assert isinstance(code, grpc.StatusCode)
    return code


def is_serving(config: Config, hub: RunningHub) -> bool:
    with channel(config, hub, client(file_of(config))) as connection:
        check = connection.unary_unary("/grpc.health.v1.Health/Check")
        answer = check.future(b"", timeout=10)
        if answer.code() is not grpc.StatusCode.OK:
            return False
        status = health_pb2.HealthCheckResponse.FromString(answer.result()).status
        return status == health_pb2.HealthCheckResponse.SERVING


def serves(config: Config, hub: RunningHub) -> None:
    until(lambda: is_serving(config, hub), "SERVING")


def committed(config: Config, count: int) -> list[int]:
    """Commit as workers do; returns the positions."""
    with closing(RecorderClient(layout(config).socket)) as recorder:
        assert recorder.wait_connected(30)
        answers = [recorder.commit(unit(number), 10) for number in range(count)]
    return [answer.index for answer in answers if isinstance(answer, Committed)]


def journal_length(config: Config) -> int:
    with closing(SqliteRecords(layout(config).records, read_only=True)) as records:
        return records.journal_length()


def published(config: Config) -> int:
    with closing(FileObjects(layout(config).objects)) as objects:
        key = log_key(objects)
        return open_checkpoint(objects.get("log/checkpoint"), key, origin=key.name).size


def counted(hub: RunningHub, text: str) -> None:
    """Wait until the metrics show a text: workers write what they counted twice a second."""
    deadline = time.monotonic() + 20
    while text not in hub.page("/metrics")[1]:
        assert time.monotonic() < deadline, f"the metrics never showed {text}"
        time.sleep(0.1)


def test_it_serves_over_mutual_tls_only_and_counts_whom_it_turns_away(config: Config, hub: RunningHub) -> None:
    serves(config, hub)
    assert hub.page("/healthz") == (200, "SERVING\n")
    assert outcome(config, hub, client(file_of(config))) is grpc.StatusCode.UNAUTHENTICATED
    counted(hub, f'onceonly_calls_total{{method="{GET_CASE}",reason="')
    assert outcome(config, hub, None) is grpc.StatusCode.UNAVAILABLE


def test_a_certificate_of_another_authority_gets_nowhere(config: Config, hub: RunningHub, tmp_path: Path) -> None:
    theirs = client(file_of(load_other(tmp_path)))
    assert outcome(config, hub, theirs) is grpc.StatusCode.UNAVAILABLE
    stolen = TlsIdentity(client(file_of(config)).certificate_pem, theirs.private_key_pem)
    assert outcome(config, hub, stolen) is grpc.StatusCode.UNAVAILABLE


def load_other(folder: Path) -> Config:
    (folder / "other").mkdir()
    path = folder / "other" / "onceonly.toml"
    path.write_text('[hub]\nname = "https://other.example"\n')
    config = load(path)
    initialise(config, datetime.now(UTC))
    return config


def test_killed_workers_and_recorder_come_back(config: Config, hub: RunningHub) -> None:
    for name in ("worker-0", "recorder"):
        before = hub.ready()
        os.kill(before["roles"][name], signal.SIGKILL)
        hub.ready(other_than=before)
        serves(config, hub)
    assert committed(config, 3) == [0, 1, 2]


def test_what_was_acknowledged_survives_a_killed_recorder(config: Config, hub: RunningHub) -> None:
    acknowledged: list[int] = []
    started, over = threading.Event(), threading.Event()

    def write(recorder: RecorderClient, first: int) -> None:
        for number in range(first, first + 100_000):
            if over.is_set():
                return
            try:
                answer = recorder.commit(unit(number), 5)
            except HubError:
                continue
            assert isinstance(answer, Committed)
            acknowledged.append(answer.index)
            if len(acknowledged) >= 200:
                started.set()

    before = hub.ready()
    with closing(RecorderClient(layout(config).socket)) as recorder:
        threads = [threading.Thread(target=write, args=(recorder, 100_000 * n)) for n in range(8)]
        for thread in threads:
            thread.start()
        assert started.wait(60)
        os.kill(before["roles"]["recorder"], signal.SIGKILL)
        hub.ready(other_than=before)
        count = len(acknowledged)
        until(lambda: len(acknowledged) > count + 100, "commits through the new recorder")
        over.set()
        for thread in threads:
            thread.join()
    assert len(set(acknowledged)) == len(acknowledged)
    assert max(acknowledged) < journal_length(config)
    assert hub.stop()[0] == 0
    assert published(config) == journal_length(config)


def test_a_graceful_stop_publishes_all_that_was_accepted(config: Config, hub: RunningHub) -> None:
    assert committed(config, 50) == list(range(50))
    code, errors = hub.stop()
    assert code == 0, errors
    assert journal_length(config) == 50
    assert published(config) == 50


def test_killed_with_everything_and_started_again_it_goes_on(config: Config) -> None:
    with serving(config) as first:
        first.ready()
        assert committed(config, 20) == list(range(20))
        os.kill(first.process.pid, signal.SIGKILL)
    with serving(config) as second:
        second.ready()
        assert committed(config, 5) == list(range(20, 25))
        assert second.stop()[0] == 0
    assert published(config) == 25


def test_all_in_one_process_does_the_same(config: Config) -> None:
    with serving(config, ONCEONLY_LISTEN__WORKERS="0") as hub:
        assert hub.pids() == {"single": hub.process.pid}
        serves(config, hub)
        assert hub.page("/healthz")[0] == 200
        assert outcome(config, hub, client(file_of(config))) is grpc.StatusCode.UNAUTHENTICATED
        counted(hub, f'onceonly_calls_total{{method="{GET_CASE}"')
        code, errors = hub.stop(signal.SIGINT)
    assert code == 0, errors
    assert not (config.hub.data_dir / "run" / "ready.json").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("[surprise]\n", "[surprise]: unknown: remove it."),
        ("[tls]\nrequire_client_certificate = false\n", "[tls] require_client_certificate: must be true"),
        ("[limits]\nfetches_per_our = 1\n", "[limits] fetches_per_our: unknown; did you mean fetches_per_hour?"),
        (None, "[hub]: the hub's name is missing"),
    ],
)
def test_it_refuses_to_start_with_one_sentence_and_code_2(tmp_path: Path, change: str | None, says: str) -> None:
    text = "" if change is None else f'[hub]\nname = "https://hub.qinghe.example"\n{change}'
    (tmp_path / "onceonly.toml").write_text(text)
    with RunningHub(SERVE, tmp_path / "onceonly.toml", tmp_path / "data") as hub:
        code, errors = hub.finished()
    assert code == 2, errors
    assert says in errors
    assert len(errors.strip().splitlines()) == 1


def test_it_refuses_a_schema_it_does_not_know(config: Config) -> None:
    with closing(sqlite3.connect(layout(config).records)) as connection, connection:
        connection.execute("UPDATE records_revision SET version_num = 'from_the_future'")
    with serving(config) as hub:
        code, errors = hub.finished()
    assert code == 2, errors
    assert "onceonly migrate" in errors
    assert len(errors.strip().splitlines()) == 1


@pytest.mark.parametrize("workers", ["1", "0"])
def test_it_stops_rather_than_fork_the_log(config: Config, workers: str) -> None:
    with serving(config) as hub:
        hub.ready()
        committed(config, 10)
        until(lambda: (config.hub.data_dir / "objects/log/checkpoint").exists() and published(config) == 10, "10")
        hub.stop()
    for name in ("records.sqlite", "records.sqlite-wal", "records.sqlite-shm", "index.sqlite"):
        (config.hub.data_dir / name).unlink(missing_ok=True)
    create_databases(config)
    with serving(config, ONCEONLY_LISTEN__WORKERS=workers) as hub:
        code, errors = hub.finished()
    assert code == 2, errors
    assert "fork the log" in errors
