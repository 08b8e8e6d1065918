"""The integrator: the tree follows the journal, survives a crash at any step, and never signs a second history."""

import threading

import pytest

from exchange.audit.errors import FencedError, LogCorruptError, LogForkError, LogKeyError, ProofError
from exchange.audit.integrator import STATE, Integrator, Progress
from exchange.audit.offline import verify_log
from signer.commitment import commitment
from signer.errors import KeysAwayError
from signer.merkle import CompactTree, leaf_hash
from storage.errors import StorageUnavailableError
from storage.objects.memory import MemoryObjects
from storage.records.memory import MemoryRecords
from tests.fakes.audit_world import World, entry, memory_world, salt


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


def expected_root(count):
    tree = CompactTree()
    for number in range(count):
        tree.append(leaf_hash(commitment(salt(number), entry(number))))
    return tree.root()


def head(world):
    checkpoint, _ = world.log.checkpoint()
    return checkpoint.size, checkpoint.root


def test_an_empty_log_has_a_checkpoint(world):
    with pytest.raises(ProofError, match="no checkpoint yet"):
        world.log.checkpoint()
    assert world.integrator().run_once() == Progress(0, 0, 0)
    assert head(world) == (0, expected_root(0))


@pytest.mark.parametrize("sizes", [(1,), (5, 5, 6), (255, 256, 257), (300, 512, 700), (3, 800)])
def test_the_tree_follows_the_journal(world, sizes):
    integrator = world.integrator()
    filled = 0
    for size in sizes:
        world.fill(size - filled, first=filled)
        assert integrator.run_once() == Progress(size, size - filled, 0)
        filled = size
        assert head(world) == (size, expected_root(size))
    assert world.integrator().run_once() == Progress(filled, 0, 0)
    assert verify_log(world.objects, world.key.vkey).ok


def test_partial_tiles_go_when_the_full_one_is_there(world):
    integrator = world.integrator()
    for size in (3, 200, 260):
        world.fill(size - world.records.journal_length(), first=world.records.journal_length())
        integrator.run_once()
    assert list(world.objects.walk("log/tile/")) == [
        "log/tile/0/000",
        "log/tile/0/001.p/4",
        "log/tile/1/000.p/1",
        "log/tile/entries/000",
        "log/tile/entries/001.p/4",
    ]


class Crash(BaseException):
    """The process is gone."""


class CrashingObjects:
    """Objects that end the process at the n-th change, before or after making it."""

    def __init__(self, objects, at, *, after):
        self._objects, self._left, self._after = objects, at, after

    def __getattr__(self, name):
        wrapped = getattr(self._objects, name)
        if name not in {"create", "replace", "delete"}:
            return wrapped

        def change(*arguments):
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Crash
            wrapped(*arguments)
            if self._left == 0:
                raise Crash

        return change


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_step_is_made_good(after):
    for at in range(1, 30):
        with memory_world() as world:
            world.fill(250)
            world.integrator().run_once()
            world.fill(270, first=250)
            crashing = World(world.records, world.index, CrashingObjects(world.objects, at, after=after))
            try:
                crashing.integrator().run_once()
            except Crash:
                assert head(world)[0] in {250, 520}
                assert verify_log(world.objects, world.key.vkey).ok
            else:
                assert at > 9  # tiles, bundles, dropped partials, checkpoint
                return
            world.fill(1, first=520)
            world.integrator().run_once()
            assert head(world) == (521, expected_root(521))
            assert verify_log(world.objects, world.key.vkey).ok
    raise AssertionError("the integrator never finished")


def test_a_crash_between_state_and_checkpoint_publishes_the_state(world):
    world.fill(10)
    before = MemoryObjects()
    world.integrator().run_once()
    for name in world.objects.walk("log/tile/"):
        before.create(name, world.objects.get(name))
    behind = World(world.records, world.index, before)
    assert behind.integrator().run_once() == Progress(10, 10, 0)
    assert head(behind) == head(world)


def test_a_lost_index_is_taken_from_what_is_published(world):
    world.fill(10)
    world.integrator().run_once()
    with memory_world() as other:
        again = World(world.records, other.index, world.objects)
        world.fill(5, first=10)
        assert again.integrator().run_once() == Progress(15, 5, 0)


