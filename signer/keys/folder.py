"""Files that hold key material: who may read them, and how they come into being.

Rules: the folder is 0700 and every file 0600, owned by the user who runs the hub; symbolic links and anything
looser are refused, since a key that others could read is no key; a file is written beside its place, synced, then
linked into place, so that it is there whole or not at all and is never overwritten.
"""

import os
import stat
from pathlib import Path
from secrets import token_hex
from typing import Final

from signer.errors import KeyBackendError

MAX_FILE_BYTES: Final = 64 * 1024

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077
_TEMPORARY: Final = ".new-"


def prepare(folder: Path) -> None:
    """Make the folder (0700) if it is not there, and refuse it unless it is the user's own, real and closed to
    others."""
    try:
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise KeyBackendError(f"the key folder {folder} cannot be used: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise KeyBackendError(f"the key folder {folder} is not a folder, or is a symbolic link")
    _refuse_loose(status, folder, "chmod 700")


def names(folder: Path) -> list[str]:
    """Return the names of the files in the folder, in order; files half written by a stopped process are left
    out."""
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith(_TEMPORARY))
    except OSError as error:
        raise KeyBackendError(f"the key folder {folder} cannot be read: {error.strerror}") from error


def read(path: Path) -> bytes:
    """Return the content of a key file. KeyBackendError for a link, loose permissions, another owner, or more than
    64 KiB."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeyBackendError(f"the key file {path} cannot be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise KeyBackendError(f"the key file {path} is not a regular file")
        _refuse_loose(status, path, "chmod 600")
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise KeyBackendError(f"the key file {path} is larger than {MAX_FILE_BYTES} bytes")
    return content


def create(path: Path, content: bytes) -> bool:
    """Write a new key file, durable on return; False, and nothing changed, if the name is taken."""
    temporary = path.with_name(f"{_TEMPORARY}{token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)
        finally:
            temporary.unlink()
        _sync(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyBackendError(f"the key file {path} cannot be written: {error.strerror}") from error
    return True


def _refuse_loose(status: os.stat_result, path: Path, command: str) -> None:
    if status.st_uid != os.geteuid():
        raise KeyBackendError(f"{path} belongs to another user; key material must be the hub's own")
    if status.st_mode & _OTHERS:
        raise KeyBackendError(f"{path} is open to other users; close it with: {command} {path}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
