"""Tiles (c2sp.org/tlog-tiles): a large tree as files of 256 hashes, and proofs read from them.

Tile (level, index) holds the 256 hashes of the tree's level `8 × level` from `256 × index` on; the
last of a level may hold fewer. With them a tree of any size is written in one pass, and a proof
reads a few tiles instead of all leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sameboat.proof.encoding import HASH_BYTES
from sameboat.proof.merkle import root_of
from sameboat.proof.nodes import ReadNode

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

ReadTile = Callable[[int, int], bytes]
"""`read(level, index)` gives a tile's hashes, 32 bytes each: full, or as wide as the tree has."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 hashes that lie one after the other."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        """How many hashes."""
        return len(self.hashes) // HASH_BYTES

    @property
    def path(self) -> str:
        """Where it is published: `tile/<L>/<N>`, with `.p/<W>` while it is not full."""
        return f"tile/{self.level}/{_where(self.index, self.width)}"


def tiles_of(leaves: Iterable[bytes]) -> Iterator[Tile]:
    """The tiles over leaf hashes that stream by, in one pass and O(log n) memory."""
    rows: list[list[bytes]] = [[]]
    counts = [0]
    for leaf in leaves:
        rows[0].append(leaf)
        if len(rows[0]) == TILE_WIDTH:
            yield from _full(rows, counts)
    for level, row in enumerate(rows):
        if row:
            yield Tile(level, counts[level], b"".join(row))


def node_reader(read_tile: ReadTile) -> ReadNode:
    """Complete nodes out of tiles, for `root_at`, `inclusion_path` and `consistency_path`."""

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first, width = index << height, 1 << height
        start = first % TILE_WIDTH * HASH_BYTES
        tile = read_tile(tile_level, first >> TILE_HEIGHT)
        hashes = tile[start : start + width * HASH_BYTES]
        assert len(hashes) == width * HASH_BYTES, "only complete nodes are asked for"
        return root_of(hashes)

    return read


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """The content of `tile/entries/<N>`: up to 256 entries, each after its length in two bytes."""
    assert len(entries) <= TILE_WIDTH
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def bundle_path(index: int, width: int) -> str:
    """Where the bundle of `width` entries from `256 × index` on is published."""
    return f"tile/entries/{_where(index, width)}"


def _full(rows: list[list[bytes]], counts: list[int]) -> Iterator[Tile]:
    """Give out the full tile of level 0, and of each level above that it fills."""
    for level in range(len(rows)):
        hashes = b"".join(rows[level])
        yield Tile(level, counts[level], hashes)
        counts[level] += 1
        rows[level].clear()
        if level + 1 == len(rows):
            rows.append([])
            counts.append(0)
        rows[level + 1].append(root_of(hashes))
        if len(rows[level + 1]) < TILE_WIDTH:
            return


def _where(index: int, width: int) -> str:
    assert 0 < width <= TILE_WIDTH
    digits = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        digits = f"x{index % 1000:03d}/{digits}"
    return digits if width == TILE_WIDTH else f"{digits}.p/{width}"
