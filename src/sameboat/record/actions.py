"""Writing on the record: adding an entry, and sequencing what is pending into the log.

An entry is added in the transaction of the business row that it tells of. One sequencer at a time
takes pending entries in order, judges each at the time of its batch, and stores leaves, inner
hashes and the signed checkpoint in one transaction: killed anywhere, it left nothing half-done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sameboat.proof.canonical import JsonObject
from sameboat.proof.checkpoint import Checkpoint as TreeHead
from sameboat.proof.checkpoint import sign_checkpoint
from sameboat.proof.entry import (
    BATCH,
    batch_entry,
    build_entry,
    chain_id,
    check_entry,
    sign_entry,
)
from sameboat.proof.errors import BadProof
from sameboat.proof.merkle import leaf_hash
from sameboat.proof.nodes import completed_nodes, root_at
from sameboat.proof.policy import Policy
from sameboat.proof.ticket import Promise, Ticket, sign_ticket
from sameboat.record import signing
from sameboat.record.chains import chain_state, judge_entry, lock_chain, recorded_states
from sameboat.record.models import Checkpoint, Entry
from sameboat.record.queries import (
    POLICY,
    holds,
    last_batch_time,
    log_size,
    newest_signed,
    policy_in_force,
    policy_of,
)
from sameboat.record.tree import assemble, insert_nodes, statement
from sameboat.rules.record import RULES, Broken, ChainState
from sameboat.runtime import failpoints
from sameboat.runtime.keys import SignedHead, keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings

BATCH_ENTRIES_MAX = 4_096
TICKET_DELAY_SECONDS = 24 * 3600
"""Within this time an entry is on the record, or its ticket proves that we broke a promise."""
SEQUENCER_LOCK = 0x5A3E_5E01

_log = logging.getLogger(__name__)


class RecordNotStarted(Refusal):
    """The record has no first batch and no policy yet."""

    code = "record_not_started"
    en = "The evidence record was not started yet: run `sameboat migrate`."
    zh = "存证尚未启动：请先运行 sameboat migrate。"


class RecordForks(Refusal):
    """The database lacks a head that was signed before: going on would make a second history."""

    code = "record_forks"
    en = (
        "The record in this database does not hold the head of {size} entries that was signed "
        "before. Restore a newer backup; nothing is signed meanwhile."
    )
    zh = (
        "数据库中的存证缺少先前签署的第 {size} 条树头。请恢复更新的备份；在此之前不会签署任何内容。"
    )


class NothingLost(Refusal):
    """The record is whole, so there is no loss to admit."""

    code = "nothing_lost"
    en = "The record holds every head that was signed; there is no loss to admit."
    zh = "存证完整，已签署的树头都在，没有需要承认的丢失。"


class EntryRefused(Refusal):
    """The entry would break a rule of the record, so nothing was written."""

    code = "entry_refused"
    en = "The record refuses {type}: {why} ({broken})."
    zh = "存证拒绝 {type}：{why}（{broken}）。"


@dataclass(frozen=True, slots=True)
class Added:
    """A pending entry: its leaf hash, and the ticket that promises to record it."""

    hash: bytes
    ticket: str


@transaction.atomic
def start_record(*, now: datetime) -> None:
    """Make the signing keys and write the first batch with version 1 of the policy.

    Does nothing where the record stands already.
    """
    lock_sequencer()
    if Checkpoint.objects.exists():
        return
    signing.make_keys()
    refuse_fork()
    policy = signing.first_policy()
    _add(chain_id("org", ""), POLICY, policy, ("operator",), now, policy=None)
    _sequence_batch(now)


@transaction.atomic
def add_entry(
    *,
    chain: bytes,
    type: str,  # noqa: A002 - the word of the format
    body: JsonObject,
    roles: Sequence[str],
    now: datetime,
) -> Added:
    """Sign an entry in these roles and put it behind the chain's last one; it is pending then.

    Call it in the transaction of the row that it tells of. Whoever adds to the same chain waits for
    the other's transaction. Refused where it breaks a rule of the record (`rules.record`).
    """
    policy = policy_in_force()
    if policy is None:
        raise RecordNotStarted()
    return _add(chain, type, body, roles, now, policy=policy)


def sign_promise(*, promise: Promise, leaf: bytes, now: datetime) -> str:
    """A ticket: the signed promise to record `leaf` within TICKET_DELAY_SECONDS.

    For a join `leaf` is the join leaf, for a leave the SHA-256 of the canonical leave request.
    """
    ticket = Ticket(
        promise=promise, hash=leaf, received=int(now.timestamp()), delay=TICKET_DELAY_SECONDS
    )
    return sign_ticket(ticket, signing.private_key(signing.TICKET)).decode("ascii")


def sequence(*, now: datetime) -> int:
    """Put everything that is pending on the record; how many entries, batch entries not counted.

    Of two callers at once one waits for the other, and may then find nothing left to do.
    """
    recorded = 0
    while taken := _sequence_one(now):
        recorded += taken.recorded
    return recorded


def refuse_fork() -> None:
    """Refuse where the database is older than what was signed with these keys.

    A database restored from an old backup would else sign other trees of the same sizes.
    """
    signed = keystore().signed_head(settings().record_origin)
    if signed is not None and not holds(signed):
        raise RecordForks(size=signed.size)


@dataclass(frozen=True, slots=True)
class Loss:
    """Two heads of one record, which cannot both be shown to be true: both are to be published."""

    lost: SignedHead
    kept: SignedHead


@transaction.atomic
def admit_loss() -> Loss:
    """Go on from what the database holds, though a later head was signed; both heads.

    Whoever holds a receipt under the lost head can prove the loss for ever.
    """
    lock_sequencer()
    origin = settings().record_origin
    lost, kept = keystore().signed_head(origin), newest_signed()
    if lost is None or holds(lost):
        raise NothingLost()
    if kept is None:
        raise RecordForks(size=lost.size)
    keystore().go_back_to(origin, kept)
    return Loss(lost, kept)


def lock_sequencer() -> None:
    """Wait until no other sequencer is at work; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])


