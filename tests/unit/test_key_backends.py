"""Which key backend a configuration gets, what it lacks, and the signer's configuration."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange import key_backends
from exchange.config import ConfigError, load
from exchange.installation import initialise, open_keys
from exchange.signer_config import load_signer
from signer.errors import KeyBackendError, KeysAwayError
from signer.keys.files import FileKeyBackend
from signer.keys.split import SplitBackend

EXAMPLE = Path(__file__).parents[2] / "config" / "signer.example.toml"


def config(folder, **keys):
    folder.mkdir(exist_ok=True)
    keys.setdefault("folder", "keys")
    lines = [f"{name} = {json.dumps(value)}" for name, value in keys.items()]
    path = folder / "onceonly.toml"
    path.write_text('[hub]\nname = "https://hub.qinghe.example"\n[keys]\n' + "\n".join(lines))
    (folder / "passphrase").touch(0o600)
    (folder / "passphrase").write_text("a passphrase of tests\n")
    return load(path)


def test_files_are_the_default(tmp_path):
    keys = open_keys(config(tmp_path))
    assert isinstance(keys, FileKeyBackend)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"backend": "pkcs11"}, "needs pkcs11_module, pkcs11_token and pin_file"),
        ({"backend": "pkcs11", "pkcs11_module": "x.so", "pkcs11_token": "t", "pin_file": "none"}, "pin_file"),
        ({"backend": "signer"}, "needs signer_address"),
        ({"backend": "signer", "signer_address": "unix:relative"}, "must be absolute"),
        ({"backend": "signer", "signer_address": "127.0.0.1:1"}, "signer_ca is needed"),
        ({"backend": "signer", "signer_address": "127.0.0.1:1", "signer_ca": "none.pem"}, "cannot be read"),
    ],
)
def test_what_a_backend_needs_is_named(tmp_path, options, says):
    with pytest.raises(ConfigError, match=says):
        open_keys(config(tmp_path, **options))


def test_a_backend_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"\[keys\] backend"):
        config(tmp_path, backend="cloud")


def test_a_signers_key_is_closed_to_others(tmp_path):
    for name in ("ca.pem", "hub.pem", "hub.key"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "hub.key").chmod(0o644)
    files = {"signer_ca": "ca.pem", "signer_certificate": "hub.pem", "signer_key": "hub.key"}
    with pytest.raises(KeyBackendError, match="chmod 600"):
        open_keys(config(tmp_path, backend="signer", signer_address="127.0.0.1:1", **files))


def test_a_signer_that_is_away_is_said_to_be(tmp_path):
    place = config(tmp_path, backend="signer", signer_address=f"unix:{tmp_path}/none.sock")
    with pytest.raises(KeysAwayError, match="does not sign now"):
        open_keys(place)


def test_without_the_library_a_token_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "signer.keys.pkcs11", None)
    pin = tmp_path / "pin"
    pin.touch(0o600)
    pin.write_text("1234\n")
    with pytest.raises(ConfigError, match=r"install onceonly\[hsm\]"):
        key_backends.open_token(Path("/x.so"), "t", pin)


def test_a_hub_may_be_made_with_its_keys_in_a_token(tmp_path, soft_token):
    pin = tmp_path / "pin"
    pin.touch(0o600)
    pin.write_bytes(soft_token.pin + b"\n")
    options = {"pkcs11_module": str(soft_token.module), "pkcs11_token": soft_token.label, "pin_file": str(pin)}
    made = config(tmp_path / "hub", backend="pkcs11", **options)
    initialise(made, datetime.now(UTC))
    keys = open_keys(made, frozenset({"receipts", "log", "master"}))
    assert isinstance(keys, SplitBackend)
    assert [info.key_id for info in keys.list()] == ["log", "master", "receipts"]
    assert {path.suffix for path in (tmp_path / "hub" / "keys").iterdir()} == {".secret", ".json"}
    assert stat.S_IMODE(pin.stat().st_mode) == 0o600
    keys.close()


def test_the_signers_example_holds_every_option_with_its_default(tmp_path):
    example = load_signer(EXAMPLE)
    short = tmp_path / "signer.toml"
    short.write_text('[signer]\nhub = "https://hub.qinghe.example"\n[[unix]]\npath = "/x"\nrole = "hub"\n')
    least = load_signer(short)
    text = EXAMPLE.read_text()
    for title in ("signer", "keys", "limits"):
        for name, value in getattr(least, title):
            assert f"\n{name} = " in text, name
            if not isinstance(value, Path):
                assert getattr(getattr(example, title), name) == value, name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[signer]\nhub = 'https://h.example'\n[surprise]\n", "surprise"),
        ("[signer]\nhub = 'https://h.example'\nhubb = 1\n", "hubb"),
        ("[signer]\nhub = 'https://h.example'\n[[clients]]\nname = 'x'\nrole = 'hub'\nsha256 = 'x'\n", "64 lower-case"),
        ("[signer]\nhub = 'https://h.example'\n[[unix]]\npath = '/x'\nrole = 'root'\n", "role"),
    ],
)
def test_a_wrong_configuration_of_the_signer_is_named(tmp_path, text, says):
    path = tmp_path / "signer.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says):
        load_signer(path)
