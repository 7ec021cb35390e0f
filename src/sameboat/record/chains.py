"""Where a chain stands: its entries, replayed through the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.db import connection

from sameboat.proof.entry import CheckedEntry, Signer, chain_id
from sameboat.proof.policy import Policy
from sameboat.record.models import Entry
from sameboat.rules.record import TIMELESS, Broken, ChainState, judge, kind_of, resume

CHAINS_LOCK = 0x5A3E_C0DE
"""First half of the advisory locks of chains; the second is made of the chain's id."""


def lock_chain(chain: bytes) -> None:
    """Wait until nobody else adds to `chain`; held to the end of the transaction."""
    number = int.from_bytes(chain[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CHAINS_LOCK, number])


def chain_state(chain: bytes) -> ChainState | None:
    """Where `chain` stands after its last entry, pending ones included; None if it has none."""
    entries = Entry.objects.filter(chain=chain).exclude(state="REFUSED")
    last = entries.order_by("-seq").first()
    if last is None:
        return None
    return resume(_stored(last)) or _replayed(entries.order_by("seq"))[chain]


def recorded_states(chains: Iterable[bytes]) -> dict[bytes, ChainState]:
    """Where these chains stand on the record itself; a chain without entries is left out."""
    entries = Entry.objects.filter(chain__in=list(chains), state="RECORDED")
    lasts = entries.order_by("chain", "-seq").distinct("chain")
    resumed = {bytes(row.chain or b""): resume(_stored(row)) for row in lasts}
    states = {chain: state for chain, state in resumed.items() if state is not None}
    replayed = [chain for chain in resumed if chain not in states]
    return states | _replayed(entries.filter(chain__in=replayed).order_by("chain", "seq"))


def roles_signed(entry: CheckedEntry, policy: Policy | None) -> frozenset[str]:
    """The roles in which keys have signed that the policy allows to."""
    return frozenset(
        signer.role
        for signer in entry.signers
        if policy is not None and policy.org_of(signer.by, signer.role) is not None
    )


def judge_entry(
    state: ChainState | None, entry: CheckedEntry, *, policy: Policy | None, t: int
) -> ChainState | Broken:
    """Judge an entry by the rules and by the policy in force; see `rules.record.judge`."""
    kind = kind_of(entry.type)
    if kind is not None and kind != "claim":
        plan = entry.body.get("plan", "") if kind != "org" else ""
        if not isinstance(plan, str) or (kind != "org" and not plan):
            return Broken("body_wrong", "plan must be a text")
        if entry.chain != chain_id(kind, plan):
            return Broken("wrong_chain", f"{entry.type} stands on the chain {kind} of its plan")
    return judge(state, entry, roles=roles_signed(entry, policy), t=t)


def _replayed(entries: Iterable[Entry]) -> dict[bytes, ChainState]:
    states: dict[bytes, ChainState] = {}
    for row in entries:
        entry = _stored(row)
        assert entry.chain is not None
        # Who signed, and when, was judged when the entry was written.
        roles = frozenset(signer.role for signer in entry.signers)
        after = judge(states.get(entry.chain), entry, roles=roles, t=TIMELESS)
        assert not isinstance(after, Broken), (
            f"entry {row.pk} on the record breaks a rule ({after.code}: {after.why});"
            " run `sameboat record verify`"
        )
        states[entry.chain] = after
    return states


def _stored(row: Entry) -> CheckedEntry:
    """An entry read back without verifying its signatures again: `record verify` does that."""
    value: Mapping[str, object] = json.loads(bytes(row.content))
    body, rules, sigs, prev = (value.get(name) for name in ("body", "rules", "sigs", "prev"))
    assert isinstance(body, dict)
    assert isinstance(rules, int)
    assert isinstance(sigs, list)
    return CheckedEntry(
        leaf=bytes(row.hash),
        type=row.type,
        chain=bytes(row.chain) if row.chain is not None else None,
        seq=row.seq,
        prev=bytes.fromhex(prev) if isinstance(prev, str) else None,
        at=None,
        rules=rules,
        body=body,
        signers=tuple(Signer(sig["by"], sig["role"]) for sig in sigs),
    )
