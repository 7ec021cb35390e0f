"""Refunds: shares of whoever was declined under certain clauses, and whatever else goes back.

What is owed is booked when the refund is prepared; the gateway is asked after.
"""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from sameboat.books.actions import book
from sameboat.books.queries import balance
from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.payment import (
    Progress,
    RequestUnknown,
    TransferAnswer,
    TransferOrder,
    provider,
)
from sameboat.members.models import Membership
from sameboat.payments import agenda, queries
from sameboat.payments.models import (
    DECLINED,
    SHARES_GIVEN_BACK,
    WAITING_ILLNESS,
    Refund,
    UnpaidDebit,
)
from sameboat.plans.queries import terms_on
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.queries import shares_of
from sameboat.settlement.stating import state_money_fact

_log = logging.getLogger(__name__)


@transaction.atomic
def refund_shares(*, claim_id: int, now: datetime) -> Refund:
    """Prepare to give back, without interest, what was collected for the claim's membership.

    All of it up to the decline, less what an earlier decline gave back. It goes to whoever pays
    for the member now: a payer before them was one of the same household and has died. The terms
    under which the member joined say who bears it: the operator, or the pool, then as a line of
    the next period's cost.
    """
    claim = Claim.objects.select_related("membership__household").get(pk=claim_id)
    membership = claim.membership
    bearer = terms_on(claim.plan, membership.joined_on).waiting.refund_from
    collected = _collected_for(membership, until=agenda.declined_on(claim))
    amount = Fen(max(0, collected - _given_back(membership)))
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


def send_refunds(*, plan_id: str, now: datetime) -> int:
    """Send the refunds of a plan to their payers, or ask after them; how many were answered."""
    answered = 0
    for refund in agenda.refunds_on_the_way(plan_id).select_related("claim"):
        answered += _transfer(refund, now=now)
    return answered


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


def _transfer(refund: Refund, *, now: datetime) -> bool:
    if refund.state == "PREPARED":
        _send(refund, now=now)
    try:
        answer = _answer(refund, now=now)
    except GatewayUnavailable as refusal:
        _log.error("payments: %s", refusal)
        return False
    reach("payments.refund.asked")
    if answer.progress is Progress.DONE:
        _end(refund, now=now)
    elif answer.progress is Progress.FAILED:
        assert answer.reason is not None
        Refund.objects.filter(pk=refund.pk, state="SENT").update(
            state="FAILED", reason=answer.reason.value
        )
        reach("payments.refund.failed")
    return answer.progress is not Progress.PENDING


@transaction.atomic
def _send(refund: Refund, *, now: datetime) -> None:
    plan = refund.plan
    short = queries.cash_short(plan, Fen(refund.amount), cash=balance(f"{plan}:gateway"))
    Refund.objects.filter(pk=refund.pk, state="PREPARED").update(state="SENT", sent_at=now)
    reach("payments.refund.sent")
    if short:
        lines = {f"{plan}:gateway": short, f"{plan}:advance": -short}
        _book(refund, f"advance/{refund.key}", "advance", lines, now=now)
        reach("payments.refund.advance")


def _answer(refund: Refund, *, now: datetime) -> TransferAnswer:
    order = TransferOrder(key=refund.key, customer=refund.customer, amount=Fen(refund.amount))
    if refund.state == "PREPARED":
        return provider().refund(order, now=now)
    try:
        return provider().transfer_status(refund.key, now=now)
    except RequestUnknown:
        return provider().refund(order, now=now)


@transaction.atomic
def _end(refund: Refund, *, now: datetime) -> None:
    plan = refund.plan
    moved = Refund.objects.filter(pk=refund.pk, state="SENT").update(state="PAID", paid_at=now)
    reach("payments.refund.paid")
    if moved != 1:
        return
    lines = {f"{plan}:refunds": refund.amount, f"{plan}:gateway": -refund.amount}
    _book(refund, refund.key, "refund", lines, now=now)
    reach("payments.refund.books")


def _book(refund: Refund, key: str, kind: str, lines: dict[str, int], *, now: datetime) -> None:
    book(
        key=key,
        kind=kind,
        plan=refund.plan,
        period_on=None,
        subject=refund.claim.ref if refund.claim else "",
        lines=lines,
        now=now,
    )
