"""What a member is promised and can prove: leaves, their salts, tickets.

Every secret of a membership is derived from the person's key, so that destroying that one key
erases them all, and joining writes nothing to the key store.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache

from sameboat.members.models import Membership
from sameboat.proof.canonical import Json, canonical
from sameboat.proof.leaves import EndLeaf, JoinLeaf, ReturnLeaf, terms_hash
from sameboat.record.actions import sign_promise
from sameboat.rules.terms import Plan, Text
from sameboat.runtime.keys import keystore
from sameboat.runtime.sealing import blind_index


def membership_key(*, person_ref: str, membership_ref: str) -> bytes:
    """The secret by which the record counts claims and objections of one membership."""
    return blind_index(keystore().get("person", person_ref), "membership", membership_ref)


def join_salt(*, person_ref: str, membership_ref: str) -> bytes:
    """The salt that ties the join leaf to the person's document."""
    return blind_index(keystore().get("person", person_ref), "join-salt", membership_ref)


def join_leaf(membership: Membership) -> JoinLeaf:
    """The join leaf from the membership's own columns."""
    return JoinLeaf(
        plan=membership.plan,
        day=membership.joined_on.isoformat(),
        ref=membership.ref,
        who=bytes(membership.who).hex(),
        until=membership.until_on.isoformat(),
        terms=bytes(membership.terms_hash).hex(),
    )


def end_leaf(
    *, plan: str, last_day: date, reason: str, joined: bytes, proof: str | None = None
) -> EndLeaf:
    """The end leaf; `proof` is the signature of the leave request's ticket, only for `left`."""
    return EndLeaf(
        plan=plan, day=last_day.isoformat(), reason=reason, join=joined.hex(), proof=proof
    )


def return_leaf(membership: Membership, *, returned_on: date) -> ReturnLeaf:
    """The leaf that gives an ended membership back: it names its join and its end."""
    assert membership.end_leaf is not None
    return ReturnLeaf(
        plan=membership.plan,
        day=returned_on.isoformat(),
        join=bytes(membership.join_leaf).hex(),
        end=bytes(membership.end_leaf).hex(),
    )


def agreed(plan: Plan) -> bytes:
    """The hash of what somebody agrees to who joins now: rulebook and disclosure."""
    disclosure = _disclosure_hash(plan.disclosure_version, plan.disclosure)
    return terms_hash(bytes.fromhex(plan.content_hash), disclosure)


def join_ticket(membership: Membership) -> str:
    """The operator's promise to record the join; the same text however often it is asked for."""
    return sign_promise(promise="join", leaf=bytes(membership.join_leaf), now=membership.joined_at)


def return_ticket(return_leaf: bytes, *, returned_at: datetime) -> str:
    """The promise to record a return; the same text however often it is asked for."""
    return sign_promise(promise="join", leaf=return_leaf, now=returned_at)


def leave_ticket(membership: Membership, *, received_at: datetime) -> str:
    """The promise to record the end that the member asked for at `received_at`."""
    request = canonical(
        {
            "v": 1,
            "type": "leave",
            "plan": membership.plan,
            "join": bytes(membership.join_leaf).hex(),
            "received": int(received_at.timestamp()),
        }
    )
    leaf = hashlib.sha256(request).digest()
    return sign_promise(promise="leave", leaf=leaf, now=received_at)


@lru_cache(maxsize=64)
def _disclosure_hash(version: str, text: Text) -> bytes:
    value: dict[str, Json] = {"v": 1, "type": "disclosure", "version": version}
    value |= {"zh": text.zh, "en": text.en}
    return hashlib.sha256(canonical(value)).digest()
