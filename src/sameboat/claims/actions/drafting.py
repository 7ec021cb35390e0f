"""Before a claim is handed in: drafted, mended, dropped again; documents are taken out.

Until `claim.open` nothing of it is on the record; until `evidence.seal` nobody of the staff reads
it. So what was said may be mended here without a trace, but for what the record holds already.
"""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from django.db import IntegrityError, transaction

from sameboat.claims import documents
from sameboat.claims.access import NoSuchClaim, claim_to_file, membership_to_file
from sameboat.claims.actions.payee import ask_about
from sameboat.claims.instalments import check_still_follows, first_of
from sameboat.claims.life import ClaimEventNotPossible, ClaimMoved, hold
from sameboat.claims.models import Claim, Evidence
from sameboat.claims.payees import named, payee_of, read_payee
from sameboat.claims.queries.stored import NoSuchEvidence
from sameboat.claims.representing import check_acting
from sameboat.claims.stated import (
    Said,
    Stated,
    read_stated,
    seal_stated,
)
from sameboat.members.models import Membership
from sameboat.plans.queries import plan
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import CLOSED, State
from sameboat.rules.versions import governing_version
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal

_NOT_HANDED_IN = (State.DRAFT, State.COLLECTING)


class OpenClaimExists(Refusal):
    """The membership has a claim that is not decided yet."""

    code = "open_claim_exists"
    en = "There is a claim for this membership already that is not finished."
    zh = "该成员已有一件尚未办结的申请。"


class VersionFixed(Refusal):
    """The new day of diagnosis would put the claim under another version of the terms."""

    code = "version_fixed"
    en = (
        "Version {version} of the terms decides this claim, as the record says; with that day it"
        " would be another one. Withdraw the claim and file it anew."
    )
    zh = "存证已载明本申请适用 {version} 版条款；改为该日期将适用另一版本。请撤回后重新申请。"


@transaction.atomic
def draft_claim(*, login_id: int, membership_ref: str, now: datetime, **said: Unpack[Said]) -> str:
    """Begin a claim and return its reference; nothing of it is on the record yet."""
    membership = membership_to_file(login_id, membership_ref)
    stated, payee = _read(said, membership.plan, now), read_payee(said)
    check_acting(stated, login_id=login_id, ill=membership)
    first = first_of(said.get("follows", ""), stated, ill=membership)
    refuse_second_claim(membership)
    ref = reference()
    # The key comes first: a key without a row does no harm, a row without its key is lost data.
    keystore().create("claim", ref)
    receives = named(ref, payee, login_id=login_id, ill=membership, now=now)
    claim = Claim(
        ref=ref,
        membership=membership,
        plan=membership.plan,
        filed_by_id=login_id,
        state=State.DRAFT.name,
        follows=first,
        drafted_at=now,
        sealed_facts=seal_stated(ref, stated),
        **receives,
    )
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        # Somebody else of the household began one in the same moment.
        refuse_second_claim(membership)
        raise
    ask_about(receives)
    return ref


@transaction.atomic
def edit_claim(*, login_id: int, claim_ref: str, now: datetime, **said: Unpack[Said]) -> None:
    """Say anew what was said, until the claim is handed in.

    Once it is on the record its version is fixed: a day of diagnosis that would change it is
    refused with `VersionFixed`. A payee who is named as before stays as verified.
    """
    claim = _claim_to_mend(login_id, claim_ref)
    stated = _read(said, claim.plan, now)
    check_acting(stated, login_id=login_id, ill=claim.membership)
    check_still_follows(claim, stated)
    _refuse_other_version(claim, stated)
    payee, before = read_payee(said), payee_of(claim)
    if (payee.name, payee.phone) == (before.name, before.phone) and not payee.document_number:
        hold(claim, sealed_facts=seal_stated(claim.ref, stated))
        return
    receives = named(claim.ref, payee, login_id=login_id, ill=claim.membership, now=now)
    hold(claim, sealed_facts=seal_stated(claim.ref, stated), **receives)
    ask_about(receives)


@transaction.atomic
def drop_draft(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Delete a draft and destroy its key. What is on the record is withdrawn instead."""
    claim = claim_to_file(login_id, claim_ref)
    if claim.state != State.DRAFT.name:
        raise ClaimEventNotPossible(state=State[claim.state].value, event="drop")
    deleted, _ = Claim.objects.filter(id=claim.id, state=State.DRAFT.name).delete()
    if not deleted:
        raise ClaimMoved(state=State.COLLECTING.value)
    transaction.on_commit(lambda: keystore().destroy("claim", claim.ref))


@transaction.atomic
def take_out_evidence(*, login_id: int, evidence_ref: str, now: datetime) -> None:
    """Take a document out before the claim is handed in, and erase it.

    Its commitment stays on the record, where the seal names it as taken out.
    """
    row = Evidence.objects.select_related("claim").filter(ref=evidence_ref).first()
    if row is None:
        raise NoSuchEvidence()
    try:
        claim = _claim_to_mend(login_id, row.claim.ref)
    except NoSuchClaim:
        raise NoSuchEvidence() from None
    hold(claim)
    deleted, _ = Evidence.objects.filter(pk=row.pk).delete()
    if not deleted:
        raise NoSuchEvidence()
    # After the row is gone for good: a row without its files would be a lost document.
    transaction.on_commit(lambda: documents.forget(row.original_key, row.viewing_key))


def refuse_second_claim(membership: Membership) -> None:
    """Refuse with `OpenClaimExists` while the membership has a claim that is not finished."""
    closed = [state.name for state in CLOSED]
    if membership.claims.exclude(state__in=closed).exists():
        raise OpenClaimExists()


def _claim_to_mend(login_id: int, ref: str) -> Claim:
    claim = claim_to_file(login_id, ref)
    if State[claim.state] not in _NOT_HANDED_IN:
        raise ClaimEventNotPossible(state=State[claim.state].value, event="edit")
    return claim


def _read(said: Said, plan_id: str, now: datetime) -> Stated:
    return read_stated(said, today=day_of(now, plan(plan_id).timezone), now=now)


def _refuse_other_version(claim: Claim, stated: Stated) -> None:
    if claim.opened_at is None or claim.follows_id is not None:
        return
    rulebook = plan(claim.plan)
    version = governing_version(
        rulebook,
        diagnosed_on=stated.diagnosed_on,
        reported_on=day_of(claim.opened_at, rulebook.timezone),
        joined_on=claim.membership.joined_on,
    ).version
    if version != claim.governing_version:
        raise VersionFixed(version=claim.governing_version)
