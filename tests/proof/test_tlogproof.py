"""The receipt's file format."""

from __future__ import annotations

import base64
import hashlib

import pytest

from proof.evidence import bytes_of
from proof.vectors import load, needs_vectors
from sameboat.proof.errors import BadProof
from sameboat.proof.tlogproof import TlogProof, parse_tlog_proof

HASH = base64.b64encode(bytes_of("step")).decode()
HEAD = "c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize("extra", [None, b"", b"more"])
@pytest.mark.parametrize("steps", [0, 1, 63])
def test_a_proof_is_read_back(extra: bytes | None, steps: int) -> None:
    proof = TlogProof(73_894, (bytes_of("step"),) * steps, "o\n1\nx\n\n— o AAAA\n", extra)
    assert parse_tlog_proof(str(proof).encode()) == proof


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "index 0\n",
        HEAD + "index 0\n\n",
        HEAD + "index 00\n\nc\n",
        HEAD + "index +1\n\nc\n",
        HEAD + f"index {2**63}\n\nc\n",
        HEAD + "\n\nindex 0\n\nc\n",
        HEAD + "index 0\nextra AAAA\n\nc\n",
        HEAD + "extra AAAA\nextra AAAA\nindex 0\n\nc\n",
        HEAD + "extra AAB=\nindex 0\n\nc\n",
        HEAD + f"index 0\n{HASH} \n\nc\n",
        HEAD + f"index 0\n{HASH[:-4]}\n\nc\n",
        HEAD + f"index 0\r\n{HASH}\n\nc\n",
        HEAD + "index 0\n" + f"{HASH}\n" * 64 + "\nc\n",
    ],
)
def test_a_proof_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadProof):
        parse_tlog_proof(text.encode())


@needs_vectors
def test_the_proofs_that_others_wrote() -> None:
    cases = load("c2sp/tlog_proof_cases.json")
    for case in cases["marshal"]:
        path = tuple(hashlib.sha256(w.encode()).digest() for w in case["hashes_are_sha256_of"])
        extra = None if case["extra"] is None else case["extra"].encode()
        proof = TlogProof(case["index"], path, case["checkpoint"], extra)
        want = case["want"].replace("{b64 extra}", base64.b64encode(extra or b"").decode())
        for number, step in enumerate(path, start=1):
            want = want.replace(f"{{b64 h{number}}}", base64.b64encode(step).decode())
        assert str(proof) == want
        assert parse_tlog_proof(want.encode()) == proof
    for text in cases["reject"]:
        with pytest.raises(BadProof):
            parse_tlog_proof(text.encode())
