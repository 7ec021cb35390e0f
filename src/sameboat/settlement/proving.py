"""Where one share leaf stands in the tree of its class, read in pieces and never as a whole.

`leaves.parquet` holds the leaves of all classes; `nodes.bin` one hash for each 256 of them, one for
each 256 of those, and so on: class after class, the lower level first. Nobody has to trust it: what
is put together from it is checked against the class's root.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from sameboat.proof.encoding import HASH_BYTES
from sameboat.proof.errors import BadProof
from sameboat.proof.nodes import (
    TileBuilder,
    from_tiles,
    inclusion_path,
    kept_count,
    tile_places,
)
from sameboat.proof.sortedtree import Place, place_of
from sameboat.settlement.engine import leaves_of
from sameboat.settlement.files import PeriodFiles

GROUPS_HELD = 4


@dataclass(frozen=True, slots=True)
class ClassTree:
    """The tree of one class: which of the period's classes, and what the record says of it."""

    number: int
    members: int
    root: bytes


def write_nodes(builders: Sequence[TileBuilder], *, to: Path) -> None:
    """Write what the builders kept, one for each class, in their order."""
    with to.open("wb") as file:
        for builder in builders:
            file.write(builder.kept())


def place_in_class(
    leaf: bytes, files: PeriodFiles, tree: ClassTree, *, members: Sequence[int]
) -> Place:
    """Where `leaf` stands in its class; `members` counts those of each class of the period.

    Raises BadProof if it is not there.
    """
    if files.nodes.exists():
        found = _from_pieces(leaf, files, tree, members)
        if found.holds(leaf, count=tree.members, root=tree.root):
            return found
    return place_of(leaf, leaves_of(files.leaves, tree.number))


def _from_pieces(leaf: bytes, files: PeriodFiles, tree: ClassTree, members: Sequence[int]) -> Place:
    first = sum(members[: tree.number])
    with _Leaves(files.leaves) as leaves, files.nodes.open("rb") as nodes:
        before = sum(kept_count(count) for count in members[: tree.number])
        places = tile_places(tree.members)

        def read(level: int, start: int, count: int) -> bytes:
            if level == 0:
                return leaves.hashes(first + start, count)
            nodes.seek((before + places[level][start]) * HASH_BYTES)
            # A file cut short gives a place that does not hold, and is done without.
            found = nodes.read(count * HASH_BYTES)
            return found.ljust(count * HASH_BYTES, b"\0")

        index = leaves.find(leaf, first, first + tree.members) - first
        path = inclusion_path(from_tiles(read), index=index, size=tree.members)
    return Place(index, tuple(path))


class _Leaves:
    """The file of leaves, read by row; each row group is sorted, as are those of one class."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        meta = self._file.metadata
        sizes = [meta.row_group(number).num_rows for number in range(meta.num_row_groups)]
        self._starts = [0, *accumulate(sizes)]
        self._column = meta.schema.names.index("leaf")
        self._group = lru_cache(maxsize=GROUPS_HELD)(self._read_group)

    def __enter__(self) -> _Leaves:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def hashes(self, start: int, count: int) -> bytes:
        """The leaf hashes of `count` rows from `start` on."""
        texts: list[str] = []
        row, end = start, start + count
        while row < end:
            stop = min(end, self._starts[self._group_of(row) + 1])
            texts += self._rows(row, stop).to_pylist()
            row = stop
        return bytes.fromhex("".join(texts))

    def find(self, leaf: bytes, start: int, end: int) -> int:
        """The row of `leaf` among the rows from `start` up to `end`, which are sorted."""
        text = leaf.hex()
        groups = range(self._group_of(start), self._group_of(end - 1) + 1)
        # Other classes may have rows in the first and the last group too, so only those between
        # tell by their least leaf where to look; behind them all it may be in the last one.
        at = bisect_right(groups[1:-1], text, key=self._least)
        for number in sorted({groups[at], groups[-1]}):
            begin, stop = max(start, self._starts[number]), min(end, self._starts[number + 1])
            found = pc.index(self._rows(begin, stop), text).as_py()
            if found >= 0:
                return int(begin + found)
        raise BadProof("not_included", f"the tree has no leaf {text}")

    def _group_of(self, row: int) -> int:
        return bisect_right(self._starts, row) - 1

    def _least(self, group: int) -> str:
        told = self._file.metadata.row_group(group).column(self._column).statistics
        assert told is not None
        return str(told.min)

    def _rows(self, start: int, stop: int) -> Any:
        """The leaves of rows that lie in one group."""
        group = self._group_of(start)
        begin = self._starts[group]
        return self._group(group)[start - begin : stop - begin]

    def _read_group(self, number: int) -> Any:
        return self._file.read_row_group(number, columns=["leaf"]).column("leaf")
