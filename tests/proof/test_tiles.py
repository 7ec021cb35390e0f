"""Tiles: every proof of a tree can be read from its files."""

from __future__ import annotations

import pytest

from sameboat.proof.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from sameboat.proof.nodes import consistency_path, inclusion_path, root_at
from sameboat.proof.tiles import Tile, bundle_path, entry_bundle, node_reader, tiles_of

LEAVES = [leaf_hash(str(number).encode()) for number in range(70_000)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 70_000])
def test_roots_and_proofs_are_read_from_tiles(size: int) -> None:
    tiles = {(tile.level, tile.index): tile.hashes for tile in tiles_of(LEAVES[:size])}
    asked: set[tuple[int, int]] = set()

    def read_tile(level: int, index: int) -> bytes:
        asked.add((level, index))
        return tiles[level, index]

    read = node_reader(read_tile)
    root = root_of(LEAVES[:size])
    assert root_at(read, size) == root
    for index in {0, size // 3, size // 2, size - 1}:
        asked.clear()
        path = inclusion_path(read, index=index, size=size)
        assert verify_inclusion(LEAVES[index], index=index, size=size, path=path, root=root)
        assert len(asked) <= 6
    for first in {1, size // 2 or 1, size}:
        proof = consistency_path(read, size1=first, size2=size)
        before = root_of(LEAVES[:first])
        assert verify_consistency(size1=first, size2=size, root1=before, root2=root, proof=proof)


def test_seventy_thousand_leaves_have_the_tiles_of_the_specification() -> None:
    tiles = list(tiles_of(LEAVES))
    assert len({tile.path for tile in tiles}) == len(tiles)
    widths = [[tile.width for tile in tiles if tile.level == level] for level in range(3)]
    assert widths[0] == [256] * 273 + [112]
    assert widths[1] == [256, 17]
    assert widths[2] == [1]
    assert [tile.width for tile in tiles_of(LEAVES[:256])] == [256, 1]
    assert list(tiles_of([])) == []


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (1_234_067, 256, "tile/0/x001/x234/067"),
        (999, 12, "tile/0/999.p/12"),
        (1_000, 256, "tile/0/x001/000"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(index: int, width: int, path: str) -> None:
    assert Tile(0, index, bytes(32 * width)).path == path
    assert bundle_path(index, width) == path.replace("tile/0", "tile/entries")


def test_entries_are_bundled_after_their_lengths() -> None:
    assert entry_bundle([b"ab", b"", b"c" * 300]) == b"\0\2ab\0\0\x01\x2c" + b"c" * 300
