"""Keys in a real PKCS#11 token (SoftHSM): never out, and what happens when the token says no or goes away."""

import ctypes
import shutil
import subprocess
import sys
import time

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from signer.algorithms import SUITES
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from signer.keys import pkcs11_objects as objects
from signer.keys.files import FileKeyBackend
from signer.keys.pkcs11 import Pkcs11Keys
from signer.keys.pkcs11_answers import is_lost, sentence
from signer.keys.pkcs11_session import close_session, open_session
from tests.real_softhsm import LABEL, OTHER_PIN, PIN, SoftToken, make_token, split_keys

ES256 = SUITES["ES256"]


@pytest.fixture
def opened(soft_token):
    """Opens the token's keys, and closes them after the test."""
    made = []

    def open_keys(pin=PIN, only=None):
        made.append(Pkcs11Keys(soft_token.module, soft_token.label, pin, only))
        return made[-1]

    yield open_keys
    for keys in made:
        keys.close()


def outside(token: SoftToken):
    """A session beside the backend's, in the login that the process has."""
    return pkcs11.lib(str(token.module)).get_token(token_label=token.label).open(rw=True)


def plant(session, label, **private):
    """A key pair that the backend did not make."""
    parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters("1.2.840.10045.3.1.7")}
    domain = session.create_domain_parameters(KeyType.EC, parameters, local=True)
    return domain.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        store=True,
        label=label,
        capabilities=private.pop("capabilities", MechanismFlag.SIGN | MechanismFlag.VERIFY),
        private_template={Attribute[name]: value for name, value in private.items()},
    )


