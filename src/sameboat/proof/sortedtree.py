"""Trees whose leaf hashes are sorted and strictly increasing: day trees and class trees.

Each is one plain RFC 6962 tree, so its size is its count; and no leaf can stand in it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sameboat.proof.canonical import Json, fields_of
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural
from sameboat.proof.errors import BadProof
from sameboat.proof.merkle import root_of, verify_inclusion
from sameboat.proof.nodes import Levels, inclusion_path
from sameboat.proof.tlogproof import PATH_MAX


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf stands in a tree: its index and its path."""

    index: int
    path: tuple[bytes, ...]

    def to_json(self) -> dict[str, Json]:
        """The place as it stands in receipt files."""
        return {"index": self.index, "path": [step.hex() for step in self.path]}

    def holds(self, leaf: bytes, *, count: int, root: bytes) -> bool:
        """Whether `leaf` is here in the tree of `count` leaves with `root`."""
        return verify_inclusion(leaf, index=self.index, size=count, path=self.path, root=root)


def strictly_increasing(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """Pass leaf hashes on; raises BadProof at the first that is not greater than the one before."""
    before = b""
    for leaf in leaves:
        if leaf <= before or len(leaf) != HASH_BYTES:
            raise BadProof("not_sorted", f"{leaf.hex()} after {before.hex()}")
        yield leaf
        before = leaf


def sorted_root(leaves: Iterable[bytes]) -> bytes:
    """The root over a sorted stream of leaf hashes, in O(log n) memory; raises BadProof."""
    return root_of(strictly_increasing(leaves))


def place_of(leaf: bytes, leaves: Sequence[bytes]) -> Place:
    """Where `leaf` stands among these sorted leaf hashes; raises BadProof if it does not."""
    checked = list(strictly_increasing(leaves))
    if leaf not in checked:
        raise BadProof("not_included", f"the tree has no leaf {leaf.hex()}")
    index = checked.index(leaf)
    return Place(index, tuple(inclusion_path(Levels(checked), index=index, size=len(checked))))


def parse_place(value: object, *, code: str) -> Place:
    """Read a place from a receipt file; raises BadProof(code)."""
    fields = fields_of(value, None, ("index", "path"), code=code)
    path = fields["path"]
    if not isinstance(path, list) or len(path) > PATH_MAX:
        raise BadProof(code, f"path must be a list of at most {PATH_MAX} hashes")
    return Place(
        natural(fields["index"], what="index", code=code),
        tuple(from_hex(step, size=HASH_BYTES, what="a hash", code=code) for step in path),
    )
