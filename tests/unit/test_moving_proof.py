"""The proof of a log, and the view of its objects as of a checkpoint, against damage of every kind."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from exchange.audit.errors import LogCorruptError, LogForkError
from exchange.audit.offline import verify_log
from exchange.audit.proofs import CHECKPOINT, COSIGNED, LOG_VKEY
from exchange.audit.stamped import latest_size, note_name, response_name, write_latest
from exchange.moving.proof import prove_log
from exchange.moving.published import PublishedObjects
from exchange.moving.stores import is_replaceable
from signer.merkle import EMPTY_ROOT
from storage.errors import ObjectNotFoundError, StorageError
from storage.objects.copying import copy_objects
from storage.objects.memory import MemoryObjects
from storage.records.sqlite import SqliteRecords
from tests.fakes.audit_world import disk_world, memory_world

SIZE = 600
LATER = 300


def quiet(done, total):
    assert 0 <= done <= total


def prove(world, objects=None):
    return prove_log(world.records, objects or world.objects, world.key, quiet)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A log of 600 published entries, 40 of them in the journal's last batch; 20 wait."""
    folder = tmp_path_factory.mktemp("log") / "world"
    folder.mkdir()
    with disk_world(folder) as world:
        world.objects.create(LOG_VKEY, f"{world.key.vkey}\n".encode())
        world.fill(SIZE, batch=40)
        world.integrator().run_once()
        world.fill(20, first=SIZE)
    return folder


@pytest.fixture
def folder(template, tmp_path):
    shutil.copytree(template, tmp_path / "world")
    return tmp_path / "world"


@pytest.fixture
def world(folder):
    with disk_world(folder) as world:
        yield world


def change(folder, statement, *values):
    with closing(sqlite3.connect(folder / "records.db")) as database, database:
        assert database.execute(statement, values).rowcount


def test_a_whole_log_is_proven(world):
    proof = prove(world)
    checkpoint, note = world.log.checkpoint()
    assert (proof.size, proof.root, proof.note) == (SIZE, checkpoint.root, note)


def test_a_log_that_was_never_published_is_empty():
    with memory_world() as world:
        world.fill(3)
        assert prove(world).size == 0
        assert prove(world).root == EMPTY_ROOT


@pytest.mark.parametrize("index", [0, 39, 40, 255, 256, 511, 512, 599])
def test_a_changed_entry_is_named(folder, world, index):
    """One bit of an entry's salt or bytes; which batch it is in, its length says."""
    batch = next(iter(world.records.journal(index)))
    body = bytearray(batch.body)
    at, number = 1, batch.first
    while number < index:
        at += 36 + int.from_bytes(body[at : at + 4])
        number += 1
    body[at + 36] ^= 1
    change(folder, "UPDATE journal SET body = ? WHERE first = ?", bytes(body), batch.first)
    with pytest.raises(LogForkError, match=f"entry {index} of the journal is not the one that was published"):
        prove(world)


def test_a_journal_that_breaks_off_is_named(folder, world):
    change(folder, "DELETE FROM journal WHERE first = 80")
    with pytest.raises(LogCorruptError, match="breaks off at entry 80"):
        prove(world)


def test_entries_that_no_checkpoint_covers_yet_must_decode(folder, world):
    change(folder, "UPDATE journal SET body = x'02' WHERE first = ?", SIZE)
    with pytest.raises(LogCorruptError, match=f"breaks off at entry {SIZE}"):
        prove(world)


def test_a_shorter_journal_is_a_fork(folder, world):
    change(folder, "DELETE FROM journal WHERE first >= 560")
    change(folder, "UPDATE log_state SET next = 560")
    with pytest.raises(LogForkError, match="entry 560 is published, but the journal holds only the 560 before it"):
        prove(world)


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/000", "tile/1/000.p/2"])
def test_a_flipped_bit_and_a_missing_tile_are_named(folder, world, name):
    path = folder / "objects" / "log" / name
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(LogCorruptError, match=f"log/{name}, entry "):
        prove(world)
    path.unlink()
    with pytest.raises(LogCorruptError, match=f"log/{name}, entry .*is missing"):
        prove(world)


