"""SM2-SM3 against the standard's example, against an independent implementation, and without libcrypto."""

import copy
import ctypes
import hashlib
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gmalg
import pytest

from signer.algorithms import SECOND, SUITES, USUAL, public_from_jwk, public_to_jwk, thumbprint
from signer.errors import FormatError, KeyBackendError, SuiteUnavailableError
from signer.keys import folder as key_folder
from signer.keys.files import FileKeyBackend
from signer.seal_issuance import create_ca
from signer.suites import libcrypto
from signer.suites.sm2 import USER, Sm2Sm3
from signer.suites.sm2_keys import ORDER, Sm2PrivateKey, Sm2PublicKey
from tests.fakes.signing import Pair, vectors

SUITE = SUITES["SM2-SM3"]
EXAMPLE = vectors("sm/sm2-sm3-sm4.json")["sm2_sign"][0]
PUBLIC = Sm2PublicKey(int(EXAMPLE["px"], 16), int(EXAMPLE["py"], 16))
SIGNATURE = bytes.fromhex(EXAMPLE["r"] + EXAMPLE["s"])
MESSAGE = EXAMPLE["message_utf8"].encode()


def test_the_example_of_the_standard_verifies():
    assert EXAMPLE["user_id"].encode() == USER
    assert SUITE.verify(PUBLIC, SIGNATURE, MESSAGE)
    assert not SUITE.verify(PUBLIC, SIGNATURE, MESSAGE + b".")


def test_the_examples_digests_are_those_that_a_signature_is_made_over():
    """ZA and e (GB/T 32918.2 section 5.5), from the curve's constants and SM3 of another path into the library."""
    a = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    b = "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    base = (
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
    )
    identity = (8 * len(USER)).to_bytes(2, "big") + USER
    za = hashlib.new("sm3", identity + bytes.fromhex(a + b + base) + PUBLIC.encoded()[1:]).digest()
    assert za.hex().upper() == EXAMPLE["za"]
    assert hashlib.new("sm3", za + MESSAGE).hexdigest().upper() == EXAMPLE["e"]


def test_the_examples_private_number_belongs_to_its_key():
    private = Sm2PrivateKey(int(EXAMPLE["d"], 16), PUBLIC)
    assert SUITE.verify(PUBLIC, SUITE.sign(private, b"x"), b"x")


def test_two_signatures_of_one_message_differ():
    pair = Pair("SM2-SM3")
    assert pair.sign(b"x") != pair.sign(b"x")


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (0, 0), (ORDER, 1), (1, ORDER), (2**256 - 1, 2**256 - 1), (1, ORDER - 1), (1, 1)],
)
def test_numbers_at_the_edges_verify_nothing(r, s):
    assert not SUITE.verify(PUBLIC, r.to_bytes(32, "big") + s.to_bytes(32, "big"), MESSAGE)


def test_der_is_not_the_form_of_a_signature_here():
    assert not SUITE.verify(PUBLIC, bytes.fromhex(EXAMPLE["der"]), MESSAGE)
    assert not SUITE.verify(PUBLIC, b"", MESSAGE)


def test_each_verifies_what_the_other_signed():
    for number in range(5):
        pair = Pair("SM2-SM3")
        secret = pair.private.secret.to_bytes(32, "big")
        other = gmalg.SM2(secret, USER, pair.public.encoded())
        message = b"message %d" % number
        ours = pair.sign(message)
        assert other.verify(message, ours[:32], ours[32:])
        r, s = (number.rjust(32, b"\0") for number in other.sign(message))  # it drops zeros at the front
        assert SUITE.verify(pair.public, r + s, message)
        assert not SUITE.verify(pair.public, s + r, message)


def test_another_user_identifier_is_another_signature():
    pair = Pair("SM2-SM3")
    other = gmalg.SM2(pair.private.secret.to_bytes(32, "big"), b"another", pair.public.encoded())
    r, s = other.sign(b"x")
    assert not SUITE.verify(pair.public, r + s, b"x")


def test_a_point_off_the_curve_is_no_key():
    jwk = public_to_jwk(PUBLIC)
    assert public_from_jwk(jwk, SECOND) == PUBLIC
    for wrong in ({"y": jwk["x"]}, {"x": "A" * 43, "y": "A" * 43}, {"x": "_" * 42 + "8"}, {"x": "AA"}, {"y": 5}):
        with pytest.raises(FormatError, match="JWK_INVALID"):
            public_from_jwk({**jwk, **wrong}, SECOND)
    for point in (PUBLIC.encoded()[:-1], b"\x02" + PUBLIC.encoded()[1:], b"", b"\x04" + bytes(64)):
        with pytest.raises(ValueError):
            Sm2PublicKey.from_encoded(point)


def test_keys_from_outside_are_of_sm2_only_where_that_is_accepted():
    assert "SM2-SM3" not in USUAL
    with pytest.raises(FormatError, match="JWK_INVALID"):
        public_from_jwk(public_to_jwk(PUBLIC))


@pytest.mark.parametrize("secret", [0, ORDER - 1, ORDER, -1])
def test_a_private_number_lies_within_its_range(secret):
    with pytest.raises(ValueError):
        Sm2PrivateKey(secret, PUBLIC)


def test_a_private_key_prints_nothing_of_itself():
    private = Pair("SM2-SM3").private
    assert str(private.secret) not in repr(private)
    assert f"{private.secret:x}" not in repr(private).lower()
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="private key"):
            leak(private)


def test_threads_sign_and_verify_at_once():
    pair = Pair("SM2-SM3")

    def both(number):
        message = b"%d" % number
        return SUITE.verify(pair.public, pair.sign(message), message)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(both, range(200)))


