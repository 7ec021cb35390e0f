"""Checking a receipt: anyone, offline, by a policy that they already hold.

The checks run in order and stop at the first that fails. A verdict says each of them, so that a
face can put it into words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sameboat.proof.certificate import (
    MEMBERS_DAY,
    PERIOD_SETTLE,
    Holder,
    check_joined,
    check_share,
    parse_join_receipt,
    parse_share_certificate,
)
from sameboat.proof.commitment import parse_opening
from sameboat.proof.entry import CheckedEntry, check_entry
from sameboat.proof.errors import BadProof
from sameboat.proof.leaves import JoinLeaf
from sameboat.proof.merkle import verify_inclusion
from sameboat.proof.policy import Attested, Policy, attest
from sameboat.proof.tlogproof import parse_tlog_proof

StepName = Literal[
    "entry", "proof", "checkpoint", "inclusion", "submitters",
    "opening", "document", "join", "share", "holder",
]  # fmt: skip
DEVICE_ROLE = "claimant"
"""The role in which people sign with a key of their own, which no policy lists."""


@dataclass(frozen=True, slots=True)
class Step:
    """One check: passed, failed (with code and reason), or not made (`passed` is None)."""

    name: StepName
    passed: bool | None
    facts: dict[str, str | int] = field(default_factory=dict)
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves. `says` is LOCAL, DEMO k/n or WITNESSED k/n if all is good."""

    says: str | None
    steps: tuple[Step, ...]
    attested: Attested | None
    entry: CheckedEntry | None

    @property
    def good(self) -> bool:
        """Whether the receipt is verified."""
        return self.says is not None


@dataclass(frozen=True, slots=True)
class Document:
    """A file, as far as a commitment knows it: SHA-256 of its bytes, and how many they are."""

    file: bytes
    length: int


@dataclass(slots=True)
class _Checking:
    """The steps so far; `attested` and `entry` once they are known good."""

    steps: list[Step] = field(default_factory=list)
    now: StepName = "entry"
    attested: Attested | None = None
    entry: CheckedEntry | None = None

    def passed(self, **facts: str | int) -> None:
        self.steps.append(Step(self.now, True, facts))

    def skipped(self, name: StepName) -> None:
        self.steps.append(Step(name, None))

    def failed(self, error: BadProof) -> None:
        self.steps.append(Step(self.now, False, {}, error.code, error.why))


def verify_receipt(
    proof: bytes,
    entry: bytes,
    policy: Policy,
    *,
    opening: bytes | None = None,
    document: Document | None = None,
) -> Verdict:
    """Check that `entry` is in the log as `policy` asks for, and what it commits to, if given."""

    def check(checking: _Checking) -> None:
        checked = _recorded(checking, proof, entry, policy)
        if opening is not None or document is not None:
            _opened(checking, checked, opening, document)

    return _verdict(check)


def verify_join_receipt(
    proof: bytes, entry: bytes, policy: Policy, *, join: bytes, holder: Holder | None
) -> Verdict:
    """Check that the holder of a document number joined on the day that `members.day` states."""

    def check(checking: _Checking) -> None:
        checked = _recorded(checking, proof, entry, policy)
        checking.now = "join"
        _of_type(checked, MEMBERS_DAY)
        receipt = parse_join_receipt(join)
        count = check_joined(receipt, checked.body)
        leaf = receipt.leaf
        checking.passed(plan=leaf.plan, day=leaf.day, until=leaf.until, count=count)
        _held(checking, leaf, receipt.salt, holder)

    return _verdict(check)


