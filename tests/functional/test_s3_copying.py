"""Copying objects between folders, memory and the real S3 server: whole, resumed, and never over other bytes."""

from contextlib import closing

import pytest

from storage.errors import CorruptError, LimitExceededError, ObjectExistsError, StorageUnavailableError
from storage.objects import copying
from storage.objects.copying import Copied, copy_objects
from storage.objects.files import FileObjects
from storage.objects.memory import MemoryObjects
from tests.real_seaweed import objects_in_folder

CHECKPOINT = "log/checkpoint"
NAMES = [
    "credentials/ab/cd/1",
    "credentials/ab/ce/2",
    CHECKPOINT,
    "log/tile/0/000",
    "log/tile/0/001.p/5",
    "log/vkey",
    "z",
]
BODIES = {name: name.encode() * 100 for name in NAMES} | {"empty": b""}
SIZE = sum(map(len, BODIES.values()))


def opened(kind, folder):
    return objects_in_folder(folder / kind) if kind == "s3" else FileObjects(folder / kind)


@pytest.fixture(params=[("files", "s3"), ("s3", "files"), ("s3", "s3-too")])
def pair(request, tmp_path):
    first, second = request.param
    with (
        closing(opened(first, tmp_path)) as source,
        closing(objects_in_folder(tmp_path / "too") if second == "s3-too" else opened(second, tmp_path)) as target,
    ):
        for name, body in BODIES.items():
            source.create(name, body)
        yield source, target


def copied(source, target, prefix="", progress=lambda _done: None):
    return copy_objects(source, target, progress=progress, replaceable=CHECKPOINT.__eq__, prefix=prefix)


def held(objects):
    return {name: objects.get(name) for name in objects.walk()}


def test_everything_is_copied_and_a_second_copy_sends_nothing(pair):
    source, target = pair
    told = []
    assert copied(source, target, progress=told.append) == Copied(written=len(BODIES), body_bytes=SIZE)
    assert told == list(range(1, len(BODIES) + 1))
    assert held(target) == BODIES
    assert copied(source, target) == Copied(present=len(BODIES), body_bytes=SIZE)


def test_a_prefix_copies_that_part_alone(pair):
    source, target = pair
    assert copied(source, target, "log/tile/").written == 2
    assert list(target.walk()) == ["log/tile/0/000", "log/tile/0/001.p/5"]


def test_other_bytes_stay_and_are_told_at_the_end(pair):
    source, target = pair
    target.create("credentials/ab/cd/1", b"others")
    target.replace(CHECKPOINT, b"older")
    with pytest.raises(ObjectExistsError, match=r"^1 names .* credentials/ab/cd/1"):
        copied(source, target)
    assert held(target) == BODIES | {"credentials/ab/cd/1": b"others"}


class Interrupted(MemoryObjects):
    """Goes away after so many puts."""

    def __init__(self, puts):
        super().__init__()
        self.puts = puts

    def create(self, name, body):
        self._count()
        super().create(name, body)

    def replace(self, name, body):
        self._count()
        super().replace(name, body)

    def _count(self):
        if self.puts == 0:
            raise StorageUnavailableError("gone")
        self.puts -= 1


@pytest.mark.parametrize("puts", range(len(BODIES)))
def test_an_interrupted_copy_is_begun_again_and_never_shows_a_checkpoint_without_its_tiles(puts):
    source, target = MemoryObjects(), Interrupted(puts)
    for name, body in BODIES.items():
        source.create(name, body)
    with pytest.raises(StorageUnavailableError):
        copied(source, target)
    assert len(held(target)) == puts
    assert not target.exists(CHECKPOINT)
    target.puts = -1
    assert copied(source, target) == Copied(len(BODIES) - puts, puts, 0, SIZE)
    assert held(target) == BODIES


class Forgetful(MemoryObjects):
    """Acknowledges and keeps something else."""

    def create(self, name, body):
        super().create(name, body[:-1])


class Vanishing(MemoryObjects):
    """Loses the partial tile between telling its name and giving it."""

    def get(self, name):
        if ".p/" in name:
            self.delete(name)
        return super().get(name)


def test_a_target_that_gives_other_bytes_than_it_took_is_found_out():
    source = MemoryObjects()
    source.create("a", b"12")
    with pytest.raises(CorruptError):
        copied(source, Forgetful())


def test_what_vanishes_from_the_source_meanwhile_is_counted():
    source, target = Vanishing(), MemoryObjects()
    for name, body in BODIES.items():
        source.create(name, body)
    assert copied(source, target).vanished == 1
    assert held(target).keys() == BODIES.keys() - {"log/tile/0/001.p/5"}


@pytest.mark.parametrize("bound", ["MAX_REPLACEABLE", "MAX_REPLACEABLE_BYTES"])
def test_replaceable_objects_are_bounded(bound, monkeypatch):
    monkeypatch.setattr(copying, bound, 1)
    source = MemoryObjects()
    source.create("a", b"1")
    source.create("b", b"2")
    with pytest.raises(LimitExceededError):
        copy_objects(source, MemoryObjects(), progress=lambda _: None, replaceable=lambda _: True)
