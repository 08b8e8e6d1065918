"""Commands that need no running hub: init, migrate, keys, catalogue files, doctor; and how failures are told."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest

from exchange.audit.proofs import CHECKPOINT
from exchange.cli import COMMANDS, main
from exchange.cli.failures import explain
from exchange.cli.output import cell
from exchange.client import CallError
from exchange.config import load
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.installation import log_origin, open_keys
from exchange.layout import layout
from exchange.loading import WaitingError
from exchange.profile import ProfileError, load_profile, profile_text
from exchange.reasons import Reason
from signer.note import NoteKey, sign_note
from storage.objects.files import FileObjects

ROOT = Path(__file__).parents[2]
REGISTRAR = "11990100MB0000123Q"
DEPARTMENTS = """
departments:
  - uscc: 11990100MB0000123Q
    name: {zh: 清河市数据局, en: Qinghe Data Bureau}
    region: "990100"
    level: city
    roles: [catalogue_manager]
    operators:
      - {id: catalogue-1, roles: [catalogue_manager], assurance: 3}
      - {id: catalogue-2, roles: [catalogue_manager], assurance: 3}
"""


@pytest.fixture
def onceonly(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in a folder of its own; returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with its first department, never served; made once, for copies."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "first.yaml").write_text(DEPARTMENTS)
    with contextlib.chdir(folder):
        assert main(["init", "--name", "https://hub.test", "--departments", "first.yaml"]) == 0
    return folder


@pytest.fixture
def founded(template: Path, onceonly: Any, tmp_path: Path) -> Path:
    """A copy of that hub, in the folder that the commands run in."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_every_command_has_help(onceonly: Any) -> None:
    code, out, _ = onceonly("--help")
    assert code == 0
    for name in COMMANDS:
        assert name in out
        assert onceonly(name, "--help")[0] == 0


def test_help_imports_no_command() -> None:
    script = (
        "import sys; from exchange.cli import main; main(['--help']); "
        "sys.exit(any(name in sys.modules for name in ('grpc', 'sqlalchemy', 'cryptography', 'exchange.cli.serve')))"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT}/proto/gen"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_terminal_without_chinese_gets_escapes(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(DEPARTMENTS.replace("level: city", "level: moon"))
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT}/proto/gen", "PYTHONIOENCODING": "ascii"}
    for words in (["--json"], []):
        command = [sys.executable, "-m", "exchange.cli", "catalogue", "validate", "bad.yaml", *words]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=60, check=False)
        assert done.returncode == 1
        assert b"\\u" in done.stdout
        assert done.stderr == b""


@pytest.mark.parametrize("words", [["nonsense"], ["keys", "nonsense"], ["issue"], ["sd-jwt", "verify", "--at", "soon"]])
def test_wrong_use_is_2(onceonly: Any, words: list[str]) -> None:
    assert onceonly(*words)[0] == 2


def test_workers_are_an_option_of_serve(onceonly: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCEONLY_LISTEN__WORKERS", "1")
    assert onceonly("serve", "--workers", "3")[0] == 2
    assert os.environ["ONCEONLY_LISTEN__WORKERS"] == "3"
    assert onceonly("serve", "--workers", "-1")[0] == 2


def test_init_makes_a_hub_once(founded: Path, onceonly: Any) -> None:
    config = load(founded / "onceonly.toml")
    assert config.hub.name == "https://hub.test"
    assert layout(config).certificate.is_file()
    profile = load_profile(founded / "identities" / REGISTRAR / "profile.toml")
    assert (profile.identity.operator, profile.identity.assurance) == ("catalogue-1", 3)
    code, _, err = onceonly("init")
    assert code == 2
    assert "initialised already" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("init",), "--name"),
        (("init", "--name", 'https://x"'), "quotes"),
        (("init", "--name", "http://hub"), "[hub] name"),
        (("init", "--name", "https://hub.test", "--departments", "absent.yaml"), "neither a folder nor a file"),
        (("migrate",), "cannot be read"),
        (("serve",), "cannot be read"),
        (("keys", "list"), "cannot be read"),
        (("catalogue", "bootstrap", "absent.yaml"), "neither a folder nor a file"),
        (("catalogue", "validate", "absent"), "neither a folder nor a file"),
        (("audit", "verify", "absent"), "is not a folder"),
        (("audit", "verify", ".", "--vkey", "nonsense"), "--vkey"),
        (("audit", "verify", "."), "vkey cannot be read"),
        (("verify", "--profile", "absent.toml"), "absent.toml cannot be read"),
        (("fetch", "cases/x", "--field", "name"), "name exactly one requirement"),
        (("issue", "T", "absent.json"), "absent.json cannot be read"),
        (("case", "open", "absent.json"), "absent.json cannot be read"),
    ],
)
def test_what_is_missing_is_named(onceonly: Any, words: tuple[str, ...], sentence: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"~")))
    code, _, err = onceonly(*words)
    assert code == 2
    assert sentence in err
    assert err.startswith("onceonly: ")


