"""Entries, tickets and commitments: what is signed, and what a changed byte does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from proof.evidence import SIGNED_AT, bytes_of, key_of, public_of
from sameboat.proof.canonical import canonical
from sameboat.proof.commitment import Opening, claimant, objector, parse_opening
from sameboat.proof.entry import (
    Signer,
    batch_entry,
    build_entry,
    chain_id,
    check_entry,
    entry_signature,
    sealed_entry,
    sign_entry,
)
from sameboat.proof.errors import BadEntry, BadProof
from sameboat.proof.merkle import leaf_hash
from sameboat.proof.ticket import Ticket, sign_ticket, verify_ticket

CLAIM = bytes_of("claim", 16)
UNSIGNED = build_entry(
    type_="evidence.add",
    chain=CLAIM,
    seq=3,
    prev=bytes_of("prev"),
    at=SIGNED_AT,
    rules=1,
    body={"commitment": "00" * 32, "kind": "诊断证明"},
)
ENTRY = sign_entry(UNSIGNED, [(key_of("operator"), "operator"), (key_of("intake"), "intake")])


def test_an_entry_is_checked_and_says_who_signed() -> None:
    checked = check_entry(ENTRY)
    assert checked.leaf == leaf_hash(ENTRY)
    assert (checked.type, checked.chain, checked.seq) == ("evidence.add", CLAIM, 3)
    assert (checked.prev, checked.at, checked.rules) == (bytes_of("prev"), SIGNED_AT, 1)
    assert checked.body == UNSIGNED["body"]
    wanted = {("operator", public_of("operator").hex()), ("intake", public_of("intake").hex())}
    assert {(one.role, one.by) for one in checked.signers} == wanted
    assert [one.by for one in checked.signers] == sorted(one.by for one in checked.signers)
    assert checked.signed_as("intake") == (public_of("intake").hex(),)
    assert checked.signed_as("sponsor") == ()


def test_the_signed_bytes_are_those_of_the_document() -> None:
    value = json.loads(ENTRY)
    signature = bytes.fromhex(value["sigs"][0]["sig"])
    by = bytes.fromhex(value.pop("sigs")[0]["by"])
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(by).verify(signature, b"sameboat/entry/v1\0" + text.encode())


def test_two_parties_sign_in_two_places_and_any_order() -> None:
    one = entry_signature(UNSIGNED, key=key_of("operator"), role="operator")
    two = entry_signature(UNSIGNED, key=key_of("intake"), role="intake")
    assert sealed_entry(UNSIGNED, [one, two]) == sealed_entry(UNSIGNED, [two, one]) == ENTRY


def test_every_changed_byte_of_an_entry_is_found() -> None:
    """All that may be left is an entry that says nothing else: the role, which policies judge."""
    for at in range(len(ENTRY)):
        changed = bytes([*ENTRY[:at], ENTRY[at] ^ 1, *ENTRY[at + 1 :]])
        try:
            checked = check_entry(changed)
        except BadEntry:
            continue
        assert {one.role for one in checked.signers} != {"operator", "intake"}
        assert checked.leaf != leaf_hash(ENTRY)


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "another format": lambda v: v.update(v=2),
    "true for 1": lambda v: v.update(v=True),
    "no body": lambda v: v.pop("body"),
    "a field too many": lambda v: v.update(more=1),
    "a type of one word": lambda v: v.update(type="evidence"),
    "a batch with a chain": lambda v: v.update(type="record.batch"),
    "a first entry with prev": lambda v: v.update(seq=0),
    "a later entry without prev": lambda v: v.pop("prev"),
    "a short chain": lambda v: v.update(chain="00"),
    "upper-case hex": lambda v: v.update(prev="AB" * 32),
    "a negative time": lambda v: v.update(at=-1),
    "a body that is a list": lambda v: v.update(body=[]),
    "no signature": lambda v: v.update(sigs=[]),
    "sigs is no list": lambda v: v.update(sigs={}),
    "one signature twice": lambda v: v.update(sigs=[v["sigs"][0]] * 2),
    "signatures out of order": lambda v: v["sigs"].reverse(),
    "a signature with more": lambda v: v["sigs"][0].update(more=1),
    "a short signature": lambda v: v["sigs"][0].update(sig="00"),
    "another's key": lambda v: v["sigs"][0].update(by=public_of("mallory").hex()),
    "a key that is no point": lambda v: v["sigs"][1].update(by="ff" * 32),
    "signatures exchanged": lambda v: v["sigs"][0].update(sig=v["sigs"][1]["sig"]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_entry_with_a_mistake_is_refused(change: Change) -> None:
    value = json.loads(ENTRY)
    change(value)
    with pytest.raises(BadEntry):
        check_entry(canonical(value))


def test_a_batch_has_no_submitter() -> None:
    checked = check_entry(batch_entry(SIGNED_AT))
    assert (checked.type, checked.body, checked.signers) == ("record.batch", {"t": SIGNED_AT}, ())
    assert (checked.chain, checked.seq, checked.prev) == (None, None, None)
    for body in ({}, {"t": "now"}, {"t": 1, "u": 1}, {"t": True}):
        with pytest.raises(BadEntry):
            check_entry(canonical({"v": 1, "type": "record.batch", "body": body}))


def test_no_two_chains_share_a_name() -> None:
    names = {
        chain_id("members", "a"),
        chain_id("members", "b"),
        chain_id("period", "a"),
        chain_id("plan", "a"),
        chain_id("org", ""),
    }
    assert len(names) == 5
    assert (
        chain_id("members", "a") == (hashlib.sha256(b"sameboat/chain/v1\0members\0a").digest()[:16])
    )


def test_a_signer_is_a_value() -> None:
    assert Signer("ab", "operator") == Signer(by="ab", role="operator")


TICKET = Ticket(promise="join", hash=bytes_of("join"), received=SIGNED_AT, delay=3_600)


def test_a_ticket_is_read_back_with_the_ticket_key_only() -> None:
    data = sign_ticket(TICKET, key_of("ticket"))
    assert verify_ticket(data, public_of("ticket")) == TICKET
    with pytest.raises(BadProof, match="ticket key"):
        verify_ticket(data, public_of("log"))
    value = json.loads(data)
    for field, other in [("delay", 3_601), ("for", "leave"), ("hash", "00" * 32), ("v", True)]:
        changed = value | {"ticket": value["ticket"] | {field: other}}
        with pytest.raises(BadProof):
            verify_ticket(canonical(changed), public_of("ticket"))
    unknown = canonical(value | {"ticket": value["ticket"] | {"for": "aid"}})
    with pytest.raises(BadProof, match="promised"):
        verify_ticket(unknown, public_of("ticket"))


def test_a_ticket_is_no_entry_signature() -> None:
    """One key under two domains: neither signature serves for the other."""
    value = json.loads(sign_ticket(TICKET, key_of("log")))
    other = entry_signature(value["ticket"], key=key_of("log"), role="x")
    with pytest.raises(BadProof, match="does not verify"):
        verify_ticket(canonical(value | {"sig": other["sig"]}), public_of("log"))


def test_a_commitment_hides_and_binds() -> None:
    opening = Opening(salt=bytes_of("salt"), file=bytes_of("file"), length=1_234)
    wanted = b"evidence-commit/v1\0" + opening.salt + opening.file + bytes(6) + b"\x04\xd2"
    assert opening.commitment() == hashlib.sha256(wanted).digest()
    assert parse_opening(opening.to_bytes()) == opening
    others = [
        Opening(salt=bytes_of("other"), file=opening.file, length=1_234),
        Opening(salt=opening.salt, file=bytes_of("other"), length=1_234),
        Opening(salt=opening.salt, file=opening.file, length=1_235),
    ]
    assert opening.commitment() not in {other.commitment() for other in others}
    with pytest.raises(BadProof, match="bad_opening"):
        parse_opening(canonical({"v": 1, "type": "opening", "salt": "00"}))


def test_a_membership_objects_to_two_claims_under_two_names() -> None:
    key, other = bytes_of("membership"), bytes_of("claim 2", 16)
    assert claimant(key) == hashlib.sha256(b"sameboat/claimant/v1\0" + key).digest()
    assert objector(key, CLAIM) == hashlib.sha256(b"sameboat/objector/v1\0" + key + CLAIM).digest()
    assert len({claimant(key), objector(key, CLAIM), objector(key, other)}) == 3
