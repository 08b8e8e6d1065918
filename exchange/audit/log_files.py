"""The files of a published log, in a folder or in an object store, read without trusting any of them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from exchange.audit.entry_lines import MAX_LINE
from exchange.audit.proofs import PREFIX
from signer.tiles import TILE_WIDTH, Tile, bundle_path, tile_path
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

ENTRIES = "entries.jsonl"
VKEY = "vkey"
VKEYS = "vkeys"

_MAX_FILE = 1 << 20
_PATH = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_SINGLE = frozenset({"checkpoint", "cosigned", ENTRIES, VKEY, VKEYS})
_STAMPED = "stamped/"


class LogFiles(Protocol):
    """Read access to a published log."""

    def get(self, name: str) -> bytes | None:
        """The first MiB of a file; None if there is none of that name."""
        ...

    def names(self) -> Iterator[str]:
        """Every file but the checkpoints (plain, cosigned and stamped), ``vkey``, ``vkeys`` and ``entries.jsonl``."""
        ...

    def lines(self, name: str) -> Iterable[bytes] | None:
        """Lines of a file, each cut at twice the largest entry; None if there is none of that name."""
        ...


class FolderFiles:
    """A log in a folder: ``checkpoint`` lies at its top."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """See ``LogFiles.get``."""
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(_MAX_FILE)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self) -> Iterator[str]:
        """See ``LogFiles.names``."""
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if not path.is_dir() and name not in _SINGLE and not name.startswith(_STAMPED):
                yield name

    def lines(self, name: str) -> Iterable[bytes] | None:
        """See ``LogFiles.lines``."""
        path = self._folder / name
        return _lines(path) if path.is_file() else None


class ObjectFiles:
    """A log under ``log/`` of an object store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def get(self, name: str) -> bytes | None:
        """See ``LogFiles.get``."""
        try:
            return self._objects.get(PREFIX + name)[:_MAX_FILE]
        except ObjectNotFoundError:
            return None

    def names(self) -> Iterator[str]:
        """See ``LogFiles.names``."""
        for name in self._objects.walk(PREFIX):
            short = name.removeprefix(PREFIX)
            if short not in _SINGLE and not short.startswith(_STAMPED):
                yield short

    def lines(self, name: str) -> Iterable[bytes] | None:
        """An object store holds no exported entries."""
        del name
        return None


def files_of(source: Path | Objects) -> LogFiles:
    """The files of a log in a folder or an object store. Raises ``NotADirectoryError`` for a path that is none."""
    if not isinstance(source, Path):
        return ObjectFiles(source)
    if not source.is_dir():
        raise NotADirectoryError(f"{source} is not a folder that holds a log")
    return FolderFiles(source)


def parse_name(name: str) -> tuple[int, Tile] | None:
    """The level (-1: entry bundle) and tile of a file's name; None if it is not spelt as a log's file."""
    match = _PATH.fullmatch(name)
    if match is None:
        return None
    index = int(match[2].replace("/", "").replace("x", ""))
    width = int(match[3] or TILE_WIDTH)
    level = -1 if match[1] == "entries" else int(match[1])
    if width > TILE_WIDTH:
        return None
    tile = Tile(max(level, 0), index, width)
    spelt = bundle_path(tile) if level < 0 else tile_path(tile)
    return (level, tile) if spelt == name else None


def is_settled(name: str) -> bool:
    """Whether an object (``log/…``) is a full tile or bundle of the log, which never changes and never goes."""
    if not name.startswith(PREFIX):
        return False
    parsed = parse_name(name.removeprefix(PREFIX))
    return parsed is not None and parsed[1].width == TILE_WIDTH


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE + 1):
            yield line
