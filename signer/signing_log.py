"""The signer's own log: one JSON line for everything it was asked, each bound to the line before.

    signatures-<number of the first line, 12 digits>.jsonl

Rules:
1. A line is on disk before the signature it speaks of leaves. Lines written at the same time share one sync.
2. Each line carries the SHA-256 of the line before it, across files, so that a line changed, removed or put in shows.
   Lines cut off the end show to whoever was given a later line's digest, as every client is.
3. A file that has grown beyond its size is left for good, and the next begins. Nothing is ever removed here.
4. Where a line cannot be written, nothing is signed.
5. A line without its end, left by a crash, was never answered for: it is cut off at the next start.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from signer.errors import FormatError, SignerError
from signer.strict_json import canonical, load_object

BEGINNING: Final = "0" * 64
"""What the first line of all has for the digest before it."""

_NAME: Final = re.compile(r"signatures-([0-9]{12})\.jsonl")
_MAX_LINE: Final = 4096


class SigningLogError(SignerError):
    """The signer's log cannot be written or does not hold together."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line's number, from 1, and the hex SHA-256 of its bytes without the line feed."""

    number: int
    digest: str


class SigningLog:
    """The log in a folder, of which this process is the only writer."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Opens the newest file and checks its chain. SigningLogError if it is broken or cannot be opened."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._sync_lock = Lock()
        self._broken = False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            newest = [*files(folder)][-1:]
            self._last = _recover(newest[0]) if newest else Line(0, BEGINNING)
            self._file = _open(newest[0] if newest else self._path(1))
        except OSError as error:
            raise SigningLogError(f"the signer's log in {folder} cannot be opened: {error.strerror}") from error
        self._synced = self._last.number

    @property
    def last(self) -> Line:
        """The newest line; number 0 before the first."""
        return self._last

    @property
    def writable(self) -> bool:
        """Whether the last attempt to write left the log whole."""
        return not self._broken

    def append(self, entry: Mapping[str, object]) -> Line:
        """Write a line that holds ``entry``, durable on return. SigningLogError if it cannot be."""
        with self._lock:
            line = self._write(entry)
        self._sync(line.number)
        return line

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._sync_lock:
            os.close(self._file)
            self._broken = True

    def _write(self, entry: Mapping[str, object]) -> Line:
        if self._broken:
            raise SigningLogError("the signer's log could not be written before: see to the disk and start it again")
        number = self._last.number + 1
        try:
            size = os.fstat(self._file).st_size
            if size >= self._max_bytes:
                size = self._next_file(number)
            text = canonical({**entry, "line": number, "previous": self._last.digest})
            if os.write(self._file, text + b"\n") != len(text) + 1:
                os.ftruncate(self._file, size)  # a line that is half there never was
                raise SigningLogError("the signer's log cannot be written: the disk is full")
        except OSError as error:
            self._broken = True
            raise SigningLogError(f"the signer's log cannot be written: {error.strerror}") from error
        self._last = Line(number, sha256(text).hexdigest())
        return self._last

    def _next_file(self, number: int) -> int:
        with self._sync_lock:
            os.fsync(self._file)
            self._synced = self._last.number
            following = _open(self._path(number))
            os.close(self._file)
            self._file = following
        return 0

    def _sync(self, number: int) -> None:
        """Wait until a line is on disk. Whoever comes first syncs for all that have written by then."""
        with self._sync_lock:
            if self._synced >= number:
                return
            if self._broken:  # a sync after one that failed says that all is well, and it is not
                raise SigningLogError("the signer's log could not be synced: see to the disk and start it again")
            written = self._last.number
            try:
                os.fsync(self._file)
            except OSError as error:
                self._broken = True  # what a failed sync has kept, nobody can tell
                raise SigningLogError(f"the signer's log cannot be synced: {error.strerror}") from error
            self._synced = written

    def _path(self, number: int) -> Path:
        return self._folder / f"signatures-{number:012}.jsonl"


def files(folder: Path) -> list[Path]:
    """Return the log's files in order."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def verify(paths: Iterable[Path], seen: Callable[[Line], None] = lambda _: None) -> Line:
    """Return the last line of a log whose every line follows from the one before; ``seen`` is told each.

    SigningLogError names the first that does not follow. What the first line says of the one before it is taken as it
    is, since older files may be archived elsewhere.
    """
    last: Line | None = None
    for path in paths:
        for text in _lines(path):
            last = _follow(text, last, path)
            seen(last)
    return Line(0, BEGINNING) if last is None else last


def _recover(path: Path) -> Line:
    """Cut off a line without its end, then return the last one."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        os.truncate(path, len(whole))
    if whole:
        return verify([path])
    older = [other for other in files(path.parent) if other < path]
    return _recover(older[-1]) if older else Line(0, BEGINNING)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(_MAX_LINE), b""):
            if not line.endswith(b"\n"):
                raise SigningLogError(f"{path.name} has a line that is too long or has no end")
            yield line[:-1]


def _follow(text: bytes, last: Line | None, path: Path) -> Line:
    try:
        entry = load_object(text, max_bytes=_MAX_LINE, max_depth=2)
    except FormatError as error:
        raise SigningLogError(f"{path.name} has a line that is not JSON") from error
    number, previous = entry.get("line"), entry.get("previous")
    if not isinstance(number, int) or not isinstance(previous, str):
        raise SigningLogError(f"{path.name} has a line without its number or the digest before it")
    if last is None and number == 1:
        last = Line(0, BEGINNING)
    if last is not None and (number != last.number + 1 or previous != last.digest):
        raise SigningLogError(f"{path.name}: line {number} does not follow from the one before")
    return Line(number, sha256(text).hexdigest())


def _open(path: Path) -> int:
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SigningLogError(f"another signer writes the log {path}: one alone may") from error
    if new:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return descriptor
