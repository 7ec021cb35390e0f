"""Entries of the record: what every one has in common, how it is signed, and how it is checked.

Each claim, plan, period sequence and organisation list is a chain inside the log: an entry names
the one before it. `record.batch` is outside all chains and signed by no submitter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sameboat.proof.canonical import Json, JsonObject, canonical, fields_of, parse_canonical
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural, slug, text_of
from sameboat.proof.errors import BadEntry, BadProof
from sameboat.proof.merkle import leaf_hash

ENTRY_DOMAIN = b"sameboat/entry/v1\0"
CHAIN_DOMAIN = b"sameboat/chain/v1\0"
CHAIN_BYTES = 16
SIGNATURE_BYTES = 64
BATCH = "record.batch"

ChainKind = Literal["members", "period", "plan", "org"]

_TYPE = re.compile(r"[a-z]{1,30}\.[a-z]{1,30}")
_COMMON = {"v", "type", "chain", "seq", "at", "rules", "body", "sigs"}


@dataclass(frozen=True, slots=True)
class Signer:
    """One good signature under an entry: the raw public key in hex, and the role it claims.

    The signature does not cover the role; whether the key may act in it, the policy says.
    """

    by: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedEntry:
    """An entry whose form and signatures are good; made by `check_entry` only.

    Of `record.batch`, `chain`, `seq`, `prev`, `at` and `rules` are None and `signers` is empty.
    """

    leaf: bytes
    type: str
    chain: bytes | None
    seq: int | None
    prev: bytes | None
    """The leaf hash of this chain's entry before; None in a chain's first entry."""
    at: int | None
    """POSIX seconds, as the submitter states them."""
    rules: int | None
    body: Mapping[str, Json]
    signers: tuple[Signer, ...]

    def signed_as(self, role: str) -> tuple[str, ...]:
        """The keys that signed in this role."""
        return tuple(signer.by for signer in self.signers if signer.role == role)


def chain_id(kind: ChainKind, plan: str) -> bytes:
    """The 16 bytes that name a chain which is not a claim's; `plan` is empty for `org`."""
    assert (kind == "org") == (plan == "")
    named = CHAIN_DOMAIN + kind.encode("ascii") + b"\0" + plan.encode("utf-8")
    return hashlib.sha256(named).digest()[:CHAIN_BYTES]


def build_entry(
    *,
    type_: str,
    chain: bytes,
    seq: int,
    prev: bytes | None,
    at: int,
    rules: int,
    body: JsonObject,
) -> dict[str, Json]:
    """An entry not signed yet. `prev` is the leaf hash of the chain's entry before, or None."""
    assert type_ != BATCH
    assert len(chain) == CHAIN_BYTES
    assert (prev is None) == (seq == 0)
    entry: dict[str, Json] = {
        "v": 1,
        "type": type_,
        "chain": chain.hex(),
        "seq": seq,
        "at": at,
        "rules": rules,
        "body": body,
    }
    if prev is not None:
        entry["prev"] = prev.hex()
    return entry


def batch_entry(t: int) -> bytes:
    """The `record.batch` entry that states the time of its batch, POSIX seconds."""
    return canonical({"v": 1, "type": BATCH, "body": {"t": t}})


def signing_bytes(entry: JsonObject) -> bytes:
    """What a submitter signs: the entry without its signatures, under the entry domain."""
    unsigned = {key: value for key, value in entry.items() if key != "sigs"}
    return ENTRY_DOMAIN + canonical(unsigned)


def entry_signature(entry: JsonObject, *, key: Ed25519PrivateKey, role: str) -> dict[str, Json]:
    """One submitter's signature under `entry`, as it stands in `sigs`."""
    by = key.public_key().public_bytes_raw().hex()
    return {"by": by, "role": role, "sig": key.sign(signing_bytes(entry)).hex()}


def sealed_entry(entry: JsonObject, signatures: Iterable[Mapping[str, Json]]) -> bytes:
    """The bytes of `entry` with these signatures; raises BadEntry unless they check."""
    sigs = sorted((dict(one) for one in signatures), key=lambda one: str(one["by"]))
    data = canonical({**entry, "sigs": sigs})
    check_entry(data)
    return data


def sign_entry(entry: JsonObject, signers: Sequence[tuple[Ed25519PrivateKey, str]]) -> bytes:
    """Sign `entry` with each (key, role), and give the bytes that the record keeps."""
    return sealed_entry(
        entry, [entry_signature(entry, key=key, role=role) for key, role in signers]
    )


def check_entry(data: bytes) -> CheckedEntry:
    """Check form, fields and every signature of an entry's bytes; raises BadEntry.

    Whether the entry is allowed (roles, states, amounts, its place in the chain) the rules decide.
    """
    try:
        value = parse_canonical(data)
        if value.get("type") == BATCH:
            return _checked_batch(value, leaf_hash(data))
        return _checked(value, leaf_hash(data))
    except BadEntry:
        raise
    except BadProof as error:
        raise BadEntry(error.code, error.why) from None


def _checked_batch(value: Mapping[str, Json], leaf: bytes) -> CheckedEntry:
    fields_of(value, BATCH, ("body",), code="bad_entry")
    body = fields_of(value["body"], None, ("t",), code="bad_entry")
    natural(body["t"], what="t", code="bad_entry")
    return CheckedEntry(
        leaf=leaf,
        type=BATCH,
        chain=None,
        seq=None,
        prev=None,
        at=None,
        rules=None,
        body=body,
        signers=(),
    )


def _checked(value: Mapping[str, Json], leaf: bytes) -> CheckedEntry:
    code = "bad_entry"
    seq = natural(value.get("seq"), what="seq", code=code)
    kind = text_of(value.get("type"), what="type", code=code)
    fields_of(value, kind, _COMMON | ({"prev"} if seq else set()), code=code)
    body, prev = value["body"], value.get("prev")
    if not _TYPE.fullmatch(kind):
        raise BadEntry(code, "a type is two words of a-z joined by a dot")
    if not isinstance(body, dict):
        raise BadEntry(code, "body must be an object")
    return CheckedEntry(
        leaf=leaf,
        type=kind,
        chain=from_hex(value["chain"], size=CHAIN_BYTES, what="chain", code=code),
        seq=seq,
        prev=None if prev is None else from_hex(prev, size=HASH_BYTES, what="prev", code=code),
        at=natural(value["at"], what="at", code=code),
        rules=natural(value["rules"], what="rules", code=code),
        body=body,
        signers=_signers(value["sigs"], signing_bytes(value)),
    )


def _signers(sigs: object, message: bytes) -> tuple[Signer, ...]:
    if not isinstance(sigs, list) or not sigs:
        raise BadEntry("bad_entry", "sigs must be a list that is not empty")
    signers = tuple(_signer(one, message) for one in sigs)
    keys = [signer.by for signer in signers]
    if keys != sorted(set(keys)):
        raise BadEntry("bad_entry", "sigs must be sorted by their key, each once")
    return signers


def _signer(one: object, message: bytes) -> Signer:
    value = fields_of(one, None, ("by", "role", "sig"), code="bad_entry")
    public = from_hex(value["by"], size=HASH_BYTES, what="by", code="bad_entry")
    signature = from_hex(value["sig"], size=SIGNATURE_BYTES, what="sig", code="bad_entry")
    role = slug(value["role"], what="role", code="bad_entry")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise BadEntry("bad_entry_signature", f"the signature as {role} does not verify") from None
    return Signer(public.hex(), role)
