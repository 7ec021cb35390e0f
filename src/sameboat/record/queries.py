"""Reading the record: receipts, states, a chain's story, the head and the policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from django.db.models import Max

from sameboat.proof.canonical import Json, canonical, parse_canonical
from sameboat.proof.entry import BATCH
from sameboat.proof.nodes import inclusion_path
from sameboat.proof.policy import Policy, parse_policy
from sameboat.proof.tlogproof import TlogProof
from sameboat.record.models import Checkpoint, Entry
from sameboat.record.tree import assemble
from sameboat.runtime.keys import SignedHead

RecordState = Literal["PENDING", "RECORDED", "REFUSED"]
POLICY = "policy.update"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Two files that anybody can check offline: `N.tlog-proof` and `N.entry.json`."""

    proof_text: str
    entry_bytes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry of a chain as people read it."""

    type: str
    at: datetime
    """When it was added."""
    seq: int
    index: int | None
    """Its place in the log; None while it is pending."""
    state: RecordState
    hash: bytes
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest signed tree head."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The policy as it is pinned: the file's text, and its fingerprint (SHA-256) in hex."""

    text: str
    fingerprint: str


def receipt(leaf: bytes) -> Receipt | None:
    """The receipt of the entry with this leaf hash by the newest head; None if not recorded."""
    row = _entry(leaf)
    newest = Checkpoint.objects.order_by("-size").first()
    if row is None or row.index is None or newest is None:
        return None
    where = {"index": row.index, "size": newest.size}
    path = assemble(lambda read: inclusion_path(read, **where))
    proof = TlogProof(row.index, tuple(path), newest.note)
    return Receipt(str(proof), bytes(row.content))


def state_of(leaf: bytes) -> RecordState | None:
    """Where the entry with this leaf hash stands; None if there is none."""
    row = _entry(leaf)
    return _state(row) if row else None


def recorded_at(leaf: bytes) -> datetime | None:
    """When the entry with this leaf hash reached the record; None while it has not."""
    row = _entry(leaf)
    return row.recorded_at if row else None


def chain_entries(chain: bytes) -> list[EntryLine]:
    """All entries of a chain in order, pending and refused ones included."""
    return [_line(row) for row in Entry.objects.filter(chain=chain).order_by("seq", "id")]


def recorded_between(first: int, end: int, types: Collection[str]) -> list[tuple[bytes, EntryLine]]:
    """The entries of these types at `first <= index < end` of the log, each with its chain."""
    rows = Entry.objects.filter(index__gte=first, index__lt=end, type__in=types)
    return [(bytes(row.chain), _line(row)) for row in rows.order_by("index") if row.chain]


def last_entries(type_: str, chains: Collection[bytes]) -> dict[bytes, EntryLine]:
    """The last entry of a type on each of these chains; a chain without one is left out."""
    found = Entry.objects.filter(type=type_, chain__in=list(chains))
    lasts = found.order_by("chain", "-seq", "-id").distinct("chain")
    return {bytes(row.chain or b""): _line(row) for row in lasts}


def head() -> Head | None:
    """The newest tree head; None before the record was started."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return None
    return Head(
        size=newest.size, root=bytes(newest.root), note=newest.note, signed_at=newest.signed_at
    )


def newest_signed() -> SignedHead | None:
    """The newest head that this database holds."""
    newest = head()
    return SignedHead(newest.size, newest.root, newest.note) if newest else None


def holds(signed: SignedHead) -> bool:
    """Whether this database holds that head."""
    return Checkpoint.objects.filter(size=signed.size, root=signed.root).exists()


def pending_count() -> int:
    """How many entries wait for the sequencer."""
    return Entry.objects.filter(state="PENDING").count()


def oldest_pending_at() -> datetime | None:
    """Since when the longest waiting entry is pending; None if none is."""
    pending = Entry.objects.filter(state="PENDING").order_by("id")
    return pending.values_list("added_at", flat=True).first()


def refused_count() -> int:
    """How many entries the sequencer refused: each is a mistake of ours."""
    return Entry.objects.filter(state="REFUSED").count()


def log_size() -> int:
    """How many leaves the newest signed tree has; 0 before the record was started."""
    return Checkpoint.objects.aggregate(size=Max("size"))["size"] or 0


def last_batch_time() -> int:
    """The t of the last batch, POSIX seconds; 0 before the first."""
    rows = Entry.objects.filter(type=BATCH, index__isnull=False).order_by("-index")
    last = rows.values_list("content", flat=True).first()
    if last is None:
        return 0
    t = _body(bytes(last))["t"]
    assert isinstance(t, int)
    return t


def policy_in_force(*, recorded_only: bool = False) -> Policy | None:
    """The newest version of the policy, added or on the record; None before the first."""
    content = _policy_content(recorded_only=recorded_only)
    return None if content is None else policy_of(content)


def policy_text() -> PolicyText | None:
    """The recorded policy for pinning: shown with its fingerprint when a person joins."""
    content = _policy_content(recorded_only=True)
    if content is None:
        return None
    text = canonical(_body(content)).decode("utf-8")
    return PolicyText(text, policy_of(content).fingerprint.hex())


@lru_cache(maxsize=64)
def policy_of(content: bytes) -> Policy:
    """The policy that an entry of type `policy.update` brings: its body is the policy file."""
    return parse_policy(canonical(_body(content)))


def _policy_content(*, recorded_only: bool) -> bytes | None:
    rows = Entry.objects.filter(type=POLICY, state__in=["RECORDED"])
    if not recorded_only:
        rows = Entry.objects.filter(type=POLICY).exclude(state="REFUSED")
    content = rows.order_by("-seq").values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def _line(row: Entry) -> EntryLine:
    return EntryLine(
        type=row.type,
        at=row.added_at,
        seq=row.seq or 0,
        index=row.index,
        state=_state(row),
        hash=bytes(row.hash),
        body=_body(bytes(row.content)),
    )


def _entry(leaf: bytes) -> Entry | None:
    """The entry of a chain with this leaf hash; batch entries are nobody's.

    The same bytes may have been refused before, so the last of them counts.
    """
    return Entry.objects.filter(hash=leaf, chain__isnull=False).order_by("-id").first()


def _state(row: Entry) -> RecordState:
    match row.state:
        case "PENDING" | "RECORDED" | "REFUSED":
            return row.state
        case _:
            raise AssertionError(f"entry {row.pk} has no state {row.state}")


def _body(content: bytes) -> Mapping[str, Json]:
    body = parse_canonical(content)["body"]
    assert isinstance(body, dict)
    return body
