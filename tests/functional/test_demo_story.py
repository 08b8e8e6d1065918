"""The demonstration, told by the command: its report, its log, what it leaves, and the examples on top of it."""

import contextlib
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.audit.offline import verify_log
from exchange.cli import main
from exchange.demo.leftovers import commands

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONCEONLY_")} | {
    "PYTHONPATH": f"{ROOT}:{ROOT}/proto/gen"
}
ONCEONLY = f"{shlex.quote(sys.executable)} -m exchange.cli"
MANDATE = "mandates/audit-programme"


def run(command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """A shell command in which ``onceonly`` is this checkout's."""
    script = f'onceonly() {{ {ONCEONLY} "$@"; }}\n{command}'
    return subprocess.run(
        ["bash", "-c", script], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """A demonstration told once for all tests here: its folder, its report and what it printed."""
    parent = tmp_path_factory.mktemp("d")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(["demo", "--keep", str(parent / "city"), "--json", str(parent / "report.json")])
    assert code == 0, printed.getvalue()
    return parent / "city", json.loads((parent / "report.json").read_text()), printed.getvalue()


@pytest.fixture(scope="module")
def served(kept: tuple[Path, dict[str, Any], str]) -> Iterator[Path]:
    """The kept city's hub, served again."""
    folder = kept[0]
    with (folder / "hub.log").open("ab") as log:
        hub = subprocess.Popen(
            [sys.executable, "-m", "exchange.cli", "serve", "--config", str(folder / "onceonly.toml")],
            env=ENVIRONMENT,
            stderr=log,
        )
        end = time.monotonic() + 90
        while not (folder / "data" / "run" / "ready.json").exists():
            assert hub.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield folder
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(90) == 0


def test_every_step_goes_as_told(kept: tuple[Path, dict[str, Any], str]) -> None:
    _, report, printed = kept
    assert report["ok"] is True
    assert [step for step in report["steps"] if not step["ok"]] == []
    assert len(report["steps"]) > 50
    assert all(step["seconds"] >= 0 and step["actual"] == step["expected"] for step in report["steps"])
    assert report["counts"]["papers_handed_in"] == 0
    assert report["counts"]["licences_issued"] >= 13
    assert report["duration_seconds"] > 0
    assert "Traceback" not in printed


def test_the_doctor_finds_no_credential_that_is_nobodys(
    kept: tuple[Path, dict[str, Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", "--config", str(kept[0] / "onceonly.toml")]) == 0
    found = [each for each in json.loads(capsys.readouterr().out) if each["check"] == "objects"]
    assert [each["level"] for each in found] == ["ok"]


def test_each_refusal_has_its_reason(kept: tuple[Path, dict[str, Any], str]) -> None:
    reasons = kept[1]["reasons"]
    for reason in (
        "FIELD_NOT_ALLOWED",
        "CASE_NOT_OPEN",
        "CASE_UNKNOWN",
        "CERTIFICATE_UNKNOWN",
        "TOKEN_UNBOUND",
        "TRAWL_SUSPECTED",
        "LICENCE_NOT_ACTIVE",
    ):
        assert reasons[reason] >= 1, reason


def test_the_log_that_it_names_is_whole_and_a_flipped_byte_in_it_is_found(
    kept: tuple[Path, dict[str, Any], str],
) -> None:
    log = kept[1]["log"]
    folder = Path(log["folder"])
    report = verify_log(folder, log["verifier_key"])
    assert report.ok
    assert (report.size, report.root.hex()) == (log["size"], log["root"])
    bundle = folder / "tile" / "entries" / "000"
    content = bundle.read_bytes()
    bundle.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    try:
        told = run(f"onceonly audit verify {folder} --json")
    finally:
        bundle.write_bytes(content)
    assert told.returncode == 1
    finding = json.loads(told.stdout)["findings"][0]
    assert (finding["file"], finding["entry"]) == ("tile/entries/000", 2)


def test_the_commands_that_it_prints_work_on_what_it_leaves(
    kept: tuple[Path, dict[str, Any], str], served: Path
) -> None:
    printed = [line.strip() for line in kept[2].splitlines() if line.startswith(("  onceonly", "  CASE="))]
    assert printed == list(commands(served))
    script = "set -e\n" + "\n".join(command for command in printed if not command.endswith("&"))
    told = run(script)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "PASSED" in told.stdout
    assert "whole:" in told.stdout


def example(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "docs" / "examples" / name), *words],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_examples_run(served: Path) -> None:
    profiles = {
        key: str(served / "departments" / key / "profile.toml") for key in ("city-police", "city-housing", "city-audit")
    }
    licence = json.loads((served / "examples" / "licence.json").read_text()) | {"number": "QH-EXAMPLE-1"}
    case = json.loads((served / "examples" / "case.json").read_text()) | {"number": "QH-EXAMPLE-1"}
    (served / "licence.json").write_text(json.dumps(licence))
    (served / "case.json").write_text(json.dumps(case))

    issuing = example(
        "issuing_department.py", profiles["city-police"], "11980000MB00000276001", str(served / "licence.json")
    )
    assert issuing.returncode == 0, issuing.stderr
    assert "now LICENCE_STATE_SUSPENDED" in issuing.stdout
    again = example(
        "issuing_department.py", profiles["city-police"], "11980000MB00000276001", str(served / "licence.json")
    )
    assert (again.returncode, "LICENCE_EXISTS" in again.stderr) == (1, True)

    counter = example("counter.py", profiles["city-housing"], "clerk-1", str(served / "case.json"))
    assert "fetched title VERDICT_PASSED" in counter.stdout, counter.stderr
    assert "prefilled building_area" in counter.stdout

    auditor = example("auditor.py", profiles["city-audit"], MANDATE)
    assert auditor.returncode == 0, auditor.stderr
    assert "proven accessRecords/" in auditor.stdout