def test_an_older_state_is_overtaken_by_what_is_published(world):
    world.fill(10)
    world.integrator().run_once()
    old = world.index.state(STATE)
    world.fill(5, first=10)
    world.integrator().run_once()
    world.index.set_state(STATE, world.index.state(STATE), old)
    assert world.integrator().run_once().size == 15
    world.fill(5, first=15)
    assert world.integrator().run_once() == Progress(20, 5, 0)


def test_it_refuses_a_journal_that_is_shorter(world):
    world.fill(10)
    world.integrator().run_once()
    shorter = World(MemoryRecords(), world.index, world.objects)
    shorter.fill(9)
    with pytest.raises(LogForkError, match="holds 9 entries, but 10 are published"):
        shorter.integrator().run_once()


def test_it_refuses_a_journal_that_differs(world):
    world.fill(10)
    world.integrator().run_once()
    other = World(MemoryRecords(), world.index, world.objects)
    other.fill(9)
    other.fill(5, first=100)
    with pytest.raises(LogForkError, match="entry 9 of the journal"):
        other.integrator().run_once()


def test_it_refuses_a_tile_of_another_history(world):
    world.fill(10)
    world.objects.create("log/tile/0/000.p/10", b"x" * 320)
    with pytest.raises(LogForkError, match="another history"):
        world.integrator().run_once()


def test_it_refuses_a_state_that_differs_from_the_checkpoint(world):
    world.fill(10)
    world.integrator().run_once()
    world.index.set_state(STATE, world.index.state(STATE), (10).to_bytes(8) + b"x" * 32)
    with pytest.raises(LogForkError, match="two trees of 10 entries"):
        world.integrator().run_once()


def test_it_refuses_a_checkpoint_that_is_not_its_own(world):
    world.objects.replace("log/checkpoint", b"other\n")
    with pytest.raises(LogCorruptError, match="not signed by this log's key"):
        world.integrator().run_once()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("log/tile/0/001.p/44", "do not give the root|cannot be read"),
        ("log/tile/1/000.p/1", "do not give the root"),
        ("log/tile/entries/001.p/44", "of the journal is not the one"),
    ],
)
def test_published_tiles_that_changed_stop_it(world, name, told):
    world.fill(300)
    world.integrator().run_once()
    content = bytearray(world.objects.get(name))
    content[5] ^= 1
    world.objects.replace(name, bytes(content))
    world.fill(10, first=300)
    with pytest.raises((LogCorruptError, LogForkError), match=told):
        world.integrator().run_once()
    assert head(world)[0] == 300


@pytest.mark.parametrize("name", ["log/tile/0/001.p/44", "log/tile/entries/001.p/44"])
def test_published_tiles_that_are_gone_stop_it(world, name):
    world.fill(300)
    world.integrator().run_once()
    world.objects.delete(name)
    with pytest.raises(LogCorruptError, match="cannot be read"):
        world.integrator().run_once()


class FlippingObjects:
    """Objects that flip one bit of what is written under a name."""

    def __init__(self, objects, name, *, lost=False):
        self._objects, self._name, self._lost = objects, name, lost

    def __getattr__(self, name):
        return getattr(self._objects, name)

    def create(self, name, body):
        if name == self._name:
            if self._lost:
                return
            body = bytes([*body[:-1], body[-1] ^ 1])
        self._objects.create(name, body)


@pytest.mark.parametrize(
    "name",
    [
        "log/tile/0/000",
        "log/tile/0/001.p/44",
        "log/tile/1/000.p/1",
        "log/tile/entries/000",
        "log/tile/entries/001.p/44",
    ],
)
@pytest.mark.parametrize("lost", [False, True])
def test_a_bit_flipped_by_storage_is_found_before_signing(world, name, lost):
    world.fill(300)
    flipping = World(world.records, world.index, FlippingObjects(world.objects, name, lost=lost))
    with pytest.raises(LogCorruptError, match="read back"):
        flipping.integrator().run_once()
    assert not world.objects.exists("log/checkpoint")
    assert world.index.state(STATE) is None


