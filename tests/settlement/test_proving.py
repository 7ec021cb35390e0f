"""The place of a leaf, put together from pieces, is the one that the whole class gives."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sameboat.proof.errors import BadProof
from sameboat.proof.nodes import TileBuilder
from sameboat.proof.sortedtree import place_of
from sameboat.settlement import proving
from sameboat.settlement.files import PeriodFiles
from sameboat.settlement.proving import ClassTree, place_in_class, write_nodes

ROWS_A_GROUP = 512
# One leaf; around one tile; several tiles with a ragged end; above 256 tiles; none; in one group.
SIZES = (1, 255, 257, 5_000, 70_000, 0, 40)


def leaves_of_class(number: int, size: int) -> list[bytes]:
    return sorted(hashlib.sha256(b"%d/%d" % (number, n)).digest() for n in range(size))


@pytest.fixture(scope="module")
def classes() -> list[list[bytes]]:
    return [leaves_of_class(number, size) for number, size in enumerate(SIZES)]


@pytest.fixture(scope="module")
def files(classes: list[list[bytes]], tmp_path_factory: pytest.TempPathFactory) -> PeriodFiles:
    found = PeriodFiles(tmp_path_factory.mktemp("period"))
    rows = [(number, leaf.hex()) for number, leaves in enumerate(classes) for leaf in leaves]
    numbers, texts = zip(*rows, strict=True)
    table = pa.table({"class": pa.array(numbers, pa.int32()), "leaf": texts})
    pq.write_table(table, found.leaves, row_group_size=ROWS_A_GROUP)
    write_nodes([built(leaves) for leaves in classes], to=found.nodes)
    return found


def built(leaves: list[bytes]) -> TileBuilder:
    builder = TileBuilder()
    # In uneven parts, as row groups and classes cut them.
    for start in range(0, len(leaves), 3_333):
        builder.add_buffer(b"".join(leaves[start : start + 3_333]))
    return builder


def tree(number: int, leaves: list[bytes]) -> ClassTree:
    return ClassTree(number, len(leaves), built(leaves).root())


def test_it_is_the_place_in_the_whole_class(
    classes: list[list[bytes]], files: PeriodFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {number: leaves for number, leaves in enumerate(classes) if leaves}
    monkeypatch.setattr(proving, "leaves_of", None)  # The way around it must not be needed.
    for number, leaves in whole.items():
        own = tree(number, leaves)
        for index in {0, 1, 255, 256, len(leaves) * 2 // 3, len(leaves) - 2, len(leaves) - 1}:
            if 0 <= index < len(leaves):
                found = place_in_class(leaves[index], files, own, members=SIZES)
                assert found.index == index
                assert found.holds(leaves[index], count=own.members, root=own.root)
    large = whole[3]
    expected = place_of(large[1_234], large)
    assert place_in_class(large[1_234], files, tree(3, large), members=SIZES) == expected


def test_a_leaf_that_is_not_there_has_no_place(
    classes: list[list[bytes]], files: PeriodFiles
) -> None:
    strange = (b"\x00" * 32, b"\x7f" * 32, b"\xff" * 32, classes[4][7])
    for leaf in strange:
        with pytest.raises(BadProof):
            place_in_class(leaf, files, tree(3, classes[3]), members=SIZES)


def test_nodes_that_are_lost_or_wrong_are_done_without(
    classes: list[list[bytes]], files: PeriodFiles, tmp_path: Path
) -> None:
    leaves = classes[3]
    expected = place_of(leaves[77], leaves)
    other = PeriodFiles(tmp_path)
    other.leaves.symlink_to(files.leaves)
    assert place_in_class(leaves[77], other, tree(3, leaves), members=SIZES) == expected
    other.nodes.write_bytes(bytes(files.nodes.stat().st_size))
    assert place_in_class(leaves[77], other, tree(3, leaves), members=SIZES) == expected
    other.nodes.write_bytes(files.nodes.read_bytes()[:777])
    assert place_in_class(leaves[77], other, tree(3, leaves), members=SIZES) == expected


def test_little_is_read(classes: list[list[bytes]], files: PeriodFiles) -> None:
    leaves, first = classes[4], sum(SIZES[:4])
    read: set[int] = set()

    class Counted(proving._Leaves):
        def _read_group(self, number: int) -> Any:
            read.add(number)
            return super()._read_group(number)

    with Counted(files.leaves) as rows:
        assert rows.find(leaves[50_000], first, first + len(leaves)) == first + 50_000
        assert len(rows.hashes(first + 49_920, 256)) == 256 * 32
    assert len(read) <= 3
