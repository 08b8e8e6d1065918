"""What is the file engine's own: modes, links, crashes, strange folders, a full disk."""

import errno
import os
import signal
import stat
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.errors import CorruptError, ObjectExistsError, ObjectNotFoundError, StorageUnavailableError
from storage.objects import files
from storage.objects.files import FileObjects


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def objects(folder):
    with closing(FileObjects(folder)) as opened:
        yield opened


@contextmanager
def failing(monkeypatch, call, code, when=lambda *args: True):
    """``os.<call>`` fails with ``code`` for as long as this is entered."""
    real = getattr(os, call)

    def fail(*args, **options):
        if when(*args):
            raise OSError(code, os.strerror(code))
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        yield


def test_files_and_folders_are_their_owners_alone(folder, objects):
    objects.create("a/b/c", b"1")
    objects.replace("a/d", b"1")
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (folder / "a/b/c").read_bytes() == b"1"
    assert list((folder / "~incoming").iterdir()) == []


def test_links_are_refused_wherever_they_stand(folder, objects, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    objects.create("a/real", b"1")
    (folder / "a/link").symlink_to(outside / "secret")
    (folder / "linked").symlink_to(outside)
    for attempt in (
        lambda: objects.get("a/link"),
        lambda: objects.get("linked/secret"),
        lambda: objects.exists("linked/secret"),
        lambda: objects.create("linked/new", b""),
        lambda: objects.replace("linked/secret", b""),
        lambda: objects.delete("linked/secret"),
        lambda: objects.create("a/link", b"secret"),
    ):
        with pytest.raises(CorruptError, match="symbolic link"):
            attempt()
    assert not objects.exists("a/link")
    assert objects.names() == ["a/real"]
    assert [file.name for file in outside.iterdir()] == ["secret"]
    with pytest.raises(StorageUnavailableError, match="ENOTDIR"):
        FileObjects(folder / "linked")


def test_an_object_cannot_be_a_folder_of_others(objects):
    objects.create("a/b", b"1")
    for attempt in (lambda: objects.create("a/b/c", b""), lambda: objects.replace("a/b/c/d", b"")):
        with pytest.raises(ObjectExistsError, match="object itself"):
            attempt()
    for attempt in (lambda: objects.create("a", b""), lambda: objects.replace("a", b"")):
        with pytest.raises(ObjectExistsError, match="folder of other"):
            attempt()
    for name in ("a/b/c", "a"):
        with pytest.raises(ObjectNotFoundError):
            objects.get(name)
        assert not objects.exists(name)
    objects.delete("a/b/c")
    assert objects.names() == ["a/b"]


def test_what_is_no_file_is_no_object(folder, objects):
    objects.create("a", b"1")
    os.mkfifo(folder / "pipe")
    with pytest.raises(CorruptError, match="no object"):
        objects.get("pipe")
    with (folder / "huge").open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(CorruptError, match="no object"):
        objects.get("huge")
    assert objects.names() == ["a", "huge"]


def test_a_failed_write_leaves_nothing_and_says_why(folder, objects, monkeypatch):
    objects.replace("a/b", b"old")
    for call, code in (("fsync", errno.EIO), ("link", errno.EROFS), ("open", errno.ENOSPC), ("dup", errno.EMFILE)):
        with (
            failing(monkeypatch, call, code),
            pytest.raises(StorageUnavailableError, match=errno.errorcode[code]),
        ):
            objects.create("a/new", b"body")
        assert not objects.exists("a/new")
    with failing(monkeypatch, "rename", errno.EDQUOT), pytest.raises(StorageUnavailableError, match="EDQUOT"):
        objects.replace("a/b", b"new")
    with failing(monkeypatch, "mkdir", errno.ENOSPC), pytest.raises(StorageUnavailableError, match="ENOSPC"):
        objects.create("new/folder", b"")
    with failing(monkeypatch, "scandir", errno.EIO), pytest.raises(StorageUnavailableError, match="EIO"):
        objects.names()
    with failing(monkeypatch, "stat", errno.EIO), pytest.raises(StorageUnavailableError, match="EIO"):
        objects.exists("a/b")
    with failing(monkeypatch, "unlink", errno.EACCES), pytest.raises(StorageUnavailableError, match="EACCES"):
        objects.delete("a/b")
    with failing(monkeypatch, "scandir", errno.EIO), pytest.raises(StorageUnavailableError, match="EIO"):
        FileObjects(folder)
    with failing(monkeypatch, "fstat", errno.EIO), pytest.raises(StorageUnavailableError, match="EIO"):
        objects.get("a/b")
    assert objects.get("a/b") == b"old"
    assert objects.names() == ["a/b"]
    assert list((folder / "~incoming").iterdir()) == []


def test_every_name_is_durable_before_the_call_returns(folder, objects, monkeypatch):
    synced = []
    real = os.fsync

    def note(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    objects.create("a/b/c", b"1")
    body, last = [path for path in synced if "~incoming/" in path], synced[-1]
    assert len(body) == 1
    assert {str(folder), str(folder / "a")} <= set(synced[: synced.index(body[0])])
    assert last == str(folder / "a/b")
    synced.clear()
    objects.create("a/b/d", b"1")
    assert len(synced) == 2
    assert synced[-1] == str(folder / "a/b")
    synced.clear()
    objects.delete("a/b/d")
    assert synced == [str(folder / "a/b")]


def test_known_folders_are_bounded_and_may_be_forgotten(objects, monkeypatch):
    monkeypatch.setattr("storage.objects.folders.MAX_KNOWN_FOLDERS", 2)
    for name in ("a/1", "b/1", "c/1", "a/2"):
        objects.create(name, b"")
    assert len(objects._folders._durable) <= 2
    assert objects.names() == ["a/1", "a/2", "b/1", "c/1"]


def test_a_folder_that_folds_case_is_refused(folder, monkeypatch):
    monkeypatch.setattr(files, "_is_there", lambda name, folder: True)
    with pytest.raises(StorageUnavailableError, match="upper from lower case"):
        FileObjects(folder)


def test_a_folder_that_cannot_be_used_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailableError):
        FileObjects(tmp_path / "file")
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects/~incoming").symlink_to(tmp_path)
    with pytest.raises(CorruptError, match="symbolic link"):
        FileObjects(tmp_path / "objects")


WRITER = """
import os, sys
from pathlib import Path
from storage.objects.files import FileObjects
objects = FileObjects(Path(sys.argv[1]))
for number in range(1_000_000):
    objects.create(f"log/{number:07}", b"%07d" % number * 30_000)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_objects_only(folder):
    paths = os.pathsep.join(filter(None, sys.path))
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    )
    with writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
        writer.send_signal(signal.SIGKILL)
    incoming = folder / "~incoming"
    (incoming / "new-stale").write_bytes(b"half")
    os.utime(incoming / "new-stale", (1, 1))
    with closing(FileObjects(folder)) as objects:
        names = list(objects.walk("log/"))
        assert len(names) >= len(acknowledged)
        for number, name in enumerate(names):
            assert objects.get(name) == b"%07d" % number * 30_000
    assert not (incoming / "new-stale").exists()


def test_no_descriptor_is_left_open(folder, objects):
    objects.create("a/b", b"1")
    before = set(Path("/proc/self/fd").iterdir())
    for attempt in (
        lambda: objects.get("a/b"),
        lambda: objects.get("a/x"),
        lambda: objects.get("a"),
        lambda: objects.get("x/y"),
        lambda: objects.create("a/b", b"2"),
        lambda: objects.create("a/b/c", b"2"),
        lambda: list(objects.walk()),
    ):
        try:
            attempt()
        except (ObjectNotFoundError, ObjectExistsError):
            continue
    assert set(Path("/proc/self/fd").iterdir()) == before