def test_an_older_hash_flipped_in_a_new_tile_is_found(world):
    class FlippingFirst(FlippingObjects):
        def create(self, name, body):
            self._objects.create(name, bytes([body[0] ^ 1, *body[1:]]) if name == self._name else body)

    world.fill(300)
    world.integrator().run_once()
    world.fill(300, first=300)
    flipping = World(world.records, world.index, FlippingFirst(world.objects, "log/tile/1/000.p/2"))
    with pytest.raises(LogCorruptError, match="do not give the root that was computed"):
        flipping.integrator().run_once()
    assert head(world)[0] == 300


def test_a_broken_bundle_read_back_is_found(world):
    class Cutting(FlippingObjects):
        def create(self, name, body):
            self._objects.create(name, body[:-1] if name == self._name else body)

    world.fill(3)
    with pytest.raises(LogCorruptError, match="read back is broken"):
        World(world.records, world.index, Cutting(world.objects, "log/tile/entries/000.p/3")).integrator().run_once()


def test_another_integrator_fences_this_one(world):
    world.fill(10)

    class Overtaking:
        """A log key that lets another integrator publish while it signs."""

        def __call__(self, message):
            world.fill(1, first=10)
            world.integrator().run_once()
            return world.private.sign(message)

    slow = Integrator(world.records, world.index, world.objects, world.key, Overtaking())
    with pytest.raises(FencedError):
        slow.run_once()
    assert head(world) == (11, expected_root(11))


def test_an_overtaken_state_keeps_the_checkpoint_back(world):
    world.fill(10)

    class Overtaken:
        """An index whose state moves on as soon as it is set."""

        def __getattr__(self, name):
            return getattr(world.index, name)

        def set_state(self, name, old, new):
            world.index.set_state(name, old, new)
            world.index.set_state(name, new, b"moved on")

    with pytest.raises(FencedError):
        World(world.records, Overtaken(), world.objects).integrator().run_once()
    assert not world.objects.exists("log/checkpoint")


def test_a_key_that_signs_wrongly_publishes_nothing(world):
    world.fill(1)
    wrong = Integrator(world.records, world.index, world.objects, world.key, lambda message: b"x" * 64)
    with pytest.raises(LogCorruptError, match="does not verify"):
        wrong.run_once()
    assert world.index.state(STATE) is None


def test_a_key_that_is_away_publishes_later(world):
    stop, told = threading.Event(), []
    away = iter([True, True, False])

    def sign(message):
        if next(away, False):
            raise KeysAwayError("the signer does not answer")
        return world.private.sign(message)

    def report(outcome):
        told.append(outcome)
        if isinstance(outcome, Progress):
            stop.set()

    world.fill(3)
    Integrator(world.records, world.index, world.objects, world.key, sign).run(stop, 0, report)
    assert [type(outcome) for outcome in told] == [LogKeyError, LogKeyError, Progress]
    assert head(world) == (3, expected_root(3))


def test_it_runs_until_stopped_and_reports(world):
    world.fill(10)
    stop, told = threading.Event(), []

    def report(outcome):
        told.append(outcome)
        if isinstance(outcome, StorageUnavailableError):
            stop.set()

    class Failing:
        def __init__(self, records):
            self._records, self._asked = records, 0

        def __getattr__(self, name):
            return getattr(self._records, name)

        def journal_length(self):
            self._asked += 1
            if self._asked == 2:
                raise StorageUnavailableError("away")
            return self._records.journal_length()

    Integrator(Failing(world.records), world.index, world.objects, world.key, world.private.sign).run(stop, 0, report)
    assert told[0] == Progress(10, 10, 0)
    assert isinstance(told[1], StorageUnavailableError)


def test_it_stops_for_good_at_a_fork(world):
    world.objects.replace("log/checkpoint", b"other\n")
    told = []
    with pytest.raises(LogCorruptError):
        world.integrator().run(threading.Event(), 0, told.append)
    assert isinstance(told[0], LogCorruptError)


def test_many_entries_are_taken_in_steps(world, monkeypatch):
    monkeypatch.setattr("exchange.audit.integrator._MAX_STEP", 100)
    world.fill(250)
    stop, told = threading.Event(), []

    def report(outcome):
        told.append(outcome)
        if not outcome.waiting:
            stop.set()

    world.integrator().run(stop, 60, report)
    assert told == [Progress(100, 100, 150), Progress(200, 100, 50), Progress(250, 50, 0)]
    assert head(world) == (250, expected_root(250))
