"""The log's key rolls over: checkpoints carry both signatures, and whoever knows one of the keys reads them."""

import pytest

from exchange.audit.errors import LogCorruptError
from exchange.audit.integrator import Integrator
from exchange.audit.log_signers import LogSigners
from exchange.audit.offline import verify_log
from exchange.audit.proofs import CHECKPOINT, LOG_VKEY, LOG_VKEYS, PublishedLog, log_key, log_vkeys
from signer.errors import NoteError
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey, open_note
from tests.fakes.audit_world import memory_world

ORIGIN = "log.onceonly.example"
PASSPHRASE = b"a passphrase for tests"


class RollingLog:
    """A log whose integrator opened its keys before the roll-over, as a running hub's has."""

    def __init__(self, world, folder):
        self.world = world
        self.operator = FileKeyBackend(folder, PASSPHRASE)
        self.operator.generate("log", "EdDSA")
        world.objects.create(LOG_VKEY, f"{self.vkeys()[0]}\n".encode())
        keys = FileKeyBackend(folder, PASSPHRASE)
        signer = keys.signer("log")
        signers = LogSigners(keys, world.objects, ORIGIN)
        key = NoteKey(ORIGIN, signer.public)
        self.integrator = Integrator(world.records, world.index, world.objects, key, signer.sign, signers)

    def vkeys(self):
        return [NoteKey(ORIGIN, info.public).vkey for info in self.operator.versions("log")]

    def sign_with(self, *vkeys):
        self.world.objects.replace(LOG_VKEYS, "".join(f"{vkey}\n" for vkey in vkeys).encode())

    def grow(self):
        length = self.world.records.journal_length()
        self.world.fill(3, first=length)
        self.integrator.run_once()
        return self.world.objects.get(CHECKPOINT).decode()


@pytest.fixture
def log(tmp_path):
    with memory_world() as world:
        yield RollingLog(world, tmp_path / "keys")


def key(log, version):
    return NoteKey(ORIGIN, log.operator.versions("log")[version - 1].public)


def test_before_during_and_after(log):
    before = log.grow()
    reader = PublishedLog(log.world.objects, key(log, 1))
    log.operator.rotate("log")
    log.sign_with(*log.vkeys())
    during = log.grow()
    assert open_note(during, [key(log, 1)]).signers == (key(log, 1),)
    assert open_note(during, [key(log, 2)]).signers == (key(log, 2),)
    assert reader.checkpoint()[0].size == 6
    # After: the old key is retired, and a reader that began with it learns of the new one.
    log.sign_with(log.vkeys()[1])
    log.world.objects.replace(LOG_VKEY, f"{log.vkeys()[1]}\n".encode())
    after = log.grow()
    assert open_note(after, [key(log, 2)])
    with pytest.raises(NoteError):
        open_note(after, [key(log, 1)])
    assert reader.checkpoint()[0].size == 9
    assert reader.inclusion(0).hashes
    assert open_note(before, [key(log, 1)])  # what was signed before still verifies
    assert verify_log(log.world.objects, log_key(log.world.objects).vkey).ok


def test_a_log_in_overlap_verifies_whole_under_either_key(log):
    log.grow()
    log.operator.rotate("log")
    log.sign_with(*log.vkeys())
    log.grow()
    report = verify_log(log.world.objects, log.vkeys()[0])
    assert (report.ok, report.size) == (True, 6)


def test_a_log_without_the_list_of_keys_has_the_one_that_is_published(log):
    assert log_vkeys(log.world.objects) == tuple(log.vkeys())
    log.operator.rotate("log")  # a rotation that was cut short signs nothing yet
    assert open_note(log.grow(), [key(log, 1)]).signers == (key(log, 1),)


def test_a_machine_that_lacks_the_new_key_signs_with_the_old_one(log, tmp_path):
    other = FileKeyBackend(tmp_path / "other", PASSPHRASE)
    other.generate("log", "EdDSA")
    stranger = NoteKey(ORIGIN, other.public_key("log")).vkey
    log.sign_with(log.vkeys()[0], stranger)
    assert open_note(log.grow(), [key(log, 1)]).signers == (key(log, 1),)
    log.sign_with(stranger)
    with pytest.raises(LogCorruptError, match="holds none of the keys"):
        log.grow()


def test_a_checkpoint_of_a_stranger_is_not_gone_on_from(log):
    log.grow()
    with memory_world() as elsewhere:
        elsewhere.fill(9)
        elsewhere.integrator().run_once()
        log.world.objects.replace(CHECKPOINT, elsewhere.objects.get(CHECKPOINT))
    with pytest.raises(LogCorruptError, match="not signed by this log's key"):
        log.grow()
    with pytest.raises(LogCorruptError):
        PublishedLog(log.world.objects, key(log, 1)).checkpoint()
