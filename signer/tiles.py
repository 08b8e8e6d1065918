"""Tiles and entry bundles of a C2SP tlog-tiles log: where hashes lie in files, and how to read them back.

A tile at level T and index N holds up to 256 hashes of tree level 8·T, from index 256·N on. A full tile never
changes. A partial tile (``….p/W``) is a new file for every width, so that nothing ever has to be rewritten.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from signer.errors import ProofError
from signer.merkle import HASH_BYTES, MAX_SIZE, HashReader, node_hash

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MAX_ENTRY_BYTES: Final = 65_535


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A tile's address: level in tiles, index, and how many hashes it holds (1 … 256)."""

    level: int
    index: int
    width: int = TILE_WIDTH


def tile_path(tile: Tile) -> str:
    """Return the tile's path below the log's prefix, such as ``tile/0/x001/067`` or ``tile/1/000.p/5``."""
    return f"tile/{tile.level}/{_index_path(tile)}"


def bundle_path(tile: Tile) -> str:
    """Return the path of the entry bundle that belongs to a level-0 tile, such as
    ``tile/entries/x001/067``."""
    return f"tile/entries/{_index_path(tile)}"


def tiles_for_growth(old: int, new: int) -> tuple[Tile, ...]:
    """Return the tiles to write when a log grows from ``old`` to ``new`` leaves, lowest level first, partial
    ones included.

    Those of level 0 are also the entry bundles to write. Raises ProofError unless 0 <= old <= new.
    """
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofError(f"a log does not grow from {old} to {new} leaves")
    tiles: list[Tile] = []
    level, had, has = 0, old, new
    while had != has:  # where a level has not grown, none above has
        tiles.extend(Tile(level, index) for index in range(had >> TILE_HEIGHT, has >> TILE_HEIGHT))
        if has % TILE_WIDTH:
            tiles.append(Tile(level, has >> TILE_HEIGHT, has % TILE_WIDTH))
        level, had, has = level + 1, had >> TILE_HEIGHT, has >> TILE_HEIGHT
    return tuple(tiles)


def tile_bytes(tile: Tile, reader: HashReader) -> bytes:
    """Return the content of a tile: its hashes, one after the other."""
    first = tile.index << TILE_HEIGHT
    return b"".join(reader(tile.level * TILE_HEIGHT, index) for index in range(first, first + tile.width))


def reader_from_tiles(size: int, fetch: Callable[[Tile], bytes]) -> HashReader:
    """Return a reader of the complete nodes of a log of ``size`` leaves, whose tiles ``fetch`` returns.

    ``fetch`` may cache: it is asked once for each node read. The reader raises ProofError for a node outside
    the log and for a tile of the wrong length; that the tiles are genuine shows only when the root computed
    from them matches a checkpoint.
    """

    def read(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > size:
            raise ProofError(f"node ({level}, {index}) is not complete in a log of {size} leaves")
        tile_level, rise = divmod(level, TILE_HEIGHT)
        first = index << rise
        tile_index = first >> TILE_HEIGHT
        width = min(TILE_WIDTH, (size >> tile_level * TILE_HEIGHT) - (tile_index << TILE_HEIGHT))
        tile = Tile(tile_level, tile_index, width)
        content = fetch(tile)
        if len(content) != width * HASH_BYTES:
            raise ProofError(f"{tile_path(tile)} is {len(content)} bytes long, not {width * HASH_BYTES}")
        start = (first % TILE_WIDTH) * HASH_BYTES
        return _subtree(content[start : start + (HASH_BYTES << rise)])

    return read


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle: each entry after its length as two big-endian bytes. ProofError for an entry
    over 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ProofError(f"an entry of {len(entry)} bytes does not fit a bundle")
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """Return the ``width`` entries of a bundle. ProofError if it holds fewer, more, or stops within one."""
    if not 0 < width <= TILE_WIDTH or len(data) > width * (2 + MAX_ENTRY_BYTES):
        raise ProofError(f"not an entry bundle of {width} entries")
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise ProofError("the entry bundle stops within an entry")
        entries.append(data[start:position])
    if len(entries) != width:
        raise ProofError(f"the entry bundle holds {len(entries)} entries, not {width}")
    return tuple(entries)


def _index_path(tile: Tile) -> str:
    if tile.level < 0 or tile.index < 0 or not 0 < tile.width <= TILE_WIDTH:
        raise ProofError(f"not a tile's address: {tile}")
    groups = [f"{tile.index % 1000:03d}"]
    rest = tile.index // 1000
    while rest:
        groups.append(f"x{rest % 1000:03d}")
        rest //= 1000
    path = "/".join(reversed(groups))
    return path if tile.width == TILE_WIDTH else f"{path}.p/{tile.width}"


def _subtree(hashes: bytes) -> bytes:
    """Return the root over a power-of-two run of hashes."""
    row: Sequence[bytes] = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
