"""Tickets: the operator's signed promise to record something within a delay.

A ticket older than its delay whose entry is not in the record proves misbehaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sameboat.proof.canonical import Json, canonical, fields_of, parse_canonical
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural
from sameboat.proof.errors import BadProof

TICKET_DOMAIN = b"sameboat/ticket/v1\0"

Promise = Literal["entry", "join", "leave"]
_PROMISES: tuple[Promise, ...] = ("entry", "join", "leave")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What is promised: to record `hash` within `delay` seconds.

    For an entry `hash` is its leaf hash and the delay runs from `received` (POSIX seconds). For a
    join it is the join leaf, for a leave the SHA-256 of the canonical leave request; there the
    delay runs from 00:00 after the day of `received`.
    """

    promise: Promise
    hash: bytes
    received: int
    delay: int

    def value(self) -> dict[str, Json]:
        """The object that is signed."""
        return {
            "v": 1,
            "type": "ticket",
            "for": self.promise,
            "hash": self.hash.hex(),
            "received": self.received,
            "delay": self.delay,
        }


def sign_ticket(ticket: Ticket, key: Ed25519PrivateKey) -> bytes:
    """The ticket's file: canonical JSON of the ticket, the ticket key and its signature."""
    assert len(ticket.hash) == HASH_BYTES
    value = ticket.value()
    signature = key.sign(TICKET_DOMAIN + canonical(value))
    by = key.public_key().public_bytes_raw().hex()
    return canonical({"by": by, "sig": signature.hex(), "ticket": value})


def verify_ticket(data: bytes, ticket_key: bytes) -> Ticket:
    """Read a ticket's file and verify it by the policy's ticket key; raises BadProof."""
    value = parse_canonical(data.removesuffix(b"\n"))
    fields_of(value, None, ("by", "sig", "ticket"), code="bad_ticket")
    ticket = _ticket(value["ticket"])
    if value["by"] != ticket_key.hex():
        raise BadProof("bad_ticket", "not signed by the policy's ticket key")
    signature = from_hex(value["sig"], size=64, what="sig", code="bad_ticket")
    try:
        message = TICKET_DOMAIN + canonical(ticket.value())
        Ed25519PublicKey.from_public_bytes(ticket_key).verify(signature, message)
    except InvalidSignature:
        raise BadProof("bad_ticket", "the signature does not verify") from None
    return ticket


def _ticket(data: object) -> Ticket:
    value = fields_of(data, "ticket", ("for", "hash", "received", "delay"), code="bad_ticket")
    promise = next((one for one in _PROMISES if one == value["for"]), None)
    if promise is None:
        raise BadProof("bad_ticket", f"nothing is promised for {value['for']!r:.40}")
    return Ticket(
        promise=promise,
        hash=from_hex(value["hash"], size=HASH_BYTES, what="hash", code="bad_ticket"),
        received=natural(value["received"], what="received", code="bad_ticket"),
        delay=natural(value["delay"], what="delay", code="bad_ticket"),
    )
