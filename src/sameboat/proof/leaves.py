"""Leaves about members: joining, ending, returning, and a share of a period.

They stand in trees of their own (`sortedtree.py`) whose roots are in entries of the record. What a
leaf says of a person is hidden behind a salt; its holder has what opens it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from sameboat.proof.canonical import Json, canonical, fields_of
from sameboat.proof.encoding import HASH_BYTES, civil_day, from_hex, natural, slug
from sameboat.proof.errors import BadProof
from sameboat.proof.merkle import leaf_hash
from sameboat.rules.documents import DocumentKind, normalise

WHO_DOMAIN = b"sameboat/who/v1\0"
SHARE_SALT_PREFIX = "share-salt/v1|"
REF_BYTES = 16
SALT_BYTES = 32
LEFT = "left"
"""The one reason of an end that the member's own request must prove."""
STATUSES = ("shares", "capped", "waived", "exempt.aided", "exempt.new", "exempt.waiting")


def who(salt: bytes, kind: DocumentKind, number: str) -> bytes:
    """The hash that ties a join leaf to one document number, under a salt of 32 bytes."""
    assert len(salt) == SALT_BYTES
    document = kind.value.encode("ascii") + b"\0" + normalise(number).encode("utf-8")
    return hashlib.sha256(WHO_DOMAIN + salt + document).digest()


def terms_hash(version_file: bytes, disclosure: bytes) -> bytes:
    """What a person agreed to: the hashes of the version's file and of the disclosure, hashed."""
    assert len(version_file) == len(disclosure) == HASH_BYTES
    return hashlib.sha256(version_file + disclosure).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A leaf's fields are the object's, besides `v` and `type`; hashes and salts are hex."""

    type: ClassVar[str]

    def value(self) -> dict[str, Json]:
        """The object that is hashed; what is None does not stand in it."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        stated = {name: value for name, value in named.items() if value is not None}
        return {"v": 1, "type": self.type, **stated}

    def hash(self) -> bytes:
        """The leaf hash."""
        return leaf_hash(canonical(self.value()))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLeaf(_Leaf):
    """That somebody joined a plan on a day."""

    type: ClassVar[str] = "join"
    plan: str
    day: str
    """`joined_on`, YYYY-MM-DD."""
    ref: str
    """16 random bytes, so that two leaves never coincide."""
    who: str
    until: str
    """The age-out day, YYYY-MM-DD."""
    terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLeaf(_Leaf):
    """That a membership ends; `day` is the last day with membership."""

    type: ClassVar[str] = "end"
    plan: str
    day: str
    reason: str
    join: str
    proof: str | None = None
    """Only for `left`: the member's signature, or that of the leave request's ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLeaf(_Leaf):
    """That somebody who had left has the old membership back."""

    type: ClassVar[str] = "return"
    plan: str
    day: str
    join: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLeaf(_Leaf):
    """What one membership is charged in the period of publicity day `period`; `amount` in fen."""

    type: ClassVar[str] = "share"
    plan: str
    period: str
    status: str
    weight: int
    amount: int
    join: str
    salt: str


def share_salt(period_key: bytes, join_leaf: bytes) -> bytes:
    """The salt of a share leaf, from the period's secret key and the membership's join leaf."""
    text = f"{SHARE_SALT_PREFIX}{period_key.hex()}|{join_leaf.hex()}"
    return hashlib.sha256(text.encode("ascii")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareClass:
    """All memberships of a period with one status, weight and amount (fen)."""

    plan: str
    period: str
    status: str
    weight: int
    amount: int

    def leaf(self, *, join_leaf: bytes, salt: bytes) -> ShareLeaf:
        """The share leaf of one membership of this class."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return ShareLeaf(**own, join=join_leaf.hex(), salt=salt.hex())

    def frame(self) -> tuple[str, str, str]:
        """The canonical text of any leaf of this class: before, between and after join and salt.

        So a class is hashed in bulk, by an SQL engine too, without a second canonical writer.
        """
        blank = bytes(HASH_BYTES)
        text = canonical(self.leaf(join_leaf=blank, salt=blank).value()).decode("utf-8")
        before, between, after = text.split(blank.hex())
        return before, between, after

    def leaf_hashes(self, *, period_key: bytes, join_leaves: Iterable[bytes]) -> Iterator[bytes]:
        """The share leaf hashes of many memberships, in the order of their join leaves."""
        before, between, after = self.frame()
        salted = f"{SHARE_SALT_PREFIX}{period_key.hex()}|"
        sha256 = hashlib.sha256
        for join_leaf in join_leaves:
            join = join_leaf.hex()
            salt = sha256((salted + join).encode("ascii")).hexdigest()
            text = f"\0{before}{join}{between}{salt}{after}"
            yield sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLeaf(_Leaf):
    """One row of a period's class table: a class, its head count, and its tree's root."""

    type: ClassVar[str] = "class"
    plan: str
    period: str
    status: str
    weight: int
    amount: int
    count: int
    root: str


