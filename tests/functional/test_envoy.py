"""Envoy in front of two real hubs: calls pass with mutual TLS, and go on when a hub is killed or stops.

The second hub is a copy of the first one's folder: the same keys, certificates and departments, another port.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from onceonly.v1 import catalogue_service_pb2

from exchange.client import HubClient
from exchange.demo.city import City
from exchange.demo.ports import free_ports
from servers.process import ServerProcess
from tests.fakes.docker_files import ENVOY_METRICS
from tests.fakes.town import CLERK, MARKET, POLICE, until
from tools.local_envoy import SOURCE, local

ENVOY = Path(sys.executable).with_name("envoy")
LIST = catalogue_service_pb2.ListEntriesRequest(collection="matters", page_size=1)
METHOD = "/onceonly.v1.CatalogueService/ListEntries"
CALLS = 20


def addresses(city: City) -> tuple[str, str]:
    """Where a city's hub serves, and its page of health."""
    assert city.config.metrics.address is not None
    return city.config.listen.address, city.config.metrics.address


def twin(city: City, folder: Path) -> City:
    """A city with the same hub on other ports. ``city`` must not run."""
    shutil.copytree(city.folder, folder)
    config = folder / "onceonly.toml"
    text = config.read_text("utf-8")
    found = (*addresses(city), city.config.public.address, city.config.events.address)
    for old, port in zip(found, free_ports(len(found)), strict=True):
        assert old is not None
        text = text.replace(old, f"127.0.0.1:{port}")
    config.write_text(text, "utf-8")
    return City.reopen(folder)


