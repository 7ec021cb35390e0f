"""Checking the whole log: everything is computed again from the bytes of the stored entries.

What is wrong is named by its place: an entry by its index, a hash by (level, index), a checkpoint
by its size. One fault is named once: what follows from it is not counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Max

from sameboat.proof.checkpoint import parse_checkpoint
from sameboat.proof.entry import BATCH, CheckedEntry, check_entry
from sameboat.proof.errors import BadProof
from sameboat.proof.merkle import RootBuilder, leaf_hash, node_hash
from sameboat.proof.nodes import completed_nodes
from sameboat.proof.note import parse_note
from sameboat.proof.policy import Policy, attest
from sameboat.record.chains import judge_entry
from sameboat.record.models import Checkpoint, Entry, Node
from sameboat.record.queries import POLICY, log_size, pending_count, policy_of
from sameboat.record.tree import Place, read_nodes
from sameboat.rules.record import Broken, ChainState

BLOCK_LEAVES = 4_096
FINDINGS_MAX = 100
_NO_HASH = bytes(32)

Code = Literal[
    "entry_missing", "entry_changed", "entry_bad", "entry_beyond", "rule_broken", "batch_wrong",
    "node_missing", "node_changed", "node_beyond", "checkpoint_missing", "checkpoint_wrong",
    "policy_wrong",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, with the place that is known of it."""

    code: Code
    why: str
    index: int | None = None
    """Of an entry in the log, or of a hash in its level."""
    level: int | None = None
    size: int | None = None
    """Of a checkpoint."""

    def __str__(self) -> str:
        """The finding in one line."""
        if self.size is not None:
            return f"checkpoint {self.size}: {self.why} ({self.code})"
        if self.level is not None:
            return f"node ({self.level}, {self.index}): {self.why} ({self.code})"
        return f"entry {self.index}: {self.why} ({self.code})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What a check of the whole log found."""

    size: int
    root: str
    """Hex of the root computed from the entries."""
    checkpoints: int
    pending: int
    findings: tuple[Finding, ...]
    """At most FINDINGS_MAX; empty if the log is good."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def check_log(
    *,
    pinned: bytes | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LogReport:
    """Check every entry, hash, link, signature, rule and checkpoint of the log.

    `pinned` is the fingerprint of policy version 1 that the verifier holds; without it the log is
    only consistent with itself. `progress` is told how many of how many entries are done.
    """
    highest = Entry.objects.aggregate(index=Max("index"))["index"]
    size = log_size()  # Read later than `highest`: a batch in between cannot look like a fault.
    checking = _Checking(size=size, pinned=pinned)
    for low in range(0, size, BLOCK_LEAVES):
        checking.block(low, min(low + BLOCK_LEAVES, size))
        progress(min(low + BLOCK_LEAVES, size), size)
    if highest is not None and highest >= size:
        checking.found("entry_beyond", "no checkpoint covers it", index=highest)
    checking.beyond()
    return LogReport(
        size=size,
        root=checking.builder.root().hex(),
        checkpoints=checking.checkpoints,
        pending=pending_count(),
        findings=tuple(checking.findings[:FINDINGS_MAX]),
    )


@dataclass(slots=True)
class _Checking:
    size: int
    pinned: bytes | None
    findings: list[Finding] = field(default_factory=list)
    builder: RootBuilder = field(default_factory=RootBuilder)
    checkpoints: int = 0
    policy: Policy | None = None
    t: int = 0
    states: dict[bytes, ChainState] = field(default_factory=dict)
    lost: set[bytes] = field(default_factory=set)
    """Chains with a fault: what comes after it on the chain cannot be judged."""
    gone: set[bytes] = field(default_factory=set)
    """Leaf hashes whose entries are missing or changed."""
    last: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    """The last complete hash of each level, computed: (index, hash)."""
    wrong: set[Place] = field(default_factory=set)

    def found(self, code: Code, why: str, **place: int) -> None:
        self.findings.append(Finding(code=code, why=why, **place))

    def block(self, low: int, high: int) -> None:
        """Check the entries from index `low` up to `high`, and all hashes that they complete."""
        rows = {row.index: row for row in _rows(low, high)}
        heads = {head.size: head for head in _heads(low, high)}
        places = _places(low, high)
        stored = read_nodes(places)
        leaves = []
        for index in range(low, high):
            self._head(index, heads.get(index))
            leaf = self._leaf(index, rows.get(index), stored)
            if row := rows.get(index):
                self._entry(index, row, leaf, is_first=index == 0 or index in heads)
            leaves.append(leaf)
            self.builder.add(leaf)
        self._nodes(low, leaves, stored)
        if high == self.size:
            self._head(high, Checkpoint.objects.filter(size=high).first())

    def beyond(self) -> None:
        """Hashes of leaves that no checkpoint covers."""
        for level in range(self.size.bit_length() + 1):
            rows = Node.objects.filter(level=level, index__gte=self.size >> level)
            for index in rows.order_by("index").values_list("index", flat=True)[:FINDINGS_MAX]:
                if (index + 1) << level > log_size():
                    self.found("node_beyond", "no checkpoint covers it", level=level, index=index)

    def _leaf(self, index: int, row: Entry | None, stored: Mapping[Place, bytes]) -> bytes:
        """The leaf hash that was sequenced at `index`, as far as the stored hashes can tell."""
        kept = stored.get((0, index))
        if kept is None:
            self.found("node_missing", "the hash is not stored", level=0, index=index)
        if row is None:
            self.found("entry_missing", "there is no entry of this index", index=index)
            self.gone.add(kept or _NO_HASH)
            return kept or _NO_HASH
        computed = leaf_hash(bytes(row.content))
        if kept is None or computed == kept:
            return computed
        if _is_backed(index, computed, kept, stored, otherwise=bytes(row.hash) == computed):
            self.found("node_changed", "not the leaf hash of its entry", level=0, index=index)
            return computed
        self.found("entry_changed", "its bytes are not those that were recorded", index=index)
        self.gone.add(kept)
        return kept

    def _entry(self, index: int, row: Entry, leaf: bytes, *, is_first: bool) -> None:
        """Check one entry by its own bytes, then against its chain, the policy and the rules."""
        chain = bytes(row.chain or b"")
        try:
            entry = check_entry(bytes(row.content))
        except BadProof as error:
            self.lost.add(chain)
            if leaf == leaf_hash(bytes(row.content)):  # Else it was named already.
                self.found("entry_bad", f"{error.code}: {error.why}", index=index)
            return
        if entry.leaf != leaf:
            self.lost.add(chain)
            return
        if (bytes(row.hash), row.type, chain, row.seq) != (
            entry.leaf,
            entry.type,
            entry.chain or b"",
            entry.seq,
        ):
            self.found("entry_changed", "its columns do not say what it says", index=index)
        if entry.type == BATCH:
            if not is_first:
                self.found("checkpoint_missing", "the batch before has none", size=index)
            self._batch(index, entry)
        else:
            if is_first:
                self.found("batch_wrong", "behind a checkpoint a batch begins", index=index)
            self._judge(index, entry, bytes(row.content))

    def _batch(self, index: int, entry: CheckedEntry) -> None:
        t = entry.body["t"]
        assert isinstance(t, int)
        if t < self.t:
            self.found("rule_broken", "time_falls: t is before the last batch's", index=index)
        self.t = max(t, self.t)

    def _judge(self, index: int, entry: CheckedEntry, content: bytes) -> None:
        assert entry.chain is not None
        following = self._following_policy(index, entry, content)
        if entry.prev in self.gone:
            self.lost.add(entry.chain)
        if entry.chain in self.lost:
            return
        state = self.states.get(entry.chain)
        after = judge_entry(state, entry, policy=self.policy or following, t=self.t)
        if isinstance(after, Broken):
            self.lost.add(entry.chain)
            self.found("rule_broken", f"{after.code}: {after.why}", index=index)
            return
        self.states[entry.chain] = after
        self.policy = following or self.policy

    def _following_policy(self, index: int, entry: CheckedEntry, content: bytes) -> Policy | None:
        """The policy that this entry brings, if it brings one that may follow."""
        if entry.type != POLICY:
            return None
        try:
            policy = policy_of(content)
        except BadProof as error:
            self.found("policy_wrong", f"{error.code}: {error.why}", index=index)
            return None
        if self.policy is not None and not policy.follows(self.policy):
            self.found("policy_wrong", "it does not follow the one in force", index=index)
            return None
        if self.policy is None and self.pinned not in (None, policy.fingerprint):
            self.found("policy_wrong", "not the policy that was pinned", index=index)
        return policy

    def _nodes(self, low: int, leaves: Sequence[bytes], stored: Mapping[Place, bytes]) -> None:
        """Compare the inner hashes that these leaves complete with the stored ones."""
        for node in completed_nodes(self._before, size=low, leaves=leaves):
            self.last[node.level] = (node.index, node.hash)
            kept, place = stored.get((node.level, node.index)), (node.level, node.index)
            if node.level == 0 or kept == node.hash:
                continue
            below = {(node.level - 1, 2 * node.index), (node.level - 1, 2 * node.index + 1)}
            self.wrong.add(place)
            if kept is None:
                self.found("node_missing", "the hash is not stored", level=place[0], index=place[1])
            elif not below & self.wrong:
                self.found(
                    "node_changed", "not the hash of its children", level=place[0], index=place[1]
                )

    def _before(self, level: int, index: int) -> bytes:
        found, hashed = self.last[level]
        assert found == index
        return hashed

    def _head(self, size: int, head: Checkpoint | None) -> None:
        """Check the checkpoint over the first `size` leaves, which are in the builder."""
        if head is None:
            return
        assert self.builder.size == size
        self.checkpoints += 1
        try:
            stated = parse_checkpoint(parse_note(head.note.encode("utf-8")).text)
            if self.policy is not None:
                attest(self.policy, head.note.encode("utf-8"))
        except BadProof as error:
            self.found("checkpoint_wrong", f"{error.code}: {error.why}", size=size)
            return
        root = self.builder.root()
        if (stated.size, stated.root) != (size, bytes(head.root)):
            self.found("checkpoint_wrong", "its note states another tree head", size=size)
        elif root != stated.root:
            self.found("checkpoint_wrong", "the entries have another root", size=size)


def _is_backed(
    index: int,
    computed: bytes,
    kept: bytes,
    stored: Mapping[Place, bytes],
    *,
    otherwise: bool,
) -> bool:
    """Whether the stored parent stands by the computed leaf, not by the stored one."""
    parent, sibling = stored.get((1, index >> 1)), stored.get((0, index ^ 1))
    if parent is None or sibling is None:
        return otherwise

    def over(leaf: bytes) -> bytes:
        return node_hash(sibling, leaf) if index & 1 else node_hash(leaf, sibling)

    return over(kept) != parent and (over(computed) == parent or otherwise)


def _rows(low: int, high: int) -> list[Entry]:
    return list(Entry.objects.filter(index__gte=low, index__lt=high).order_by("index"))


def _heads(low: int, high: int) -> list[Checkpoint]:
    return list(Checkpoint.objects.filter(size__gte=low, size__lt=high).order_by("size"))


def _places(low: int, high: int) -> list[Place]:
    """The places of all hashes that the leaves from `low` up to `high` complete."""
    return [
        (level, index)
        for level in range(high.bit_length())
        for index in range(low >> level, high >> level)
    ]
