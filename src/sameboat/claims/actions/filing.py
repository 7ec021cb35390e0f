"""The claimant's verbs on the record: open, seal, withdraw, appeal. Drafts are in `drafting`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.claims.access import claim_to_file
from sameboat.claims.actions.drafting import refuse_second_claim
from sameboat.claims.checking import run_checks
from sameboat.claims.consents import missing_consents
from sameboat.claims.life import check_possible, hold, step
from sameboat.claims.models import Appeal, Assistance, Claim, Decision
from sameboat.claims.payees import refuse_bad_payee
from sameboat.claims.representing import filed_by, required_kinds
from sameboat.claims.stated import APPEAL_PLACE, LONG_MAX, stated_of
from sameboat.claims.stated import text as written
from sameboat.identity.personal import seal_text
from sameboat.members.queries import membership_key
from sameboat.plans.queries import plan
from sameboat.proof.canonical import Json
from sameboat.proof.commitment import claimant
from sameboat.record.queries import chain_entries
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import Event, Role
from sameboat.rules.versions import governing_version
from sameboat.runtime.refusals import Refusal


class EvidenceMissing(Refusal):
    """Kinds of documents that the terms require are not there yet."""

    code = "evidence_missing"
    en = "These documents are still missing: {kinds}."
    zh = "还缺少以下材料：{kinds}。"


class ConsentMissing(Refusal):
    """The person has not agreed to what assessing and publishing a claim needs."""

    code = "consent_missing"
    en = "Before handing the claim in, the ill person agrees to: {purposes}."
    zh = "提交申请前，患者本人须同意：{purposes}。"


class AppealTimeOver(Refusal):
    """The time in which the decline could be taken to the board has ended."""

    code = "appeal_time_over"
    en = "The time to appeal ended at {ended_at}."
    zh = "申诉期已于 {ended_at} 结束。"


@transaction.atomic
def open_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Put the claim on the record: from here its governing version is fixed.

    `claim.open` names plan, version and the claimant's hash, so that a witness can count claims
    per membership without knowing whose they are; and whether the member, the payer or a
    representative files.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.OPEN)
    version = _version_of(claim, now)
    who = claimant(membership_key(claim.membership)).hex()
    body = {
        "plan": claim.plan,
        "version": version,
        "claimant": who,
        "filed_by": filed_by(claim),
        **({"follows": claim.follows.ref} if claim.follows else {}),
        **_assisted(claim),
    }
    step(
        claim,
        Event.OPEN,
        roles=[Role.INTAKE],
        body=body,
        now=now,
        governing_version=version,
        opened_at=now,
    )


@transaction.atomic
def seal_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Hand the claim in: no document can be added freely any more, and the checks are run.

    Intake signs for the member. A member's login opens by a code to the member's phone only, which
    is the confirmation that the record's rules ask for.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.SEAL)
    # Nobody takes a document out between the look at them and the seal.
    hold(claim)
    check_ready(claim)
    _refuse_without_consent(claim)
    body: dict[str, Json] = {"documents": claim.evidence.count(), **_assisted(claim)}
    taken_out = _taken_out(claim)
    if taken_out:
        body["taken_out"] = taken_out
    step(claim, Event.SEAL, roles=[Role.INTAKE], body=body, now=now, sealed_at=now)
    run_checks(claim, now=now)


def check_ready(claim: Claim) -> None:
    """Refuse a claim that lacks documents or a good payee: it cannot be handed in."""
    check_possible(claim, Event.SEAL)
    refuse_bad_payee(claim)
    _refuse_without_evidence(claim)


@transaction.atomic
def withdraw_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Take the claim back. Intake and the second organisation sign for the member."""
    claim = claim_to_file(login_id, claim_ref)
    roles = [Role.INTAKE, Role.SECOND]
    check_possible(claim, Event.WITHDRAW)
    # The decision's row before the claim's, as in `confirm_decision`: the other way round, the two
    # could wait for each other.
    claim.decisions.filter(second_at=None, dropped_at=None).update(dropped_at=now)
    step(claim, Event.WITHDRAW, roles=roles, body={}, now=now, closed_at=now)


@transaction.atomic
def appeal(*, login_id: int, claim_ref: str, text: str, now: datetime) -> None:
    """Ask for the review board after a decline; once for each decision.

    The claim waits in the state BOARD. There is no board yet, and the queue says so
    (`queries.Todo.APPEAL_WAITS`); the claimant may withdraw meanwhile.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.APPEAL)
    assert claim.appeal_ends_at is not None
    if now >= claim.appeal_ends_at:
        raise AppealTimeOver(ended_at=claim.appeal_ends_at)
    refuse_second_claim(claim.membership)
    body = {"received": int(now.timestamp())}
    step(claim, Event.APPEAL, roles=[Role.INTAKE], body=body, now=now, closed_at=None)
    Appeal.objects.create(
        claim=claim,
        decision=_last_decline(claim),
        sealed_text=_sealed_appeal(claim, text),
        received_at=now,
    )


def _assisted(claim: Claim) -> dict[str, Json]:
    """Said only where somebody helped to fill it in."""
    return {"assisted": True} if Assistance.objects.filter(claim=claim).exists() else {}


def _version_of(claim: Claim, now: datetime) -> str:
    """The version that governs the claim; an instalment inherits it from the first one."""
    if claim.follows is not None:
        return claim.follows.governing_version
    rulebook = plan(claim.plan)
    return governing_version(
        rulebook,
        diagnosed_on=stated_of(claim).diagnosed_on,
        reported_on=day_of(now, rulebook.timezone),
        joined_on=claim.membership.joined_on,
    ).version


def _refuse_without_consent(claim: Claim) -> None:
    missing = missing_consents(claim)
    if missing:
        raise ConsentMissing(purposes=", ".join(missing))


def _refuse_without_evidence(claim: Claim) -> None:
    there = set(claim.evidence.values_list("kind", flat=True))
    missing = [kind for kind in required_kinds(claim) if kind not in there]
    if missing:
        raise EvidenceMissing(kinds=", ".join(missing))


def _taken_out(claim: Claim) -> list[Json]:
    """Commitments on the record whose documents were taken out again before handing in."""
    there = {bytes(one).hex() for one in claim.evidence.values_list("commitment", flat=True)}
    added = (
        line.body["commitment"]
        for line in chain_entries(bytes.fromhex(claim.ref))
        if line.type == "evidence.add" and line.state != "REFUSED"
    )
    return [commitment for commitment in added if commitment not in there]


def _last_decline(claim: Claim) -> Decision:
    declines = claim.decisions.filter(kind="decline", second_at__isnull=False)
    return declines.latest("second_at")


def _sealed_appeal(claim: Claim, text: str) -> bytes:
    words = written(text, field="text", longest=LONG_MAX)
    return seal_text("claim", claim.ref, APPEAL_PLACE, words)
