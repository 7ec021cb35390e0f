"""The tree: proofs that hold always verify, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proof.evidence import bytes_of
from proof.vectors import cases
from sameboat.proof.merkle import (
    EMPTY_ROOT,
    RootBuilder,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sameboat.proof.nodes import (
    Levels,
    completed_nodes,
    consistency_path,
    inclusion_path,
    root_at,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(5_000)]


def tree_hash(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word for word, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of([]) == root_of(b"") == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [*range(1, 70), 4095, 4096, 4097, 5_000])
def test_a_streamed_root_is_the_root_by_definition(size: int) -> None:
    leaves = LEAVES[:size]
    wanted = tree_hash(leaves)
    assert root_of(iter(leaves)) == wanted
    assert root_of(b"".join(leaves)) == wanted
    assert root_at(Levels(leaves), size) == wanted


def test_pieces_of_any_length_give_the_same_root() -> None:
    builder = RootBuilder()
    builder.add(LEAVES[0])
    builder.add_buffer(b"".join(LEAVES[1:4_500]))
    builder.add_buffer(memoryview(b"".join(LEAVES[4_500:])))
    assert builder.size == 5_000
    assert builder.root() == tree_hash(LEAVES)


@pytest.mark.parametrize("size", range(1, 65))
def test_every_leaf_is_proved_and_every_earlier_tree_is_its_beginning(size: int) -> None:
    leaves = LEAVES[:size]
    levels, root = Levels(leaves), tree_hash(leaves)
    for index, leaf in enumerate(leaves):
        path = inclusion_path(levels, index=index, size=size)
        assert verify_inclusion(leaf, index=index, size=size, path=path, root=root)
        other = LEAVES[index + 1]
        assert not verify_inclusion(other, index=index, size=size, path=path, root=root)
    for first in range(1, size + 1):
        proof = consistency_path(levels, size1=first, size2=size)
        before = tree_hash(leaves[:first])
        assert verify_consistency(size1=first, size2=size, root1=before, root2=root, proof=proof)
        forked = tree_hash([*leaves[: first - 1], LEAVES[size]])
        assert not verify_consistency(
            size1=first, size2=size, root1=forked, root2=root, proof=proof
        )


def test_consistency_from_an_empty_tree_is_no_proof() -> None:
    root = tree_hash(LEAVES[:4])
    assert not verify_consistency(size1=0, size2=4, root1=EMPTY_ROOT, root2=root, proof=[])
    assert not verify_consistency(size1=0, size2=0, root1=root, root2=root, proof=[])


@given(size=st.integers(1, 300), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_with_one_bit_or_one_hash_changed_fails(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(Levels(leaves), index=index, size=size)
    root = root_of(leaves)
    mutated = list(path)
    where = data.draw(st.integers(0, len(path)))
    match data.draw(st.sampled_from(["bit", "insert", "remove", "swap"])):
        case "bit" if path:
            where %= len(path)
            bit = data.draw(st.integers(0, 255))
            number = int.from_bytes(path[where], "big") ^ (1 << bit)
            mutated[where] = number.to_bytes(32, "big")
        case "remove" if path:
            del mutated[where % len(path)]
        case "swap" if len(path) > 1:
            mutated.reverse()
        case _:
            mutated.insert(where, data.draw(st.sampled_from([root, leaves[index], b"", bytes(32)])))
    assert not verify_inclusion(leaves[index], index=index, size=size, path=mutated, root=root)


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("claimed", range(1, 6))
def test_never_more_leaves_verify_than_the_claimed_size(size: int, claimed: int) -> None:
    """Understating a head count: whatever path is tried, only `claimed` leaves fit."""
    leaves = LEAVES[:size]
    levels = Levels(leaves)
    known = {hash_ for level in levels._levels for hash_ in _split(level)}
    known.add(tree_hash(leaves))
    for root in known:
        fitting = {
            leaf
            for leaf in leaves
            for index in range(claimed)
            for length in range(4)
            for path in product(sorted(known), repeat=length)
            if verify_inclusion(leaf, index=index, size=claimed, path=path, root=root)
        }
        assert len(fitting) <= claimed
        if root == tree_hash(leaves) and claimed == size:
            assert fitting == set(leaves)


def _split(level: bytes) -> list[bytes]:
    return [level[at : at + 32] for at in range(0, len(level), 32)]


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_stored_nodes_give_every_root_and_proof(sizes: list[int]) -> None:
    """A log that grows in batches, its nodes kept as a table keeps them."""
    table: dict[tuple[int, int], bytes] = {}
    total = 0

    def read(level: int, index: int) -> bytes:
        return table[level, index]

    for count in sizes:
        batch = LEAVES[total : total + count]
        for node in completed_nodes(read, size=total, leaves=batch):
            assert (node.level, node.index) not in table, "a stored node never changes"
            table[node.level, node.index] = node.hash
        total += count
        assert root_at(read, total) == tree_hash(LEAVES[:total])
    for size in {total, total // 2, 1} if total else ():
        if size:
            path = inclusion_path(read, index=size - 1, size=size)
            root = tree_hash(LEAVES[:size])
            assert verify_inclusion(
                LEAVES[size - 1], index=size - 1, size=size, path=path, root=root
            )
            proof = consistency_path(read, size1=size, size2=total)
            whole = tree_hash(LEAVES[:total])
            assert verify_consistency(size1=size, size2=total, root1=root, root2=whole, proof=proof)
    assert len(table) == sum(total >> level for level in range(total.bit_length()))


def test_appending_reads_at_most_one_stored_node_for_each_level() -> None:
    asked: list[tuple[int, int]] = []
    levels = Levels(LEAVES[:1_023])

    def read(level: int, index: int) -> bytes:
        asked.append((level, index))
        return levels(level, index)

    completed_nodes(read, size=1_023, leaves=LEAVES[1_023:1_030])
    assert sorted(asked) == [(level, (1_023 >> level) - 1) for level in range(10)]


def test_an_inner_node_is_no_leaf() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert bytes_of("x") != leaf_hash(b"x")


def _hashes(encoded: list[str] | None) -> list[bytes]:
    return [base64.b64decode(one) for one in encoded or []]


@pytest.mark.parametrize("case", cases("transparency-dev-merkle/inclusion"))
def test_inclusion_as_others_wrote_it(case: Any) -> None:
    good = verify_inclusion(
        base64.b64decode(case["leafHash"]),
        index=case["leafIdx"],
        size=case["treeSize"],
        path=_hashes(case["proof"]),
        root=base64.b64decode(case["root"]),
    )
    assert good is not case["wantErr"]


@pytest.mark.parametrize("case", cases("transparency-dev-merkle/consistency"))
def test_consistency_as_others_wrote_it(case: Any) -> None:
    good = verify_consistency(
        size1=case["size1"],
        size2=case["size2"],
        root1=base64.b64decode(case["root1"] or ""),
        root2=base64.b64decode(case["root2"] or ""),
        proof=_hashes(case["proof"]),
    )
    assert good is not case["wantErr"]
