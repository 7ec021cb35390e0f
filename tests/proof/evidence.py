"""Keys, policies, a small log and receipts for the tests of proof: everything from fixed names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.canonical import Json
from sameboat.proof.checkpoint import Checkpoint, sign_checkpoint
from sameboat.proof.entry import batch_entry, build_entry, chain_id, sign_entry
from sameboat.proof.merkle import leaf_hash
from sameboat.proof.nodes import Levels, inclusion_path, root_at
from sameboat.proof.note import COSIGNATURE, ED25519, Note, cosign_note, verifier_key
from sameboat.proof.policy import Policy, Submitter, parse_policy, policy_bytes, policy_object
from sameboat.proof.tlogproof import TlogProof

ORIGIN = "mutual.example/evidence/1"
WITNESSES = ("hospital", "notary", "insurer", "auditor")
SIGNED_AT = 1_550_000_000


def bytes_of(name: str, size: int = 32) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.sha256(name.encode()).digest()[:size]


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes_of(f"key of {name}"))


def public_of(name: str) -> bytes:
    return key_of(name).public_key().public_bytes_raw()


def submitter(name: str, org: str, *roles: str) -> Submitter:
    return Submitter(public_of(name).hex(), org, roles)


SUBMITTERS = [
    submitter("operator", "Tongzhou", "operator"),
    submitter("intake", "Tongzhou", "intake"),
    *(submitter(f"witness {name}", name.title(), "witness") for name in WITNESSES),
]


def tlog_policy(witnesses: Sequence[str] = (), quorum: int = 0) -> str:
    lines = [f"log {verifier_key(ORIGIN, ED25519, public_of('log'))}"]
    for name in witnesses:
        key = verifier_key(f"{name}.example/w", COSIGNATURE, public_of(f"witness {name}"))
        lines.append(f"witness {name} {key}")
    if quorum:
        lines += [f"group consortium {quorum} {' '.join(witnesses)}", "quorum consortium"]
    else:
        lines.append("quorum none")
    return "".join(f"{line}\n" for line in lines)


def policy_file(
    *, witnesses: Sequence[str] = (), quorum: int = 0, independent: bool = False
) -> bytes:
    return policy_bytes(
        policy_object(
            tlog_policy=tlog_policy(witnesses, quorum),
            ticket_key=public_of("ticket"),
            independent=independent,
            version=1,
            prev=None,
            keys=SUBMITTERS,
        )
    )


LOCAL = policy_file()
WITNESSED = policy_file(witnesses=WITNESSES, quorum=3, independent=True)


def policy(data: bytes = LOCAL) -> Policy:
    return parse_policy(data)


def operator_entry(type_: str, body: dict[str, Json], *, plan: str = "xiang-hu-bao") -> bytes:
    kind = "members" if type_ == "members.day" else "period"
    entry = build_entry(
        type_=type_,
        chain=chain_id("members" if kind == "members" else "period", plan),
        seq=0,
        prev=None,
        at=SIGNED_AT,
        rules=1,
        body=body,
    )
    role = "intake" if kind == "members" else "operator"
    return sign_entry(entry, [(key_of(role), role)])


@dataclass
class Log:
    """A log in memory, its checkpoint signed and cosigned by whom the test says."""

    entries: list[bytes] = field(default_factory=lambda: [batch_entry(SIGNED_AT)])
    witnesses: tuple[str, ...] = ()

    def note(self, *, log_key: str = "log") -> Note:
        levels = Levels([leaf_hash(entry) for entry in self.entries])
        head = Checkpoint(ORIGIN, levels.size, root_at(levels, levels.size))
        note = sign_checkpoint(head, key_of(log_key))
        cosigned = tuple(
            cosign_note(
                note.text,
                name=f"{name}.example/w",
                key=key_of(f"witness {name}"),
                time=SIGNED_AT + 60,
            )
            for name in self.witnesses
        )
        return Note(note.text, note.signatures + cosigned)

    def proof(self, entry: bytes, *, log_key: str = "log") -> bytes:
        levels = Levels([leaf_hash(one) for one in self.entries])
        index = self.entries.index(entry)
        path = inclusion_path(levels, index=index, size=levels.size)
        return str(TlogProof(index, tuple(path), str(self.note(log_key=log_key)))).encode()
