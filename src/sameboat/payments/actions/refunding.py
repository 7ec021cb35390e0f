"""Refunds of shares to whoever was declined under certain clauses.

What is owed is booked when the refund is prepared; it is sent with the next batch.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from sameboat.books.actions import book
from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.members.models import Membership
from sameboat.members.queries import wind_down
from sameboat.payments import agenda
from sameboat.payments.models import (
    DECLINED,
    SHARES_GIVEN_BACK,
    WAITING_ILLNESS,
    ClosingRefund,
    Refund,
    UnpaidDebit,
)
from sameboat.plans.queries import terms_on
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.queries import shares_of
from sameboat.settlement.stating import state_money_fact


@transaction.atomic
def refund_shares(*, claim_id: int, now: datetime) -> Refund:
    """Prepare to give back, without interest, what was collected for the claim's membership.

    All of it up to the decline, less what an earlier decline, or the plan's end, gave back. It goes
    to whoever pays for the member now: a payer before them was one of the same household and has
    died. The terms under which the member joined say who bears it: the operator, or the pool, then
    as a line of the next period's cost.
    """
    claim = Claim.objects.select_related("membership__household").get(pk=claim_id)
    membership = claim.membership
    bearer = terms_on(claim.plan, membership.joined_on).waiting.refund_from
    collected = _collected_for(membership, until=agenda.declined_on(claim))
    went_back = collected if _closed_in_full(membership) else _given_back(membership)
    amount = Fen(max(0, collected - went_back))
    refund = Refund.objects.create(
        kind=WAITING_ILLNESS if claim.decline_clause == WAITING_CLAUSE else DECLINED,
        plan=claim.plan,
        customer=membership.household.customer_ref,
        membership=membership,
        claim=claim,
        key=f"refund/{claim.plan}/{claim.ref}",
        amount=amount,
        borne_by=bearer,
        state="PREPARED" if amount else "PAID",
        prepared_at=now,
        paid_at=None if amount else now,
    )
    reach("payments.refund.row")
    if amount:
        _book_owed(refund, claim, now=now)
    return refund


def _collected_for(membership: Membership, *, until: date) -> Fen:
    """The shares of a membership in periods up to a day, without those that were never paid.

    Whose debit it was is what the period's lock says: a payer before may have died owing it.
    """
    shares = [
        share
        for share in shares_of(membership)
        if share.period.publicity_on <= until and not share.period.waived
    ]
    unpaid = UnpaidDebit.objects.filter(
        household__in={share.payer for share in shares}, collected_on=None
    )
    never_paid = set(unpaid.values_list("period_id", "household_id"))
    return Fen(
        sum(share.amount for share in shares if (share.period.pk, share.payer) not in never_paid)
    )


def _given_back(membership: Membership) -> Fen:
    refunds = Refund.objects.filter(membership=membership, kind__in=SHARES_GIVEN_BACK)
    return Fen(refunds.aggregate(total=Sum("amount"))["total"] or 0)


def _closed_in_full(membership: Membership) -> bool:
    """Whether the plan's end gave back every share of the membership; nobody shares after it."""
    if not ClosingRefund.objects.filter(plan=membership.plan, promise="full").exists():
        return False
    ending = wind_down(membership.plan)
    assert ending is not None
    # As in closing_members.sql.
    ends_on = membership.ends_on
    return membership.joined_on <= ending.announced_on and (
        ends_on is None or ends_on > ending.announced_on
    )


def _book_owed(refund: Refund, claim: Claim, *, now: datetime) -> None:
    plan = claim.plan
    against = "advance" if refund.borne_by == "operator" else "extra"
    book(
        key=f"owed/{refund.key}",
        kind="refund",
        plan=plan,
        period_on=None,
        subject=claim.ref,
        lines={f"{plan}:{against}": refund.amount, f"{plan}:refunds": -refund.amount},
        now=now,
    )
    reach("payments.refund.owed")
    if refund.borne_by == "pool":
        state_money_fact(
            plan_id=plan, kind="refund", amount=Fen(refund.amount), subject=claim.ref, now=now
        )
        reach("payments.refund.fact")
