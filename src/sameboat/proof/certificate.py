"""Receipts of one member: the join receipt, and the certificate of one period's share.

Both are files beside the receipt of an entry: the entry carries a root, the file a place under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sameboat.proof.canonical import Json, canonical, fields_of, parse_canonical
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural
from sameboat.proof.errors import BadProof
from sameboat.proof.leaves import (
    SALT_BYTES,
    ClassLeaf,
    JoinLeaf,
    ShareLeaf,
    parse_class_leaf,
    parse_join_leaf,
    parse_share_leaf,
    who,
)
from sameboat.proof.sortedtree import Place, parse_place
from sameboat.rules.documents import DocumentKind

MEMBERS_DAY = "members.day"
PERIOD_SETTLE = "period.settle"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who says that a certificate is theirs: a document of theirs, as written on it."""

    kind: DocumentKind
    number: str

    def opens(self, join: JoinLeaf, salt: bytes) -> bool:
        """Whether the join leaf was made for this document number."""
        return who(salt, self.kind, self.number).hex() == join.who


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReceipt:
    """The file `N.join.json`: a join leaf, what opens it, and its place in the day's tree."""

    leaf: JoinLeaf
    salt: bytes
    place: Place

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return canonical(
            {
                "v": 1,
                "type": "join-receipt",
                "leaf": self.leaf.value(),
                "salt": self.salt.hex(),
                "place": self.place.to_json(),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCertificate:
    """The file `N.share.json`: a share leaf, its place in its class, and the join leaf it is of."""

    leaf: ShareLeaf
    place: Place
    join: JoinLeaf
    salt: bytes
    """Opens the join leaf."""
    row: ClassLeaf | None = None
    """The class's row, where the entry carries only the root of the class table."""
    row_place: Place | None = None

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        value: dict[str, Json] = {
            "v": 1,
            "type": "share-certificate",
            "leaf": self.leaf.value(),
            "place": self.place.to_json(),
            "join": self.join.value(),
            "salt": self.salt.hex(),
        }
        if self.row and self.row_place:
            value |= {"row": self.row.value(), "row_place": self.row_place.to_json()}
        return canonical(value)


def parse_join_receipt(data: bytes) -> JoinReceipt:
    """Read `N.join.json`; raises BadProof. Nothing is checked against the record yet."""
    value = parse_canonical(data.removesuffix(b"\n"))
    fields_of(value, "join-receipt", ("leaf", "salt", "place"), code="bad_certificate")
    return JoinReceipt(
        leaf=parse_join_leaf(value["leaf"]),
        salt=from_hex(value["salt"], size=SALT_BYTES, what="salt", code="bad_certificate"),
        place=parse_place(value["place"], code="bad_certificate"),
    )


def parse_share_certificate(data: bytes) -> ShareCertificate:
    """Read `N.share.json`; raises BadProof. Nothing is checked against the record yet."""
    value = parse_canonical(data.removesuffix(b"\n"))
    with_row = "row" in value
    names = ("leaf", "place", "join", "salt", *(("row", "row_place") if with_row else ()))
    fields_of(value, "share-certificate", names, code="bad_certificate")
    return ShareCertificate(
        leaf=parse_share_leaf(value["leaf"]),
        place=parse_place(value["place"], code="bad_certificate"),
        join=parse_join_leaf(value["join"]),
        salt=from_hex(value["salt"], size=SALT_BYTES, what="salt", code="bad_certificate"),
        row=parse_class_leaf(value["row"]) if with_row else None,
        row_place=parse_place(value["row_place"], code="bad_certificate") if with_row else None,
    )


def check_joined(receipt: JoinReceipt, body: Mapping[str, Json]) -> int:
    """Check that the join stands in the body of its day's `members.day`; raises BadProof.

    Gives how many joined on that day.
    """
    if body.get("plan") != receipt.leaf.plan or body.get("day") != receipt.leaf.day:
        raise BadProof("wrong_entry", "the entry is of another plan or another day")
    count, root = _counted(body.get("joins"))
    if not receipt.place.holds(receipt.leaf.hash(), count=count, root=root):
        raise BadProof("not_included", "the join leaf is not at this place of the day's tree")
    return count


def check_share(certificate: ShareCertificate, body: Mapping[str, Json]) -> int:
    """Check that the share stands in its class of the body of `period.settle`; raises BadProof.

    Gives the head count of the class.
    """
    leaf = certificate.leaf
    if body.get("plan") != leaf.plan or body.get("period") != leaf.period:
        raise BadProof("wrong_entry", "the entry is of another plan or another period")
    count, root = _class(certificate, body)
    if not certificate.place.holds(leaf.hash(), count=count, root=root):
        raise BadProof("not_included", "the share leaf is not at this place of its class")
    if certificate.join.hash().hex() != leaf.join or certificate.join.plan != leaf.plan:
        raise BadProof("wrong_join", "the share leaf is of another membership")
    return count


def _class(certificate: ShareCertificate, body: Mapping[str, Json]) -> tuple[int, bytes]:
    """Head count and root of the share's class, from the entry itself or its class table."""
    leaf, row = certificate.leaf, certificate.row
    key = (leaf.status, leaf.weight, leaf.amount)
    if row is None:
        classes = body.get("classes")
        listed = [one for one in classes if _key(one) == key] if isinstance(classes, list) else []
        if len(listed) != 1:
            raise BadProof("wrong_class", f"the entry lists {len(listed)} such classes, not one")
        return _counted({name: listed[0].get(name) for name in ("count", "root")})
    if (row.plan, row.period) != (leaf.plan, leaf.period) or _key(row.value()) != key:
        raise BadProof("wrong_class", "the row is of another class")
    rows, table = _counted(body.get("class_table"))
    if not certificate.row_place or not certificate.row_place.holds(
        row.hash(), count=rows, root=table
    ):
        raise BadProof("not_included", "the row is not at this place of the class table")
    return row.count, bytes.fromhex(row.root)


def _key(row: object) -> tuple[object, ...] | None:
    if not isinstance(row, dict):
        return None
    return row.get("status"), row.get("weight"), row.get("amount")


def _counted(value: object) -> tuple[int, bytes]:
    """The size and root of a tree as entries state them; other facts may stand beside."""
    if not isinstance(value, dict):
        raise BadProof("wrong_entry", "the entry does not carry that tree")
    return (
        natural(value.get("count"), what="count", code="wrong_entry"),
        from_hex(value.get("root"), size=HASH_BYTES, what="root", code="wrong_entry"),
    )