@dataclass(frozen=True, slots=True)
class _Taken:
    recorded: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """Pending entries, divided by the rules: what is recorded, and what is refused and why."""

    good: list[Entry]
    refused: list[tuple[Entry, Broken]]


def _add(
    chain: bytes,
    type_: str,
    body: JsonObject,
    roles: Sequence[str],
    now: datetime,
    *,
    policy: Policy | None,
) -> Added:
    lock_chain(chain)
    state = chain_state(chain)
    at = int(now.timestamp())
    unsigned = build_entry(
        type_=type_,
        chain=chain,
        seq=state.seq + 1 if state else 0,
        prev=state.head if state else None,
        at=at,
        rules=RULES,
        body=body,
    )
    content = sign_entry(unsigned, signing.signers(roles))
    entry = check_entry(content)
    after = judge_entry(state, entry, policy=policy or policy_of(content), t=at)
    if isinstance(after, Broken):
        raise EntryRefused(type=type_, why=after.why, broken=after.code)
    Entry.objects.create(
        hash=entry.leaf, type=type_, chain=chain, seq=entry.seq, content=content, added_at=now
    )
    return Added(entry.leaf, sign_promise(promise="entry", leaf=entry.leaf, now=now))


@transaction.atomic
def _sequence_one(now: datetime) -> _Taken | None:
    lock_sequencer()
    return _sequence_batch(now)


def _sequence_batch(now: datetime) -> _Taken | None:
    """One batch, in the caller's transaction and under the sequencer's lock; None if idle."""
    pending = list(Entry.objects.filter(state="PENDING").order_by("id")[:BATCH_ENTRIES_MAX])
    if not pending:
        return None
    refuse_fork()
    t = max(int(now.timestamp()), last_batch_time())
    judged = _judge(pending, t)
    _refuse(judged.refused)
    if judged.good:
        _append(judged.good, t, now)
    return _Taken(len(judged.good), len(judged.refused))


def _judge(pending: Sequence[Entry], t: int) -> _Judged:
    """Each entry behind those before it; what hangs on a refused entry is refused with it."""
    states = recorded_states({bytes(row.chain) for row in pending if row.chain is not None})
    policy = policy_in_force(recorded_only=True)
    judged = _Judged([], [])
    for row in pending:
        chain, content = bytes(row.chain or b""), bytes(row.content)
        after = _judge_row(states.get(chain), row, policy=policy, t=t)
        if isinstance(after, Broken):
            judged.refused.append((row, after))
            continue
        judged.good.append(row)
        states[chain] = after
        if row.type == POLICY:
            policy = policy_of(content)
    return judged


def _judge_row(
    state: ChainState | None, row: Entry, *, policy: Policy | None, t: int
) -> ChainState | Broken:
    """Judge a pending row by its bytes alone: its columns might have been changed since."""
    content = bytes(row.content)
    try:
        entry = check_entry(content)
        if policy is None and entry.type == POLICY:
            policy = policy_of(content)
    except BadProof as error:
        return Broken(error.code, error.why)
    stated = (bytes(row.hash), row.type, bytes(row.chain or b""), row.seq)
    if stated != (entry.leaf, entry.type, entry.chain, entry.seq):
        return Broken("row_differs", "the columns do not say what the entry says")
    return judge_entry(state, entry, policy=policy, t=t)


def _refuse(refused: Sequence[tuple[Entry, Broken]]) -> None:
    for row, broken in refused:
        _log.error("record: entry %s (%s) refused: %s", row.pk, row.type, broken.code)
        moved = Entry.objects.filter(pk=row.pk, state="PENDING").update(
            state="REFUSED", refused_code=broken.code
        )
        assert moved == 1


def _append(good: Sequence[Entry], t: int, now: datetime) -> None:
    """Store one batch behind the log: entries, hashes, and the checkpoint over all of it."""
    size, content = log_size(), batch_entry(t)
    batch_leaf = leaf_hash(content)
    Entry.objects.create(
        hash=batch_leaf,
        type=BATCH,
        content=content,
        state="RECORDED",
        index=size,
        added_at=now,
        recorded_at=now,
    )
    _give_indexes(good, first=size + 1, now=now)
    leaves = [batch_leaf, *(bytes(row.hash) for row in good)]
    insert_nodes(assemble(lambda read: completed_nodes(read, size=size, leaves=leaves)))
    failpoints.reach("record.sequence.before_checkpoint")
    _sign_head(size + len(leaves), now)
    failpoints.reach("record.sequence.before_commit")


def _give_indexes(good: Sequence[Entry], *, first: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            statement("record_entries"),
            {
                "ids": [row.pk for row in good],
                "indexes": list(range(first, first + len(good))),
                "now": now,
            },
        )
        assert cursor.rowcount == len(good)


def _sign_head(size: int, now: datetime) -> None:
    root = assemble(lambda read: root_at(read, size))
    origin = settings().record_origin
    note = sign_checkpoint(TreeHead(origin, size, root), signing.private_key(signing.LOG))
    Checkpoint.objects.create(size=size, root=root, note=str(note), signed_at=now)
    head = SignedHead(size, root, str(note))
    # Only what was committed can be seen by anybody: a head that was rolled back binds nobody.
    transaction.on_commit(lambda: keystore().note_head(origin, head))
