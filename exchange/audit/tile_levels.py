"""A log's tiles by level: their addresses, and what the upper ones must hold given those of level 0."""

from collections.abc import Iterator

from signer.merkle import HASH_BYTES, CompactTree
from signer.tiles import TILE_WIDTH, Tile

FULL_BYTES = TILE_WIDTH * HASH_BYTES


class Levels:
    """Takes level-0 tiles in order; keeps 32 bytes for each full one and for each full upper one."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = []

    def add_tile(self, hashes: bytes, level: int = 0) -> None:
        """Take the next tile of a level; a partial one ends it."""
        if len(hashes) != FULL_BYTES:
            return
        if len(self._levels) == level:
            self._levels.append(bytearray())
        row = self._levels[level]
        row += subtree_root(hashes)
        if len(row) % FULL_BYTES == 0:
            self.add_tile(bytes(row[-FULL_BYTES:]), level + 1)

    def tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """Every tile above level 0 with its bytes, lowest level first."""
        for level, row in enumerate(self._levels, 1):
            for at in range(0, len(row), FULL_BYTES):
                content = bytes(row[at : at + FULL_BYTES])
                yield Tile(level, at // FULL_BYTES, len(content) // HASH_BYTES), content


def level_tiles(size: int, level: int) -> Iterator[Tile]:
    """Addresses of a level's tiles in a log of ``size`` entries, in order."""
    width = size >> 8 * level
    for index in range((width + TILE_WIDTH - 1) // TILE_WIDTH):
        yield Tile(level, index, min(TILE_WIDTH, width - index * TILE_WIDTH))


def subtree_root(hashes: bytes) -> bytes:
    """The root over a full tile's 256 hashes."""
    tree = CompactTree()
    for at in range(0, len(hashes), HASH_BYTES):
        tree.append(hashes[at : at + HASH_BYTES])
    return tree.root()
