"""Receipts: what is good is said to be good, and each attack is named by its step."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from proof.evidence import (
    LOCAL,
    SIGNED_AT,
    WITNESSED,
    WITNESSES,
    Log,
    bytes_of,
    key_of,
    operator_entry,
    policy,
    policy_file,
)
from proof.members import (
    ANA,
    CLASSES,
    FEI,
    HAO,
    Member,
    certificate,
    class_leaves,
    join_receipt,
    members_day,
    period_settle,
    row,
    share_leaf,
)
from sameboat.proof.canonical import Json
from sameboat.proof.commitment import Opening
from sameboat.proof.entry import batch_entry, build_entry, sign_entry
from sameboat.proof.receipt import (
    Document,
    Verdict,
    verify_join_receipt,
    verify_receipt,
    verify_share_certificate,
)
from sameboat.proof.sortedtree import place_of, sorted_root

FILE = b"%PDF-1.7 an invented report"
OPENING = Opening(salt=bytes_of("salt"), file=hashlib.sha256(FILE).digest(), length=len(FILE))
DOCUMENT = Document(OPENING.file, OPENING.length)
EVIDENCE = sign_entry(
    build_entry(
        type_="evidence.add",
        chain=bytes_of("claim", 16),
        seq=0,
        prev=None,
        at=SIGNED_AT,
        rules=1,
        body={"commitment": OPENING.commitment().hex()},
    ),
    [(key_of("intake"), "intake")],
)
DAY_ENTRY = operator_entry("members.day", members_day())
SETTLE_ENTRY = operator_entry("period.settle", period_settle())


def log_of(*entries: bytes, witnesses: tuple[str, ...] = ()) -> Log:
    return Log([batch_entry(SIGNED_AT), *entries, *(batch_entry(n) for n in range(5))], witnesses)


def failed(verdict: Verdict) -> tuple[str, str]:
    """The step and the code; steps after a failure are not made."""
    assert not verdict.good
    assert verdict.says is None
    assert all(step.passed for step in verdict.steps[:-1])
    assert verdict.steps[-1].passed is False
    return verdict.steps[-1].name, verdict.steps[-1].code


@pytest.mark.parametrize(
    ("file", "witnesses", "says"),
    [
        (LOCAL, (), "LOCAL"),
        (policy_file(witnesses=WITNESSES, quorum=3), WITNESSES[:3], "DEMO 3/4"),
        (WITNESSED, WITNESSES, "WITNESSED 4/4"),
    ],
)
def test_a_receipt_says_in_which_mode_it_is_good(
    file: bytes, witnesses: tuple[str, ...], says: str
) -> None:
    proof = log_of(EVIDENCE, witnesses=witnesses).proof(EVIDENCE)
    verdict = verify_receipt(
        proof, EVIDENCE, policy(file), opening=OPENING.to_bytes(), document=DOCUMENT
    )
    assert verdict.good
    assert verdict.says == says
    names = [step.name for step in verdict.steps]
    assert names[:5] == ["entry", "proof", "checkpoint", "inclusion", "submitters"]
    assert names[5:] == ["opening", "document"]
    assert verdict.attested is not None
    assert [name for name, _ in verdict.attested.cosigned] == sorted(witnesses)


def test_without_the_file_the_opening_is_checked_and_the_file_is_said_to_be_missing() -> None:
    proof = log_of(EVIDENCE).proof(EVIDENCE)
    verdict = verify_receipt(proof, EVIDENCE, policy(), opening=OPENING.to_bytes())
    assert verdict.good
    assert (verdict.steps[-1].name, verdict.steps[-1].passed) == ("document", None)


def test_each_forgery_of_a_receipt_is_named_by_its_step() -> None:
    log = log_of(EVIDENCE, witnesses=WITNESSES[:2])
    proof = log.proof(EVIDENCE)
    other = sign_entry(
        build_entry(
            type_="evidence.add",
            chain=bytes_of("claim", 16),
            seq=0,
            prev=None,
            at=SIGNED_AT,
            rules=1,
            body={"commitment": "00" * 32},
        ),
        [(key_of("intake"), "intake")],
    )
    changed = EVIDENCE.replace(b"evidence.add", b"evidence.ask")
    assert failed(verify_receipt(proof, changed, policy())) == ("entry", "bad_entry_signature")
    assert failed(verify_receipt(b"x" + proof, EVIDENCE, policy())) == ("proof", "bad_tlog_proof")
    assert failed(verify_receipt(proof, other, policy())) == ("inclusion", "not_included")
    moved = proof.replace(b"index 1\n", b"index 2\n")
    assert failed(verify_receipt(moved, EVIDENCE, policy())) == ("inclusion", "not_included")
    grown = proof.replace(b"/1\n7\n", b"/1\n8\n")
    assert failed(verify_receipt(grown, EVIDENCE, policy())) == ("checkpoint", "bad_signature")
    assert failed(verify_receipt(proof, EVIDENCE, policy(WITNESSED))) == ("checkpoint", "no_quorum")
    mallory = log.proof(EVIDENCE, log_key="mallory")
    assert failed(verify_receipt(mallory, EVIDENCE, policy()))[0] == "checkpoint"


def test_an_entry_in_the_name_of_another_is_refused() -> None:
    """Mallory has a key of her own, and says with it that she is the intake."""
    unsigned = build_entry(
        type_="evidence.add",
        chain=bytes_of("claim", 16),
        seq=0,
        prev=None,
        at=SIGNED_AT,
        rules=1,
        body={},
    )
    for name, role in [("mallory", "intake"), ("operator", "intake")]:
        forged = sign_entry(unsigned, [(key_of(name), role)])
        verdict = verify_receipt(log_of(forged).proof(forged), forged, policy())
        assert failed(verdict) == ("submitters", "unknown_submitter")
    device = sign_entry(unsigned, [(key_of("ana's phone"), "claimant")])
    assert verify_receipt(log_of(device).proof(device), device, policy()).good


def test_a_wrong_document_or_opening_is_refused() -> None:
    proof = log_of(EVIDENCE).proof(EVIDENCE)

    def check(opening: Opening | None, document: Document | None) -> tuple[str, str]:
        data = None if opening is None else opening.to_bytes()
        return failed(verify_receipt(proof, EVIDENCE, policy(), opening=data, document=document))

    assert check(OPENING, Document(OPENING.file, 1)) == ("document", "wrong_document")
    assert check(OPENING, Document(bytes(32), OPENING.length)) == ("document", "wrong_document")
    assert check(replace(OPENING, length=1), None) == ("opening", "wrong_opening")
    assert check(None, DOCUMENT) == ("opening", "no_opening")


def joined(member: Member, holder: Member | None, entry: bytes = DAY_ENTRY) -> Verdict:
    return verify_join_receipt(
        log_of(entry).proof(entry),
        entry,
        policy(),
        join=join_receipt(member).to_bytes(),
        holder=holder.holder if holder else None,
    )


def test_a_join_receipt_is_good_for_its_holder_only() -> None:
    verdict = joined(ANA, ANA)
    assert verdict.says == "LOCAL"
    assert verdict.steps[-2].facts["count"] == 3
    assert failed(joined(ANA, HAO)) == ("holder", "wrong_holder")
    assert failed(joined(ANA, None)) == ("holder", "no_holder")


def test_a_join_receipt_wants_its_own_day_and_count() -> None:
    other_day = operator_entry("members.day", members_day() | {"day": "2019-01-02"})
    assert failed(joined(ANA, ANA, other_day)) == ("join", "wrong_entry")
    no_joins = {name: one for name, one in members_day().items() if name != "joins"}
    assert failed(joined(ANA, ANA, operator_entry("members.day", no_joins))) == (
        "join",
        "wrong_entry",
    )
    assert failed(joined(ANA, ANA, SETTLE_ENTRY)) == ("join", "wrong_entry")
    fewer = operator_entry("members.day", members_day(count=1))
    assert {failed(joined(m, m, fewer)) for m in (ANA, HAO, FEI)} == {("join", "not_included")}


def shared(
    member: Member, data: bytes, *, holder: Member | None = None, entry: bytes = SETTLE_ENTRY
) -> Verdict:
    return verify_share_certificate(
        log_of(entry).proof(entry),
        entry,
        policy(),
        share=data,
        holder=(holder or member).holder,
    )


@pytest.mark.parametrize(("member", "number"), [(ANA, 0), (HAO, 0), (FEI, 1)])
def test_a_certificate_is_good_for_its_holder_only(member: Member, number: int) -> None:
    data = certificate(member, number).to_bytes()
    verdict = shared(member, data)
    assert verdict.says == "LOCAL"
    facts = verdict.steps[-2].facts
    class_, members = CLASSES[number]
    assert (facts["status"], facts["amount"]) == (class_.status, class_.amount)
    assert facts["count"] == len(members)
    other = HAO if member is ANA else ANA
    assert failed(shared(member, data, holder=other)) == ("holder", "wrong_holder")


def test_a_class_may_stand_in_a_table_beside_the_entry() -> None:
    rows = sorted(row(number).hash() for number in (0, 1))
    table: dict[str, Json] = {"count": 2, "root": sorted_root(rows).hex()}
    body = {"plan": period_settle()["plan"], "period": period_settle()["period"]}
    entry = operator_entry("period.settle", body | {"class_table": table})
    place = place_of(row(0).hash(), rows)
    whole = replace(certificate(ANA, 0), row=row(0), row_place=place)
    assert shared(ANA, whole.to_bytes(), entry=entry).good
    understated = replace(whole, row=replace(row(0), count=1))
    assert failed(shared(ANA, understated.to_bytes(), entry=entry)) == ("share", "not_included")
    of_another = replace(whole, row=row(1), row_place=place_of(row(1).hash(), rows))
    assert failed(shared(ANA, of_another.to_bytes(), entry=entry)) == ("share", "wrong_class")
    assert failed(shared(ANA, whole.to_bytes())) == ("share", "wrong_entry")


def test_attacks_on_the_divisor_are_found_by_somebody() -> None:
    """Each certificate is given as the operator would have to give it; the cheated sees it."""
    understated = period_settle()
    classes = understated["classes"]
    assert isinstance(classes, list)
    entry = operator_entry("period.settle", understated | {"classes": [
        {**classes[0], "count": 1}, classes[1]
    ]})  # fmt: skip
    found = [shared(m, certificate(m, 0).to_bytes(), entry=entry).good for m in (ANA, HAO)]
    assert found == [False, False]
    # Omitted: nothing that proves Fei's share can be made from the tree without her.
    leaf = share_leaf(CLASSES[0][0], FEI)
    for place in (place_of(one, class_leaves(0)) for one in class_leaves(0)):
        forged = replace(certificate(FEI, 1), leaf=leaf, place=place)
        assert failed(shared(FEI, forged.to_bytes())) == ("share", "not_included")
    # One leaf for two persons: Hao is given Ana's share with his own join leaf.
    lent = replace(certificate(ANA, 0), join=HAO.join, salt=HAO.salt)
    assert failed(shared(HAO, lent.to_bytes())) == ("share", "wrong_join")
    # A class that the entry does not list.
    friend = replace(CLASSES[0][0], amount=0)
    free = replace(certificate(ANA, 0), leaf=share_leaf(friend, ANA))
    assert failed(shared(ANA, free.to_bytes())) == ("share", "wrong_class")
    twice = operator_entry("period.settle", understated | {"classes": [classes[0], *classes]})
    assert failed(shared(ANA, certificate(ANA, 0).to_bytes(), entry=twice)) == (
        "share",
        "wrong_class",
    )