def until(condition):
    """Wait until ``condition`` is met, generously."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def signs(keys, key_id="receipts"):
    try:
        signature = keys.sign(key_id, b"x")
    except KeyBackendError:
        return False
    return ES256.verify(keys.public_key(key_id), signature, b"x")


def test_a_private_key_never_leaves_the_token(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    keys.generate("log", "EdDSA")
    privates = list(outside(soft_token).get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
    assert {private[Attribute.LABEL] for private in privates} == {"receipts.v1", "log.v1"}
    for private in privates:
        assert private[Attribute.SENSITIVE] is private[Attribute.NEVER_EXTRACTABLE] is True
        assert private[Attribute.EXTRACTABLE] is private[Attribute.MODIFIABLE] is False
        with pytest.raises(pkcs11.AttributeSensitive):
            private[Attribute.VALUE]
    assert PIN.decode() not in repr(keys) + repr(keys._token)
    assert not any(PIN in path.read_bytes() for path in soft_token.folder.rglob("*") if path.is_file())


def test_a_key_that_can_leave_is_not_used(soft_token, opened):
    keys = opened()
    plant(outside(soft_token), "receipts.v1", EXTRACTABLE=True)
    plant(outside(soft_token), "log.v1", SENSITIVE=False, EXTRACTABLE=False)
    keys.refresh()
    for key_id in ("receipts", "log"):
        with pytest.raises(KeyBackendError, match="can leave it"):
            keys.sign(key_id, b"x")


def test_a_key_that_may_not_sign_is_named(soft_token, opened):
    keys = opened()
    plant(outside(soft_token), "receipts.v1", SENSITIVE=True, EXTRACTABLE=False, capabilities=MechanismFlag.DERIVE)
    keys.refresh()
    with pytest.raises(KeyBackendError, match="may not sign"):
        keys.sign("receipts", b"x")


def test_objects_of_others_are_left_alone(soft_token, opened):
    keys = opened()
    for label in ("somebody's key", "receipts.v0", "receipts.v1.pem", ""):
        plant(outside(soft_token), label, SENSITIVE=True, EXTRACTABLE=False)
    keys.refresh()
    assert keys.list() == ()


def test_two_keys_of_one_name_are_none(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    plant(outside(soft_token), "receipts.v1", SENSITIVE=True, EXTRACTABLE=False)
    fresh = opened()
    with pytest.raises(KeyBackendError, match=r"holds 2 objects for the public key receipts\.v1"):
        fresh.sign("receipts", b"x")


def test_a_public_key_of_another_pair_is_noticed(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    session = outside(soft_token)
    other, _ = plant(session, "other", SENSITIVE=True, EXTRACTABLE=False)
    ours = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label="receipts.v1")
    ours.destroy()
    other[Attribute.LABEL] = "receipts.v1"
    fresh = opened()
    with pytest.raises(KeyBackendError, match="does not fit its public key"):
        fresh.sign("receipts", b"x")


def test_a_key_of_another_curve_is_refused(soft_token, opened):
    keys = opened()
    session = outside(soft_token)
    parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp384r1")}
    domain = session.create_domain_parameters(KeyType.EC, parameters, local=True)
    domain.generate_keypair(mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label="receipts.v1")
    keys.refresh()
    with pytest.raises(KeyBackendError, match="unknown type"):
        keys.sign("receipts", b"x")


def test_a_wrong_pin_is_tried_once_and_never_by_a_process_that_starts_again(soft_token):
    with pytest.raises(KeyBackendError, match="does not accept the PIN") as refused:
        Pkcs11Keys(soft_token.module, LABEL, OTHER_PIN)
    assert OTHER_PIN.decode() not in str(refused.value)
    # The next start does not try at all, not even with the right PIN: it cannot know that it is right.
    for pin in (OTHER_PIN, PIN):
        with pytest.raises(KeyBackendError, match="log in once by hand"):
            Pkcs11Keys(soft_token.module, LABEL, pin)
    library = pkcs11.lib(str(soft_token.module))
    library.get_token(token_label=LABEL).open(user_pin=PIN.decode()).close()
    library.finalize()
    Pkcs11Keys(soft_token.module, LABEL, PIN).close()


def test_a_pin_changed_meanwhile_is_tried_once(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    outside(soft_token).set_pin(PIN.decode(), OTHER_PIN.decode())
    pkcs11.lib(str(soft_token.module)).reinitialize()
    with pytest.raises(KeyBackendError, match="does not accept the PIN"):
        keys.sign("receipts", b"x")
    library = pkcs11.lib(str(soft_token.module))
    assert library.get_token(token_label=LABEL).flags & pkcs11.TokenFlag.USER_PIN_COUNT_LOW
    library.get_token(token_label=LABEL).open(user_pin=OTHER_PIN.decode()).close()
    # The token would take another try now, and gets none.
    with pytest.raises(KeyBackendError, match="does not accept the PIN"):
        keys.sign("receipts", b"x")
    assert not library.get_token(token_label=LABEL).flags & pkcs11.TokenFlag.USER_PIN_COUNT_LOW


def test_a_process_logs_in_once(soft_token, opened):
    opened()
    with pytest.raises(KeyBackendError, match="not the one with which this process"):
        Pkcs11Keys(soft_token.module, LABEL, OTHER_PIN)
    first, second = (open_session(soft_token.module, LABEL, PIN) for _ in range(2))
    assert first is second
    close_session(first)
    close_session(second)
    assert opened().list() == ()


def test_a_killed_session_is_opened_again(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    assert signs(keys)
    module = ctypes.CDLL(str(soft_token.module))
    slot = pkcs11.lib(str(soft_token.module)).get_token(token_label=LABEL).slot.slot_id
    assert module.C_CloseAllSessions(ctypes.c_ulong(slot)) == 0
    assert signs(keys)
    pkcs11.lib(str(soft_token.module)).finalize()
    assert signs(keys)
    # A key is not made twice: where the session is lost at that moment, making it fails and the next try works.
    assert module.C_CloseAllSessions(ctypes.c_ulong(slot)) == 0
    assert keys.rotate("receipts").version == 2
    assert module.C_CloseAllSessions(ctypes.c_ulong(slot)) == 0
    with pytest.raises(KeyBackendError, match="is lost"):
        keys._token.once(lambda session: session.generate_random(64))
    assert signs(keys)


def test_a_token_that_was_pulled_works_again_when_it_is_back(soft_token, opened):
    keys = opened()
    keys.generate("receipts", "ES256")
    kept = keys.signer("receipts")
    soft_token.pull()
    for _ in range(3):
        with pytest.raises(KeyBackendError, match=LABEL):
            kept.sign(b"x")
    soft_token.insert()
    until(lambda: signs(keys))
    assert ES256.verify(kept.public, kept.sign(b"y"), b"y")


def test_another_token_of_the_same_name_does_not_sign_for_this_one(soft_token, opened, tmp_path):
    keys = opened()
    keys.generate("receipts", "ES256")
    kept = keys.signer("receipts")
    soft_token.pull()
    shutil.rmtree(soft_token.folder, ignore_errors=True)
    make_token(tmp_path / "softhsm")
    with pytest.raises(KeyBackendError):
        kept.sign(b"x")
    code = (
        "import sys; from pathlib import Path; from signer.keys.pkcs11 import Pkcs11Keys\n"
        "Pkcs11Keys(Path(sys.argv[1]), sys.argv[2], sys.argv[3].encode()).generate('receipts', 'ES256')"
    )
    subprocess.run([sys.executable, "-c", code, str(soft_token.module), LABEL, PIN.decode()], check=True)

    def recognised():
        with pytest.raises(KeyBackendError) as refused:
            kept.sign(b"x")
        return "does not fit its public key" in str(refused.value)

    until(recognised)


def test_what_another_process_makes_is_seen_after_refresh(soft_token, opened):
    keys = opened()
    code = (
        "import sys; from pathlib import Path; from signer.keys.pkcs11 import Pkcs11Keys\n"
        "print(Pkcs11Keys(Path(sys.argv[1]), sys.argv[2], sys.argv[3].encode()).generate('receipts', 'ES256').kid)"
    )
    command = [sys.executable, "-c", code, str(soft_token.module), LABEL, PIN.decode()]
    kid = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with pytest.raises(KeyNotFoundError):
        keys.sign("receipts", b"x")
    with pytest.raises(KeyBackendError, match="another process"):
        keys.generate("receipts", "ES256")
    assert keys.signer("receipts").kid == kid
    assert signs(keys)


def test_a_token_without_eddsa_says_that_the_log_key_cannot_live_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTHSM2_CONF", "")
    token = make_token(tmp_path, options="slots.mechanisms = CKM_ECDSA,CKM_EC_KEY_PAIR_GEN")
    keys = Pkcs11Keys(token.module, token.label, PIN)
    try:
        with pytest.raises(KeyBackendError, match="has no EDDSA: a key of the suite EdDSA, such as the log's, cannot"):
            keys.generate("log", "EdDSA")
        assert keys.generate("receipts", "ES256").suite == "ES256"
        with pytest.raises(FormatError, match="ALG_UNKNOWN"):
            keys.generate("other", "RS256")
    finally:
        keys.close()


def test_a_missing_module_or_token_is_named(soft_token, tmp_path):
    with pytest.raises(KeyBackendError, match=r"nowhere\.so cannot be loaded"):
        Pkcs11Keys(tmp_path / "nowhere.so", LABEL, PIN)
    with pytest.raises(KeyBackendError, match="the token 'another' is not there"):
        Pkcs11Keys(soft_token.module, "another", PIN)


def test_two_tokens_of_one_label_are_ambiguous(soft_token, tmp_path):
    make_token(tmp_path / "softhsm")
    with pytest.raises(KeyBackendError, match="2 tokens are labelled"):
        Pkcs11Keys(soft_token.module, LABEL, PIN)


def test_every_answer_has_a_sentence():
    assert "full" in sentence(pkcs11.DeviceMemory())
    assert "locked" in sentence(pkcs11.PinLocked())
    assert "write-protected" in sentence(pkcs11.TokenWriteProtected())
    assert "HostMemory" in sentence(pkcs11.HostMemory())
    assert not is_lost(pkcs11.DeviceMemory())
    assert is_lost(pkcs11.DeviceRemoved())


def test_a_process_makes_only_keys_of_its_own(opened):
    keys = opened(only=frozenset({"seal-"}))
    assert keys.generate("seal-1", "ES256").version == 1
    for key_id in ("log", "receipts"):
        with pytest.raises(KeyNotFoundError):
            keys.generate(key_id, "ES256")


def test_a_key_is_not_rotated_for_ever(soft_token, opened):
    keys = opened()
    plant(outside(soft_token), "receipts.v999999", SENSITIVE=True, EXTRACTABLE=False)
    keys.refresh()
    with pytest.raises(KeyBackendError, match="cannot be rotated"):
        keys.rotate("receipts")


def test_a_suite_that_no_token_knows_is_refused(soft_token, opened):
    keys = opened()
    with pytest.raises(KeyBackendError, match="of the suite SM2-SM3 cannot live in a PKCS#11 token"):
        keys._token.once(lambda session: objects.make(session, objects.Pair("second", 1), "SM2-SM3"))


def test_a_signature_key_left_in_the_files_is_not_used(soft_token, tmp_path):
    files = FileKeyBackend(tmp_path / "keys", b"correct horse")
    files.generate("receipts", "ES256")
    files.generate("old", "ES256")
    keys = split_keys(soft_token, tmp_path / "keys", b"correct horse")
    try:
        made = keys.generate("receipts", "ES256")
        assert keys.list() == (made,)
        assert keys.versions("receipts") == (made,)
        with pytest.raises(KeyNotFoundError):
            keys.sign("old", b"x")
        with pytest.raises(KeyBackendError):
            keys.mac("receipts", b"x")
        keys.create_secret("master")
        for take in (lambda: keys.generate("master", "ES256"), lambda: keys.create_secret("receipts")):
            with pytest.raises(KeyBackendError, match="exists"):
                take()
        keys.generate("log", "EdDSA")
        for use in (
            lambda: keys.wrap("log", b"", b""),
            lambda: keys.unwrap("log", bytes(40), b""),
            lambda: keys.mac("log", b""),
        ):
            with pytest.raises(KeyBackendError, match="not a secret"):
                use()
        for use in (lambda: keys.wrap("nobody", b"", b""), lambda: keys.unwrap("nobody", bytes(40), b"")):
            with pytest.raises(KeyNotFoundError):
                use()
    finally:
        keys.close()