def verify_share_certificate(
    proof: bytes, entry: bytes, policy: Policy, *, share: bytes, holder: Holder | None
) -> Verdict:
    """Check what the holder of a document number is charged in the period of `period.settle`.

    Whether that is the amount really debited, the holder must compare.
    """

    def check(checking: _Checking) -> None:
        checked = _recorded(checking, proof, entry, policy)
        checking.now = "share"
        _of_type(checked, PERIOD_SETTLE)
        certificate = parse_share_certificate(share)
        count = check_share(certificate, checked.body)
        leaf = certificate.leaf
        checking.passed(
            plan=leaf.plan,
            period=leaf.period,
            status=leaf.status,
            weight=leaf.weight,
            amount=leaf.amount,
            count=count,
        )
        _held(checking, certificate.join, certificate.salt, holder)

    return _verdict(check)


def _verdict(check: Callable[[_Checking], None]) -> Verdict:
    checking = _Checking()
    says = None
    try:
        check(checking)
        says = str(checking.attested)
    except BadProof as error:
        checking.failed(error)
    return Verdict(says, tuple(checking.steps), checking.attested, checking.entry)


def _recorded(checking: _Checking, proof: bytes, entry: bytes, policy: Policy) -> CheckedEntry:
    """The steps of every receipt: the entry is good, in the log, and signed by whom it may be."""
    checked = check_entry(entry)
    checking.entry = checked
    checking.passed(type=checked.type, leaf=checked.leaf.hex())
    checking.now = "proof"
    tlog_proof = parse_tlog_proof(proof)
    checking.passed(index=tlog_proof.index)
    checking.now = "checkpoint"
    attested = attest(policy, tlog_proof.checkpoint.encode("utf-8"))
    checking.attested = attested
    head = attested.checkpoint
    checking.passed(origin=head.origin, size=head.size, says=str(attested))
    checking.now = "inclusion"
    where = {"index": tlog_proof.index, "size": head.size}
    if not verify_inclusion(checked.leaf, path=tlog_proof.path, root=head.root, **where):
        raise BadProof("not_included", "the path does not lead from the entry to the tree head")
    checking.passed(**where)
    checking.now = "submitters"
    checking.passed(names=_submitters(checked, policy))
    return checked


def _submitters(checked: CheckedEntry, policy: Policy) -> str:
    """Who signed the entry, in words; raises BadProof for a key that may not sign so."""
    names = []
    for signer in checked.signers:
        org = policy.org_of(signer.by, signer.role)
        if org is None and signer.role != DEVICE_ROLE:
            raise BadProof(
                "unknown_submitter",
                f"version {policy.version} of the policy knows no key {signer.by[:16]}… as"
                f" {signer.role}; an older receipt wants the policy of its time",
            )
        names.append(f"{signer.role} ({org or signer.by[:16] + '…'})")
    return ", ".join(names)


def _opened(
    checking: _Checking, checked: CheckedEntry, opening: bytes | None, document: Document | None
) -> None:
    checking.now = "opening"
    if opening is None:
        raise BadProof("no_opening", "a document is checked by its opening, which is missing")
    opened = parse_opening(opening)
    if checked.body.get("commitment") != opened.commitment().hex():
        raise BadProof("wrong_opening", "the entry commits to something else")
    checking.passed(file=opened.file.hex(), length=opened.length)
    if document is None:
        checking.skipped("document")
        return
    checking.now = "document"
    if (document.file, document.length) != (opened.file, opened.length):
        raise BadProof("wrong_document", "the file is not the one that was committed to")
    checking.passed(file=document.file.hex(), length=document.length)


def _of_type(checked: CheckedEntry, wanted: str) -> None:
    if checked.type != wanted:
        raise BadProof("wrong_entry", f"the entry is {checked.type}, not {wanted}")


def _held(checking: _Checking, join: JoinLeaf, salt: bytes, holder: Holder | None) -> None:
    """One leaf must not serve two persons: it opens to the holder's own document number."""
    checking.now = "holder"
    if holder is None:
        raise BadProof("no_holder", "your own document number is needed to tell that it is yours")
    if not holder.opens(join, salt):
        raise BadProof("wrong_holder", "the join leaf was made for another document")
    checking.passed(kind=holder.kind.value)
