"""Files that hold keys: what is refused before a byte is read, and what a failing disk leaves behind."""

import os

import pytest

from signer.errors import KeyBackendError
from signer.keys import folder as key_folder
from signer.keys.files import FileKeyBackend


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "keys"
    key_folder.prepare(path)
    return path


def test_a_file_is_created_once(folder):
    assert key_folder.create(folder / "a", b"one")
    assert not key_folder.create(folder / "a", b"two")
    assert key_folder.read(folder / "a") == b"one"
    assert key_folder.names(folder) == ["a"]


def test_loose_permissions_are_refused_with_the_command_that_mends_them(folder):
    key_folder.create(folder / "a", b"")
    (folder / "a").chmod(0o640)
    with pytest.raises(KeyBackendError, match="chmod 600"):
        key_folder.read(folder / "a")
    folder.chmod(0o750)
    with pytest.raises(KeyBackendError, match="chmod 700"):
        FileKeyBackend(folder, b"passphrase")


def test_another_users_files_are_refused(folder, monkeypatch):
    key_folder.create(folder / "a", b"")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(KeyBackendError, match="another user"):
        key_folder.read(folder / "a")
    with pytest.raises(KeyBackendError, match="another user"):
        key_folder.prepare(folder)


def test_links_and_other_things_are_refused(folder, tmp_path):
    key_folder.create(folder / "a", b"")
    (folder / "link").symlink_to(folder / "a")
    with pytest.raises(KeyBackendError, match="cannot be opened"):
        key_folder.read(folder / "link")
    os.mkfifo(folder / "pipe", 0o600)
    with pytest.raises(KeyBackendError, match="not a regular file"):
        key_folder.read(folder / "pipe")
    (tmp_path / "other").symlink_to(folder)
    with pytest.raises(KeyBackendError, match="symbolic link"):
        key_folder.prepare(tmp_path / "other")
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyBackendError, match="cannot be used"):
        key_folder.prepare(tmp_path / "file")


def test_a_key_file_is_small(folder):
    assert key_folder.create(folder / "a", b"x" * (key_folder.MAX_FILE_BYTES + 1))
    with pytest.raises(KeyBackendError, match="larger than"):
        key_folder.read(folder / "a")


def test_a_folder_that_is_gone_is_named(folder, tmp_path):
    with pytest.raises(KeyBackendError, match="cannot be read"):
        key_folder.names(tmp_path / "nowhere")
    with pytest.raises(KeyBackendError, match="cannot be used"):
        key_folder.prepare(tmp_path / "nowhere" / "keys")
    with pytest.raises(KeyBackendError, match="cannot be written"):
        key_folder.create(tmp_path / "nowhere" / "a", b"")
    with pytest.raises(KeyBackendError, match="cannot be opened"):
        key_folder.read(folder / "a")


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyBackendError, match="No space left"):
        key_folder.create(folder / "a", b"x")
    assert list(folder.iterdir()) == []
