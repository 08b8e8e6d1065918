"""``onceonly verify --trust`` and for evidence: its answers, its exit codes, and no network at all."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange.cli import main
from exchange.qr_pictures import draw
from signer.status_bits import Status
from tests.fakes.licence_world import LAND, MARKET
from tests.fakes.proven_city import open_city, write_package
from tests.unit.test_offline_verifying import paper

ROOT = Path(__file__).parents[2]
NO_NAMESPACES = "this machine lets nobody make a network namespace, so that nothing can be run without any network"


@pytest.fixture
def city(tmp_path, keys):
    with open_city(tmp_path, keys=keys, start=int(time.time())) as city:
        yield city


@pytest.fixture
def holding(city):
    issued = city.issue()
    city.publish()
    return issued


@pytest.fixture
def trust(city, holding, tmp_path):
    return city.trust_folder(tmp_path / "trust")


@pytest.fixture
def onceonly(monkeypatch, capsys):
    """Run a command whose every connection is refused; returns exit code, output and errors."""

    def refuse(*_, **__):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def file(folder, name, content):
    path = folder / name
    path.write_text(content) if isinstance(content, str) else path.write_bytes(content)
    return path


def test_a_credential_in_both_languages_and_in_one(onceonly, holding, trust, tmp_path):
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    code, out, err = onceonly("verify", path, "--trust", trust)
    assert (code, err) == (0, "")
    assert out.startswith(f"PASSED {holding.identifier}\n")
    assert "颁发机构证书链" in out
    assert "张三" in out
    _, english, _ = onceonly("verify", path, "--trust", trust, "--lang", "en")
    assert "证照状态" not in english
    assert "The status list was" in english
    _, chinese, _ = onceonly("verify", path, "--trust", trust, "--lang", "zh")
    assert "所用状态列表" in chinese
    assert "The status list was" not in chinese


def test_json_says_the_same(onceonly, holding, trust, tmp_path):
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    code, out, _ = onceonly("verify", path, "--trust", trust, "--json", "--at", int(time.time()))
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["identifier"]) == (0, "PASSED", holding.identifier)
    assert {check["name"]: check["code"] for check in answer["checks"]}["status"] == "OK"
    assert answer["fields"]["name"] == "张三"


def test_exit_codes_tell_programs_what_came_out(onceonly, city, holding, trust, tmp_path):
    good = file(tmp_path, "a.sd-jwt", holding.credential)
    cut = file(tmp_path, "b.sd-jwt", holding.credential[:-9])
    assert onceonly("verify", good, "--trust", trust)[0] == 0
    assert onceonly("verify", cut, "--trust", trust)[0] == 1
    assert onceonly("verify", tmp_path / "none", "--trust", trust)[0] == 2
    assert onceonly("verify", good, "--trust", tmp_path / "no-trust")[0] == 3
    code, out, _ = onceonly("verify", good, "--trust", trust, "--at", "2026-01-01T08:00:00+08:00")
    assert code == 1  # not issued then, and so not valid
    assert "NOT_YET_VALID" in out
    shutil.rmtree(trust / "status")
    assert onceonly("verify", good, "--trust", trust)[0] == 4
    assert onceonly("verify", cut, "--trust", trust)[0] == 1


@pytest.mark.parametrize("wrong", ["yesterday", "0", "-5", "99999999999999", "2026-13-01"])
def test_a_time_must_be_one(onceonly, holding, trust, tmp_path, wrong):
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    code, _, err = onceonly("verify", path, "--trust", trust, f"--at={wrong}")
    assert (code, "--at" in err) == (2, True)


def test_what_only_offline_verification_knows_is_refused_without_it(onceonly, holding, tmp_path):
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    code, _, err = onceonly("verify", path, "--audience", MARKET, "--case", "x", "--proof", path)
    assert code == 2
    assert all(word in err for word in ("--audience", "--case", "--proof", "--trust"))
    assert onceonly("verify", tmp_path)[0] == 2


def test_standard_input_is_read(onceonly, holding, trust, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(holding.credential.encode())))
    code, out, _ = onceonly("verify", "-", "--trust", trust)
    assert (code, out.split()[0]) == (0, "PASSED")


def test_an_extract_and_its_receipt(onceonly, city, tmp_path):
    person = city.world.person()
    city.issue(person)
    case = city.world.open_case(person)
    extract = city.fetch(case, "name").extract
    city.publish()
    trust = city.trust_folder(tmp_path / "trust")
    path = file(tmp_path, "a.sd-jwt", extract.presentation)
    receipt = file(tmp_path, "a.receipt", extract.receipt)
    words = ("verify", path, "--trust", trust, "--receipt", receipt)
    assert onceonly(*words, "--audience", MARKET, "--case", f"cases/{case}")[0] == 0
    code, out, _ = onceonly(*words, "--audience", LAND)
    assert (code, "RECEIPT_FOR_OTHER_AUDIENCE" in out) == (1, True)


@pytest.mark.parametrize("words", [("--audience", LAND), ("--case", "another")])
def test_for_whom_an_extract_was_made_is_not_told_without_its_receipt(onceonly, holding, trust, tmp_path, words):
    path = file(tmp_path, "licence.sd-jwt", holding.credential)
    code, out, err = onceonly("verify", path, "--trust", trust, *words)
    assert (code, out) == (2, "")
    assert "--receipt" in err


def test_of_a_folder_no_file_passes_for_somebody_without_its_receipt(onceonly, city, tmp_path):
    person = city.world.person()
    issued = city.issue(person)
    case = city.world.open_case(person)
    extract = city.fetch(case, "name").extract
    city.publish()
    trust, inbox = city.trust_folder(tmp_path / "trust"), tmp_path / "inbox"
    inbox.mkdir()
    file(inbox, "good.sd-jwt", extract.presentation)
    file(inbox, "good.receipt", extract.receipt)
    file(inbox, "bare.sd-jwt", extract.presentation)
    file(inbox, "code.png", draw(paper(city, issued)).png)
    words = ("verify", inbox, "--trust", trust, "--json")
    assert onceonly(*words)[0] == 0
    for asked in (("--audience", MARKET), ("--case", f"cases/{case}")):
        code, out, _ = onceonly(*words, *asked)
        found = {each["file"]: each["outcome"] for each in json.loads(out)["files"]}
        expected = {"good.sd-jwt": "PASSED", "bare.sd-jwt": "INDETERMINATE", "code.png": "INDETERMINATE"}
        assert (code, found) == (4, expected)
    bare = next(each for each in json.loads(out)["files"] if each["file"] == "bare.sd-jwt")
    assert "RECEIPT_MISSING" in {check["code"] for check in bare["checks"]}
    file(inbox, "code.receipt", extract.receipt)  # says nothing of a code
    assert onceonly(*words, "--audience", MARKET)[0] == 4


def test_a_proof_and_a_second_signature(onceonly, city, holding, trust, tmp_path):
    files = {each.name: each.content for each in city.licence_evidence(holding).files}
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    proof = file(tmp_path, "proof.txt", files["items/1/issue/proof.txt"])
    second = file(tmp_path, "a.second", city.second_signature(holding.credential))
    words = ("verify", path, "--trust", trust, "--proof", proof, "--second", second, "--json")
    code, out, _ = onceonly(*words)
    found = {check["name"]: check["code"] for check in json.loads(out)["checks"]}
    assert (code, found["log_inclusion"], found["second_signature"]) == (0, "OK", "OK")
    proof.write_text("no proof")
    assert onceonly(*words)[0] == 2


def test_a_picture_of_a_qr_code(onceonly, city, holding, trust, tmp_path):
    picture = file(tmp_path, "licence.png", draw(paper(city, holding)).png)
    code, out, _ = onceonly("verify", picture, "--trust", trust)
    assert (code, holding.identifier in out) == (0, True)
    empty = file(tmp_path, "empty.png", b"\x89PNG\r\n\x1a\nnothing")
    assert onceonly("verify", empty, "--trust", trust)[0] == 2


def test_a_folder_has_a_line_for_each_file_and_totals(onceonly, city, trust, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    good, revoked = city.issue(), city.issue()
    city.set_status(revoked.credential, Status.INVALID)
    city.publish()
    trust = city.trust_folder(tmp_path / "trust")
    file(folder, "1.sd-jwt", good.credential)
    file(folder, "2.sd-jwt", revoked.credential)
    file(folder, "3.sd-jwt", "nonsense")
    file(folder, "4.png", draw(paper(city, good)).png)
    code, out, _ = onceonly("verify", folder, "--trust", trust)
    assert code == 1
    assert "2 PASSED, 2 FAILED, 0 INDETERMINATE" in out
    assert "STATUS_INVALID" in out
    answer = json.loads(onceonly("verify", folder, "--trust", trust, "--json")[1])
    assert [each["outcome"] for each in answer["files"]] == ["PASSED", "FAILED", "FAILED", "PASSED"]
    (folder / "1.receipt").write_text("no receipt")
    assert "4 FAILED" not in out
    assert "1 PASSED, 3 FAILED" in onceonly("verify", folder, "--trust", trust)[1]


def test_evidence_is_judged_with_a_trust_directory_or_named_anchors(onceonly, city, holding, trust, tmp_path):
    folder = write_package(tmp_path / "evidence", city.licence_evidence(holding))
    code, out, _ = onceonly("verify", folder)
    assert (code, "ANCHORS_UNCONFIRMED" in out) == (4, True)
    assert onceonly("verify", folder, "--anchor", city.anchors_digest())[0] == 0
    assert onceonly("verify", folder, "--anchor", "00" * 32)[0] == 1
    assert onceonly("verify", folder, "--trust", trust)[0] == 0
    answer = json.loads(onceonly("verify", folder, "--trust", trust, "--json")[1])
    assert answer["items"][0]["identifier"] == holding.identifier
    (folder / "README.md").write_text("changed")
    code, out, _ = onceonly("verify", folder, "--trust", trust)
    assert (code, "EVIDENCE_FILE_ALTERED" in out) == (1, True)
    assert onceonly("verify", folder, "--trust", trust, "--receipt", folder / "README.md")[0] == 2
    (folder / "manifest.json").write_text("{}")
    assert onceonly("verify", folder, "--trust", trust)[0] == 3


def test_the_marks_are_kept_beside_the_lists(onceonly, city, holding, trust, tmp_path):
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    onceonly("verify", path, "--trust", trust)
    assert {"high-water.json", "status-seen.json"} <= {each.name for each in trust.iterdir()}


def test_it_runs_where_there_is_no_network(holding, trust, tmp_path):
    """In a network namespace of its own, without even a loopback interface that is up."""
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip(NO_NAMESPACES)
    path = file(tmp_path, "a.sd-jwt", holding.credential)
    command = ["unshare", "-n", sys.executable, "-m", "exchange.cli", "verify", str(path), "--trust", str(trust)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT}/proto/gen"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("PASSED")
