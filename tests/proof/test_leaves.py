"""Leaves about members, and the sorted trees they stand in."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from proof.evidence import bytes_of
from proof.members import ANA, FEI, HAO, PERIOD, PERIOD_KEY, PLAN
from sameboat.proof.canonical import canonical
from sameboat.proof.errors import BadProof
from sameboat.proof.leaves import (
    EndLeaf,
    ReturnLeaf,
    ShareClass,
    parse_class_leaf,
    parse_end_leaf,
    parse_join_leaf,
    parse_return_leaf,
    parse_share_leaf,
    share_salt,
    terms_hash,
    who,
)
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.proof.sortedtree import Place, place_of, sorted_root
from sameboat.rules.documents import DocumentKind

SHARES = ShareClass(plan=PLAN, period=PERIOD, status="shares", weight=1000, amount=3)
END = EndLeaf(plan=PLAN, day="2019-03-01", reason="left", join="ab" * 32, proof="cd" * 64)
RETURN = ReturnLeaf(plan=PLAN, day="2019-03-09", join="ab" * 32, end=END.hash().hex())


def test_a_document_number_is_one_however_it_is_written() -> None:
    salt = bytes_of("salt")
    one = who(salt, DocumentKind.RESIDENT_ID, "11010519491231002X")
    assert one == who(salt, DocumentKind.RESIDENT_ID, " 110105 19491231 002x ")
    wanted = b"sameboat/who/v1\0" + salt + b"resident_id\x0011010519491231002X"
    assert one == hashlib.sha256(wanted).digest()
    assert one != who(salt, DocumentKind.PASSPORT, "11010519491231002X")
    assert one != who(bytes_of("other"), DocumentKind.RESIDENT_ID, "11010519491231002X")


def test_leaves_are_their_canonical_objects() -> None:
    text = json.dumps(
        {
            "v": 1,
            "type": "return",
            "plan": PLAN,
            "day": "2019-03-09",
            "join": "ab" * 32,
            "end": END.hash().hex(),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    assert RETURN.hash() == leaf_hash(text.encode())
    assert terms_hash(bytes_of("a"), bytes_of("b")) == (
        hashlib.sha256(bytes_of("a") + bytes_of("b")).digest()
    )


def test_leaves_are_read_back() -> None:
    share = SHARES.leaf(join_leaf=ANA.join.hash(), salt=bytes_of("s"))
    assert parse_join_leaf(ANA.join.value()) == ANA.join
    assert parse_end_leaf(END.value()) == END
    assert parse_return_leaf(RETURN.value()) == RETURN
    assert parse_share_leaf(share.value()) == share
    died = EndLeaf(plan=PLAN, day="2019-03-01", reason="died", join="ab" * 32)
    assert "proof" not in died.value()
    assert parse_end_leaf(died.value()) == died


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parse_join_leaf, ANA.join.value() | {"day": "2019-02-30"}),
        (parse_join_leaf, ANA.join.value() | {"day": "20190301"}),
        (parse_join_leaf, ANA.join.value() | {"ref": "ab" * 32}),
        (parse_join_leaf, ANA.join.value() | {"name": "Ana"}),
        (parse_end_leaf, END.value() | {"reason": "died"}),
        (parse_end_leaf, {k: v for k, v in END.value().items() if k != "proof"}),
        (parse_end_leaf, RETURN.value()),
        (parse_return_leaf, RETURN.value() | {"v": True}),
        (
            parse_share_leaf,
            SHARES.leaf(join_leaf=bytes(32), salt=bytes(32)).value() | {"status": "friend"},
        ),
        (
            parse_share_leaf,
            SHARES.leaf(join_leaf=bytes(32), salt=bytes(32)).value() | {"amount": -1},
        ),
        (parse_class_leaf, {"v": 1, "type": "class"}),
        (parse_join_leaf, []),
    ],
)
def test_a_leaf_with_a_mistake_is_refused(parse: Any, value: Any) -> None:
    with pytest.raises(BadProof, match="bad_leaf"):
        parse(value)


def test_a_class_hashed_in_bulk_is_its_leaves_one_by_one() -> None:
    joins = [bytes_of(f"join {n}") for n in range(50)]
    bulk = list(SHARES.leaf_hashes(period_key=PERIOD_KEY, join_leaves=joins))
    single = [
        leaf_hash(canonical(SHARES.leaf(join_leaf=j, salt=share_salt(PERIOD_KEY, j)).value()))
        for j in joins
    ]
    assert bulk == single
    text = f"share-salt/v1|{PERIOD_KEY.hex()}|{joins[0].hex()}"
    assert share_salt(PERIOD_KEY, joins[0]) == hashlib.sha256(text.encode()).digest()
    before, between, after = SHARES.frame()
    salt = hashlib.sha256(text.encode()).hexdigest()
    assert (
        hashlib.sha256(b"\0" + f"{before}{joins[0].hex()}{between}{salt}{after}".encode()).digest()
        == single[0]
    )


def test_a_sorted_tree_proves_each_leaf_and_takes_none_twice() -> None:
    leaves = sorted(one.join.hash() for one in (ANA, HAO, FEI))
    root = sorted_root(leaves)
    assert root == root_of(leaves)
    for leaf in leaves:
        place = place_of(leaf, leaves)
        assert place.holds(leaf, count=3, root=root)
        assert not place.holds(leaf, count=2, root=root)
        assert not Place(place.index, place.path[:-1]).holds(leaf, count=3, root=root)
    for wrong in (leaves[::-1], [leaves[0], *leaves], [*leaves, b"\xff"]):
        with pytest.raises(BadProof, match="not_sorted"):
            sorted_root(wrong)
    with pytest.raises(BadProof, match="not_included"):
        place_of(bytes(32), leaves)
