"""The automatic checks of a sealed claim: what the rules need to know is found here and stored.

Results are coded (`code`, `outcome`); the sentences and facts, which tell of health and of other
claims, are sealed under the claim's key. What a household owes changes until the payout, so the
check of arrears is not stored: the staff page asks payments for it as it stands, and the payout
takes it off.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from sameboat.claims.instalments import chain_of
from sameboat.claims.life import terms_of
from sameboat.claims.models import CheckResult, Claim, Evidence
from sameboat.claims.representing import is_minors
from sameboat.claims.stated import Stated, stated_of
from sameboat.identity.personal import open_text, seal_text
from sameboat.members.queries import cover_ended_on, gaps
from sameboat.plans.queries import plan
from sameboat.rules.benefit import Aid, Earlier, aid_of, explain_aid
from sameboat.rules.calendar import age_on, day_of, whole_hours
from sameboat.rules.checks import Check, ClaimFacts, check_claim
from sameboat.rules.claim import State
from sameboat.rules.money import Fen
from sameboat.rules.terms import BenefitRow, Illness, PlanTerms, Text

DETAIL_PLACE = "claims_checkresult.sealed_detail"
LATE_CODES = frozenset({"arrears"})
"""Checks whose facts are known only at the payout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheck:
    """One result as staff read it."""

    code: str
    outcome: str
    rule: str
    text: Text
    facts: dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AidDue:
    """An aid, and how it is computed, a sentence a line."""

    aid: Aid
    """Its amount may be 0: then nothing is due under the row."""
    working: tuple[Text, ...]


def run_checks(claim: Claim, *, now: datetime) -> None:
    """Check the claim under the version that governs it and store the results.

    Running them again replaces the results: evidence may have come in since.
    """
    results = check_claim(facts_of(claim), terms_of(claim))
    claim.checks.all().delete()
    CheckResult.objects.bulk_create(
        CheckResult(
            claim=claim,
            code=result.code,
            outcome=result.outcome,
            rule=result.rule,
            sealed_detail=_sealed(claim, result),
            checked_at=now,
        )
        for result in results
        if result.code not in LATE_CODES
    )


def stored_checks(claim: Claim) -> list[StoredCheck]:
    """The results, in the order in which the rules give them."""
    found = []
    for row in claim.checks.order_by("id"):
        detail = json.loads(open_text("claim", claim.ref, DETAIL_PLACE, row.sealed_detail))
        found.append(
            StoredCheck(
                code=row.code,
                outcome=row.outcome,
                rule=row.rule,
                text=Text(zh=detail["zh"], en=detail["en"]),
                facts=detail["facts"],
            )
        )
    return found


def facts_of(claim: Claim) -> ClaimFacts:
    """All that the checks need to know of a claim that was opened."""
    assert claim.opened_at is not None
    membership, stated = claim.membership, stated_of(claim)
    return ClaimFacts(
        born=membership.born_on,
        joined_on=membership.joined_on,
        cover_ends_on=cover_ended_on(membership),
        gaps=gaps(membership),
        diagnosed_on=stated.diagnosed_on,
        reported_on=day_of(_reported_at(claim), plan(claim.plan).timezone),
        accident=stated.accident,
        death_hours_after_accident=_death_hours(stated),
        death_hours_missing=_death_hours_missing(claim, stated),
        illness=illness_of(terms_of(claim), stated.illness),
        severity=stated.severity,
        tier=membership.tier,
        arrears=Fen(0),
        same_file_in=_same_file_in(claim),
        same_payee_in=_refs(_others(claim).filter(payee_index=claim.payee_index)),
        same_phone_in=_same_phone_in(claim),
        represented=bool(stated.acting),
        guarded=is_minors(claim),
        bills=stated.bills,
        helped=_helped(claim),
        earlier=_earlier(claim),
    )


def rows_possible(claim: Claim) -> list[BenefitRow]:
    """The rows of the governing version for the member's age at diagnosis and tier."""
    membership, began = claim.membership, stated_of(claim).diagnosed_on
    if began < membership.born_on:
        return []
    age = age_on(membership.born_on, began)
    return [
        row
        for row in terms_of(claim).benefits.rows
        if row.tier == membership.tier and row.age_from_years <= age <= row.age_to_years
    ]


