"""Objects as files: the embedded engine. An object's name is its path below one folder.

Rules:
1. A body is written to ``~incoming`` and synced before it gets its name, by a link (create) or a rename (replace); then
   the folder is synced. A crash leaves at most a file in ``~incoming``, which no name can reach; it is removed later.
2. Files are 0600, folders 0700. No symbolic link is followed (see ``folders``).
3. ``~`` is in no object's name, so what is not an object is told by it.
4. The folder must tell upper from lower case, since names do.
5. One object's name cannot be a folder of another's (``a`` and ``a/b``): ``ObjectExistsError``.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from storage.errors import (
    CorruptError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageUnavailableError,
)
from storage.objects.folders import FOLDER, Folders, explain, unavailable
from storage.objects.names import MAX_BODY, MAX_PAGE, check_listing, check_object, parts_of
from storage.objects.walking import names_below

INCOMING = "~incoming"
STALE_SECONDS = 3_600
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FileObjects:
    """``Objects`` below ``folder``, which is made if it is missing; many processes may share it.

    Raises ``StorageUnavailableError`` if the folder cannot be used or does not tell upper from lower case.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._root = os.open(folder, FOLDER)
        except OSError as error:
            raise unavailable(error) from error
        self._folders = Folders(self._root)
        try:
            with self._folders.made([INCOMING]) as incoming:
                self._incoming = os.dup(incoming)
        except BaseException:
            os.close(self._root)
            raise
        try:
            self._prepare()
        except OSError as error:
            self.close()
            raise unavailable(error) from error
        except BaseException:
            self.close()
            raise

    def create(self, name: str, body: bytes) -> None:
        """See ``Objects.create``."""
        *folder, last = parts_of(name)
        check_object(body)
        with self._folders.made(folder) as parent, self._written(body) as temporary:
            try:
                os.link(temporary, last, src_dir_fd=self._incoming, dst_dir_fd=parent, follow_symlinks=False)
            except FileExistsError:
                _require_same(parent, last, body)
            except OSError as error:
                raise explain(error, parent, last) from error
            _sync(parent)

    def replace(self, name: str, body: bytes) -> None:
        """See ``Objects.replace``."""
        *folder, last = parts_of(name)
        check_object(body)
        with self._folders.made(folder) as parent, self._written(body) as temporary:
            try:
                os.rename(temporary, last, src_dir_fd=self._incoming, dst_dir_fd=parent)
            except OSError as error:
                raise explain(error, parent, last) from error
            _sync(parent)

    def get(self, name: str) -> bytes:
        """See ``Objects.get``."""
        *folder, last = parts_of(name)
        with self._folders.opened(folder) as parent:
            return _read(parent, last)

    def exists(self, name: str) -> bool:
        """See ``Objects.exists``."""
        *folder, last = parts_of(name)
        try:
            with self._folders.opened(folder) as parent:
                return stat.S_ISREG(os.stat(last, dir_fd=parent, follow_symlinks=False).st_mode)
        except (ObjectNotFoundError, FileNotFoundError):
            return False
        except OSError as error:
            raise unavailable(error) from error

    def names(self, prefix: str = "", *, after: str = "", limit: int = MAX_PAGE) -> list[str]:
        """See ``Objects.names``."""
        check_listing(prefix, after, limit)
        return list(islice(names_below(self._entries, "", prefix, after), limit))

    def walk(self, prefix: str = "") -> Iterator[str]:
        """See ``Objects.walk``; names that appear or vanish meanwhile may or may not be told."""
        check_listing(prefix)
        return names_below(self._entries, "", prefix, "")

    def delete(self, name: str) -> None:
        """See ``Objects.delete``; folders stay."""
        *folder, last = parts_of(name)
        try:
            with self._folders.opened(folder) as parent:
                try:
                    os.unlink(last, dir_fd=parent)
                except OSError as error:
                    raise explain(error, parent, last) from error
                _sync(parent)
        except ObjectNotFoundError:
            return

    def close(self) -> None:
        """Close the folder's descriptors."""
        os.close(self._incoming)
        os.close(self._root)

    @contextmanager
    def _written(self, body: bytes) -> Iterator[str]:
        """The name in ``~incoming`` of a synced file with this body; removed on leaving if it is still there."""
        temporary = f"new-{secrets.token_hex(16)}"
        try:
            descriptor = os.open(temporary, _NEW, 0o600, dir_fd=self._incoming)
        except OSError as error:
            raise unavailable(error) from error
        try:
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(descriptor)
            except OSError as error:
                raise unavailable(error) from error
            yield temporary
        finally:
            _unlink_if_there(temporary, self._incoming)

    def _entries(self, folder: str) -> list[str]:
        """What a folder holds, see ``names_below``."""
        found = []
        try:
            with self._folders.opened(folder.split("/")[:-1]) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    if "~" in entry.name:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        found.append(f"{entry.name}/")
                    elif entry.is_file(follow_symlinks=False):
                        found.append(entry.name)
        except OSError as error:
            raise unavailable(error) from error
        return sorted(found)

    def _prepare(self) -> None:
        """Refuse a folder that folds case, and remove what crashed writers left in ``~incoming``.

        The file just written tells the disk's own time, which is what the ages of other files are measured by.
        """
        with self._written(b"") as temporary:
            now = os.stat(temporary, dir_fd=self._incoming).st_mtime
            if _is_there(temporary.upper(), self._incoming):
                raise StorageUnavailableError("the objects folder does not tell upper from lower case: choose another")
        with os.scandir(self._incoming) as entries:
            stale = [e.name for e in entries if e.stat(follow_symlinks=False).st_mtime < now - STALE_SECONDS]
        for name in stale:
            _unlink_if_there(name, self._incoming)


def _read(parent: int, last: str) -> bytes:
    try:
        descriptor = os.open(last, _READ, dir_fd=parent)
    except OSError as error:
        raise explain(error, parent, last) from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise ObjectNotFoundError("there is no object of that name: it is a folder of other objects")
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BODY:
            raise CorruptError("what stands in the object's place is no object: restore it from a backup")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise unavailable(error) from error
    finally:
        os.close(descriptor)


def _require_same(parent: int, last: str, body: bytes) -> None:
    try:
        present = _read(parent, last)
    except ObjectNotFoundError as error:
        raise ObjectExistsError("that name is a folder of other objects") from error
    if present != body:
        raise ObjectExistsError("that name exists with other bytes")


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        raise unavailable(error) from error


def _unlink_if_there(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise unavailable(error) from error


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
