"""The signer's desk: who may ask, what is remembered, what stands in the log, and when it says no."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from signer.checkpoint import Checkpoint
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from signer.keys.files import FileKeyBackend
from signer.signing_desk import Asked, Client, RefusedError, Role, SigningDesk
from signer.signing_kinds import Kind
from signer.signing_limits import SigningLimits
from signer.signing_log import BEGINNING, Line, SigningLog, SigningLogError, files, verify
from signer.signing_memory import GoesBackError, SigningMemory, SigningMemoryError, create_memory
from tests.fakes import asked_signatures as asked
from tests.fakes.asked_signatures import NOW, PLACE, SEAL

HUB = Client("hub-1", Role.HUB)
OPERATOR = Client("operator-1", Role.OPERATOR)
PLENTY = dict.fromkeys(
    ("hub-ca", "log", "receipts", "refusals", "seal-", "second-", "status-lists", "tls-ca", "trust-list"), 600_000
)


class World:
    """A desk over keys in files, and objects made for those keys."""

    def __init__(self, folder, **limits):
        self.folder = folder
        self.keys = FileKeyBackend(folder / "keys", b"correct horse")
        for key_id in ("hub-ca", "receipts", "status-lists", "trust-list", "tls-ca", SEAL, asked.SECOND):
            self.keys.generate(key_id, "ES256")
        self.keys.generate("log", "EdDSA")
        create_memory(folder / "memory.json")
        self.ticks = 0.0
        self.limits = PLENTY | limits
        self.open()

    def open(self):
        self.log = SigningLog(self.folder / "log", 4_096)
        self.memory = SigningMemory(self.folder / "memory.json")
        limits = SigningLimits(self.limits, lambda: self.ticks)
        self.desk = SigningDesk(self.keys, PLACE, self.log, self.memory, limits, lambda: NOW)

    def reopen(self):
        self.log.close()
        self.open()

    def ask(self, kind, key_id, data):
        return Asked(kind, key_id, self.keys.signer(key_id).kid, data)

    def receipt(self, **changes):
        return self.ask(Kind.RECEIPT, "receipts", self.input("receipts", asked.receipt(**changes)))

    def input(self, key_id, receipt):
        from signer import receipt as receipts

        caught = []
        signer = self.keys.signer(key_id)
        receipts.sign(
            receipt, receipts.encode_header(signer.kid, signer.alg), lambda data: caught.append(data) or bytes(64)
        )
        return caught[0]

    def checkpoint(self, size, root=bytes(32)):
        return self.ask(Kind.CHECKPOINT, "log", asked.checkpoint_text(size=size, root=root))

    def trust_list(self, sequence):
        claims = asked.trust_list_claims(seq=sequence)
        return self.ask(
            Kind.TRUST_LIST, "trust-list", asked.token(self.keys, "trust-list", "onceonly-trust-list+jwt", claims)
        )

    def lines(self):
        return [json.loads(line) for path in files(self.folder / "log") for line in path.read_bytes().splitlines()]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.desk.close()


def refused(world, client, request):
    with pytest.raises(RefusedError) as error:
        world.desk.sign(client, request)
    return error.value


@pytest.mark.parametrize(
    "claims",
    [
        {"case": "1", "cases": ("1", "2"), "matters": ("m", "n"), "guides": ("1", "1"), "consents": ("a", "b")},
        {"evidence_object": "incidents/1"},
    ],
    ids=["of several cases", "outside a case"],
)
def test_every_receipt_that_a_hub_makes_is_signed(world, claims):
    assert world.desk.sign(HUB, world.receipt(**claims)).signature


def test_what_is_signed_stands_in_the_log_before(world):
    request = world.receipt()
    signed = world.desk.sign(HUB, request)
    from signer.algorithms import SUITES

    assert SUITES["ES256"].verify(world.keys.public_key("receipts"), signed.signature, request.data)
    [line] = world.lines()
    assert line == {
        "client": "hub-1",
        "digest": sha256(request.data).hexdigest(),
        "key": "receipts",
        "kid": request.kid,
        "kind": "receipt",
        "line": 1,
        "outcome": "signed",
        "previous": BEGINNING,
        "time": NOW,
        "version": 1,
    }
    assert signed.line == world.log.last


@pytest.mark.parametrize("kind", [Kind.TRUST_LIST, Kind.CERTIFICATE])
def test_a_hub_gets_no_trust_list_and_no_certificate(world, kind):
    request = replace(world.trust_list(1), kind=kind)
    assert refused(world, HUB, request).code == "NOT_YOURS"
    assert world.lines()[-1]["outcome"] == "refused"
    assert world.lines()[-1]["code"] == "NOT_YOURS"


def test_an_operator_gets_nothing_that_a_hub_makes(world):
    assert refused(world, OPERATOR, world.receipt()).code == "NOT_YOURS"
    assert refused(world, OPERATOR, world.checkpoint(1)).code == "NOT_YOURS"
    assert world.desk.sign(OPERATOR, world.trust_list(1)).signature


def test_what_is_no_object_is_refused_and_recorded(world):
    with pytest.raises(FormatError):
        world.desk.sign(HUB, replace(world.receipt(), data=b"anything"))
    with pytest.raises(KeyNotFoundError):
        world.desk.sign(HUB, replace(world.receipt(), key_id="seal-nobody"))
    assert [line["outcome"] for line in world.lines()] == ["refused", "refused"]
    assert world.lines()[1]["code"] == "KEY_NOT_FOUND"


def test_only_the_newest_version_signs(world):
    old = world.receipt()
    other = FileKeyBackend(world.folder / "keys", b"correct horse")
    other.rotate("receipts")
    # The desk has not seen the new version: the old one is the newest it knows.
    assert world.desk.sign(HUB, old).signature
    world.keys.refresh()
    assert refused(world, HUB, old).code == "KEY_NOT_NEWEST"
    assert world.desk.sign(HUB, world.receipt()).signature
    assert world.lines()[-1]["version"] == 2
    # A version that another process has just made is found by itself.
    other.rotate("receipts")
    newest = other.signer("receipts")
    fresh = World.input(type("Other", (), {"keys": other})(), "receipts", asked.receipt())
    assert world.desk.sign(HUB, Asked(Kind.RECEIPT, "receipts", newest.kid, fresh)).signature


def test_a_checkpoint_never_goes_back(world):
    world.desk.sign(HUB, world.checkpoint(10))
    world.desk.sign(HUB, world.checkpoint(10))
    assert refused(world, HUB, world.checkpoint(9)).code == "GOES_BACK"
    assert refused(world, HUB, world.checkpoint(10, b"\x01" * 32)).code == "GOES_BACK"
    world.desk.sign(HUB, world.checkpoint(12, b"\x01" * 32))
    world.reopen()
    assert refused(world, HUB, world.checkpoint(11)).code == "GOES_BACK"
    assert refused(world, HUB, world.checkpoint(12)).code == "GOES_BACK"
    assert world.desk.sign(HUB, world.checkpoint(12, b"\x01" * 32)).signature


def test_a_trust_list_never_goes_back(world):
    world.desk.sign(OPERATOR, world.trust_list(4))
    world.desk.sign(OPERATOR, world.trust_list(4))
    assert refused(world, OPERATOR, world.trust_list(3)).code == "GOES_BACK"
    world.reopen()
    assert refused(world, OPERATOR, world.trust_list(3)).code == "GOES_BACK"
    assert world.desk.sign(OPERATOR, world.trust_list(5)).signature


def test_a_key_signs_so_often_in_a_minute(tmp_path):
    world = World(tmp_path, receipts=60)
    for _ in range(10):
        world.desk.sign(HUB, world.receipt())
    error = refused(world, HUB, world.receipt())
    assert (error.code, error.retry_seconds) == ("TOO_MANY", 1.0)
    assert world.desk.sign(HUB, world.checkpoint(1)).signature, "another key has a bucket of its own"
    world.ticks = 1.0
    assert world.desk.sign(HUB, world.receipt()).signature
    assert refused(world, HUB, world.receipt()).code == "TOO_MANY"
    world.desk.close()


def test_refusals_are_recorded_up_to_a_rate(tmp_path):
    world = World(tmp_path, refusals=6)
    for _ in range(5):
        assert refused(world, OPERATOR, world.receipt()).code == "NOT_YOURS"
    assert len(world.lines()) == 1
    world.desk.close()


def test_operators_alone_make_keys(world):
    with pytest.raises(RefusedError, match="NOT_YOURS"):
        world.desk.make_key(HUB, "seal-11310000mb2f30046t", "ES256")
    with pytest.raises(RefusedError, match="KEY_WITHOUT_USE"):
        world.desk.make_key(OPERATOR, "anything", "ES256")
    made = world.desk.make_key(OPERATOR, "seal-11310000mb2f30046t", "ES256")
    assert world.desk.rotate_key(OPERATOR, made.key_id).version == 2
    lines = [(line["kind"], line["outcome"]) for line in world.lines()]
    assert lines == [
        ("make-key", "asked"),
        ("make-key", "made"),
        ("rotate-key", "asked"),
        ("rotate-key", "made"),
    ]
    assert world.lines()[-1]["version"] == 2
    with pytest.raises(RefusedError, match="NOT_YOURS"):
        world.desk.rotate_key(HUB, made.key_id)


def test_keys_are_listed_with_all_their_versions(world):
    world.keys.create_secret("master")
    world.keys.generate("without-use", "ES256")
    world.keys.rotate("receipts")
    listed = [(info.key_id, info.version) for info in world.desk.list(())]
    assert ("receipts", 1) in listed
    assert ("receipts", 2) in listed
    assert not {"master", "without-use"} & {key_id for key_id, _ in listed}
    assert {info.key_id for info in world.desk.list(("seal-", "log"))} == {SEAL, "log"}


def test_nothing_is_signed_that_the_log_cannot_keep(world):
    request = world.receipt()
    world.desk.sign(HUB, request)
    descriptor = os.open("/dev/full", os.O_WRONLY)
    os.dup2(descriptor, world.log._file)
    os.close(descriptor)
    assert world.desk.healthy()
    with pytest.raises(SigningLogError, match="cannot be written"):
        world.desk.sign(HUB, request)
    assert not world.desk.healthy()
    with pytest.raises(SigningLogError, match="start it again"):
        world.desk.sign(HUB, request)


def test_a_sync_that_failed_is_not_asked_again(world, monkeypatch):
    failing = iter([OSError(5, "Input/output error")])

    def fsync(_):
        for error in failing:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    line = world.log._write({"n": 1})
    with pytest.raises(SigningLogError, match="cannot be synced"):
        world.log._sync(line.number)
    # The next sync would succeed, as the kernel tells an error once.
    with pytest.raises(SigningLogError, match="could not be synced"):
        world.log._sync(line.number)
    monkeypatch.undo()


def test_keys_that_fail_after_the_line_was_written_give_no_signature(world, monkeypatch):
    request = world.receipt()
    broken = replace(world.keys.signer("receipts"), sign=lambda _: (_ for _ in ()).throw(KeyBackendError("gone")))
    monkeypatch.setattr(world.keys, "signer", lambda _: broken)
    with pytest.raises(KeyBackendError, match="gone"):
        world.desk.sign(HUB, request)


# --- the log itself


def filled(folder, count=40):
    log = SigningLog(folder, 1_024)
    with ThreadPoolExecutor(8) as pool:
        lines = list(pool.map(lambda n: log.append({"n": n}), range(count)))
    return log, lines


def test_the_log_is_one_chain_across_files_and_threads(tmp_path):
    log, lines = filled(tmp_path)
    log.close()
    assert len(files(tmp_path)) > 3
    assert all(path.stat().st_size <= 1_200 for path in files(tmp_path))
    seen = []
    assert verify(files(tmp_path), seen.append) == log.last == Line(40, log.last.digest)
    assert sorted(line.number for line in lines) == list(range(1, 41))
    assert set(lines) == set(seen)


def test_the_log_goes_on_after_a_restart_and_drops_a_line_without_end(tmp_path):
    log, _ = filled(tmp_path, 5)
    log.close()
    newest = files(tmp_path)[-1]
    with newest.open("ab") as file:
        file.write(b'{"half')
    again = SigningLog(tmp_path, 1_024)
    assert again.last == log.last
    assert again.append({"n": 6}).number == 6
    again.close()
    assert verify(files(tmp_path)).number == 6
    # A file that holds nothing yet follows from the one before.
    (tmp_path / "signatures-000000000007.jsonl").touch(0o600)
    third = SigningLog(tmp_path, 1_024)
    assert third.last.number == 6
    third.close()


@pytest.mark.parametrize(
    "meddle",
    [
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [*lines[:2], lines[2].replace(b'"n":2', b'"n":9'), *lines[3:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines[:2], lines[1], *lines[2:]],
        lambda lines: [*lines[:2], b"not json", *lines[3:]],
        lambda lines: [*lines[:2], b"{}", *lines[3:]],
        lambda lines: [*lines[:2], b"x" * 5_000, *lines[3:]],
    ],
)
def test_a_meddled_log_shows(tmp_path, meddle):
    log = SigningLog(tmp_path, 1_000_000)
    for number in range(6):
        log.append({"n": number})
    log.close()
    [path] = files(tmp_path)
    path.write_bytes(b"".join(line + b"\n" for line in meddle(path.read_bytes().splitlines())))
    with pytest.raises(SigningLogError):
        verify([path])
    with pytest.raises(SigningLogError):
        SigningLog(tmp_path, 1_000_000)


def test_two_signers_do_not_write_one_log(tmp_path):
    log = SigningLog(tmp_path, 1_024)
    with pytest.raises(SigningLogError, match="another signer"):
        SigningLog(tmp_path, 1_024)
    log.close()
    SigningLog(tmp_path, 1_024).close()


def test_a_log_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SigningLogError, match="cannot be opened"):
        SigningLog(tmp_path / "file" / "log", 1_024)


# --- the memory


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{}", b'{"checkpoint":1,"trust_list":0}', b'{"checkpoint":{"root":"","size":0},"trust_list":"x"}'],
)
def test_a_lost_or_foreign_memory_stops_the_signer(tmp_path, content):
    path = tmp_path / "memory.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SigningMemoryError, match="restore it"):
        SigningMemory(path)


def test_what_cannot_be_remembered_is_not_signed(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    create_memory(folder / "memory.json")
    memory = SigningMemory(folder / "memory.json")
    memory.remember_checkpoint(Checkpoint("log", 5, bytes(32)))
    folder.rename(tmp_path / "gone")
    with pytest.raises(SigningMemoryError, match="cannot be written"):
        memory.remember_checkpoint(Checkpoint("log", 6, bytes(32)))
    with pytest.raises(GoesBackError):
        memory.remember_checkpoint(Checkpoint("log", 4, bytes(32)))
