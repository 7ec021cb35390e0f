"""What a member is promised and can prove: leaves, their salts, tickets.

Every secret of a membership is derived from the person's key, so that destroying that one key
erases them all, and joining writes nothing to the key store.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.members.models import Membership
from sameboat.proof.canonical import canonical
from sameboat.proof.leaves import EndLeaf, JoinLeaf, terms_hash
from sameboat.proof.ticket import Promise, Ticket, sign_ticket
from sameboat.rules.terms import Plan
from sameboat.runtime.keys import keystore
from sameboat.runtime.sealing import blind_index

DELAY_SECONDS = 24 * 3600
"""A join or leave is on the record within so long after 00:00 that follows its day."""


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


def agreed(plan: Plan) -> bytes:
    """The hash of what somebody agrees to who joins now: rulebook and disclosure."""
    disclosure = canonical(
        {
            "v": 1,
            "type": "disclosure",
            "version": plan.disclosure_version,
            "zh": plan.disclosure.zh,
            "en": plan.disclosure.en,
        }
    )
    return terms_hash(bytes.fromhex(plan.content_hash), hashlib.sha256(disclosure).digest())


def join_ticket(membership: Membership) -> str:
    """The operator's promise to record the join; the same text however often it is asked for."""
    return _ticket("join", bytes(membership.join_leaf), membership.joined_at)


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
    return _ticket("leave", hashlib.sha256(request).digest(), received_at)


def _ticket(promise: Promise, hashed: bytes, received_at: datetime) -> str:
    seed = keystore().get_or_create("signing", "ticket")
    ticket = Ticket(
        promise=promise,
        hash=hashed,
        received=int(received_at.timestamp()),
        delay=DELAY_SECONDS,
    )
    return sign_ticket(ticket, Ed25519PrivateKey.from_private_bytes(seed)).decode()