def test_a_checkpoint_of_another_key_or_text_is_refused(folder, world):
    path = folder / "objects" / CHECKPOINT
    path.write_text(path.read_text().replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"))
    with pytest.raises(LogCorruptError, match="not the log's own"):
        prove(world)


def test_what_is_published_later_is_not_in_the_view(world):
    """The checkpoint is taken; then the log grows over the partial tiles, which vanish."""
    view = PublishedObjects(world.objects, world.key)
    world.objects.create("credentials/ab/cd", b"one")
    world.fill(LATER, first=SIZE + 20)
    world.integrator().run_once()
    assert not world.objects.exists(f"log/tile/0/002.p/{SIZE - 512}")
    copy = MemoryObjects()
    copied = copy_objects(view, copy, progress=lambda _: None, replaceable=lambda name: name == CHECKPOINT)
    assert copied.vanished == 0
    assert list(copy.walk()) == list(view.walk()) == sorted(view.walk())
    report = verify_log(copy, world.key.vkey)
    assert (report.ok, report.size, report.beyond) == (True, SIZE, [])
    assert prove(world, copy).size == SIZE
    assert "credentials/ab/cd" in set(view.walk())
    assert view.exists("credentials/ab/cd")
    assert not view.exists("credentials/ab")


def test_a_copy_goes_on_as_the_same_log(tmp_path, template, world):
    """The journal is of a later moment than the checkpoint; the copy's integrator grows the tree that was published."""
    view = PublishedObjects(world.objects, world.key)
    old = prove(world)
    shutil.copytree(template, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "objects")
    (tmp_path / "copy" / "index.db").unlink()
    with disk_world(tmp_path / "copy") as copy:
        copy_objects(view, copy.objects, progress=lambda _: None, replaceable=lambda name: name == CHECKPOINT)
        assert prove(copy) == old
        copy.fill(5, first=SIZE + 20)
        copy.integrator().run_once()
        world.fill(5, first=SIZE + 20)
        world.integrator().run_once()
        assert copy.log.checkpoint()[0] == world.log.checkpoint()[0]
        assert verify_log(copy.objects, copy.key.vkey).ok


def test_a_view_of_a_log_without_a_checkpoint_has_no_tiles():
    with memory_world() as world:
        world.objects.create(LOG_VKEY, b"key")
        world.objects.create("zz", b"last")
        view = PublishedObjects(world.objects, world.key)
        world.fill(300)
        world.integrator().run_once()
        assert view.names() == [LOG_VKEY, "zz"]
        assert view.names(after=LOG_VKEY) == ["zz"]
        assert view.names(limit=1) == [LOG_VKEY]
        with pytest.raises(ObjectNotFoundError):
            view.get(CHECKPOINT)


def test_a_lost_tile_stops_a_copy(folder, world):
    view = PublishedObjects(world.objects, world.key)
    (folder / "objects" / "log" / "tile" / "0" / "001").unlink()
    with pytest.raises(LogCorruptError, match="lacks log/tile/0/001"):
        copy_objects(view, MemoryObjects(), progress=lambda _: None, replaceable=lambda _: False)


def test_a_view_takes_nothing(world):
    view = PublishedObjects(world.objects, world.key)
    for act in (lambda: view.create("a", b""), lambda: view.replace("a", b""), lambda: view.delete("a")):
        with pytest.raises(StorageError, match="a: what is published is copied, never changed"):
            act()
    view.close()
    assert isinstance(world.records, SqliteRecords)
    assert world.objects.exists(CHECKPOINT)


def test_what_others_vouched_for_is_copied_as_far_as_the_checkpoint_goes(world):
    note = world.log.note().encode()
    world.objects.replace(COSIGNED, note)
    for size in (SIZE, SIZE + 20):
        world.objects.create(note_name(size), note)
        world.objects.create(response_name(size), b"stamp")
    write_latest(world.objects, SIZE)
    view = PublishedObjects(world.objects, world.key)
    world.fill(LATER, first=SIZE + 20)
    world.integrator().run_once()
    world.objects.replace(COSIGNED, world.log.note().encode())
    write_latest(world.objects, SIZE + 20)
    copy = MemoryObjects()
    copy_objects(view, copy, progress=lambda _: None, replaceable=is_replaceable)
    assert verify_log(copy, world.key.vkey).ok
    assert copy.get(COSIGNED) == note
    assert latest_size(copy) == SIZE
    assert list(copy.walk("log/stamped/")) == [note_name(SIZE), response_name(SIZE), "log/stamped/latest"]
    later = PublishedObjects(world.objects, world.key)
    copy_objects(later, copy, progress=lambda _: None, replaceable=is_replaceable)
    assert latest_size(copy) == SIZE + 20
    assert copy.get(COSIGNED) == world.log.note().encode()


def test_what_is_beyond_the_checkpoint_is_not_in_the_view(world):
    write_latest(world.objects, SIZE + 1)
    view = PublishedObjects(world.objects, world.key)
    for name in (COSIGNED, "log/stamped/latest"):
        assert not view.exists(name)
        with pytest.raises(ObjectNotFoundError):
            view.get(name)
