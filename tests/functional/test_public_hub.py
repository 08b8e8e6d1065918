"""The public pages of a real hub: its licence types, its log read by strangers' software, and its processes killed."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from tlog_scales.backend import HttpBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

from exchange.audit.log_site import SiteError, SiteFiles
from exchange.audit.proofs import PREFIX
from exchange.cli import main
from exchange.config import Config, load
from exchange.installation import initialise
from tests.fakes.public_site import public_site
from tests.fakes.running_hub import RunningHub, until
from tests.fakes.town import Town

SERVE = ["-m", "exchange.cli", "serve", "--config"]


def page(address: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{address}{path}", timeout=60) as answer:
        found: bytes = answer.read()
        return found


# The city's hub


@pytest.fixture
def site(town: Town) -> str:
    """host:port of the city's public pages, with something in its log."""
    address = town.city.config.public.address
    assert address is not None
    until(lambda: town.city.data.joinpath("objects", PREFIX, "checkpoint").exists(), "a checkpoint")
    return address


def test_a_licence_type_is_described_in_both_languages(town: Town, site: str) -> None:
    known = town.city.catalogue.licence_types[0]
    code = known.code
    path = f"/licenceTypes/{code}/revisions/1"
    hub = town.city.config.hub.name
    described = json.loads(page(site, path))
    assert described["vct"] == f"{hub}{path}"
    assert [(each["locale"], each["name"]) for each in described["display"]] == [
        ("zh-CN", known.name.zh),
        ("en", known.name.en),
    ]
    claims = {each["path"][0]: each for each in described["claims"]}
    assert {field.name for field in known.fields} <= claims.keys()
    assert {"licence", "hub", "holder_name", "holder_id_type", "holder_id_number"} <= claims.keys()
    for field in known.fields:
        claim = claims[field.name]
        assert (claim["sd"], claim["mandatory"]) == ("always", field.required)
        assert [each["label"] for each in claim["display"]] == [field.label.zh, field.label.en]
    assert claims["licence"]["sd"] == "never"
    assert f"{hub}{path}" in json.loads(page(site, "/.well-known/onceonly"))["licence_types"]


def test_strangers_software_reads_the_log_from_the_address(town: Town, site: str) -> None:
    backend = HttpBackend(f"http://{site}/log")
    with backend.session:
        reader = TilesReader(backend)
        checkpoint = reader.get_checkpoint()
        checkpoint.verify(Vkey.from_string(page(site, "/log/vkey").decode().strip()))
        assert checkpoint.size > 0
        assert checkpoint.root_hash == reader.calculate_root_hash()


def test_the_log_is_verified_from_its_address(town: Town, site: str, capsys: pytest.CaptureFixture[str]) -> None:
    vkey = page(site, "/log/vkey").decode().strip()
    assert main(["audit", "verify", f"http://{site}/log", "--vkey", vkey, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["audit", "verify", f"http://{site}/log"]) == 0
    capsys.readouterr()
    assert main(["audit", "verify", f"http://{site}/nothing", "--vkey", vkey]) == 1
    assert "checkpoint" in capsys.readouterr().out


def test_a_site_that_lies_or_fails_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with public_site(tmp_path / "hub") as site:
        host, port = site.where
        vkey = "hub.qinghe.example/log+a6f5c2c5+AUVXR1dYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJz"
        assert main(["audit", "verify", f"http://{host}:{port}/log", "--vkey", vkey]) != 0
        assert main(["audit", "verify", f"http://{host}:{port}/log"]) == 2
    assert main(["audit", "verify", f"http://{host}:{port}/log", "--vkey", vkey]) in {1, 2}
    assert main(["audit", "verify", f"http://{host}:{port}/log"]) == 1
    assert "the site does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.qinghe.example/log",
        "http://10.0.0.1/log",
        "https:///log",
        "https://user@hub.example/log",
        "https://hub.example/log?x=1",
        "https://hub.example:99999/log",
        "ftp://127.0.0.1/log",
    ],
)
def test_an_address_that_is_not_safe_is_not_asked(url: str) -> None:
    with pytest.raises(SiteError):
        SiteFiles(url)


def test_a_certificate_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    (tmp_path / "both.pem").chmod(0o600)
    files = {"certificate": str(tmp_path / "both.pem"), "key": str(tmp_path / "both.pem")}
    with public_site(tmp_path / "hub", **files) as site:
        log = SiteFiles(f"https://127.0.0.1:{site.where[1]}/log")
        with log, pytest.raises(SiteError, match="certificate"):
            log.get("checkpoint")


# Processes


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "onceonly.toml"
    path.write_text(
        '[hub]\nname = "https://hub.qinghe.example"\n[listen]\naddress = "127.0.0.1:0"\nworkers = 1\n'
        'stop_grace_seconds = 5.0\n[public]\naddress = "127.0.0.1:0"\n[metrics]\naddress = "127.0.0.1:0"\n'
    )
    config = load(path)
    initialise(config, datetime.now(UTC))
    return config


def serving(config: Config, **environment: str) -> RunningHub:
    return RunningHub(SERVE, config.hub.data_dir.parent / "onceonly.toml", config.hub.data_dir, **environment)


@pytest.fixture
def hub(config: Config) -> Iterator[RunningHub]:
    with serving(config) as running:
        running.ready()
        yield running


def answers(facts: dict[str, Any]) -> bool:
    try:
        return page(facts["public"], "/log/vkey").startswith(b"hub.qinghe.example/log+")
    except OSError:
        return False


def test_killed_they_are_started_again_at_the_same_address(hub: RunningHub) -> None:
    facts = hub.ready()
    assert answers(facts)
    for name in ("public", "publisher"):
        before = hub.ready()
        os.kill(before["roles"][name], signal.SIGKILL)
        after = hub.ready(other_than=before)
        assert after["public"] == facts["public"]
        assert answers(after)
    metrics = hub.page("/metrics")[1]
    assert 'onceonly_process_restarts_total{role="public"} 1.0' in metrics
    assert "onceonly_publisher_leading 1.0" in metrics
    assert 'onceonly_public_requests_total{page="log_key",status="200"}' in metrics
    assert hub.stop()[0] == 0


def test_callers_are_served_while_the_pages_cannot_be(config: Config, hub: RunningHub) -> None:
    before = hub.ready()
    objects = config.hub.data_dir / "objects"
    objects.rename(config.hub.data_dir / "away")
    objects.touch(mode=0o600)
    os.kill(before["roles"]["public"], signal.SIGKILL)
    until(lambda: 'restarts_total{role="public"} 2.0' in hub.page("/metrics")[1], "two vain starts")
    assert hub.page("/healthz")[0] == 200
    objects.unlink()
    (config.hub.data_dir / "away").rename(objects)
    assert answers(hub.ready(other_than=before))
    assert hub.stop()[0] == 0


def test_all_in_one_process_serves_them_too(config: Config) -> None:
    with serving(config, ONCEONLY_LISTEN__WORKERS="0") as hub:
        assert answers(hub.ready())
        assert hub.stop()[0] == 0


def test_they_can_be_left_out(config: Config) -> None:
    with serving(config, ONCEONLY_PUBLIC__ADDRESS="") as hub:
        facts = hub.ready()
        assert facts["public"] is None
        assert "public" not in facts["roles"]
        assert hub.stop()[0] == 0