def aids_possible(claim: Claim) -> list[AidDue]:
    """What each of the possible rows pays for the claim, with the working in words."""
    terms = terms_of(claim)
    benefits, circumstances = terms.benefits, facts_of(claim).circumstances(terms)
    aids = [aid_of(row, benefits, circumstances) for row in rows_possible(claim)]
    return [AidDue(aid=aid, working=explain_aid(aid, benefits, circumstances)) for aid in aids]


def illness_of(terms: PlanTerms, number: str) -> Illness | None:
    """The row of the list with that number."""
    return next((row for row in terms.illnesses if row.number == number), None)


def _sealed(claim: Claim, result: Check) -> bytes:
    detail = {"zh": result.text.zh, "en": result.text.en, "facts": dict(result.facts)}
    return seal_text("claim", claim.ref, DETAIL_PLACE, json.dumps(detail, ensure_ascii=False))


def _helped(claim: Claim) -> int:
    """How many claims the member has shared before this one was opened: by the locks at which
    they were a member, and past their waiting where the terms let those who wait share nothing."""
    if not terms_of(claim).benefits.helped:
        return 0
    membership = claim.membership
    helped = Claim.objects.filter(plan=claim.plan, settled_at__lt=claim.opened_at)
    helped = helped.filter(period_on__gt=membership.joined_on).exclude(membership=membership)
    if not terms_of(claim).waiting.members_share:
        helped = helped.filter(period_on__gte=membership.covered_from)
    if membership.ends_on is not None:
        helped = helped.filter(period_on__lt=membership.ends_on)
    return helped.count()


def _earlier(claim: Claim) -> Earlier:
    """The aid that the membership was given before; what was settled counts."""
    given = [(terms_of(other), other) for other in _settled_before(claim)]
    this = chain_of(claim)
    rows = [
        next(row for row in terms.benefits.rows if row.id == other.benefit_row)
        for terms, other in given
        # The first payment for an illness counts it, the further ones only as payments.
        if other.follows_id is None and other.id not in this
    ]
    of_this = [other.aid or 0 for _, other in given if other.id in this]
    return Earlier(
        for_this=Fen(sum(of_this)),
        payments_for_this=len(of_this),
        in_all=Fen(sum(other.aid or 0 for _, other in given)),
        severe=sum(row.severity == "severe" for row in rows),
        mild=sum(row.severity == "mild" for row in rows),
    )


def _reported_at(claim: Claim) -> datetime:
    """When the illness was reported: an instalment inherits it from the first claim."""
    opened_at = claim.follows.opened_at if claim.follows else claim.opened_at
    assert opened_at is not None
    return opened_at


def _settled_before(claim: Claim) -> QuerySet[Claim]:
    settled = claim.membership.claims.exclude(id=claim.id).exclude(settled_at=None)
    return settled.exclude(aid=None).order_by("id")


def _death_hours(stated: Stated) -> int | None:
    if stated.accident_at is None or stated.died_at is None:
        return None
    return whole_hours(stated.accident_at, stated.died_at)


def _death_hours_missing(claim: Claim, stated: Stated) -> bool:
    """A death after an accident, by a document or the register, whose hours nobody stated."""
    if not stated.accident or stated.died_at is not None:
        return False
    return (
        claim.membership.person.deceased_on is not None
        or claim.evidence.filter(kind="death_certificate").exists()
    )


def _same_file_in(claim: Claim) -> tuple[str, ...]:
    """Other claims, of any time, plan and household, with a file of the same bytes."""
    same = Evidence.objects.filter(content_index__in=claim.evidence.values("content_index"))
    found = same.exclude(claim=claim).values_list("claim__ref", flat=True)
    return tuple(sorted(set(found)))


def _same_phone_in(claim: Claim) -> tuple[str, ...]:
    """Claims of other households whose payee or filer has the phone of this payee or filer."""
    phones = [index for index in (claim.phone_index, claim.filed_by.phone_index) if index]
    same = Q(phone_index__in=phones) | Q(filed_by__phone_index__in=phones)
    return _refs(_others(claim).filter(same))


def _others(claim: Claim) -> QuerySet[Claim]:
    """Claims of other households; a draft that nobody handed in is none yet."""
    household = claim.membership.household_id
    return Claim.objects.exclude(membership__household=household).exclude(state=State.DRAFT.name)


def _refs(claims: QuerySet[Claim]) -> tuple[str, ...]:
    return tuple(claims.order_by("id").values_list("ref", flat=True))