def test_a_configuration_that_is_there_keeps_its_name(onceonly: Any, tmp_path: Path) -> None:
    (tmp_path / "onceonly.toml").write_text('[hub]\nname = "https://hub.test"\n')
    assert onceonly("init", "--name", "https://other.test")[0] == 2
    code, out, _ = onceonly("init", "--json")
    assert code == 0
    assert json.loads(out)["profiles"] == []


def test_the_first_departments_can_come_later_and_only_once(onceonly: Any, tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text(DEPARTMENTS)
    assert onceonly("init", "--name", "https://hub.test")[0] == 0
    code, out, _ = onceonly("catalogue", "bootstrap", "first.yaml", "--json")
    assert code == 0
    assert json.loads(out)["profiles"] == [f"identities/{REGISTRAR}/profile.toml"]
    code, _, err = onceonly("catalogue", "bootstrap", "first.yaml")
    assert (code, "name a new folder" in err) == (2, True)
    code, _, err = onceonly("catalogue", "bootstrap", "first.yaml", "--identities", "others")
    assert (code, "CATALOGUE_EXISTS" in err) == (1, True)


def test_only_departments_come_first(onceonly: Any, tmp_path: Path) -> None:
    assert onceonly("init", "--name", "https://hub.test")[0] == 0
    code, _, err = onceonly("catalogue", "bootstrap", str(ROOT / "catalogue"))
    assert (code, "more than departments" in err) == (2, True)
    alone = DEPARTMENTS.replace("      - {id: catalogue-2, roles: [catalogue_manager], assurance: 3}\n", "")
    (tmp_path / "alone.yaml").write_text(alone)
    code, _, err = onceonly("catalogue", "bootstrap", "alone.yaml")
    assert (code, "at least 2 active catalogue managers" in err) == (1, True)


def test_migrate_says_where_the_schema_is(founded: Path, onceonly: Any) -> None:
    code, out, _ = onceonly("migrate", "--json")
    assert code == 0
    assert set(json.loads(out)) == {"index", "records"}
    assert onceonly("migrate")[0] == 0


def test_second_keys(founded: Path, onceonly: Any) -> None:
    assert onceonly("keys", "second", REGISTRAR, "--rotate")[0] == 2
    made = json.loads(onceonly("keys", "second", REGISTRAR, "--json")[1])
    assert (made["alg"], made["id"], made["version"]) == ("SM2-SM3", f"second-{REGISTRAR.lower()}", 1)
    assert sorted(made["jwk"]) == ["crv", "kty", "x", "y"]
    code, _, err = onceonly("keys", "second", REGISTRAR)
    assert (code, "--rotate" in err) == (2, True)
    assert "version 2" in onceonly("keys", "second", REGISTRAR, "--rotate")[1]
    assert made["id"] in onceonly("keys", "list")[1]
    assert onceonly("keys", "second", "123")[0] == 2
    for suite in ("ES256", "ML-DSA-44"):
        code, _, err = onceonly("keys", "second", REGISTRAR, "--rotate", "--suite", suite)
        assert (code, "--suite" in err) == (2, True)


def test_an_experimental_suite_is_used_once_it_is_configured(
    founded: Path, onceonly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCEONLY_SUITES__EXPERIMENTAL", '["ML-DSA-44"]')
    made = json.loads(onceonly("keys", "second", REGISTRAR, "--suite", "ML-DSA-44", "--json")[1])
    assert (made["alg"], made["jwk"]["kty"]) == ("ML-DSA-44", "AKP")
    monkeypatch.setenv("ONCEONLY_SUITES__EXPERIMENTAL", '["ES384"]')
    code, _, err = onceonly("keys", "list")
    assert (code, "experimental" in err) == (2, True)


def test_keys(founded: Path, onceonly: Any) -> None:
    before = {key["id"]: key["version"] for key in json.loads(onceonly("keys", "list", "--json")[1])}
    assert before["receipts"] == 1
    assert onceonly("keys", "rotate", "receipts")[0] == 0
    after = {key["id"]: key["version"] for key in json.loads(onceonly("keys", "list", "--json")[1])}
    assert after == before | {"receipts": 2}
    assert "receipts" in onceonly("keys", "list")[1]
    for key in ("hub-ca", "seal-11990100mb0000123q", "blind"):
        code, _, err = onceonly("keys", "rotate", key)
        assert (code, "cannot be rotated" in err) == (2, True)


def test_the_logs_old_key_stays_until_the_new_one_signed_what_is_published(founded: Path, onceonly: Any) -> None:
    options = load(founded / "onceonly.toml")
    keys = open_keys(options)
    assert onceonly("keys", "rotate", "log")[0] == 0
    keys.refresh()
    signers = [
        (NoteKey(log_origin(options), info.public), keys.signer("log", info.version).sign)
        for info in keys.versions("log")
    ]
    objects = FileObjects(layout(options).objects)
    note = f"{log_origin(options)}\n1\n{'A' * 43}=\n"
    objects.replace(CHECKPOINT, sign_note(note, signers[:1]).encode())
    code, _, err = onceonly("keys", "retire", "log")
    assert (code, "has not signed" in err) == (2, True)
    objects.replace(CHECKPOINT, sign_note(note, signers).encode())
    assert onceonly("keys", "retire", "log")[0] == 0


def test_seals(founded: Path, onceonly: Any) -> None:
    assert onceonly("keys", "seal", REGISTRAR, "--name", "清河市数据局")[0] == 0
    trusted = json.loads(onceonly("keys", "trust", "--json")[1])
    assert [each["object"] for each in trusted] == ["authorities/hub-ca.pem", f"seals/{REGISTRAR}.pem"]
    assert onceonly("keys", "seal", REGISTRAR, "--name", "清河市数据局", "--rotate")[0] == 0
    renewed = json.loads(onceonly("keys", "trust", "--json")[1])
    assert renewed[1]["sha256"] != trusted[1]["sha256"]
    assert REGISTRAR in onceonly("keys", "trust")[1].replace("\n", "")
    assert onceonly("keys", "seal", "123", "--name", "x")[0] == 1


def test_identities_are_made_and_never_overwritten(founded: Path, onceonly: Any) -> None:
    code, out, _ = onceonly("keys", "tls-client", REGISTRAR, "--out", "kiosk", "--system", "kiosk", "--json")
    assert code == 0
    assert len(json.loads(out)["certificate"]) == 64
    assert (founded / "kiosk" / "client.key").stat().st_mode & 0o077 == 0
    code, _, err = onceonly("keys", "tls-client", REGISTRAR, "--out", "kiosk")
    assert (code, "File exists" in err) == (1, True)
    assert json.loads(onceonly("keys", "token-key", "--out", "kiosk", "--json")[1])["alg"] == "ES256"
    assert "register under token_keys" in onceonly("keys", "token-key", "--out", "other")[1]
    assert "register under certificates" in onceonly("keys", "tls-client", REGISTRAR, "--out", "other")[1]


def test_validate_names_everything_wrong(onceonly: Any, tmp_path: Path) -> None:
    code, out, _ = onceonly("catalogue", "validate", str(ROOT / "catalogue"), "--json")
    assert (code, json.loads(out)["problems"]) == (0, [])
    assert "nothing wrong" in onceonly("catalogue", "validate", str(ROOT / "catalogue"))[1]
    (tmp_path / "bad.yaml").write_text(
        DEPARTMENTS.replace("level: city", "level: moon").replace("0000123Q", "0000123R")
    )
    code, out, _ = onceonly("catalogue", "validate", "bad.yaml", "--json")
    assert code == 1
    assert [problem["field"] for problem in json.loads(out)["problems"]] == ["level"]
    (tmp_path / "bad.yaml").write_text(DEPARTMENTS.replace("0000123Q", "0000123R"))
    code, out, _ = onceonly("catalogue", "validate", "bad.yaml")
    assert (code, "uscc" in out) == (1, True)
    (tmp_path / "half.yaml").write_text("departments:\n  - {")
    assert onceonly("catalogue", "validate", "half.yaml")[0] == 1


def findings(onceonly: Any) -> tuple[int, dict[str, list[str]]]:
    code, out, _ = onceonly("doctor", "--json")
    found: dict[str, list[str]] = {}
    for each in json.loads(out):
        found.setdefault(each["level"], []).append(f"{each['check']}: {each['text']}")
    return code, found


def test_doctor_finds_a_fresh_installation_right(founded: Path, onceonly: Any) -> None:
    code, found = findings(onceonly)
    assert (code, found.get("problem")) == (0, None)
    assert onceonly("doctor")[0] == 0


def test_doctor_names_what_is_wrong(founded: Path, onceonly: Any) -> None:
    places = layout(load(founded / "onceonly.toml"))
    objects = FileObjects(places.objects)
    objects.create(f"credentials/ab/cd/{'abcd' * 16}", b"left over")
    objects.close()
    assert any("belong to no licence: 1;" in each for each in findings(onceonly)[1]["notice"])

    key = places.certificate_key.read_bytes()
    other = founded / "identities" / REGISTRAR / "client.key"
    places.certificate_key.write_bytes(other.read_bytes())
    code, found = findings(onceonly)
    assert (code, any("is not the key of" in each for each in found["problem"])) == (1, True)
    places.certificate_key.write_bytes(b"no key")
    assert any("could not be looked at" in each for each in findings(onceonly)[1]["problem"])
    places.certificate_key.write_bytes(key)

    (founded / "passphrase").chmod(0o644)
    code, found = findings(onceonly)
    assert (code, any("chmod 600" in each for each in found["problem"])) == (1, True)
    (founded / "passphrase").chmod(0o600)

    (founded / "onceonly.toml").write_text('[hub]\nnam = "x"\n')
    code, found = findings(onceonly)
    assert (code, any("did you mean name" in each for each in found["problem"])) == (1, True)


def test_doctor_wants_a_catalogue(onceonly: Any) -> None:
    assert onceonly("init", "--name", "https://hub.test")[0] == 0
    code, found = findings(onceonly)
    assert (code, any("the catalogue is empty" in each for each in found["problem"])) == (1, True)


PROFILE = {
    "address": "127.0.0.1:1",
    "audience": "https://hub.test",
    "department": REGISTRAR,
    "system": "desk",
    "kid": "k",
    "certificate": "c",
    "key": "k",
    "authority": "a",
    "token_key": "t",
}


def test_a_profile_names_every_bad_member(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(
        profile_text({name: value for name, value in PROFILE.items() if name != "kid"} | {"assurance": 9, "kjd": ""})
    )
    with pytest.raises(ProfileError) as raised:
        load_profile(path)
    assert [line.rpartition(": ")[2].split()[0] for line in str(raised.value).splitlines()][:1] == ["kid"]
    assert "assurance" in str(raised.value)
    assert "kjd is no member" in str(raised.value)


@pytest.mark.parametrize("content", [b"\xff", b"address", b"x" * 20_000])
def test_a_profile_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileError):
        load_profile(path)


def test_a_profile_whose_keys_are_away(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(profile_text(dict(PROFILE)))
    with pytest.raises(ProfileError, match="certificate of the profile"):
        load_profile(path)
    with pytest.raises(ValueError, match="quotes"):
        profile_text({"system": 'a"b'})


class Failed(grpc.RpcError, grpc.Call):
    """A call that failed without details of the hub's."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "hidden"

    def trailing_metadata(self) -> tuple[()]:
        return ()

    initial_metadata = is_active = time_remaining = cancel = add_callback = trailing_metadata  # type: ignore[assignment]  # unused


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CallError(Failed(grpc.StatusCode.UNAVAILABLE)), 1, "cannot be reached"),
        (CallError(Failed(grpc.StatusCode.UNIMPLEMENTED)), 1, "another port of the hub"),
        (CallError(Failed(grpc.StatusCode.RESOURCE_EXHAUSTED)), 1, "4 MiB"),
        (CallError(Failed(grpc.StatusCode.DEADLINE_EXCEEDED)), 1, "did not answer in time"),
        (CallError(Failed(grpc.StatusCode.UNIMPLEMENTED)), 1, "UNIMPLEMENTED"),
        (RefusedError(Reason.CATALOGUE_EXISTS), 1, "CATALOGUE_EXISTS"),
        (InvalidError((Violation("a.b", "is bad", "错"),)), 1, "a.b: is bad 错"),
        (WaitingError("matters/X"), 1, "waits for review"),
        (ProfileError("one\ntwo"), 2, "onceonly: two"),
        (FileNotFoundError(2, "No such file or directory", "x"), 1, "x: No such file or directory."),
        (RuntimeError("secret"), 1, "internal error (RuntimeError)"),
    ],
)
def test_failures_are_told_in_words(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, words: str
) -> None:
    assert explain(error) == code
    err = capsys.readouterr().err
    assert words in err
    assert "secret" not in err


@pytest.mark.parametrize(
    ("value", "shown"), [(("甲", "乙"), "甲, 乙"), (True, "true"), (False, "false"), (3, "3"), ("'a'", "'a'"), ((), "")]
)
def test_values_of_fields_are_shown_in_no_languages_own_forms(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_traceback_is_there_for_who_asks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCEONLY_TRACEBACK", "1")
    explain(RuntimeError("details"))
    assert "RuntimeError: details" in capsys.readouterr().err
