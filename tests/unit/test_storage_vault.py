"""Encryption at rest: data keys that appear with their data, open only where they should, and can be destroyed."""

import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from storage.blind import BlindIndex
from storage.errors import Cause, ConditionFailedError, CorruptError, ErasedError, LimitExceededError, StorageError
from storage.records.changes import Expect, Insert, Replace
from storage.records.memory import MemoryRecords
from storage.vault import DataKey, Vault

OWNER = "ab" * 16


class Wrapper:
    """A master key for each context; counts what it opens."""

    def __init__(self):
        self.opened = 0
        self._master = b"m" * 32

    def _key(self, context):
        return hmac.digest(self._master, context, "sha256")

    def wrap(self, plaintext, context):
        return aes_key_wrap(self._key(context), plaintext)

    def unwrap(self, wrapped, context):
        self.opened += 1
        try:
            return aes_key_unwrap(self._key(context), wrapped)
        except InvalidUnwrap as error:
            raise CorruptError("the wrapped key does not open") from error


@pytest.fixture
def records():
    return MemoryRecords()


@pytest.fixture
def wrapper():
    return Wrapper()


@pytest.fixture
def vault(records, wrapper):
    return Vault(records, wrapper, cache_size=2)


def write(records, *changes):
    with records.write() as transaction:
        transaction.apply(changes)


def stored(records, vault, owner=OWNER):
    key, changes = vault.obtain(owner)
    write(records, *changes)
    return key


def test_a_new_key_opens_only_after_its_unit_was_kept(records, vault):
    with pytest.raises(StorageError, match="no data key"):
        vault.data_key(OWNER)
    key, changes = vault.obtain(OWNER)
    assert [type(change) for change in changes] == [Insert]
    with pytest.raises(StorageError, match="no data key"):
        vault.data_key(OWNER)
    write(records, *changes)
    assert vault.data_key(OWNER).open(key.seal(b"name", b"c"), b"c") == b"name"
    assert vault.obtain(OWNER)[1] == (Expect("data_key", OWNER, 1),)


def test_when_two_make_a_key_one_must_obtain_again(records, vault):
    (_, first), (_, second) = vault.new_data_key(OWNER), vault.new_data_key(OWNER)
    assert first.body != second.body
    write(records, first)
    with pytest.raises(ConditionFailedError) as caught:
        write(records, second)
    assert caught.value.cause is Cause.EXISTS


def test_keys_of_owners_differ_and_cannot_be_swapped(records, vault):
    key = stored(records, vault)
    other = stored(records, vault, "other")
    with pytest.raises(CorruptError):
        other.open(key.seal(b"x", b""), b"")
    write(records, Replace("data_key", "other", 1, records.get("data_key", OWNER).body))
    with pytest.raises(CorruptError):
        vault.data_key("other")


def test_unwrapped_keys_are_kept_but_few(records, vault, wrapper):
    for owner in ("a", "b", "c"):
        stored(records, vault, owner)
    for owner in ("a", "b", "a", "b", "b"):
        vault.data_key(owner)
    assert wrapper.opened == 2
    vault.data_key("c")
    vault.data_key("b")
    assert wrapper.opened == 3
    vault.data_key("a")
    assert wrapper.opened == 4
    vault.forget("a")
    vault.data_key("a")
    assert wrapper.opened == 5


def test_a_kept_key_is_not_used_once_its_record_changed(records, vault, wrapper):
    old = stored(records, vault)
    vault.data_key(OWNER)
    new = b"n" * 32
    write(records, Replace("data_key", OWNER, 1, wrapper.wrap(new, b"onceonly data key\0" + OWNER.encode())))
    with pytest.raises(CorruptError):
        vault.data_key(OWNER).open(old.seal(b"x", b""), b"")
    assert vault.data_key(OWNER).open(DataKey(OWNER, new).seal(b"x", b""), b"") == b"x"


def test_a_destroyed_key_is_gone_everywhere_at_once_and_for_good(records, vault, wrapper):
    stored(records, vault)
    elsewhere = Vault(records, wrapper)
    elsewhere.data_key(OWNER)
    _, late = elsewhere.obtain(OWNER)
    write(records, vault.destroy(OWNER))
    assert records.get("data_key", OWNER).body == b""
    for each in (vault, elsewhere):
        for attempt in (each.data_key, each.obtain):
            with pytest.raises(ErasedError):
                attempt(OWNER)
    assert elsewhere._keys == {}
    with pytest.raises(ConditionFailedError):
        write(records, *late, Insert("licence", "sealed under the destroyed key", b""))
    with pytest.raises(ConditionFailedError):
        write(records, vault.new_data_key(OWNER)[1])
    write(records, vault.destroy(OWNER))
    assert records.get("data_key", OWNER).version == 2


def test_an_assumed_key_costs_no_look_and_fails_at_commit_once_destroyed(records, vault, wrapper):
    sealed = stored(records, vault).seal(b"secret", b"c")
    vault.data_key(OWNER)
    key, changes = vault.assume(OWNER)
    assert key.open(sealed, b"c") == b"secret"
    assert changes == (Expect("data_key", OWNER, 1),)
    write(records, Vault(records, wrapper).destroy(OWNER))
    with pytest.raises(ConditionFailedError):
        write(records, *vault.assume(OWNER)[1])
    vault.forget(OWNER)
    with pytest.raises(ErasedError):
        vault.assume(OWNER)


