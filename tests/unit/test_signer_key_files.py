"""Keys in files, and what only files can suffer. What holds for every backend: tests/contract/test_signer_keys.py."""

import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from signer.errors import KeyBackendError
from signer.keys import folder as key_folder
from signer.keys.files import FileKeyBackend
from signer.keys.folder_key import open_folder_key
from signer.keys.material import SecretKey

PASSPHRASE = b"correct horse"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def backend(folder):
    return FileKeyBackend(folder, PASSPHRASE)


def reopened(folder, **options):
    return FileKeyBackend(folder, PASSPHRASE, **options)


def test_a_wrong_passphrase_opens_nothing(folder, backend):
    backend.generate("log", "EdDSA")
    with pytest.raises(KeyBackendError, match="passphrase does not open"):
        FileKeyBackend(folder, b"wrong horse")
    with pytest.raises(KeyBackendError, match="at least 8"):
        FileKeyBackend(folder, b"short")


def test_nothing_secret_stands_in_the_folder_or_in_a_printed_form(folder, backend):
    backend.generate("log", "EdDSA")
    backend.create_secret("master")
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"ENCRYPTED PRIVATE KEY" in content
    assert PASSPHRASE not in content
    folder_key = open_folder_key(folder, PASSPHRASE)
    assert folder_key._key.hex() not in repr(folder_key)
    assert repr(folder_key._key) not in repr(folder_key)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_files_do_not_stand_in_for_each_other(folder, backend):
    backend.generate("log", "EdDSA")
    backend.generate("receipts", "EdDSA")
    backend.create_secret("master")
    backend.create_secret("index")
    (folder / "receipts.v1.pem").write_bytes((folder / "log.v1.pem").read_bytes())
    (folder / "index.v1.secret").write_bytes((folder / "master.v1.secret").read_bytes())
    moved = reopened(folder)
    with pytest.raises(KeyBackendError, match="does not open"):
        moved.sign("receipts", b"")
    with pytest.raises(KeyBackendError, match="does not open"):
        moved.mac("index", b"")
    assert moved.sign("log", b"")


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"])
def test_a_damaged_key_file_is_named(folder, backend, content):
    backend.generate("log", "EdDSA")
    backend.create_secret("master")
    (folder / "log.v1.pem").write_bytes(content)
    (folder / "master.v1.secret").write_bytes(content)
    damaged = reopened(folder)
    for use in (lambda: damaged.sign("log", b""), lambda: damaged.mac("master", b"")):
        with pytest.raises(KeyBackendError, match="version 1 does not open"):
            use()


@pytest.mark.parametrize(
    "private", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())], ids=["rsa", "p384"]
)
def test_a_key_of_an_unknown_type_is_refused(folder, backend, private):
    password = open_folder_key(folder, PASSPHRASE).password("log.v1.pem")
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    assert key_folder.create(folder / "log.v1.pem", pem)
    with pytest.raises(KeyBackendError, match="unknown type"):
        reopened(folder).sign("log", b"")


def test_a_key_that_lies_open_is_not_taken(folder, backend):
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert key_folder.create(folder / "log.v1.pem", pem)
    with pytest.raises(KeyBackendError, match="does not open"):
        reopened(folder).sign("log", b"")


def test_one_id_is_not_two_kinds(folder, backend):
    backend.generate("log", "EdDSA")
    key_folder.create(folder / "log.v1.secret", b"")
    with pytest.raises(KeyBackendError, match="both"):
        backend.refresh()


def test_other_files_are_left_alone(folder, backend):
    key_folder.create(folder / "log.v0.pem", b"")
    key_folder.create(folder / "README", b"")
    key_folder.create(folder / ".new-0011223344556677", b"")
    assert reopened(folder).list() == ()


def test_a_key_is_not_rotated_for_ever(folder, backend):
    backend.create_secret("master")
    name = "master.v999999.secret"
    (folder / "master.v1.secret").rename(folder / name)
    password = open_folder_key(folder, PASSPHRASE).password(name)
    (folder / name).write_bytes(SecretKey.generate("master", 999_999).seal(password))
    with pytest.raises(KeyBackendError, match="cannot be rotated"):
        reopened(folder).rotate("master")


DESCRIPTION = "folder.json"


@pytest.mark.parametrize(
    "change",
    [
        {"kdf": "pbkdf2"},
        {"cost": 2},
        {"cost": "32768"},
        {"block": 1},
        {"parallel": 2},
        {"salt": 1},
        {"salt": "+"},
        {"deep": [[1]]},
    ],
)
def test_a_folders_description_cannot_be_weakened(folder, backend, change):
    path = folder / DESCRIPTION
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(KeyBackendError, match="not the description"):
        reopened(folder)


def test_a_changed_check_or_a_lost_description_opens_nothing(folder, backend):
    path = folder / DESCRIPTION
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "check": "AAAA"}))
    with pytest.raises(KeyBackendError, match="passphrase does not open"):
        reopened(folder)
    backend.create_secret("master")
    path.unlink()
    with pytest.raises(KeyBackendError, match=r"no folder\.json"):
        reopened(folder)
