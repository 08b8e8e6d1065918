"""A hub's objects as of one checkpoint, for reading: what a copy of the hub may hold, and nothing beyond.

Rules:
1. Of the log's tiles there are those that the checkpoint speaks of. A newer partial tile would meet the copy's hub as a
   second history when it goes on by itself.
2. A partial tile that was outgrown meanwhile is cut out of the full one.
3. Of cosigned and stamped checkpoints there are those of that size or smaller: what witnesses and authorities said of
   them stays true in the copy.
4. All that is no part of the log is there as it stands.
"""

from collections.abc import Iterator
from typing import Final

from exchange.audit.errors import LogCorruptError
from exchange.audit.log_files import parse_name
from exchange.audit.proofs import CHECKPOINT, COSIGNED, LOG_VKEY, LOG_VKEYS, PREFIX, STAMPED, PublishedLog
from exchange.audit.stamped import LATEST, encode_latest, latest_size, stamped_size
from exchange.audit.tile_levels import level_tiles
from signer.commitment import COMMITMENT_BYTES
from signer.merkle import HASH_BYTES
from signer.note import NoteKey
from signer.tiles import TILE_WIDTH, Tile, bundle_path, tile_path
from storage.errors import ObjectNotFoundError, StorageError
from storage.objects.interface import Objects

_CHANGING: Final = frozenset({CHECKPOINT, COSIGNED, LATEST})
"""Objects that change under their names: read once, when the copy begins."""
_ITEM_BYTES: Final = {-1: COMMITMENT_BYTES + 2}
"""Bytes of one item by level; entry bundles are at -1, all others hold hashes."""


class PublishedObjects:
    """``Objects`` that cannot be changed, over ``objects`` as of the newest checkpoint now, if there is one.

    Raises ``LogCorruptError`` for a checkpoint that ``key`` did not sign, and, when it is read, for a tile that the log
    lacks. Closing it closes nothing.
    """

    def __init__(self, objects: Objects, key: NoteKey) -> None:
        self._objects = objects
        self._changing: dict[str, bytes] = {}
        self.size = 0
        if objects.exists(CHECKPOINT):
            log = PublishedLog(objects, key)
            checkpoint, note = log.checkpoint()
            self.size = checkpoint.size
            self._changing[CHECKPOINT] = note.encode("utf-8", "surrogateescape")
            cosigned = log.cosigned()
            if cosigned is not None and cosigned[0].size <= self.size:
                self._changing[COSIGNED] = cosigned[1].encode("utf-8", "surrogateescape")
            stamped = latest_size(objects)
            if 0 < stamped <= self.size:
                self._changing[LATEST] = encode_latest(stamped)

    def get(self, name: str) -> bytes:
        """See ``Objects.get``."""
        if name in _CHANGING:
            if name not in self._changing:
                raise ObjectNotFoundError(f"there is no {name} as of this checkpoint")
            return self._changing[name]
        parsed = parse_name(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
        return self._objects.get(name) if parsed is None else self._tile(name, *parsed)

    def exists(self, name: str) -> bool:
        """See ``Objects.exists``."""
        return next(self.walk(name), None) == name

    def names(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> list[str]:
        """See ``Objects.names``."""
        found = (name for name in self.walk(prefix) if name > after)
        return [name for name, _ in zip(found, range(limit), strict=False)]

    def walk(self, prefix: str = "") -> Iterator[str]:
        """See ``Objects.walk``."""
        log = iter(sorted(name for name in self._log_names() if name.startswith(prefix)))
        waiting = next(log, None)
        for name in self._objects.walk(prefix):
            while waiting is not None and waiting < name:
                yield waiting
                waiting = next(log, None)
            if not name.startswith(PREFIX):
                yield name
        if waiting is not None:
            yield waiting
        yield from log

    def create(self, name: str, body: bytes) -> None:  # noqa: ARG002 nothing is kept
        """Refused: raises ``StorageError``."""
        raise _changed(name)

    def replace(self, name: str, body: bytes) -> None:  # noqa: ARG002 nothing is kept
        """Refused: raises ``StorageError``."""
        raise _changed(name)

    def delete(self, name: str) -> None:
        """Refused: raises ``StorageError``."""
        raise _changed(name)

    def close(self) -> None:
        """Nothing is held."""

    def _log_names(self) -> Iterator[str]:
        yield LOG_VKEY
        if self._objects.exists(LOG_VKEYS):
            yield LOG_VKEYS
        yield from self._changing
        for name in self._objects.walk(STAMPED):
            stamped = stamped_size(name)
            if stamped is not None and stamped <= self.size:
                yield name
        level = 0
        while self.size >> 8 * level:
            for tile in level_tiles(self.size, level):
                yield PREFIX + tile_path(tile)
                if level == 0:
                    yield PREFIX + bundle_path(tile)
            level += 1

    def _tile(self, name: str, level: int, tile: Tile) -> bytes:
        whole = Tile(tile.level, tile.index, TILE_WIDTH)
        length = tile.width * _ITEM_BYTES.get(level, HASH_BYTES)
        for candidate in (name, PREFIX + (bundle_path(whole) if level < 0 else tile_path(whole))):
            try:
                return self._objects.get(candidate)[:length]
            except ObjectNotFoundError:
                continue
        raise LogCorruptError(f"the published log lacks {name}")


def _changed(name: str) -> StorageError:
    return StorageError(f"{name}: what is published is copied, never changed")
