"""Stored nodes of an append-only tree, and roots and proofs assembled from them.

Node (level, index) is the root over the leaves `index << level` up to `(index + 1) << level`; level
0 is the leaves. A node is stored when it is complete, and then never changes: whatever the size
asked for, roots and proofs are put together from stored nodes, reading O(log n) of them for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sameboat.proof.encoding import HASH_BYTES
from sameboat.proof.merkle import EMPTY_ROOT, RootBuilder, node_hash, root_of

ReadNode = Callable[[int, int], bytes]
"""`read(level, index)` gives the hash of a complete node; level 0 gives leaf hashes."""
ReadHashes = Callable[[int, int, int], bytes]
"""`read(level, start, count)` gives the hashes of complete nodes that lie side by side."""
TILE_LEVEL = 8
"""Of a large tree every so many levels are kept: one more hash for each 256 leaves."""


@dataclass(frozen=True, slots=True)
class Node:
    """A complete node; at level 0 a leaf."""

    level: int
    index: int
    hash: bytes


def completed_nodes(read_node: ReadNode, *, size: int, leaves: Sequence[bytes]) -> list[Node]:
    """The nodes that become complete when `leaves` are appended to a tree of `size` leaves.

    `read_node` is asked only for nodes of the tree before, and for at most one per level.
    """
    new: dict[tuple[int, int], bytes] = {}
    for index, leaf in enumerate(leaves, start=size):
        assert len(leaf) == HASH_BYTES
        new[0, index] = found = leaf
        level, at = 0, index
        while at & 1:
            left = new.get((level, at - 1)) or read_node(level, at - 1)
            level, at, found = level + 1, at >> 1, node_hash(left, found)
            new[level, at] = found
    return [Node(level, at, found) for (level, at), found in new.items()]


def root_at(read_node: ReadNode, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(read_node, 0, size) if size else EMPTY_ROOT


def inclusion_path(read_node: ReadNode, *, index: int, size: int) -> list[bytes]:
    """The path that shows leaf `index` in the tree of `size` leaves, from the leaf upwards."""
    assert 0 <= index < size
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(read_node, middle, end))
            end = middle
        else:
            path.append(_range_root(read_node, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(read_node: ReadNode, *, size1: int, size2: int) -> list[bytes]:
    """The proof that the tree of `size1` leaves is the beginning of the tree of `size2`."""
    assert 0 < size1 <= size2
    path: list[bytes] = []
    start, end, whole = 0, size2, True
    while size1 < end:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(_range_root(read_node, middle, end))
            end = middle
        else:
            path.append(_range_root(read_node, start, middle))
            start, whole = middle, False
    if not whole:
        # The verifier holds the root of the whole first tree, but of no part of it.
        path.append(_range_root(read_node, start, end))
    path.reverse()
    return path


class TileBuilder(RootBuilder):
    """A root of leaves that stream by, with every eighth level kept: see `from_tiles`."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[int, bytearray] = {}

    def kept(self) -> bytes:
        """The hashes that are kept, the lower level first; where each begins: `tile_places`."""
        return b"".join(bytes(hashes) for _, hashes in sorted(self._kept.items()))

    def _completed(self, level: int, hashes: bytes) -> None:
        if level % TILE_LEVEL == 0:
            self._kept.setdefault(level, bytearray()).extend(hashes)


def tile_places(size: int) -> dict[int, range]:
    """Which of the hashes kept of a tree of `size` leaves are those of each level."""
    places: dict[int, range] = {}
    level, begin = TILE_LEVEL, 0
    while nodes := size >> level:
        places[level] = range(begin, begin + nodes)
        level, begin = level + TILE_LEVEL, begin + nodes
    return places


def kept_count(size: int) -> int:
    """How many hashes are kept of a tree of `size` leaves."""
    return sum(len(place) for place in tile_places(size).values())


def from_tiles(read_hashes: ReadHashes) -> ReadNode:
    """Any complete node, from at most 128 hashes of the level that is kept at or below its own."""

    def read(level: int, index: int) -> bytes:
        height = level % TILE_LEVEL
        return root_of(read_hashes(level - height, index << height, 1 << height))

    return read


class Levels:
    """All complete nodes over leaf hashes held in memory: a `ReadNode` for trees built at once."""

    def __init__(self, leaves: bytes | Sequence[bytes]) -> None:
        level = leaves if isinstance(leaves, bytes) else b"".join(leaves)
        assert len(level) % HASH_BYTES == 0
        self.size = len(level) // HASH_BYTES
        self._levels = [level]
        while len(level) >= 2 * HASH_BYTES:
            pairs = range(0, len(level) - len(level) % 64, 64)
            level = b"".join(
                [node_hash(level[at : at + 32], level[at + 32 : at + 64]) for at in pairs]
            )
            self._levels.append(level)

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of the complete node (level, index)."""
        found = self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES]
        assert len(found) == HASH_BYTES
        return found


def _split(count: int) -> int:
    """The largest power of two below `count`: where RFC 6962 divides a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def _complete(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete nodes, largest first, over the leaves from `start` up to `end`."""
    while start < end:
        level = (end - start).bit_length() - 1
        assert start % (1 << level) == 0
        yield level, start >> level
        start += 1 << level


def _range_root(read_node: ReadNode, start: int, end: int) -> bytes:
    """The root over a range that RFC 6962 splits off: its complete nodes, folded from the right."""
    peaks = [read_node(level, index) for level, index in _complete(start, end)]
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root