def parse_join_leaf(value: object) -> JoinLeaf:
    """Read a join leaf's object; raises BadProof."""
    code = "bad_leaf"
    names = ("plan", "day", "ref", "who", "until", "terms")
    found = fields_of(value, JoinLeaf.type, names, code=code)
    return JoinLeaf(
        plan=slug(found["plan"], what="plan", code=code),
        day=civil_day(found["day"], what="day", code=code),
        ref=_hex(found["ref"], "ref", size=REF_BYTES),
        who=_hex(found["who"], "who"),
        until=civil_day(found["until"], what="until", code=code),
        terms=_hex(found["terms"], "terms"),
    )


def parse_end_leaf(value: object) -> EndLeaf:
    """Read an end leaf's object; raises BadProof. `proof` stands in it exactly for `left`."""
    code = "bad_leaf"
    left = isinstance(value, dict) and value.get("reason") == LEFT
    names = ("plan", "day", "reason", "join", *(("proof",) if left else ()))
    found = fields_of(value, EndLeaf.type, names, code=code)
    return EndLeaf(
        plan=slug(found["plan"], what="plan", code=code),
        day=civil_day(found["day"], what="day", code=code),
        reason=slug(found["reason"], what="reason", code=code),
        join=_hex(found["join"], "join"),
        proof=_hex(found["proof"], "proof", size=64) if left else None,
    )


def parse_return_leaf(value: object) -> ReturnLeaf:
    """Read a return leaf's object; raises BadProof."""
    code = "bad_leaf"
    found = fields_of(value, ReturnLeaf.type, ("plan", "day", "join", "end"), code=code)
    return ReturnLeaf(
        plan=slug(found["plan"], what="plan", code=code),
        day=civil_day(found["day"], what="day", code=code),
        join=_hex(found["join"], "join"),
        end=_hex(found["end"], "end"),
    )


def parse_share_leaf(value: object) -> ShareLeaf:
    """Read a share leaf's object; raises BadProof."""
    code = "bad_leaf"
    names = ("plan", "period", "status", "weight", "amount", "join", "salt")
    found = fields_of(value, ShareLeaf.type, names, code=code)
    return ShareLeaf(
        plan=slug(found["plan"], what="plan", code=code),
        period=civil_day(found["period"], what="period", code=code),
        status=_status(found["status"]),
        weight=natural(found["weight"], what="weight", code=code),
        amount=natural(found["amount"], what="amount", code=code),
        join=_hex(found["join"], "join"),
        salt=_hex(found["salt"], "salt"),
    )


def parse_class_leaf(value: object) -> ClassLeaf:
    """Read a row of a class table; raises BadProof."""
    code = "bad_leaf"
    names = ("plan", "period", "status", "weight", "amount", "count", "root")
    found = fields_of(value, ClassLeaf.type, names, code=code)
    return ClassLeaf(
        plan=slug(found["plan"], what="plan", code=code),
        period=civil_day(found["period"], what="period", code=code),
        status=_status(found["status"]),
        weight=natural(found["weight"], what="weight", code=code),
        amount=natural(found["amount"], what="amount", code=code),
        count=natural(found["count"], what="count", code=code),
        root=_hex(found["root"], "root"),
    )


def _status(value: object) -> str:
    for status in STATUSES:
        if status == value:
            return status
    raise BadProof("bad_leaf", f"no status of a share: {value!r:.40}")


def _hex(value: object, what: str, *, size: int = HASH_BYTES) -> str:
    return from_hex(value, size=size, what=what, code="bad_leaf").hex()
