"""The Merkle tree of RFC 6962 and RFC 9162 over SHA-256: roots and the checking of proofs.

A tree is an ordered sequence of leaf hashes. Making proofs from stored nodes is in `nodes.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

from sameboat.proof.encoding import HASH_BYTES

EMPTY_ROOT = hashlib.sha256(b"").digest()
_BLOCK_LEVEL = 12
_BLOCK_LEAVES = 1 << _BLOCK_LEVEL


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf whose content is `data`."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node with these two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class RootBuilder:
    """The root of leaves that stream by, in O(log n) memory.

    It keeps the roots of the complete subtrees (peaks) that the leaves so far fall into.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        """One per set bit of `size`, the largest first."""

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        assert len(leaf) == HASH_BYTES
        self._push(leaf, 0)

    def add_buffer(self, leaves: bytes | memoryview) -> None:
        """Append leaf hashes that lie one after the other, 32 bytes each."""
        assert len(leaves) % HASH_BYTES == 0
        view = bytes(leaves)
        at = 0
        while at < len(view):
            at = self._add_block(view, at)

    def root(self) -> bytes:
        """The root of the tree of all leaves added so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def _add_block(self, view: bytes, at: int) -> int:
        """Take whole blocks at once where the tree allows it, single leaves before and after."""
        end = at + _BLOCK_LEAVES * HASH_BYTES
        if self.size % _BLOCK_LEAVES == 0 and end <= len(view):
            self._push(self._perfect_root(view[at:end]), _BLOCK_LEVEL)
            return end
        self._push(view[at : at + HASH_BYTES], 0)
        return at + HASH_BYTES

    def _push(self, subtree: bytes, level: int) -> None:
        assert self.size % (1 << level) == 0
        size, at = self.size + (1 << level), level
        while self.size >> at & 1:
            subtree = node_hash(self._peaks.pop(), subtree)
            at += 1
            self._completed(at, subtree)
        self._peaks.append(subtree)
        self.size = size

    def _perfect_root(self, hashes: bytes) -> bytes:
        """The root over 2^n leaf hashes, level by level: the inner loop of large trees."""
        sha256, level = hashlib.sha256, 0
        while len(hashes) > HASH_BYTES:
            pairs = range(0, len(hashes), 2 * HASH_BYTES)
            hashes = b"".join([sha256(b"\x01" + hashes[at : at + 64]).digest() for at in pairs])
            level += 1
            self._completed(level, hashes)
        return hashes

    def _completed(self, level: int, hashes: bytes) -> None:
        """Told of the complete inner nodes of each level, in order, as they come into being."""


def root_of(leaves: Iterable[bytes] | bytes | memoryview) -> bytes:
    """The root over leaf hashes: an iterable of them, or a buffer of 32 bytes each."""
    builder = RootBuilder()
    if isinstance(leaves, bytes | bytearray | memoryview):
        builder.add_buffer(leaves)
        return builder.root()
    stream = iter(leaves)
    while block := list(islice(stream, _BLOCK_LEAVES)):
        assert all(len(leaf) == HASH_BYTES for leaf in block)
        builder.add_buffer(b"".join(block))
    return builder.root()


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether `path` shows that `leaf` is at `index` of the tree of `size` leaves with `root`."""
    if not 0 <= index < size or not _all_hashes((leaf, root, *path)):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    *, size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the tree of `size1` leaves is the beginning of that of `size2`.

    From size 0 there is nothing to prove; it is refused, so that nobody takes it for a proof.
    """
    if not 0 < size1 <= size2 or not _all_hashes((root1, root2, *proof)):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    # A complete first tree is a node of the second, which the proof then leaves out.
    nodes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not nodes:
        return False
    at, last = size1 - 1, size2 - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
