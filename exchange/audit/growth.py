"""One growth of the public tree: new commitments become leaves, tiles and bundles, and are read back before signing.

Storage that flips a bit between writing and reading would otherwise be signed into the log for good.
"""

from collections.abc import Callable

from exchange.audit.errors import LogCorruptError
from exchange.audit.proofs import PREFIX
from exchange.audit.tile_levels import subtree_root
from signer import errors as signer_errors
from signer import merkle
from signer.merkle import HASH_BYTES, CompactTree, HashReader, leaf_hash
from signer.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    bundle_path,
    decode_bundle,
    encode_bundle,
    reader_from_tiles,
    tile_bytes,
    tile_path,
    tiles_for_growth,
)
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects


class Growth:
    """Grow ``base``, which is left as it was; ``tree`` is the grown copy."""

    def __init__(self, objects: Objects, base: CompactTree) -> None:
        self._objects = objects
        self._old = base.size
        self._commitments: list[bytes] = []
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.tree = CompactTree(base.size, base.frontier)

    def add(self, commitment: bytes) -> None:
        """Append a commitment as the next leaf."""
        self._commitments.append(commitment)
        for node in self.tree.append(leaf_hash(commitment)):
            if node.level % TILE_HEIGHT == 0:
                self._nodes[node.level, node.index] = node.hash

    def write(self) -> None:
        """Write every bundle and tile that grew.

        Raises ``ObjectExistsError`` where other bytes have the name already, ``StorageError`` if the store is away.
        """
        reader = self._reader()
        for tile in self._tiles():
            if tile.level == 0:
                self._objects.create(PREFIX + bundle_path(tile), encode_bundle(self._bundle(tile)))
            self._objects.create(PREFIX + tile_path(tile), tile_bytes(tile, reader))
        for tile in self._tiles():
            if tile.width == TILE_WIDTH:
                self._drop_partials(tile)

    def verify(self) -> None:
        """Read back what was written and hash it again.

        Raises ``LogCorruptError`` if a bundle, a tile or the root is not what was computed before.
        """
        written = {tile: self._get(PREFIX + tile_path(tile)) for tile in self._tiles()}
        for tile, content in written.items():
            if tile.level == 0:
                below = [leaf_hash(leaf) for leaf in self._stored_bundle(tile)]
                if b"".join(below) != content:
                    raise LogCorruptError(f"{tile_path(tile)} read back does not fit {bundle_path(tile)}")
            elif any(not self._fits(tile, place, content, written) for place in range(tile.width)):
                raise LogCorruptError(f"{tile_path(tile)} read back does not fit the tiles below it")
        read = reader_from_tiles(self.tree.size, cached(self._objects))
        if merkle.root(self.tree.size, read) != self.tree.root():
            raise LogCorruptError("the tiles read back do not give the root that was computed")

    def _fits(self, tile: Tile, place: int, content: bytes, written: dict[Tile, bytes]) -> bool:
        """Whether a hash of an upper tile is the root of the full tile below it, where that is part of this growth."""
        below = written.get(Tile(tile.level - 1, tile.index * TILE_WIDTH + place))
        if below is None:
            return True
        return content[place * HASH_BYTES : (place + 1) * HASH_BYTES] == subtree_root(below)

    def _tiles(self) -> tuple[Tile, ...]:
        return tiles_for_growth(self._old, self.tree.size)

    def _reader(self) -> HashReader:
        stored = reader_from_tiles(self._old, cached(self._objects))

        def read(level: int, index: int) -> bytes:
            made = self._nodes.get((level, index))
            return stored(level, index) if made is None else made

        return read

    def _bundle(self, tile: Tile) -> list[bytes]:
        first = tile.index * TILE_WIDTH
        before = list(last_commitments(self._objects, self._old)) if first < self._old else []
        start = first + len(before) - self._old
        return before + self._commitments[start : first + tile.width - self._old]

    def _stored_bundle(self, tile: Tile) -> tuple[bytes, ...]:
        path = PREFIX + bundle_path(tile)
        try:
            return decode_bundle(self._get(path), tile.width)
        except signer_errors.ProofError as error:
            raise LogCorruptError(f"{path} read back is broken: {error}") from error

    def _get(self, name: str) -> bytes:
        try:
            return self._objects.get(name)
        except ObjectNotFoundError as error:
            raise LogCorruptError(f"{name} was written but cannot be read back") from error

    def _drop_partials(self, tile: Tile) -> None:
        """Partial tiles may go once the full one is there (C2SP tlog-tiles, "Partial tiles")."""
        for path in (tile_path(tile), bundle_path(tile)) if tile.level == 0 else (tile_path(tile),):
            for name in self._objects.names(f"{PREFIX}{path}.p/", limit=TILE_WIDTH):
                self._objects.delete(name)


def base_tree(objects: Objects, size: int, root: bytes) -> CompactTree:
    """The tree of ``size`` leaves from the published tiles. Raises ``LogCorruptError`` if its root is not ``root``."""
    try:
        tree = CompactTree.read(size, reader_from_tiles(size, cached(objects)))
    except (signer_errors.ProofError, ObjectNotFoundError) as error:
        raise LogCorruptError(f"the tiles of the published tree of {size} entries cannot be read: {error}") from error
    if tree.root() != root:
        raise LogCorruptError(f"the published tiles do not give the root of the tree of {size} entries")
    return tree


def last_commitments(objects: Objects, size: int) -> tuple[bytes, ...]:
    """The commitments in the last bundle of a tree of ``size`` > 0 leaves. Raises ``LogCorruptError``."""
    number = (size - 1) // TILE_WIDTH
    width = size - number * TILE_WIDTH
    partial, full = Tile(0, number, width), Tile(0, number)
    try:
        try:
            return decode_bundle(objects.get(PREFIX + bundle_path(partial)), width)
        except ObjectNotFoundError:
            return decode_bundle(objects.get(PREFIX + bundle_path(full)), TILE_WIDTH)[:width]
    except (signer_errors.ProofError, ObjectNotFoundError) as error:
        raise LogCorruptError(f"the last entry bundle of {size} entries cannot be read: {error}") from error


def cached(objects: Objects) -> Callable[[Tile], bytes]:
    """A tile fetcher that keeps what it has read, for one use; a partial tile may be read out of the full one."""
    kept: dict[Tile, bytes] = {}

    def fetch(tile: Tile) -> bytes:
        content = kept.get(tile)
        if content is None:
            try:
                content = objects.get(PREFIX + tile_path(tile))
            except ObjectNotFoundError:
                content = objects.get(PREFIX + tile_path(Tile(tile.level, tile.index)))[: tile.width * HASH_BYTES]
            kept[tile] = content
        return content

    return fetch
