"""Folders reached one part at a time from an open root, so that no symbolic link is ever followed.

Rules:
1. Every part is opened relative to its parent with O_NOFOLLOW: a link planted anywhere below the root is refused.
2. Before a folder is first written to, it and every folder above it are synced into their parents, whoever made them: a
   file is not durable while the entry of a folder above it is not.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from storage.errors import CorruptError, ObjectExistsError, ObjectNotFoundError, StorageError, StorageUnavailableError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MAX_KNOWN_FOLDERS = 100_000


class Folders:
    """The folders below a root."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._durable: set[tuple[str, ...]] = set()

    @contextmanager
    def opened(self, parts: Sequence[str]) -> Iterator[int]:
        """The descriptor of an existing folder; raises ``ObjectNotFoundError`` if there is none."""
        descriptor = self._start()
        try:
            for part in parts:
                descriptor = self._step(descriptor, part)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def made(self, parts: Sequence[str]) -> Iterator[int]:
        """The descriptor of a folder that is made where it is missing, and durable when this enters."""
        known = tuple(parts) in self._durable
        descriptor = self._start()
        try:
            for part in parts:
                if not known:
                    _make(descriptor, part)
                descriptor = self._step(descriptor, part)
            if not known:
                self._remember(tuple(parts))
        except ObjectNotFoundError as error:
            self._durable.discard(tuple(parts))
            os.close(descriptor)
            raise ObjectExistsError("a part of that name is an object itself, or its folder was removed") from error
        except BaseException:
            os.close(descriptor)
            raise
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _start(self) -> int:
        try:
            return os.dup(self._root)
        except OSError as error:
            raise unavailable(error) from error

    def _remember(self, parts: tuple[str, ...]) -> None:
        if len(self._durable) >= MAX_KNOWN_FOLDERS:
            self._durable.clear()
        self._durable.add(parts)

    @staticmethod
    def _step(parent: int, part: str) -> int:
        """Open a folder within ``parent``, which is closed if that worked."""
        try:
            child = os.open(part, FOLDER, dir_fd=parent)
        except OSError as error:
            raise explain(error, parent, part) from error
        os.close(parent)
        return child


def _make(parent: int, part: str) -> None:
    try:
        with suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=parent)
        os.fsync(parent)
    except OSError as error:
        raise explain(error, parent, part) from error


def explain(error: OSError, parent: int, part: str) -> StorageError:
    """What a failed call on ``part`` within ``parent`` means to a caller."""
    if error.errno == errno.ENOENT:
        return ObjectNotFoundError("there is no object of that name")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        if stat.S_ISLNK(os.stat(part, dir_fd=parent, follow_symlinks=False).st_mode):
            return CorruptError("a symbolic link stands in the objects folder: remove it, and ask who put it there")
        return ObjectNotFoundError("there is no object of that name: part of it is an object itself")
    if error.errno in (errno.EISDIR, errno.ENOTEMPTY):
        return ObjectExistsError("that name is a folder of other objects")
    return unavailable(error)


def unavailable(error: OSError) -> StorageUnavailableError:
    """Disk full, read-only, no permission, a failing device."""
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return StorageUnavailableError(f"the objects folder cannot be read or written now ({name})")