@dataclass
class Front:
    """Envoy, the hubs behind it, and how it is reached."""

    envoy: ServerProcess
    hubs: list[City]
    service: str
    pages: str

    def client(self) -> HubClient:
        """A new connection of the clerk, through Envoy."""
        return HubClient(self.service, self.hubs[0].profile(MARKET, CLERK).identity)

    def page(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and text of one of Envoy's pages; 0 while it does not answer."""
        request = urllib.request.Request(f"http://{self.pages}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""
        except OSError:
            return 0, ""

    def settle(self) -> None:
        """Wait until both hubs are healthy, by health checks that began after this call."""
        wanted = self.figure("health_check_success") + 4
        until(lambda: self.figure("health_check_success") >= wanted and self.healthy() == 2, "Envoy to see both hubs")

    def figure(self, name: str) -> int:
        """A figure of the hubs' cluster; -1 while Envoy does not tell."""
        line = rf'^envoy_cluster_{name}\{{envoy_cluster_name="hubs"\}} (\d+)'
        found = re.search(line, self.page("/stats/prometheus")[1], re.MULTILINE)
        return int(found[1]) if found else -1

    def healthy(self) -> int:
        """How many hubs Envoy sends callers to."""
        return self.figure("membership_healthy")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Two hubs and Envoy with the configuration of docker/envoy, on other addresses."""
    folder = tmp_path_factory.mktemp("front")
    with ExitStack() as held:
        first = held.enter_context(City.found(folder / "a"))
        first.start()  # loads the catalogue
        first.stop()
        second = held.enter_context(twin(first, folder / "b"))
        for hub in (first, second):
            hub.machines[0].launch()
        for hub in (first, second):
            hub.machines[0].wait_ready()
        service, pages, admin = (f"127.0.0.1:{port}" for port in free_ports(3))
        source = yaml.safe_load(SOURCE.read_text("utf-8"))
        config = folder / "envoy.yaml"
        config.write_text(yaml.safe_dump(local(source, service, pages, admin, [addresses(first), addresses(second)])))
        command = [ENVOY, "-c", config, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        envoy = held.enter_context(ServerProcess(command, folder / "envoy.log"))
        front = Front(envoy, [first, second], service, pages)
        envoy.wait_until(lambda: front.healthy() == 2, 60)
        yield front


def ask(front: Front) -> int:
    with front.client() as hub:
        return len(hub.call(hub.catalogue.ListEntries, LIST).entries)


def test_envoy_accepts_both_configurations(tmp_path: Path) -> None:
    service, pages, admin, hub, health = (f"127.0.0.1:{port}" for port in free_ports(5))
    arguments = ["--service", service, "--pages", pages, "--admin", admin, "--hub", f"{hub}/{health}"]
    made = subprocess.run(
        [sys.executable, "-m", "tools.local_envoy", *arguments], check=True, capture_output=True, cwd=SOURCE.parents[2]
    )
    (tmp_path / "local.yaml").write_bytes(made.stdout)
    for config in (SOURCE, tmp_path / "local.yaml"):
        command = [ENVOY, "--mode", "validate", "-c", config, "--disable-hot-restart", "--log-level", "error"]
        checked = subprocess.run(command, check=False, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def answered(city: City) -> bool:
    """Whether the hub has answered the call of this test; its page counts twice a second."""
    with urllib.request.urlopen(f"http://{addresses(city)[1]}/metrics", timeout=10) as page:
        return re.search(r'onceonly_calls_total\{[^}]*ListEntries"[^}]*reason="OK"', page.read().decode()) is not None


def test_calls_pass_and_reach_both_hubs(front: Front) -> None:
    with ExitStack() as held:
        clients = [held.enter_context(front.client()) for _ in range(CALLS)]
        assert [len(hub.call(hub.catalogue.ListEntries, LIST).entries) for hub in clients] == [1] * CALLS
        until(lambda: all(map(answered, front.hubs)), "both hubs to have answered")


def test_the_hub_sees_the_callers_certificate_through_envoy(front: Front) -> None:
    """A token of one department is refused on another's connection, as without Envoy."""
    with front.client() as hub:
        token = hub.token()
    thief = front.hubs[0].profile(POLICE).identity
    credentials = grpc.ssl_channel_credentials(thief.authority, thief.key, thief.certificate)
    with grpc.secure_channel(front.service, credentials) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(METHOD)(
            LIST.SerializeToString(), timeout=10, metadata=(("authorization", f"Bearer {token}"),)
        )
    failed: Any = caught.value
    assert failed.code() is grpc.StatusCode.UNAUTHENTICATED


def test_no_certificate_no_connection(front: Front) -> None:
    authority = front.hubs[0].profile(MARKET, CLERK).identity.authority
    for credentials in (grpc.ssl_channel_credentials(authority), None):
        channel = (
            grpc.secure_channel(front.service, credentials) if credentials else grpc.insecure_channel(front.service)
        )
        with channel, pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(METHOD)(LIST.SerializeToString(), timeout=10)
        failed: Any = caught.value
        assert failed.code() is grpc.StatusCode.UNAVAILABLE


def test_envoy_shows_two_pages_and_no_command(front: Front) -> None:
    assert front.page("/ready")[0] == 200
    status, statistics = front.page("/stats/prometheus")
    assert status == 200
    assert {name for name in ENVOY_METRICS if f"\n{name}{{" in statistics} == ENVOY_METRICS
    for path in ("/quitquitquit", "/config_dump", "/clusters", "/", "/stats", "/healthcheck/fail"):
        assert front.page(path)[0] == 404
    assert front.page("/ready", "POST")[0] == 404
    assert front.envoy.running


def test_calls_go_on_when_a_hub_is_killed(front: Front) -> None:
    first = front.hubs[0]
    with front.client() as held, ExitStack() as others:
        clients = [held, *(others.enter_context(front.client()) for _ in range(3))]
        for hub in clients:
            hub.call(hub.catalogue.ListEntries, LIST)
        first.machines[0].crash()
        # Old connections and new ones alike: whoever was at the dead hub connects anew and finds the other.
        for hub in clients:
            assert len(hub.call(hub.catalogue.ListEntries, LIST).entries) == 1
        assert [ask(front) for _ in range(CALLS)] == [1] * CALLS
    until(lambda: front.healthy() == 1, "Envoy to leave the dead hub out")
    first.start()
    front.settle()
    assert ask(front) == 1


def test_calls_go_on_while_one_hub_after_the_other_is_restarted(front: Front) -> None:
    """A rolling upgrade, seen from a caller who holds a connection and one who makes new ones."""
    with front.client() as held:
        for city in front.hubs:
            assert city.stop() == 0
            for _ in range(CALLS):
                assert len(held.call(held.catalogue.ListEntries, LIST).entries) == 1
                assert ask(front) == 1
            city.start()
            front.settle()


def test_a_hub_that_cannot_record_is_left_out(front: Front) -> None:
    """Its port is open and its workers answer, but its page says no: that is what is asked."""
    ready = json.loads((front.hubs[1].data / "run" / "ready.json").read_text("utf-8"))
    recorder = ready["roles"]["recorder"]
    os.kill(recorder, signal.SIGSTOP)
    try:
        until(lambda: front.healthy() == 1, "Envoy to leave the hub out")
        assert [ask(front) for _ in range(CALLS)] == [1] * CALLS
    finally:
        os.kill(recorder, signal.SIGCONT)
    front.settle()
