"""Keys in files: used and never shown, kept from everyone else."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from signer.algorithms import SUITES, thumbprint
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from signer.keys import folder as key_folder
from signer.keys.backend import KeyKind
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


@pytest.mark.parametrize("suite_name", ["ES256", "EdDSA"])
def test_a_key_signs_the_same_after_reopening(folder, backend, suite_name):
    info = backend.generate("receipts", suite_name)
    again = reopened(folder)
    assert again.list() == (info,)
    assert (info.kid, info.kind, info.version) == (thumbprint(info.public), KeyKind.SIGNATURE, 1)
    assert SUITES[again.suite("receipts")].verify(info.public, again.sign("receipts", b"x"), b"x")
    assert again.public_key("receipts") == info.public


def test_rotation_signs_with_the_new_and_keeps_the_old(folder, backend):
    first = backend.generate("log", "EdDSA")
    kept = backend.signer("log")
    second = backend.rotate("log")
    assert backend.versions("log") == (first, second) == reopened(folder).versions("log")
    assert backend.list() == (second,)
    assert backend.signer("log").kid == second.kid != first.kid
    assert SUITES["EdDSA"].verify(second.public, backend.sign("log", b"x"), b"x")
    # A signer taken before stays whole: its kid and its key are of one version.
    assert kept.kid == first.kid
    assert SUITES["EdDSA"].verify(first.public, kept.sign(b"x"), b"x")


def test_a_secret_wraps_for_one_context_and_outlives_rotation(folder, backend):
    assert backend.create_secret("master").kind is KeyKind.SECRET
    old = backend.wrap("master", b"data key", b"holder-1")
    assert old != backend.wrap("master", b"data key", b"holder-1")
    assert backend.rotate("master").version == 2
    new = backend.wrap("master", b"", b"")
    for holder in (backend, reopened(folder)):
        assert holder.unwrap("master", old, b"holder-1") == b"data key"
        assert holder.unwrap("master", new, b"") == b""
    for wrapped, context in (
        (old, b"holder-2"),
        (old[:-1] + bytes([old[-1] ^ 1]), b"holder-1"),
        (new[:4] + old[4:], b"holder-1"),
        (b"\0\0\0\x09" + old[4:], b"holder-1"),
        (old[:20], b"holder-1"),
        (b"", b""),
        (old + b"x" * 70_000, b"holder-1"),
    ):
        with pytest.raises(KeyBackendError):
            backend.unwrap("master", wrapped, context)
    with pytest.raises(KeyBackendError, match="at most"):
        backend.wrap("master", b"x" * 70_000, b"")


def test_a_tag_depends_on_key_version_and_data(folder, backend):
    backend.create_secret("index")
    first = backend.mac("index", b"holder")
    assert len(first) == 32
    assert first == backend.mac("index", b"holder") == reopened(folder).mac("index", b"holder")
    assert first != backend.mac("index", b"halter")
    backend.rotate("index")
    assert backend.mac("index", b"holder") != first == backend.mac("index", b"holder", version=1)
    with pytest.raises(KeyBackendError, match="no version 3"):
        backend.mac("index", b"holder", version=3)


def test_a_key_serves_what_it_was_made_for(backend):
    backend.generate("log", "EdDSA")
    backend.create_secret("master")
    for use in (
        lambda: backend.sign("master", b""),
        lambda: backend.suite("master"),
        lambda: backend.wrap("log", b"", b""),
        lambda: backend.mac("log", b""),
        lambda: backend.generate("log", "EdDSA"),
        lambda: backend.create_secret("log"),
    ):
        with pytest.raises(KeyBackendError):
            use()
    with pytest.raises(FormatError, match="ALG_UNKNOWN"):
        backend.generate("other", "RS256")


def test_an_unknown_key_is_not_found(backend):
    for use in (
        lambda: backend.sign("nobody", b""),
        lambda: backend.versions("nobody"),
        lambda: backend.rotate("nobody"),
        lambda: backend.mac("nobody", b""),
    ):
        with pytest.raises(KeyNotFoundError, match="nobody"):
            use()


@pytest.mark.parametrize("key_id", ["", "a" * 81, "A", "a/b", "../a", "a.b", "a b", "é", "a\n"])
def test_a_key_id_is_safe_as_a_file_name(backend, key_id):
    with pytest.raises(KeyBackendError, match="key id"):
        backend.generate(key_id, "ES256")


def test_a_process_sees_only_its_keys(folder, backend):
    backend.generate("receipts", "ES256")
    backend.generate("log", "EdDSA")
    worker = reopened(folder, only=frozenset({"receipts", "seal-"}))
    assert [info.key_id for info in worker.list()] == ["receipts"]
    worker.generate("seal-1", "ES256")
    with pytest.raises(KeyNotFoundError):
        worker.sign("log", b"")
    with pytest.raises(KeyNotFoundError):
        worker.generate("log-2", "EdDSA")


def test_what_another_process_adds_is_seen_after_refresh(folder, backend):
    backend.generate("log", "EdDSA")
    other = reopened(folder)
    assert other.signer("log").kid
    second = backend.rotate("log")
    backend.create_secret("master")
    with pytest.raises(KeyBackendError, match="another process"):
        other.rotate("log")
    other.refresh()
    assert other.signer("log").kid == second.kid
    assert other.mac("master", b"")


def test_two_processes_never_make_one_key_twice(folder, backend):
    other = reopened(folder)
    backend.generate("log", "EdDSA")
    with pytest.raises(KeyBackendError, match="another process"):
        other.generate("log", "EdDSA")


def test_threads_share_a_backend(folder, backend):
    backend.generate("log", "ES256")
    fresh = reopened(folder)
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda n: fresh.sign("log", b"%d" % n), range(64)))
    public = backend.public_key("log")
    assert all(SUITES["ES256"].verify(public, signature, b"%d" % n) for n, signature in enumerate(signatures))


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
