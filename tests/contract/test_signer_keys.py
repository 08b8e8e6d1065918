"""Every key backend: used and never shown, the same rules wherever the keys are.

``files`` keeps all in a folder; ``pkcs11`` keeps signature keys in a token (SoftHSM) and secrets in a folder.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from signer.algorithms import SUITES, thumbprint
from signer.certificates import as_ca, builder_for, common_name
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from signer.keys.backend import KeyKind
from signer.keys.files import FileKeyBackend
from tests.real_softhsm import split_keys

PASSPHRASE = b"correct horse"


@pytest.fixture(params=["files", "pkcs11"])
def opener(request, tmp_path):
    """Opens the same keys again, as another process would."""
    folder, opened = tmp_path / "keys", []
    token = request.getfixturevalue("soft_token") if request.param == "pkcs11" else None

    def open_again(only=None):
        if token is None:
            opened.append(FileKeyBackend(folder, PASSPHRASE, only))
        else:
            opened.append(split_keys(token, folder, PASSPHRASE, only))
        return opened[-1]

    yield open_again
    for backend in opened:
        backend.close()


@pytest.fixture
def backend(opener):
    return opener()


@pytest.mark.parametrize("suite_name", ["ES256", "EdDSA"])
def test_a_key_signs_the_same_after_reopening(opener, backend, suite_name):
    info = backend.generate("receipts", suite_name)
    again = opener()
    assert again.list() == (info,)
    assert (info.kid, info.kind, info.version) == (thumbprint(info.public), KeyKind.SIGNATURE, 1)
    assert SUITES[again.suite("receipts")].verify(info.public, again.sign("receipts", b"x"), b"x")
    assert again.public_key("receipts") == info.public


def test_rotation_signs_with_the_new_and_keeps_the_old(opener, backend):
    first = backend.generate("log", "EdDSA")
    kept = backend.signer("log")
    second = backend.rotate("log")
    assert backend.versions("log") == (first, second) == opener().versions("log")
    assert backend.list() == (second,)
    assert backend.signer("log").kid == second.kid != first.kid
    assert SUITES["EdDSA"].verify(second.public, backend.sign("log", b"x"), b"x")
    # A signer taken before stays whole: its kid and its key are of one version.
    assert kept.kid == first.kid
    assert SUITES["EdDSA"].verify(first.public, kept.sign(b"x"), b"x")


def test_a_secret_wraps_for_one_context_and_outlives_rotation(opener, backend):
    assert backend.create_secret("master").kind is KeyKind.SECRET
    old = backend.wrap("master", b"data key", b"holder-1")
    assert old != backend.wrap("master", b"data key", b"holder-1")
    assert backend.rotate("master").version == 2
    new = backend.wrap("master", b"", b"")
    for holder in (backend, opener()):
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


def test_a_tag_depends_on_key_version_and_data(opener, backend):
    backend.create_secret("index")
    first = backend.mac("index", b"holder")
    assert len(first) == 32
    assert first == backend.mac("index", b"holder") == opener().mac("index", b"holder")
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


def test_a_process_sees_only_its_keys(opener, backend):
    backend.generate("receipts", "ES256")
    backend.generate("log", "EdDSA")
    worker = opener(only=frozenset({"receipts", "seal-"}))
    assert [info.key_id for info in worker.list()] == ["receipts"]
    worker.generate("seal-1", "ES256")
    with pytest.raises(KeyNotFoundError):
        worker.sign("log", b"")
    with pytest.raises(KeyNotFoundError):
        worker.generate("log-2", "EdDSA")


def test_what_another_process_adds_is_seen_after_refresh(opener, backend):
    backend.generate("log", "EdDSA")
    other = opener()
    assert other.signer("log").kid
    second = backend.rotate("log")
    backend.create_secret("master")
    with pytest.raises(KeyBackendError, match="another process"):
        other.rotate("log")
    other.refresh()
    assert other.signer("log").kid == second.kid
    assert other.mac("master", b"")


def test_two_processes_never_make_one_key_twice(opener, backend):
    other = opener()
    backend.generate("log", "EdDSA")
    with pytest.raises(KeyBackendError, match="another process"):
        other.generate("log", "EdDSA")


def test_threads_share_a_backend(opener, backend):
    backend.generate("log", "ES256")
    fresh = opener()
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda n: fresh.sign("log", b"%d" % n), range(64)))
    public = backend.public_key("log")
    assert all(SUITES["ES256"].verify(public, signature, b"%d" % n) for n, signature in enumerate(signatures))


@pytest.mark.parametrize("suite_name", ["ES256", "EdDSA"])
def test_a_certificate_is_signed_where_the_key_is(backend, suite_name):
    info = backend.generate("hub-ca", suite_name)
    name, now = common_name("A hub"), datetime.now(UTC)
    builder = as_ca(
        builder_for(
            name,
            name,
            public=info.public,
            issuer_public=info.public,
            not_before=now,
            not_after=now + timedelta(days=1),
        ),
        levels_below=1,
    )
    certificate = backend.sign_certificate("hub-ca", builder)
    assert isinstance(certificate, x509.Certificate)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.signature_algorithm_oid.dotted_string == SUITES[suite_name].oid
    with pytest.raises(KeyNotFoundError):
        backend.sign_certificate("nobody", builder)
    backend.create_secret("master")
    with pytest.raises(KeyBackendError, match="secret"):
        backend.sign_certificate("master", builder)


def test_signature_keys_and_secrets_are_listed_together_in_order(opener, backend):
    tags = backend.create_secret("tags")
    receipts = backend.generate("receipts", "ES256")
    log = backend.generate("log", "EdDSA")
    assert backend.list() == (log, receipts, tags) == opener().list()
    assert backend.versions("tags") == (tags,)
