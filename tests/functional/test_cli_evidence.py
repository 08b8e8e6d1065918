"""``onceonly evidence export``: from a running hub into a folder that verifies without it."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import main
from exchange.layout import layout
from tests.fakes.town import AUDIT, CLERK, LINE, MARKET, POLICE, Town


@pytest.fixture
def onceonly(capsys: pytest.CaptureFixture[str], town: Town) -> Any:
    def run(department: str, operator: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        who = ["--profile", str(town.city.profile_path(department)), "--operator", operator] if department else []
        code = main([*words, *who])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


@pytest.fixture
def trust(town: Town, onceonly: Any, tmp_path: Path) -> Path:
    """A verifier's trust directory, fetched from a copy of what the hub publishes."""
    config = ("--config", str(town.city.folder / "onceonly.toml"))
    code, _, err = onceonly("", "", "trust", "publish", "--yes", *config)
    assert code == 0, err
    folder = tmp_path / "trust"
    mirror = str(layout(town.city.config).objects)
    code, _, err = onceonly("", "", "trust", "fetch", mirror, "--into", str(folder))
    assert code == 0, err
    return folder


def test_a_case_is_proven_with_what_was_fetched(town: Town, onceonly: Any, trust: Path, tmp_path: Path) -> None:
    name, _ = town.ready_case()
    held, out = tmp_path / "held", tmp_path / "evidence"
    assert onceonly(MARKET, CLERK, "fetch", name, LINE, "--out", str(held))[0] == 0
    words = ("evidence", "export", name, "--out", str(out), "--reason", "（2027）清01民初1号")
    code, said, err = onceonly(MARKET, CLERK, *words, "--extracts", str(held), "--json")
    assert code == 0, err
    assert "items/1/fetch/proof.txt" in json.loads(said)["files"]
    assert stat.S_IMODE((out / "manifest.json").stat().st_mode) == 0o600
    code, said, err = onceonly("", "", "verify", str(out), "--trust", str(trust), "--json")
    answer = json.loads(said)
    found = {check["name"]: check["code"] for check in answer["items"][0]["checks"]}
    assert (code, answer["outcome"]) == (0, "PASSED"), found
    assert found["purpose_binding"] == found["log_inclusion"] == "OK"
    # The package's own list does as well, for whoever knows its anchors.
    assert onceonly("", "", "verify", str(out))[0] == 4
    assert onceonly("", "", "verify", str(out), "--anchor", answer["anchors"])[0] == 0
    # The folder is new, the case is the caller's, and the extracts are the case's.
    assert onceonly(MARKET, CLERK, *words, "--extracts", str(held))[0] == 2
    other, _ = town.ready_case()
    elsewhere = ("evidence", "export", other, "--out", str(tmp_path / "other"), "--reason", "x")
    code, _, err = onceonly(MARKET, CLERK, *elsewhere, "--extracts", str(held))
    assert (code, "extracts[0].receipt" in err) == (1, True)
    assert not (tmp_path / "other").exists()


def test_a_licence_is_proven_by_its_issuer(town: Town, onceonly: Any, trust: Path, tmp_path: Path) -> None:
    card = town.issue_card(town.head(town.organisation()))
    out = tmp_path / "evidence"
    words = ("evidence", "export", card.name, "--out", str(out), "--reason", "行政复议")
    code, said, err = onceonly(POLICE, "issuer-1", *words)
    assert code == 0, err
    assert said.startswith(f"{out}: ")
    assert onceonly("", "", "verify", str(out), "--trust", str(trust))[0] == 0
    shutil.rmtree(out)
    code, _, err = onceonly(AUDIT, "auditor-1", *words)
    assert (code, "ROLE_MISSING" in err, out.exists()) == (1, True, False)


@pytest.mark.parametrize("name", ["licenceTypes/x/licences/y", "cases/x"])
def test_wrong_use_is_told(onceonly: Any, tmp_path: Path, name: str) -> None:
    extracts = ["--extracts", str(tmp_path)] if name.startswith("licence") else []
    words = ("evidence", "export", name, "--out", str(tmp_path / "x"), "--reason", "x", *extracts)
    code, _, err = onceonly(MARKET, CLERK, *words)
    assert (code, "--extracts" in err) == (2, True)
    code, _, err = onceonly(MARKET, CLERK, *words[:2], "cases/x", *words[3:7], "--extracts", str(tmp_path))
    assert (code, ".sd-jwt" in err) == (2, True)
