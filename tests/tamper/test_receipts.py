"""A receipt in which one byte is another, or which is somebody else's, proves nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from proof.evidence import LOCAL, public_of
from sameboat.proof.canonical import canonical
from sameboat.proof.certificate import Holder
from sameboat.proof.note import ED25519, verifier_key
from sameboat.proof.policy import Policy, parse_policy
from sameboat.proof.receipt import (
    Document,
    Verdict,
    verify_join_receipt,
    verify_receipt,
    verify_share_certificate,
)
from sameboat.rules.documents import DocumentKind
from society import FEI
from tamper.proofs import SHARES, sameboat, verify

ID = ("--holder", "resident_id")

# A photo has many bytes, and only their hash is compared.
PHOTO_BYTES_TRIED = 50
Files = dict[str, bytes]


def judged(files: Files, number: int, policy: Policy) -> Verdict:
    """One of the three receipts with everything that belongs to it."""
    proof, entry = files[f"{number}.tlog-proof"], files[f"{number}.entry.json"]
    holder = Holder(DocumentKind.RESIDENT_ID, SHARES.number)
    match number:
        case 1:
            photo = files["1.jpg"]
            document = Document(hashlib.sha256(photo).digest(), len(photo))
            opening = files["1.opening.json"]
            return verify_receipt(proof, entry, policy, opening=opening, document=document)
        case 2:
            join = files["2.join.json"]
            return verify_join_receipt(proof, entry, policy, join=join, holder=holder)
        case 3:
            share = files["3.share.json"]
            return verify_share_certificate(proof, entry, policy, share=share, holder=holder)
    raise AssertionError(number)


def read(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def flip(path: Path, at: int) -> None:
    content = path.read_bytes()
    path.write_bytes(flipped(content, at))


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


class TestAsHandedOut:
    def test_every_receipt_is_verified(self, receipts: Path) -> None:
        document = ("--document", str(receipts / "1.jpg"))
        for number, more in ((1, document), (2, ID), (3, ID)):
            done = verify(receipts, number, *more, given=SHARES.number)
            assert done.exit_code == 0, done.output
            assert "VERIFIED: LOCAL" in done.output


class TestOneFlippedBit:
    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_anywhere_in_a_receipt_is_refused_with_a_code(
        self, receipts: Path, number: int
    ) -> None:
        files = read(receipts)
        policy = parse_policy(files["policy.json"])
        assert judged(files, number, policy).good
        for name in (name for name in files if name.startswith(f"{number}.")):
            content = files[name]
            step = max(1, len(content) // PHOTO_BYTES_TRIED) if name.endswith(".jpg") else 1
            for at in range(0, len(content), step):
                changed = {**files, name: flipped(content, at)}
                verdict = judged(changed, number, policy)
                assert not verdict.good, f"byte {at} of {name} may be changed"
                failed = verdict.steps[-1]
                assert failed.passed is False
                assert failed.code
                assert failed.why

    @pytest.mark.parametrize("name", ["1.entry.json", "1.tlog-proof", "1.opening.json", "1.jpg"])
    def test_is_told_to_people_and_to_programs(self, receipts: Path, name: str) -> None:
        flip(receipts / name, len((receipts / name).read_bytes()) // 2)
        document = ("--document", str(receipts / "1.jpg"))
        done = verify(receipts, 1, *document)
        assert done.exit_code == 1
        assert "NOT VERIFIED" in done.output
        (receipt,) = json.loads(verify(receipts, 1, *document, "--json").output)["receipts"]
        assert receipt["verified"] is False
        assert receipt["says"] is None
        failed = receipt["steps"][-1]
        assert failed["passed"] is False
        assert f"[{failed['code']}]" in done.output

    def test_anywhere_in_the_policy_makes_it_another_policy(self, receipts: Path) -> None:
        """What a flipped policy says is told: its fingerprint is not the one that was pinned."""
        path = receipts / "policy.json"
        pinned = parse_policy(path.read_bytes()).fingerprint.hex()
        good = path.read_bytes()
        for at in range(0, len(good), 37):
            path.write_bytes(flipped(good, at))
            done = verify(receipts, 1)
            assert pinned not in done.output


class TestWhatIsNotYours:
    def test_a_share_is_not_another_persons(self, receipts: Path) -> None:
        for number in (2, 3):
            done = verify(receipts, number, *ID, given=FEI.number)
            assert done.exit_code == 1
            assert "wrong_holder" in done.output

    def test_a_share_is_nobodys_without_a_document(self, receipts: Path) -> None:
        done = verify(receipts, 3)
        assert done.exit_code == 1
        assert "no_holder" in done.output

    def test_another_file_is_not_the_document(self, receipts: Path) -> None:
        done = verify(receipts, 1, "--document", str(receipts / "policy.json"))
        assert done.exit_code == 1
        assert "wrong_document" in done.output

    def test_a_proof_is_of_its_own_entry_only(self, receipts: Path) -> None:
        (receipts / "1.tlog-proof").write_bytes((receipts / "3.tlog-proof").read_bytes())
        done = verify(receipts, 1)
        assert done.exit_code == 1
        assert "not_included" in done.output


class TestAnotherPolicy:
    def test_with_another_log_key_trusts_no_tree_head(self, receipts: Path) -> None:
        """The log has the same name; only its key is a forger's."""
        (log,) = (each for each in _log_line(receipts) if "+" in each)
        origin, _, _ = log.partition("+")
        self._change(receipts, log, str(verifier_key(origin, ED25519, public_of("forger"))))
        done = verify(receipts, 1)
        assert done.exit_code == 1
        assert "no_known_signature" in done.output

    def test_with_another_log_knows_no_tree_head(self, receipts: Path) -> None:
        (receipts / "policy.json").write_bytes(LOCAL)
        done = verify(receipts, 1)
        assert done.exit_code == 1
        assert "unknown_origin" in done.output

    def test_with_other_submitters_knows_no_signer(self, receipts: Path) -> None:
        policy = json.loads((receipts / "policy.json").read_bytes())
        (intake,) = (each["by"] for each in policy["keys"] if each["roles"] == ["intake"])
        self._change(receipts, intake, public_of("forger").hex())
        done = verify(receipts, 1)
        assert done.exit_code == 1
        assert "unknown_submitter" in done.output

    def test_without_one_nothing_is_judged(self, receipts: Path) -> None:
        done = sameboat("verify", str(receipts / "1.tlog-proof"))
        assert done.exit_code == 2

    def _change(self, receipts: Path, old: str, new: str) -> None:
        path = receipts / "policy.json"
        policy = json.loads(path.read_text().replace(old, new))
        policy["keys"].sort(key=lambda each: each["by"])
        path.write_bytes(canonical(policy))


def _log_line(receipts: Path) -> list[str]:
    policy = json.loads((receipts / "policy.json").read_bytes())
    return str(policy["tlog_policy"]).splitlines()[0].split()