def test_many_keys_are_assumed_with_one_look(records, vault, wrapper):
    sealed = stored(records, vault).seal(b"secret", b"c")
    other, new, erased = ("cd" * 16, "ef" * 16, "01" * 16)
    write(records, *Vault(records, wrapper).obtain(other)[1], vault.destroy(erased))
    found = vault.assume_many([new, OWNER, other, erased, new])
    assert sorted(found) == sorted([new, OWNER, other])
    key, changes = found[OWNER]
    assert key.open(sealed, b"c") == b"secret"
    assert changes == (Expect("data_key", OWNER, 1),)
    assert found[other][1] == (Expect("data_key", other, 1),)
    key, changes = found[new]
    write(records, *changes)
    assert vault.data_key(new).open(key.seal(b"more", b"c"), b"c") == b"more"


def test_destroying_before_there_was_a_key_keeps_one_from_being_made(records, vault):
    write(records, vault.destroy(OWNER))
    with pytest.raises(ErasedError):
        vault.obtain(OWNER)


def test_a_key_of_another_length_is_corrupt(records, vault, wrapper):
    write(records, Insert("data_key", OWNER, wrapper.wrap(b"k" * 16, b"onceonly data key\0" + OWNER.encode())))
    with pytest.raises(CorruptError, match="length"):
        vault.data_key(OWNER)


def test_any_changed_byte_or_context_fails():
    key = DataKey(OWNER, b"k" * 32)
    sealed = key.seal(b"the name", b"licence/7")
    assert key.open(sealed, b"licence/7") == b"the name"
    for place in range(len(sealed)):
        for flip in (1, 0x80):
            broken = bytearray(sealed)
            broken[place] ^= flip
            with pytest.raises(CorruptError):
                key.open(bytes(broken), b"licence/7")
    for length in range(len(sealed)):
        with pytest.raises(CorruptError):
            key.open(sealed[:length], b"licence/7")
    for context in (b"", b"licence/8", b"licence/7\0"):
        with pytest.raises(CorruptError):
            key.open(sealed, context)
    with pytest.raises(CorruptError):
        DataKey(OWNER, b"l" * 32).open(sealed, b"licence/7")


def test_the_sealed_form_stays_as_it_is_stored():
    key = DataKey(OWNER, bytes(range(32)), random=lambda size: b"\x07" * size)
    sealed = key.seal(b"plain", b"context")
    # Made with the same library's streaming interface: format, nonce, ciphertext, tag.
    assert sealed.hex() == "01" + "07" * 12 + "7f06c73501" + "2617c3babc3d2bc58832a49896a3f490"


def test_equal_plaintexts_seal_differently_and_keys_stay_out_of_sight():
    secret = os.urandom(32)
    key = DataKey(OWNER, secret)
    assert key.seal(b"x", b"") != key.seal(b"x", b"")
    assert repr(key) == "DataKey(…)"


def test_a_data_key_makes_digests_by_a_key_for_each_use():
    secret = bytes(range(32))
    key = DataKey(OWNER, secret)
    derived = HKDFExpand(hashes.SHA256(), 32, b"a use").derive(secret)
    assert key.mac(b"message", b"a use") == hmac.new(derived, b"message", hashlib.sha256).digest()
    others = {
        key.mac(b"another", b"a use"),
        key.mac(b"message", b"another use"),
        DataKey(OWNER, bytes(32)).mac(b"message", b"a use"),
    }
    assert len(others | {key.mac(b"message", b"a use")}) == 4


def test_blind_tags_are_keyed_and_name_their_value():
    index = BlindIndex(b"k" * 32)
    tag = index.tag("holder", "张三")
    message = b"\x00\x06holder" + len("张三".encode()).to_bytes(2, "big") + "张三".encode()
    assert tag == hmac.new(b"k" * 32, message, hashlib.sha256).digest()[:16]
    others = {
        index.tag("holders", "张三"),
        index.tag("holder", "张四"),
        index.tag("holde", "r张三"),
        BlindIndex(b"l" * 32).tag("holder", "张三"),
    }
    assert len(others | {tag}) == 5


def test_blind_tags_are_alike_for_alike_text():
    index = BlindIndex(b"k" * 32)
    assert index.tag("name", "e\u0301") == index.tag("name", "é") != index.tag("name", "e")


def test_digests_are_keyed_and_take_messages_of_any_length():
    index, message = BlindIndex(b"k" * 32), b"m" * 70_000
    digest = index.digest("request", message)
    assert digest == hmac.new(b"k" * 32, b"\xff\xffrequest\0" + message, hashlib.sha256).digest()
    others = {
        index.digest("other", message),
        index.digest("request", b""),
        BlindIndex(b"l" * 32).digest("request", message),
    }
    assert len(others | {digest}) == 4


def test_blind_tags_are_bounded():
    with pytest.raises(LimitExceededError):
        BlindIndex(b"short")
    index = BlindIndex(b"k" * 32)
    assert len(index.tag("n", "x" * 65_535)) == 16
    for name, value in (("n", "x" * 65_536), ("n" * 65_536, "x"), ("n", "\ud800")):
        with pytest.raises(LimitExceededError):
            index.tag(name, value)
