"""Tiles: paths as the format has them, growth without rewriting, hashes read back."""

import pytest

from signer import merkle, tiles
from signer.errors import ProofError
from signer.merkle import CompactTree, leaf_hash
from signer.tiles import Tile


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 67000), "tile/1/x067/000"),
        (Tile(2, 999, 1), "tile/2/999.p/1"),
        (Tile(0, 1000, 255), "tile/0/x001/000.p/255"),
    ],
)
def test_paths(tile, path):
    assert tiles.tile_path(tile) == path
    assert tiles.bundle_path(tile) == "tile/entries/" + path.split("/", 2)[2]


@pytest.mark.parametrize("tile", [Tile(-1, 0), Tile(0, -1), Tile(0, 0, 0), Tile(0, 0, 257)])
def test_no_such_tile(tile):
    with pytest.raises(ProofError, match="address"):
        tiles.tile_path(tile)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (0, 0, ()),
        (5, 5, ()),
        (0, 1, (Tile(0, 0, 1),)),
        (1, 256, (Tile(0, 0), Tile(1, 0, 1))),
        (255, 257, (Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1))),
        (256, 300, (Tile(0, 1, 44),)),
        (65535, 65536, (Tile(0, 255), Tile(1, 0), Tile(2, 0, 1))),
    ],
)
def test_growth_writes_what_is_new(old, new, expected):
    assert tiles.tiles_for_growth(old, new) == expected


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (0, 2**63)])
def test_a_log_does_not_shrink(old, new):
    with pytest.raises(ProofError):
        tiles.tiles_for_growth(old, new)


def log(steps):
    """Grow a log in steps, writing tiles by path as a publisher does; return files, nodes and the tree."""
    files, nodes, tree = {}, {}, CompactTree()
    for step in steps:
        old = tree.size
        for number in range(old, step):
            for node in tree.append(leaf_hash(b"%d" % number)):
                nodes[node.level, node.index] = node.hash
        for tile in tiles.tiles_for_growth(old, step):
            path = tiles.tile_path(tile)
            assert path not in files
            files[path] = tiles.tile_bytes(tile, lambda level, index: nodes[level, index])
    return files, nodes, tree


def test_everything_is_read_back_from_tiles():
    files, nodes, tree = log([1, 200, 256, 700, 66_000])
    read = tiles.reader_from_tiles(66_000, lambda tile: files[tiles.tile_path(tile)])
    for (level, index), node in list(nodes.items())[::97]:
        assert read(level, index) == node
    assert merkle.root(66_000, read) == tree.root()
    proof = merkle.inclusion_proof(65_999, 66_000, read)
    merkle.verify_inclusion(65_999, 66_000, nodes[0, 65_999], proof, tree.root())
    middle = tiles.reader_from_tiles(700, lambda tile: files[tiles.tile_path(tile)])
    merkle.verify_consistency(
        700, 66_000, merkle.root(700, middle), tree.root(), merkle.consistency_proof(700, 66_000, read)
    )


def test_a_reader_refuses_what_the_log_does_not_have():
    read = tiles.reader_from_tiles(5, lambda tile: bytes(32 * tile.width))
    assert read(0, 4) == bytes(32)
    for level, index in ((0, 5), (1, 2), (3, 0), (-1, 0), (0, -1)):
        with pytest.raises(ProofError, match="not complete"):
            read(level, index)
    for length in (31, 32 * 6):
        with pytest.raises(ProofError, match="bytes long"):
            tiles.reader_from_tiles(5, lambda _, length=length: bytes(length))(0, 0)


def test_bundles_keep_entries_apart():
    entries = (b"", b"a", b"\x00\x01", b"x" * 65_535)
    encoded = tiles.encode_bundle(entries)
    assert encoded[:5] == b"\x00\x00\x00\x01a"
    assert tiles.decode_bundle(encoded, 4) == entries
    with pytest.raises(ProofError, match="does not fit"):
        tiles.encode_bundle([b"x" * 65_536])


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x00\x00\x00", 1),
        (b"\x00\x00", 2),
        (b"\x00\x00", 0),
        (b"\x00\x00", 257),
        (b"x" * 65_538, 1),
    ],
)
def test_a_broken_bundle_is_refused(data, width):
    with pytest.raises(ProofError, match="bundle"):
        tiles.decode_bundle(data, width)
