"""The compose files of docker/: every service hardened, everything named is there, and the start has an order."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.config import load, options
from tests.fakes.docker_files import COMPOSE, DOCKER, NUMBER, service, sources

SERVICES = [
    pytest.param(file, name, id=f"{file}:{name}") for file, content in COMPOSE.items() for name in content["services"]
]
STEPS_OF_COMPOSE = {"own-volumes", "make-bucket", "prepare", "form-cluster"}


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_every_service_is_hardened(file: str, name: str) -> None:
    found = service(file, name)
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["logging"]["options"].keys() == {"max-size", "max-file"}
    assert re.fullmatch(r"[0-9]+[mg]", found["mem_limit"])
    assert 0 < found["pids_limit"] <= 512
    if name == "own-volumes":
        assert (found["user"], found["cap_add"], found["network_mode"]) == ("0:0", ["CHOWN"], "none")
    else:
        assert found["user"] == f"{NUMBER}:{NUMBER}"
        assert found.keys().isdisjoint({"cap_add", "network_mode"})
    assert found.keys().isdisjoint({"privileged", "devices", "pid", "ipc", "env_file", "container_name", "extra_hosts"})
    assert found["restart"] == ("no" if name in STEPS_OF_COMPOSE else "unless-stopped")


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_every_service_says_whether_it_is_well(file: str, name: str) -> None:
    check = service(file, name).get("healthcheck", {})
    if name in STEPS_OF_COMPOSE:
        assert check == {"disable": True}
    elif name.startswith("hub"):
        assert check == {}  # the image's own
    else:
        assert check["test"][0] == "CMD"  # no shell of the service's environment
        assert {"interval", "timeout", "start_period", "retries"} <= check.keys()


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_commands_are_lists_and_images_are_pinned(file: str, name: str) -> None:
    found = service(file, name)
    for key in {"command", "entrypoint"} & found.keys():
        assert isinstance(found[key], list), key
    image = found["image"].removeprefix("${HUB_IMAGE:-").removesuffix("}")
    assert re.fullmatch(r"[a-z0-9./-]+:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z0-9.]+)?", image), image


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_no_secret_stands_in_the_open(file: str, name: str) -> None:
    found = service(file, name)
    for key, value in found.get("environment", {}).items():
        if re.search(r"PASS|SECRET|TOKEN|KEY", key):
            assert re.match(r"/run/secrets/|/shared/(keys|tls)", value), key
    words = " ".join(map(str, [*found.get("command", []), *found.get("entrypoint", [])]))
    for argument in re.findall(r"\S*(?:password|secret|key)[a-z_-]*=(\S+)", words):
        assert argument.startswith("/run/secrets/")


@pytest.mark.parametrize("file", COMPOSE)
def test_what_is_published_and_where_networks_lead(file: str) -> None:
    content = COMPOSE[file]
    ports = {name: found["ports"] for name, found in content["services"].items() if "ports" in found}
    front = "hub" if file == "compose.yaml" else "envoy"
    named = (("HUB", 7443), ("PUBLIC", 7444), ("EVENTS", 7445))
    outside = [f"${{{name}_ADDRESS:-0.0.0.0:{port}}}:{port}" for name, port in named]
    assert ports == {front: outside, "grafana": ["127.0.0.1:3000:3000"]}
    inner = {name for name, network in content["networks"].items() if network.get("internal")}
    assert set(content["networks"]) - inner == {"front", "desk"}
    for name, found in content["services"].items():
        outer = set(found.get("networks", [])) - inner
        assert outer == {front: {"front"}, "grafana": {"desk"}}.get(name, set()), name
    for store in (each for each in content["services"] if re.match(r"(db|fast|objects)", each)):
        assert list(content["services"][store]["networks"]) == ["stores"]


@pytest.mark.parametrize("file", COMPOSE)
def test_everything_named_is_there(file: str) -> None:
    content = COMPOSE[file]
    used: dict[str, set[str]] = {kind: set() for kind in ("secrets", "configs", "volumes", "networks")}
    for name, found in content["services"].items():
        for kind in ("secrets", "configs"):
            used[kind] |= set(sources(found.get(kind, [])))
        used["networks"] |= set(found.get("networks", []))
        used["volumes"] |= {each.split(":")[0] for each in found.get("volumes", [])}
        assert set(found.get("depends_on", {})) <= set(content["services"]), name
        for other, wait in found.get("depends_on", {}).items():
            ends = other in STEPS_OF_COMPOSE
            expected = "service_completed_successfully" if ends else "service_healthy"
            assert wait == {"condition": expected}, (name, other)
    for kind, names in used.items():
        assert names == set(content[kind]), kind
    for each in content["configs"].values():
        path = each["file"].removeprefix("${DEPARTMENTS:-").removesuffix("}")
        assert (DOCKER / path).is_file(), path
    assert all(each["file"].startswith("./secrets/") for each in content["secrets"].values())
    assert content["services"]["own-volumes"]["volumes"] == [
        f"{name}:/volumes/{name.removesuffix('-data')}" for name in content["volumes"]
    ]


@pytest.mark.parametrize("file", COMPOSE)
def test_the_start_has_an_order(file: str) -> None:
    waits = {name: set(found.get("depends_on", {})) for name, found in COMPOSE[file]["services"].items()}
    started: list[str] = []
    while ready := sorted(name for name, others in waits.items() if name not in started and others <= set(started)):
        started += ready
    assert set(started) == set(waits)
    for hub in (name for name in started if name.startswith("hub")):
        before = set(started[: started.index(hub)])
        assert {"prepare", "make-bucket", "db1"} <= before
    writers = [
        name for name, found in COMPOSE[file]["services"].items() if found.get("volumes") and name != "own-volumes"
    ]
    assert all(started.index("own-volumes") < started.index(name) for name in writers)


def environment_of_hubs() -> Iterator[tuple[str, str]]:
    for file, content in COMPOSE.items():
        for name, found in content["services"].items():
            for variable in found.get("environment", {}):
                if variable.startswith("ONCEONLY_"):
                    yield f"{file}:{name}", variable


def test_the_hubs_options_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    table = tomllib.loads((DOCKER / "onceonly.toml").read_text("utf-8"))
    variables = {f"ONCEONLY_{section}__{option}".upper() for section, option in options()}
    assert [place for place, variable in environment_of_hubs() if variable not in variables] == []
    monkeypatch.setenv("ONCEONLY_HUB__NAME", "https://hub.qinghe.example")
    config = load(DOCKER / "onceonly.toml")
    assert (config.listen.address, config.metrics.address) == ("0.0.0.0:7443", "0.0.0.0:7480")
    assert config.events.address == "0.0.0.0:7445"
    assert (config.public.address, config.public.certificate) == ("0.0.0.0:7444", Path("/data/tls/server.pem"))
    assert (config.records.url, config.objects.url, config.fast.url) == (
        "postgresql://onceonly@db1:5432/onceonly",
        "https://objects:8333/onceonly",
        "rediss://onceonly@fast:6379/0",
    )
    mounted = set(sources(service("compose.yaml", "hub")["secrets"]))
    named = {Path(value).name for found in table.values() for value in found.values() if "/run/secrets" in str(value)}
    assert named == mounted == set(sources(service("compose.scale.yaml", "hub-1")["secrets"]))
