"""The golden file: inputs, bytes and hashes of everything that is hashed or signed, format 1.

Each line is computed again from its `in`, by the code of the project; and where that is short, also
by nothing but `hashlib` and `json`, as a stranger would from docs/rules/proof.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.canonical import canonical, parse_canonical
from sameboat.proof.certificate import Holder
from sameboat.proof.checkpoint import Checkpoint, sign_checkpoint
from sameboat.proof.commitment import Opening, claimant, objector
from sameboat.proof.entry import chain_id, check_entry, sign_entry, signing_bytes
from sameboat.proof.leaves import ShareClass, share_salt, terms_hash, who
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.proof.nodes import Levels, consistency_path, inclusion_path
from sameboat.proof.note import Note, cosign_note, parse_vkey, verifier_key
from sameboat.proof.policy import Policy, parse_policy
from sameboat.proof.receipt import (
    Verdict,
    verify_join_receipt,
    verify_receipt,
    verify_share_certificate,
)
from sameboat.proof.ticket import Ticket, sign_ticket
from sameboat.rules.documents import DocumentKind

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "proof_v1.jsonl"
LINES = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
Given = dict[str, Any]


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def key(given: Given) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(h(given["seed"]))


def _tree(given: Given) -> Given:
    leaves = [leaf_hash(text.encode()) for text in given["leaves"]]
    levels, size = Levels(leaves), len(leaves)
    return {
        "root": root_of(leaves).hex(),
        "inclusion": [
            [step.hex() for step in inclusion_path(levels, index=index, size=size)]
            for index in range(size)
        ],
        "consistency": [
            [step.hex() for step in consistency_path(levels, size1=first, size2=size)]
            for first in range(1, size + 1)
        ],
    }


def _entry(given: Given) -> Given:
    signers = [(key(one), one["role"]) for one in given["signers"]]
    data = sign_entry(given["entry"], signers)
    return {
        "signed": signing_bytes(given["entry"]).hex(),
        "bytes": data.hex(),
        "leaf": check_entry(data).leaf.hex(),
    }


def _opening(given: Given) -> Given:
    opening = Opening(salt=h(given["salt"]), file=h(given["file"]), length=given["length"])
    return {"bytes": opening.to_bytes().hex(), "hash": opening.commitment().hex()}


def _ticket(given: Given) -> Given:
    ticket = Ticket(
        promise=given["for"],
        hash=h(given["hash"]),
        received=given["received"],
        delay=given["delay"],
    )
    return {"bytes": sign_ticket(ticket, key(given)).hex()}


def _checkpoint(given: Given) -> Given:
    head = Checkpoint(given["origin"], given["size"], h(given["root"]))
    note = sign_checkpoint(head, key(given["log"]))
    lines = tuple(
        cosign_note(head.text, name=one["name"], key=key(one), time=one["time"])
        for one in given["witnesses"]
    )
    return {"note": str(Note(note.text, note.signatures + lines))}


def _vkey(given: Given) -> Given:
    found = verifier_key(given["name"], given["type"], h(given["public"]))
    assert parse_vkey(str(found)) == found
    return {"vkey": str(found)}


def _policy(given: Given) -> Given:
    data = canonical(given["policy"])
    return {"bytes": data.hex(), "hash": parse_policy(data).fingerprint.hex()}


def _leaf(given: Given) -> Given:
    data = canonical(given["leaf"])
    return {"bytes": data.hex(), "hash": leaf_hash(data).hex()}


def _who(given: Given) -> Given:
    kind = DocumentKind(given["kind"])
    return {"hash": who(h(given["salt"]), kind, given["number"]).hex()}


def _class(given: Given) -> Given:
    class_ = ShareClass(**given["class"])
    joins = [h(join) for join in given["joins"]]
    leaves = list(class_.leaf_hashes(period_key=h(given["period_key"]), join_leaves=joins))
    return {
        "salts": [share_salt(h(given["period_key"]), join).hex() for join in joins],
        "leaves": [leaf.hex() for leaf in leaves],
        "root": root_of(sorted(leaves)).hex(),
    }


def _receipt(given: Given) -> Given:
    verdict = _verdict(given, parse_policy(given["policy"].encode()))
    return {
        "says": verdict.says,
        "steps": [[step.name, step.passed, step.code] for step in verdict.steps],
    }


def _verdict(given: Given, policy: Policy) -> Verdict:
    proof, entry = given["proof"].encode(), given["entry"].encode()
    holder = None
    if "holder" in given:
        holder = Holder(DocumentKind(given["holder"]["kind"]), given["holder"]["number"])
    if "join" in given:
        return verify_join_receipt(proof, entry, policy, join=given["join"].encode(), holder=holder)
    if "share" in given:
        return verify_share_certificate(
            proof, entry, policy, share=given["share"].encode(), holder=holder
        )
    opening = given["opening"].encode() if "opening" in given else None
    return verify_receipt(proof, entry, policy, opening=opening)


COMPUTE: dict[str, Callable[[Given], Given]] = {
    "canonical": lambda given: {"bytes": canonical(given["value"]).hex()},
    "tree": _tree,
    "vkey": _vkey,
    "checkpoint": _checkpoint,
    "policy": _policy,
    "chain": lambda given: {"hash": chain_id(given["kind"], given["plan"]).hex()},
    "entry": _entry,
    "ticket": _ticket,
    "opening": _opening,
    "claimant": lambda given: {"hash": claimant(h(given["key"])).hex()},
    "objector": lambda given: {"hash": objector(h(given["key"]), h(given["claim"])).hex()},
    "who": _who,
    "terms": lambda given: {
        "hash": terms_hash(h(given["version_file"]), h(given["disclosure"])).hex()
    },
    "leaf": _leaf,
    "class": _class,
    "receipt": _receipt,
}


@pytest.mark.parametrize("line", LINES, ids=[f"{n}-{one['of']}" for n, one in enumerate(LINES)])
def test_the_bytes_and_hashes_of_format_1_never_change(line: Given) -> None:
    assert COMPUTE[line["of"]](line["in"]) == line["out"]


def test_everything_that_is_hashed_has_a_line() -> None:
    assert {line["of"] for line in LINES} == COMPUTE.keys()
    leaves = {line["in"]["leaf"]["type"] for line in LINES if line["of"] == "leaf"}
    assert leaves == {"join", "end", "return", "share", "class"}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _sha(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


STRANGER: dict[str, Callable[[Given], str]] = {
    "chain": lambda g: _sha(b"sameboat/chain/v1\0", g["kind"].encode(), b"\0", g["plan"].encode())[
        :32
    ],
    "opening": lambda g: _sha(
        b"evidence-commit/v1\0", h(g["salt"]), h(g["file"]), g["length"].to_bytes(8, "big")
    ),
    "claimant": lambda g: _sha(b"sameboat/claimant/v1\0", h(g["key"])),
    "objector": lambda g: _sha(b"sameboat/objector/v1\0", h(g["key"]), h(g["claim"])),
    "terms": lambda g: _sha(h(g["version_file"]), h(g["disclosure"])),
    "leaf": lambda g: _sha(b"\0", _json(g["leaf"])),
    "policy": lambda g: _sha(_json(g["policy"])),
    "who": lambda g: _sha(
        b"sameboat/who/v1\0",
        h(g["salt"]),
        g["kind"].encode(),
        b"\0",
        g["number"].upper().replace(" ", "").encode(),
    ),
}


def test_a_stranger_computes_the_same_hashes() -> None:
    tried = [line for line in LINES if line["of"] in STRANGER]
    assert {line["of"] for line in tried} == STRANGER.keys()
    for line in tried:
        assert STRANGER[line["of"]](line["in"]) == line["out"]["hash"]
    for line in LINES:
        if line["of"] == "entry":
            data = h(line["out"]["bytes"])
            assert _json(parse_canonical(data)) == data
            assert _sha(b"\0", data) == line["out"]["leaf"]