def test_nothing_is_left_behind():
    """Resident memory before and after thousands of calls, those that fail included; one EVP_PKEY has about 1 KiB."""
    pair = Pair("SM2-SM3")

    def work(times):
        for _ in range(times):
            signature = pair.sign(b"x")
            assert SUITE.verify(pair.public, signature, b"x")
            assert not SUITE.verify(pair.public, signature, b"y")
            SUITE.generate()

    work(200)
    before = resident()
    work(2000)
    assert resident() - before < 2 * 1024 * 1024


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_without_libcrypto_the_suite_says_so_and_only_when_asked():
    suite = Sm2Sm3(libraries=("libnothing-of-this-name.so.9",))
    private = Sm2PrivateKey(int(EXAMPLE["d"], 16), PUBLIC)
    for use in (
        suite.generate,
        lambda: suite.sign(private, b""),
        lambda: suite.verify(PUBLIC, SIGNATURE, MESSAGE),
        lambda: suite.verify(PUBLIC, b"", MESSAGE),
    ):
        with pytest.raises(SuiteUnavailableError, match="SUITE_UNAVAILABLE"):
            use()
    assert suite.public_from_jwk(suite.public_to_jwk(PUBLIC)) == PUBLIC
    assert not suite.verify(Pair("ES256").public, SIGNATURE, MESSAGE)


def test_a_library_that_is_not_libcrypto_3_is_passed_over():
    with pytest.raises(SuiteUnavailableError):
        libcrypto.load(("libc.so.6", "c", "nothing of this name"))
    assert libcrypto.load(("libc.so.6", "crypto")).generate()


class WithoutSm3:
    """The system's libcrypto as it is where it was built without SM3."""

    def __init__(self):
        self._library = ctypes.CDLL("libcrypto.so.3")

    def __getattr__(self, name):
        return Nothing() if name == "EVP_MD_fetch" else getattr(self._library, name)


class Nothing:
    def __call__(self, *_):
        return None


def test_a_libcrypto_without_sm3_is_of_no_use():
    with pytest.raises(SuiteUnavailableError, match="EVP_MD_fetch failed"):
        libcrypto.LibCrypto(WithoutSm3())


def test_what_libcrypto_refuses_is_no_verdict():
    library = libcrypto.load()
    nowhere = b"\x04" + bytes(64)
    for use in (
        lambda: library.sign(bytes(32), nowhere, USER, b"x"),
        lambda: library.verify(nowhere, USER, bytes.fromhex(EXAMPLE["der"]), b"x"),
    ):
        with pytest.raises(SuiteUnavailableError, match="EVP_PKEY_fromdata failed"):
            use()


def test_importing_loads_no_library():
    program = (
        "import ctypes\n"
        "def refuse(*_, **__): raise SystemExit('a library was loaded')\n"
        "ctypes.CDLL.__init__ = refuse\n"
        "import signer.algorithms, signer.second_signature, signer.keys.files\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


PASSPHRASE = b"correct horse"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


def test_a_key_file_of_sm2_opens_again_and_shows_nothing(folder):
    backend = FileKeyBackend(folder, PASSPHRASE)
    info = backend.generate("second-1", "SM2-SM3")
    assert (info.suite, info.kid) == ("SM2-SM3", thumbprint(info.public))
    signature = FileKeyBackend(folder, PASSPHRASE).sign("second-1", b"x")
    assert SUITE.verify(info.public, signature, b"x")
    content = (folder / "second-1.v1.pem").read_bytes()
    assert content.startswith(b"onceonly private key v1: SM2-SM3\n")
    assert info.public.encoded()[1:33] not in content
    second = backend.rotate("second-1")
    assert FileKeyBackend(folder, PASSPHRASE).versions("second-1") == (info, second)


def test_a_key_file_of_sm2_that_was_altered_or_moved_does_not_open(folder):
    backend = FileKeyBackend(folder, PASSPHRASE)
    backend.generate("second-1", "SM2-SM3")
    backend.generate("second-2", "SM2-SM3")
    path = folder / "second-1.v1.pem"
    content = path.read_bytes()
    for wrong in (
        content[:-1] + bytes([content[-1] ^ 1]),
        content[:40],
        content[:33],
        b"onceonly private key v2" + content[23:],
        (folder / "second-2.v1.pem").read_bytes(),
    ):
        path.write_bytes(wrong)
        with pytest.raises(KeyBackendError, match="does not open"):
            FileKeyBackend(folder, PASSPHRASE).sign("second-1", b"")
    path.unlink()
    assert key_folder.create(path, content)
    assert FileKeyBackend(folder, PASSPHRASE).sign("second-1", b"")


def test_sm2_certifies_nothing_here(folder, tmp_path):
    from datetime import UTC, datetime

    from signer.certificates import builder_for, common_name

    backend = FileKeyBackend(folder, PASSPHRASE)
    backend.generate("second-1", "SM2-SM3")
    public = Pair("ES256").public
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    times = {"not_before": start, "not_after": end}
    with pytest.raises(KeyBackendError, match="suite ES256"):
        create_ca(backend, "second-1", name="CA", **times)
    with pytest.raises(KeyBackendError, match="cannot stand"):
        builder_for(common_name("a"), common_name("b"), public=PUBLIC, issuer_public=public, **times)
    builder = builder_for(common_name("a"), common_name("b"), public=public, issuer_public=public, **times)
    with pytest.raises(KeyBackendError, match="signs no certificates"):
        backend.sign_certificate("second-1", builder)
