"""Commands of the hub's clients against a real hub: answered, refused, and not reachable."""

import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import case_service_pb2, catalogue_pb2, catalogue_service_pb2

from exchange.catalogue.codec import code_of
from exchange.cli import main
from exchange.client import MessageSizeError, new_request_id
from exchange.demo.cast import choose
from exchange.demo.city import AUTHOR, PUBLISHER, REGISTRAR, City
from exchange.demo.desks import NOTICE
from exchange.demo.leftovers import write_examples
from exchange.edge.convert.catalogue import put_entity
from exchange.entities.catalogue import Label
from exchange.loading import WaitingError, load_catalogue
from exchange.qr_pictures import read_png
from exchange.synthetic.catalogue_codes import type_code

MANDATE = "mandates/audit-programme"
IDENTITY = type_code("identity-card")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.found(tmp_path_factory.mktemp("c"), workers=2) as founded:
        founded.start()
        write_examples(founded.folder)
        yield founded


@pytest.fixture
def onceonly(capsys: pytest.CaptureFixture[str], city: City) -> Any:
    """Run a command as a department's operator; returns exit code, output and errors."""

    def run(department: str, *words: str, operator: str = "") -> tuple[int, str, str]:
        who = ["--profile", str(city.profile_path(department))] + (["--operator", operator] if operator else [])
        capsys.readouterr()
        code = main([*words, *who])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def licence(city: City, number: str, **changes: object) -> Path:
    """A licence to issue, as a file."""
    content = json.loads((city.folder / "examples" / "licence.json").read_text()) | {"number": number} | changes
    path = city.folder / f"{number}.json"
    path.write_text(json.dumps(content))
    return path


def case(city: City, number: str, **changes: object) -> Path:
    content = json.loads((city.folder / "examples" / "case.json").read_text()) | {"number": number} | changes
    path = city.folder / f"{number}.json"
    path.write_text(json.dumps(content))
    return path


def issue(city: City, onceonly: Any, department: str, key: str, of: Any, number: str) -> str:
    """Issue a licence of any type; returns the signed credential."""
    from google.protobuf.json_format import MessageToJson
    from onceonly.v1 import licence_pb2

    from exchange.edge.convert.values import holder_message, put_field_values

    synthetic = choose().synthetic
    message = licence_pb2.Licence(
        number=number, holders=[holder_message(each) for each in synthetic.holders(city.licence_type(key), of)]
    )
    put_field_values(message.fields, synthetic.licence_fields(city.licence_type(key), of))
    path = city.folder / f"{number}.json"
    path.write_text(MessageToJson(message, preserving_proto_field_name=True))
    code, out, err = onceonly(department, "issue", type_code(key), str(path), "--json")
    assert code == 0, err
    return json.loads(out)["credential"]


def test_a_catalogue_in_force_is_left_alone(city: City, onceonly: Any) -> None:
    words = ("catalogue", "load", "catalogue", "--author", AUTHOR, "--publisher", PUBLISHER)
    os.chdir(Path(__file__).parents[2])
    code, out, _ = onceonly(REGISTRAR, *words, "--json")
    assert code == 0
    assert json.loads(out) == {"published": 0, "unchanged": len(city.catalogue.entities())}
    assert "0 published" in onceonly(REGISTRAR, *words)[1]


