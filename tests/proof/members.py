"""Ana, Hao and Fei as members, with all that their receipts need; documents are invented."""

from __future__ import annotations

from dataclasses import dataclass

from proof.evidence import bytes_of
from sameboat.proof.canonical import Json
from sameboat.proof.certificate import Holder, JoinReceipt, ShareCertificate
from sameboat.proof.leaves import ClassLeaf, JoinLeaf, ShareClass, ShareLeaf, share_salt, who
from sameboat.proof.sortedtree import place_of, sorted_root
from sameboat.rules.documents import DocumentKind

PLAN = "xiang-hu-bao"
DAY = "2019-01-01"
PERIOD = "2019-01-21"
PERIOD_KEY = bytes_of("period key")


@dataclass(frozen=True)
class Member:
    name: str
    number: str

    @property
    def salt(self) -> bytes:
        return bytes_of(f"salt of {self.name}")

    @property
    def holder(self) -> Holder:
        return Holder(DocumentKind.PASSPORT, self.number)

    @property
    def join(self) -> JoinLeaf:
        return JoinLeaf(
            plan=PLAN,
            day=DAY,
            ref=bytes_of(f"ref of {self.name}", 16).hex(),
            who=who(self.salt, DocumentKind.PASSPORT, self.number).hex(),
            until="2049-05-06",
            terms=bytes_of("terms").hex(),
        )


ANA = Member("ana", "E12345678")
HAO = Member("hao", "G87654321")
FEI = Member("fei", "E00000001")
MEMBERS = (ANA, HAO, FEI)
JOINS = sorted(member.join.hash() for member in MEMBERS)
CLASSES = (
    (ShareClass(plan=PLAN, period=PERIOD, status="shares", weight=1000, amount=3), (ANA, HAO)),
    (ShareClass(plan=PLAN, period=PERIOD, status="exempt.aided", weight=1000, amount=0), (FEI,)),
)


def members_day(*, count: int = len(JOINS)) -> dict[str, Json]:
    return {
        "plan": PLAN,
        "day": DAY,
        "joins": {"count": count, "root": sorted_root(JOINS).hex()},
        "active": len(JOINS),
    }


def join_receipt(member: Member) -> JoinReceipt:
    leaf = member.join
    return JoinReceipt(leaf=leaf, salt=member.salt, place=place_of(leaf.hash(), JOINS))


def share_leaf(class_: ShareClass, member: Member) -> ShareLeaf:
    join = member.join.hash()
    return class_.leaf(join_leaf=join, salt=share_salt(PERIOD_KEY, join))


def class_leaves(number: int) -> list[bytes]:
    class_, members = CLASSES[number]
    return sorted(share_leaf(class_, member).hash() for member in members)


def row(number: int) -> ClassLeaf:
    class_, leaves = CLASSES[number][0], class_leaves(number)
    return ClassLeaf(
        plan=PLAN,
        period=PERIOD,
        status=class_.status,
        weight=class_.weight,
        amount=class_.amount,
        count=len(leaves),
        root=sorted_root(leaves).hex(),
    )


def period_settle() -> dict[str, Json]:
    facts = ("status", "weight", "amount", "count", "root")
    rows = [row(number).value() for number in range(len(CLASSES))]
    return {
        "plan": PLAN,
        "period": PERIOD,
        "classes": [{fact: one[fact] for fact in facts} for one in rows],
    }


def certificate(member: Member, number: int) -> ShareCertificate:
    leaf = share_leaf(CLASSES[number][0], member)
    place = place_of(leaf.hash(), class_leaves(number))
    return ShareCertificate(leaf=leaf, place=place, join=member.join, salt=member.salt)
