"""Upper tiles computed from a row of level-0 tiles, as the integrator would have written them."""

from hashlib import sha256

from exchange.audit.tile_levels import Levels, level_tiles
from signer.merkle import CompactTree, root
from signer.tiles import Tile, reader_from_tiles

SIZE = 256 * 256 + 256 * 3 + 5


def test_three_levels_give_the_root_of_the_tree():
    hashes = [sha256(number.to_bytes(4)).digest() for number in range(SIZE)]
    tree, levels, tiles = CompactTree(), Levels(), {}
    for leaf in hashes:
        tree.append(leaf)
    for tile in level_tiles(SIZE, 0):
        first = tile.index * 256
        tiles[tile] = b"".join(hashes[first : first + tile.width])
        levels.add_tile(tiles[tile])
    tiles |= dict(levels.tiles())
    upper = [tile for tile in tiles if tile.level]
    assert upper == [Tile(1, 0), Tile(1, 1, 3), Tile(2, 0, 1)]
    assert [*level_tiles(SIZE, 1), *level_tiles(SIZE, 2)] == upper
    assert root(SIZE, reader_from_tiles(SIZE, tiles.__getitem__)) == tree.root()
