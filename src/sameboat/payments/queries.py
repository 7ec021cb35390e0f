"""Reads of payments: what was collected, what is unpaid, who owes what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import pyarrow.parquet as pq
from django.db.models import F, Q, QuerySet, Sum

from sameboat.claims.models import Claim
from sameboat.members.models import Household
from sameboat.payments.agenda import is_marked
from sameboat.payments.models import (
    CLOSING,
    SHARES_GIVEN_BACK,
    ClosingRefund,
    DebitBatch,
    Difference,
    Payout,
    Refund,
    UnpaidDebit,
)
from sameboat.rules.money import Fen
from sameboat.settlement.models import Period, Recovery
from sameboat.settlement.queries import payer_debits

_DAY = timedelta(days=1)


class DebitState(StrEnum):
    """Where one payer's debit of a period stands."""

    UPCOMING = "upcoming"
    PAID = "paid"
    UNPAID = "unpaid"
    BORNE = "borne"
    """Never paid: the operator or the other members bore it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """What one payer owes for the household in one period."""

    period: Period
    amount: Fen
    state: DebitState
    debit_on: date
    reason: str
    """Why the last attempt failed; empty where none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What became of what a period charged, in fen."""

    charged: Fen
    collected: Fen
    unpaid: Fen
    payers: int


def shares_given_back(claim_ref: str) -> Refund | None:
    """The refund of the shares after a claim was declined; None where there is none, or not yet."""
    return Refund.objects.filter(claim__ref=claim_ref, kind__in=SHARES_GIVEN_BACK).first()


def left_at_the_end(plan_id: str) -> Fen:
    """What the last settled period of a plan carried out."""
    last = Period.objects.filter(plan=plan_id).order_by("-publicity_on").first()
    return Fen(last.carried_out or 0) if last else Fen(0)


def closing_refund(plan_id: str) -> ClosingRefund | None:
    """What goes back, or went back, to the payers at the plan's end."""
    return ClosingRefund.objects.filter(plan=plan_id).first()


def closing_refund_of(household: Household, plan_id: str) -> Refund | None:
    """What one payer gets back, or got back, at the plan's end."""
    return Refund.objects.filter(
        plan=plan_id, kind=CLOSING, customer=household.customer_ref
    ).first()


def collected(period: Period) -> Collected:
    """What a period charged, what came in (taken off aid included), and what is unpaid."""
    batches = DebitBatch.objects.filter(period=period)
    answered = batches.aggregate(total=Sum("collected"))["total"] or 0
    taken = UnpaidDebit.objects.filter(
        Q(payout__isnull=False) | Q(recounted=True), period=period, collected_on__isnull=False
    )
    came = answered + (taken.aggregate(total=Sum("amount"))["total"] or 0)
    charged = period.charged or 0
    return Collected(
        charged=Fen(charged),
        collected=Fen(came),
        unpaid=Fen(charged - came),
        payers=batches.filter(is_retry=False).aggregate(total=Sum("payers"))["total"] or 0,
    )


def debits_of(household: Household, plan_id: str) -> list[Debit]:
    """What a payer owes or paid in each settled period of a plan, the newest first."""
    settled = Period.objects.filter(plan=plan_id, state__in=("ANNOUNCED", "DONE"), charged__gt=0)
    unpaid = {row.period_id: row for row in household.unpaid.filter(period__plan=plan_id)}
    found = []
    for period in settled.order_by("-publicity_on"):
        amount = _amount_of(period, household)
        if amount:
            found.append(_debit(period, amount, unpaid.get(period.pk)))
    return found


def arrears(household: Household, plan_id: str) -> Fen:
    """What a household owes one plan: the sum of its debits that failed."""
    return Fen(sum(d.amount for d in owed_by(household) if d.period.plan == plan_id))


def owed_by(household: Household) -> list[Debit]:
    """What a payer has not paid and nobody else has borne, of all plans, the oldest first."""
    rows = household.unpaid.filter(collected_on=None, borne_by="").select_related("period")
    return [_debit(row.period, Fen(row.amount), row) for row in rows.order_by("period__debit_on")]


def arrears_of(login_id: int) -> list[Debit]:
    """What the login's own household can pay now: unpaid, or borne by others, the oldest first."""
    rows = UnpaidDebit.objects.filter(
        household__payer__logins=login_id, collected_on=None, batch=None, payout=None
    )
    found = rows.select_related("period").order_by("period__debit_on", "pk")
    return [_debit(row.period, Fen(row.amount), row) for row in found]


def unpaid_of(period: Period) -> QuerySet[UnpaidDebit]:
    """The debits of a period that failed and were not collected since."""
    rows = UnpaidDebit.objects.filter(period=period, collected_on=None)
    return rows.select_related("household").order_by("household_id")


def payout_of(claim: Claim) -> Payout | None:
    """How far the aid of a claim is on its way."""
    return Payout.objects.filter(claim=claim).order_by("-pk").first()


def payouts_failed() -> QuerySet[Payout]:
    """Payouts that somebody of finance has to look at."""
    return Payout.objects.filter(state="FAILED").select_related("claim", "period").order_by("pk")


def refunds_failed() -> QuerySet[Refund]:
    """Refunds that somebody of finance has to look at."""
    return Refund.objects.filter(state="FAILED").order_by("pk")


def recoveries_open(plan_id: str) -> QuerySet[Recovery]:
    """Aid that payees have to give back; what was written off may come back after all."""
    found = Recovery.objects.filter(claim__plan=plan_id, received__lt=F("owed"))
    return found.select_related("claim").order_by("pk")


def aid_to_give_back(claim_ref: str) -> list[Recovery]:
    """What of a claim's aid has to be given back, or had to be, the newest first."""
    return list(Recovery.objects.filter(claim__ref=claim_ref, owed__gt=0).order_by("-number"))


def differences(plan_id: str) -> QuerySet[Difference]:
    """What finance has to look at, because the gateway and the books do not agree."""
    return Difference.objects.filter(plan=plan_id, settled_at=None).order_by("statement_on", "key")


def _amount_of(period: Period, household: Household) -> Fen:
    rows = pq.read_table(payer_debits(period), filters=[("payer", "=", household.pk)])
    return Fen(sum(rows.column("amount").to_pylist()))


def _debit(period: Period, amount: Fen, unpaid: UnpaidDebit | None) -> Debit:
    if unpaid is not None:
        return Debit(
            period=period,
            amount=amount,
            state=_state(unpaid),
            debit_on=period.debit_on,
            reason=unpaid.reason,
        )
    answered = is_marked(period, "collect")
    return Debit(
        period=period,
        amount=amount,
        state=DebitState.PAID if answered else DebitState.UPCOMING,
        debit_on=period.debit_on,
        reason="",
    )


def _state(unpaid: UnpaidDebit) -> DebitState:
    if unpaid.collected_on is not None:
        return DebitState.PAID
    return DebitState.BORNE if unpaid.borne_by else DebitState.UNPAID


def cash_short(plan_id: str, amount: Fen, *, cash: Fen) -> Fen:
    """What the gateway lacks for one more transfer of `amount`, those on their way counted."""
    sent = Payout.objects.filter(period__plan=plan_id, state="SENT").aggregate(
        total=Sum(F("aid") - F("arrears"))
    )["total"]
    refunds = Refund.objects.filter(plan=plan_id, state="SENT").aggregate(total=Sum("amount"))[
        "total"
    ]
    return Fen(max(0, amount + (sent or 0) + (refunds or 0) - cash))