def test_progress_is_for_terminals(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    words = ("audit", "copy", "--config", str(city.folder / "onceonly.toml"))
    assert main([*words, str(tmp_path / "quiet")]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main([*words, str(tmp_path / "shown")]) == 0
    assert "log" in capsys.readouterr().err


def test_one_person_cannot_load_alone(city: City, onceonly: Any, tmp_path: Path) -> None:
    changed = (
        (Path(__file__).parents[2] / "catalogue" / "bundles.yaml").read_text().replace("出生一件事", "出生一件事（新）")
    )
    (tmp_path / "bundles.yaml").write_text(changed)
    words = ("catalogue", "load", str(tmp_path / "bundles.yaml"), "--author", AUTHOR)
    code, _, err = onceonly(REGISTRAR, *words, "--publisher", AUTHOR)
    assert (code, "PUBLISHER_IS_AUTHOR" in err) == (1, True)
    # What was left waiting is taken up by the next load.
    code, out, _ = onceonly(REGISTRAR, *words, "--publisher", PUBLISHER)
    assert (code, out) == (0, "1 published, 2 unchanged\n")


def test_what_waits_and_is_something_else_stops_a_load(city: City) -> None:
    bundle = next(each for each in city.catalogue.bundles if each.code == "retirement")
    draft = catalogue_pb2.CatalogueEntry()
    put_entity(draft, replace(bundle, name=Label("另一个", "another")))
    with city.client(REGISTRAR, "catalogue-3") as other, city.client(REGISTRAR, PUBLISHER) as publisher:
        request = catalogue_service_pb2.ProposeEntryRequest(entry=draft, request_id=new_request_id())
        other.call(other.catalogue.ProposeEntry, request)
        wanted = replace(bundle, name=Label("退休", "retirement"))
        with pytest.raises(WaitingError, match=code_of(bundle)):
            load_catalogue(other, publisher, [wanted])


def test_issue(city: City, onceonly: Any) -> None:
    path = licence(city, "CLI-1")
    assert onceonly("city-police", "issue", IDENTITY, str(path), "--validate-only")[1] == "it could be issued\n"
    request = ("--request-id", new_request_id())
    code, first, _ = onceonly("city-police", "issue", IDENTITY, str(path), *request)
    assert (code, first.startswith(f"licenceTypes/{IDENTITY}/licences/")) == (0, True)
    assert onceonly("city-police", "issue", IDENTITY, str(path), *request)[1] == first
    code, _, err = onceonly("city-police", "issue", IDENTITY, str(path))
    assert (code, "LICENCE_EXISTS" in err) == (1, True)
    assert "贵单位已颁发过" in err


def test_a_qr_code_of_a_licence(city: City, onceonly: Any, tmp_path: Path) -> None:
    name = onceonly("city-police", "issue", IDENTITY, str(licence(city, "CLI-QR")))[1].strip()
    out = tmp_path / "code.png"
    code, text, err = onceonly("city-police", "qr", name, "--fields", "holder_name", "--out", str(out))
    assert code == 0, err
    assert read_png(out.read_bytes()) == (text.splitlines()[0],)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "fields: holder_name" in text
    code, _, err = onceonly("city-police", "qr", name, "--out", str(out))
    assert (code, "cannot be written" in err) == (2, True)
    pointer = json.loads(onceonly("city-police", "qr", name, "--form", "pointer", "--json")[1])
    assert pointer["text"].startswith("OC1P:")
    assert onceonly("city-police", "qr", name, "--fields", "none_such")[0] == 1


def test_issue_names_every_bad_field(city: City, onceonly: Any) -> None:
    content = json.loads((city.folder / "examples" / "licence.json").read_text())
    fields = {name: value for name, value in content["fields"].items() if name != "sex"} | {
        "birth_date": {"text": "2026-02-30"}
    }
    code, _, err = onceonly("city-police", "issue", IDENTITY, str(licence(city, "CLI-2", fields=fields)))
    assert code == 1
    assert "licence.fields.sex" in err
    assert "licence.fields.birth_date" in err


def test_issue_as_someone_else_is_refused(city: City, onceonly: Any) -> None:
    code, _, err = onceonly("city-tax", "issue", IDENTITY, str(licence(city, "CLI-3")))
    assert (code, "NOT_ISSUER" in err) == (1, True)
    code, _, err = onceonly("city-police", "issue", IDENTITY, str(licence(city, "CLI-3")), operator="nobody")
    assert (code, "OPERATOR_UNKNOWN" in err) == (1, True)
    (city.folder / "bad.json").write_text('{"nummer": 1}')
    code, _, err = onceonly("city-police", "issue", IDENTITY, str(city.folder / "bad.json"))
    assert (code, "is not a Licence in JSON" in err) == (2, True)


def test_a_case_from_opening_to_decision(city: City, onceonly: Any, tmp_path: Path) -> None:
    cast, clerk = choose(), {"operator": "clerk-1"}
    issue(city, onceonly, "city-land", "real-estate", cast.buyers.husband, "CLI-T")
    issue(city, onceonly, "city-police", "identity-card", cast.buyers.husband, "CLI-S")
    code, out, err = onceonly("city-housing", "case", "open", str(case(city, "CLI-C")), **clerk)
    assert code == 0, err
    name = out.split()[0]
    assert out.endswith(" OPEN CLI-C\n")
    assert (
        json.loads(onceonly("city-housing", "case", "show", name, "--json", **clerk)[1])["state"] == "CASE_STATE_OPEN"
    )
    assert "AVAILABLE" in onceonly("city-housing", "case", "check", name, **clerk)[1]
    checks = json.loads(onceonly("city-housing", "case", "check", name, "--json", **clerk)[1])
    assert [each["requirement"] for each in checks] == ["title", "seller_identity", "buyer_identity"]

    code, out, _ = onceonly("city-housing", "fetch", name, "title", "--field", "location", "--json", **clerk)
    assert (code, list(json.loads(out)[0]["extract"]["fields"])) == (0, ["location"])
    code, out, _ = onceonly("city-housing", "fetch", name, "--out", str(tmp_path / "x"), **clerk)
    assert code in {0, 1}
    assert "unit_number" in out
    assert "('" not in out  # lists of names are no tuples to people
    assert stat.S_IMODE((tmp_path / "x" / "title.sd-jwt").stat().st_mode) == 0o600

    extract = (str(tmp_path / "x" / "title.sd-jwt"), "--receipt", str(tmp_path / "x" / "title.receipt"))
    code, out, _ = onceonly("city-housing", "verify", *extract, **clerk)
    assert (code, out.startswith("PASSED ")) == (0, True)
    code, out, _ = onceonly("city-tax", "verify", *extract, "--json", operator="clerk-1")
    assert (code, json.loads(out)["report"]["verdict"]) == (1, "VERDICT_FAILED")

    code, _, err = onceonly("city-housing", "case", "decide", name, "--approve", "--note", "准予", **clerk)
    assert (code, "CASE_STATE" in err) == (1, True)
    assert " ACCEPTED " in onceonly("city-housing", "case", "accept", name, **clerk)[1]
    assert " APPROVED " in onceonly("city-housing", "case", "decide", name, "--approve", "--note", "准予", **clerk)[1]
    code, _, err = onceonly("city-housing", "fetch", name, "title", "--field", "location", **clerk)
    assert (code, "CASE_NOT_OPEN" in err) == (1, True)


def test_a_line_that_is_refused_does_not_hold_back_the_others(city: City, onceonly: Any) -> None:
    clerk = {"operator": "clerk-1"}
    changed = {"situations": ["first_home"], "matters": [city.matter("house-tax").code]}
    code, out, err = onceonly("city-tax", "case", "open", str(case(city, "CLI-P", **changed)), **clerk)
    assert code == 0, err
    name = out.split()[0]
    code, out, _ = onceonly("city-tax", "fetch", name, "marriage", **clerk)
    assert (code, "CONSENT_MISSING" in out) == (1, True)
    notice = city.folder / "notice.txt"
    notice.write_text(NOTICE)
    words = ("case", "consent", name, "--party", "buyer", "--requirement", "marriage", "--statement", str(notice))
    assert onceonly("city-tax", *words, **clerk)[1].startswith("consents/")
    assert json.loads(onceonly("city-tax", *words, "--json", **clerk)[1])["max_uses"] == 3
    code, out, _ = onceonly("city-tax", "fetch", name, "marriage", "--json", **clerk)
    assert (code, json.loads(out)[0]["refusal"]["reasons"]) == (1, ["REASON_LICENCE_NOT_FOUND"])
    assert " WITHDRAWN " in onceonly("city-tax", "case", "withdraw", name, "--note", "申请人撤回", **clerk)[1]


def test_verify_from_standard_input(city: City, onceonly: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    credential = issue(city, onceonly, "city-police", "identity-card", choose().sellers.wife, "CLI-V")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{credential}\n".encode())))
    code, out, _ = onceonly("city-civil", "verify", operator="clerk-1")
    assert (code, out.startswith("PASSED 1.2.156.3005.2.")) == (0, True)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(credential[:-40].encode())))
    assert onceonly("city-civil", "verify", operator="clerk-1")[0] == 1
    code, _, err = onceonly("city-civil", "verify", str(city.folder / "examples" / "case.json"), "--at", "99999999999")
    assert (code, "at_time" in err) == (1, True)


def test_audit(city: City, onceonly: Any, tmp_path: Path) -> None:
    asked = ("--mandate", MANDATE)
    listed = json.loads(onceonly("city-audit", "audit", "list", *asked, "--limit", "2", "--json")[1])
    assert len(listed["records"]) == 2
    assert "ListEntries" in onceonly("city-audit", "audit", "list", *asked, "--limit", "200")[1]
    index = listed["records"][-1]["index"]
    assert onceonly("city-audit", "audit", "explain", str(index), *asked, "--json")[0] == 0
    assert onceonly("city-audit", "audit", "explain", "0", *asked)[1] == "nothing was decided in this call\n"
    code, _, err = onceonly("city-audit", "audit", "list", "--mandate", "mandates/other")
    assert (code, "EVIDENCE_OBJECT_UNKNOWN" in err) == (1, True)
    refused: list[Any] = []
    while not refused:  # until it is indexed
        found = onceonly("city-audit", "audit", "list", *asked, "--reason", "EVIDENCE_OBJECT_UNKNOWN", "--json")[1]
        refused = json.loads(found).get("records", [])
    code, out, _ = onceonly("city-audit", "audit", "explain", str(refused[0]["index"]), *asked)
    assert (code, "agrees with the record" in out, "EVIDENCE_OBJECT_UNKNOWN" in out) == (0, True, True)
    code, _, err = onceonly("city-tax", "audit", "list", *asked, operator="clerk-2")
    assert (code, "ROLE_MISSING" in err) == (1, True)

    code, out, _ = onceonly("city-audit", "audit", "checkpoint", "--json")
    key = json.loads(out)["verifier_key"]
    assert key in onceonly("city-audit", "audit", "checkpoint")[1]
    code, out, _ = onceonly(
        "city-audit", "audit", "export", str(tmp_path / "e.csv"), *asked, "--format", "csv", "--json"
    )
    assert json.loads(out)["bytes"] == (tmp_path / "e.csv").stat().st_size
    assert (tmp_path / "e.csv.manifest").read_text().count(".") == 2
    code, _, err = onceonly("city-audit", "audit", "export", str(tmp_path / "e.csv"), *asked)
    assert (code, "File exists" in err) == (1, True)
    assert "SHA-256" in onceonly("city-audit", "audit", "export", str(tmp_path / "e.jsonl"), *asked, "--end", "3")[1]
    assert len((tmp_path / "e.jsonl").read_text().splitlines()) == 3


def test_the_log_is_copied_and_verified_offline(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ("--config", str(city.folder / "onceonly.toml"))
    assert main(["audit", "copy", str(tmp_path / "log"), *config, "--json"]) == 0
    key = json.loads(capsys.readouterr().out)["verifier_key"]
    assert main(["audit", "verify", str(tmp_path / "log"), "--vkey", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["audit", "copy", str(tmp_path / "log"), *config]) == 1
    assert main(["audit", "copy", str(tmp_path / "public"), *config, "--public"]) == 0
    assert main(["audit", "verify", str(tmp_path / "public")]) == 0
    assert "0 of them opened; its key was taken from the folder" in capsys.readouterr().out
    entries = tmp_path / "log" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"index":5,', b'"index":6,'))
    assert main(["audit", "verify", str(tmp_path / "log")]) == 1
    assert "NOT whole: entries.jsonl, entry 5" in capsys.readouterr().out


def test_a_request_is_compared_with_its_record(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = catalogue_service_pb2.ListEntriesRequest(collection="matters", page_size=1)
    with city.profile("city-audit").connect() as hub:
        _, call = hub.call(hub.catalogue.ListEntries.with_call, asked)
    index = dict(call.trailing_metadata())["onceonly-log-index"]
    (tmp_path / "sent").write_bytes(asked.SerializeToString())
    (tmp_path / "other").write_bytes(asked.SerializeToString()[:-2])
    config = ("--config", str(city.folder / "onceonly.toml"), "--json")
    found = []
    for record, file in ((index, "sent"), (index, "other"), ("999999999", "sent")):
        code = main(["audit", "request", record, str(tmp_path / file), *config])
        found.append((code, capsys.readouterr().out))
    assert [code for code, _ in found] == [0, 1, 1]
    assert [json.loads(out)["same"] for _, out in found[:2]] == [True, False]


def test_a_licence_is_suspended_reinstated_and_revoked(city: City, onceonly: Any) -> None:
    name = onceonly("city-police", "issue", IDENTITY, str(licence(city, "CLI-L")))[1].strip()
    code, out, _ = onceonly("city-police", "licence", "show", name)
    assert (code, out.split()[:3]) == (0, [name, "ACTIVE", "VALID"])
    etag = out.split()[3]

    words = ("licence", "suspend", name, "--reason", "查验", "--legal-reference", "《示例条例》第九条")
    once = ("--etag", etag, "--request-id", new_request_id())
    first = onceonly("city-police", *words, *once)
    assert (first[0], first[1].split()) == (0, [name, "SUSPENDED"])
    assert onceonly("city-police", *words, *once) == first
    code, _, err = onceonly("city-police", *words)
    assert (code, "LICENCE_STATE" in err) == (1, True)
    code, _, err = onceonly("city-police", *words, "--etag", etag)
    assert (code, "ETAG_MISMATCH" in err) == (1, True)
    code, _, err = onceonly("city-police", *words, "--request-id", new_request_id())
    assert (code, "--etag" in err) == (2, True)
    for since in ("yesterday", "2026-03-01T08:00:00"):
        assert onceonly("city-police", *words, "--since", since)[0] == 2

    code, out, _ = onceonly("city-police", "licence", "reinstate", name, "--reason", "查验无误", "--json")
    assert (code, json.loads(out)["state"]) == (0, "LICENCE_STATE_ACTIVE")
    revoke = ("licence", "revoke", name, "--reason", "持证人申请")
    assert onceonly("city-police", *revoke)[0] == 2
    code, out, _ = onceonly("city-police", *revoke, "--cause", "application", "--json")
    assert (code, json.loads(out)["cause"]) == (0, "REVOCATION_CAUSE_APPLICATION")
    assert onceonly("city-land", "licence", "show", name)[0] == 1


def test_another_port_and_a_request_too_large_are_told(city: City, onceonly: Any, tmp_path: Path) -> None:
    folder = city.profile_path("city-police").parent
    profile = (folder / "profile.toml").read_text()
    for name in ("client.pem", "client.key", "ca.pem", "token.key"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    elsewhere = profile.replace(city.config.listen.address, city.config.events.address)
    (tmp_path / "profile.toml").write_text(elsewhere)
    assert main(["licence", "show", "licenceTypes/x/licences/y", "--profile", str(tmp_path / "profile.toml")]) == 1
    code, _, err = onceonly("city-police", "events", "watch", "--address", city.config.listen.address)
    assert (code, "another port of the hub" in err) == (1, True)
    with city.client("city-police", "issuer-1") as hub, pytest.raises(MessageSizeError, match="4,194,304 bytes"):
        hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name="x" * (4 << 20)))


def test_doctor_finds_a_running_hub_right(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", str(city.folder / "onceonly.toml"), "--json"]) == 0
    found = {each["check"]: each["text"] for each in json.loads(capsys.readouterr().out)}
    assert found["seals"] == "15 seals"
    assert "licences with their credentials" in found["objects"]


def test_offline_commands_leave_a_running_hub_alone(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    config = ("--config", str(city.folder / "onceonly.toml"))
    assert main(["migrate", *config]) == 2
    assert "Another hub runs" in capsys.readouterr().err
    assert main(["serve", *config]) == 2


def test_a_hub_that_is_not_there(city: City, onceonly: Any, tmp_path: Path) -> None:
    folder = city.profile_path("city-audit").parent
    profile = (folder / "profile.toml").read_text().replace(city.config.listen.address, "127.0.0.1:1")
    for name in ("client.pem", "client.key", "ca.pem", "token.key"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "profile.toml").write_text(profile)
    code, _, err = onceonly("city-audit", "audit", "checkpoint", "--profile", str(tmp_path / "profile.toml"))
    assert code == 0, err  # the last profile given counts
    assert main(["audit", "checkpoint", "--profile", str(tmp_path / "profile.toml")]) == 1


def test_killed_processes_are_replaced_and_nothing_is_lost(city: City, onceonly: Any) -> None:
    path = licence(city, "CLI-K")
    for role in ("recorder", "worker-0", "integrator", "publisher", "events", "public"):
        city.kill(role)
    assert onceonly("city-police", "issue", IDENTITY, str(path))[0] == 0
    assert set(city.pids()) == {"recorder", "integrator", "publisher", "events", "public", "worker-0", "worker-1"}
