"""What payments can do now, and why not: the stages of each period, and what is beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from sameboat.claims.models import Claim
from sameboat.claims.queries import declined_with_refund
from sameboat.gateways.resting import is_resting
from sameboat.members.models import Household, Membership
from sameboat.members.queries import is_member_at, wind_down
from sameboat.payments.models import (
    SHARES_GIVEN_BACK,
    ClosingRefund,
    DebitBatch,
    DebitNotice,
    Payout,
    Reconciliation,
    Refund,
    RefundBatch,
    UnpaidDebit,
)
from sameboat.plans.queries import first_adopted, terms_on
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.rules.winding import PlanState, WindDown, is_borne, plan_state
from sameboat.settlement.models import MoneyFact, Period, PeriodClaim, Recovery
from sameboat.settlement.queries import next_publicity_on
from sameboat.settlement.waiting import Wait

PAYER_DIED = "payer_died"
"""Why a debit was not tried: not a failure of the gateway's list."""

STAGES = ("waive", "notify", "collect", "warn", "retry", "close_cycle", "pay_out", "finish")
ASKS: Mapping[str, str] = MappingProxyType(
    {
        "notify": "messaging",
        "collect": "payment",
        "warn": "messaging",
        "retry": "payment",
        "pay_out": "payment",
    }
)
"""The gateway that a stage asks: while it rests, the stage is not due."""
ON_THE_WAY = ("PREPARED", "SENT")
_DAY = timedelta(days=1)


def why_not_due(period: Period, stage: str, now: datetime) -> Wait | None:
    """Why a stage cannot run now; None if it can."""
    if period.state != "ANNOUNCED" and not (period.state == "DONE" and stage == "retry"):
        return Wait.NOT_ANNOUNCED if period.state != "DONE" else Wait.DONE
    wait = _WHY[stage](period, day_of(now, plan_of(period.plan).timezone))
    if wait is None and stage in ASKS and is_resting(ASKS[stage], now=now):
        return Wait.GATEWAY_RESTS
    return wait


def is_marked(period: Period, stage: str) -> bool:
    """Whether a stage of payments has its end mark."""
    # Whoever asks about many stages has prefetched the marks; else this is one query.
    return any(mark.stage == stage for mark in period.marks.all())


def waiting_batches(period: Period, *, is_retry: bool) -> QuerySet[DebitBatch]:
    """The batches that the gateway was not asked for yet, or did not answer."""
    found = DebitBatch.objects.filter(period=period, is_retry=is_retry, state__in=ON_THE_WAY)
    return found.order_by("attempt_on", "number")


def to_retry(period: Period, today: date) -> QuerySet[UnpaidDebit]:
    """The unpaid debits that may be tried again today: once a day until the cycle closes.

    After that once with each later debit day, for as long as the membership lasts; and whenever
    the payer asks for it. A plan that winds down debits nobody who did not ask.
    """
    waiting = UnpaidDebit.objects.filter(
        period=period, collected_on=None, batch=None, payout=None
    ).exclude(borne_by="sponsor")
    waiting = waiting.filter(household__paused_from=None)
    asked = waiting.filter(asked=True)
    since = _retried_since(period, today)
    if since is None or is_borne(wind_down(period.plan), debit_on=today):
        return asked
    return asked | waiting.filter(borne_by="", last_attempt_on__lt=since)


def _retried_since(period: Period, today: date) -> date | None:
    """Whoever was tried before that day is tried again today; None on a day without retries."""
    if is_marked(period, "close_cycle"):
        later = Period.objects.filter(
            plan=period.plan,
            publicity_on__gt=period.publicity_on,
            charged__gt=0,
            debit_on__lte=today,
            retries_until__gt=today,
        )
        last = later.order_by("-publicity_on").first()
        return last.debit_on if last is not None else None
    return today if period.debit_on < today < period.retries_until else None


def paused_households() -> list[int]:
    """The households that are not debited, because their payer has died."""
    return list(Household.objects.exclude(paused_from=None).values_list("pk", flat=True))


def open_debits(period: Period) -> QuerySet[UnpaidDebit]:
    """The debits of a period that are neither collected nor borne by somebody else."""
    return UnpaidDebit.objects.filter(period=period, collected_on=None, borne_by="")


def defaults_to_bear(plan_id: str, today: date) -> QuerySet[UnpaidDebit]:
    """Unpaid debits of closed cycles whose household has no membership left in the plan.

    While paying them would give a membership back, nobody else bears them.
    """
    days = terms_on(plan_id, today).defaulting.reinstatement_days
    living = Q(ends_on=None) | Q(
        end_reason=EndReason.DEFAULT.value, ends_on__gt=today - timedelta(days=days)
    )
    left = Membership.objects.filter(living, plan=plan_id, household=OuterRef("household"))
    return UnpaidDebit.objects.filter(
        ~Exists(left),
        period__plan=plan_id,
        failed_cycle=True,
        collected_on=None,
        borne_by="",
        batch=None,
        payout=None,
    )


def shares_of_the_dead(plan_id: str) -> QuerySet[UnpaidDebit]:
    """Unpaid debits whose payer has died: the sponsor bears them.

    So it is of what fell due while a death stood that was recorded by mistake.
    """
    return UnpaidDebit.objects.filter(
        ~Q(household__paused_from=None)
        | ~Q(household__payer__deceased_on=None)
        | Q(reason=PAYER_DIED),
        period__plan=plan_id,
        collected_on=None,
        borne_by="",
        batch=None,
        payout=None,
    )


def claims_to_pay(period: Period) -> QuerySet[Claim]:
    """The settled claims of a period for which no payout was prepared.

    A claim that a later period settled again is paid with that one.
    """
    settled = Claim.objects.filter(settled_in__period=period, state="SETTLED")
    later = PeriodClaim.objects.filter(
        claim=OuterRef("pk"), period__publicity_on__gt=period.publicity_on
    )
    prepared = Payout.objects.filter(claim=OuterRef("pk"), period=period)
    return settled.filter(~Exists(later), ~Exists(prepared))


def overtaken_payouts(period: Period) -> QuerySet[Payout]:
    """Payouts that nothing was sent of, or that failed, whose claim was reopened meanwhile."""
    waiting = Payout.objects.filter(period=period, state__in=("PREPARED", "FAILED"))
    return waiting.exclude(claim__state="SETTLED")


def next_statement_on(plan_id: str, today: date) -> date | None:
    """The first day before today whose statement was not compared yet; None if there is none."""
    last = Reconciliation.objects.filter(plan=plan_id).order_by("-statement_on").first()
    if last is not None:
        day = last.statement_on + _DAY
    else:
        adopted = first_adopted(plan_id)
        assert adopted is not None
        day = day_of(adopted.adopted_at, plan_of(plan_id).timezone)
    return day if day < today else None


def _why_not_waive(period: Period, today: date) -> Wait | None:
    if not period.charged:
        return Wait.NOBODY_CHARGED
    if not is_borne(wind_down(period.plan), debit_on=period.debit_on):
        return Wait.PLAN_GOES_ON
    return Wait.COLLECTED if DebitBatch.objects.filter(period=period).exists() else None


def _why_not_notify(period: Period, today: date) -> Wait | None:
    if not period.charged:
        return Wait.NOBODY_CHARGED
    told = DebitNotice.objects.filter(period=period, sent_at__isnull=False).exists()
    return Wait.TOLD if told else None


def _why_not_collect(period: Period, today: date) -> Wait | None:
    if not period.charged:
        return Wait.NOBODY_CHARGED
    if today < period.debit_on:
        return Wait.DEBIT_DAY
    if _why_not_notify(period, today) is None:
        return Wait.NOT_TOLD
    return Wait.COLLECTED if is_marked(period, "collect") else None


def _why_not_warn(period: Period, today: date) -> Wait | None:
    if not is_marked(period, "collect"):
        return Wait.NOT_COLLECTED
    return Wait.TOLD if is_marked(period, "warn") else None


def _why_not_retry(period: Period, today: date) -> Wait | None:
    if not is_marked(period, "collect"):
        return Wait.NOT_COLLECTED
    if waiting_batches(period, is_retry=True).exists() or to_retry(period, today).exists():
        return None
    return Wait.NOTHING_TO_RETRY


def _why_not_close(period: Period, today: date) -> Wait | None:
    if not is_marked(period, "collect"):
        return Wait.NOT_COLLECTED
    if today < period.retries_until:
        return Wait.RETRIES_GO_ON
    if waiting_batches(period, is_retry=True).exists():
        return Wait.RETRY_UNANSWERED
    return Wait.CYCLE_CLOSED if is_marked(period, "close_cycle") else None


def _why_not_pay_out(period: Period, today: date) -> Wait | None:
    if today < period.payout_from:
        return Wait.PAYOUT_DAY
    if Payout.objects.filter(period=period, state__in=ON_THE_WAY).exists():
        return None
    if overtaken_payouts(period).exists() or claims_to_pay(period).exists():
        return None
    return Wait.NOTHING_TO_PAY


def _why_not_finish(period: Period, today: date) -> Wait | None:
    if period.charged and not is_marked(period, "close_cycle"):
        return Wait.CYCLE_OPEN
    if period.charged and not is_marked(period, "warn"):
        return Wait.NOT_TOLD
    open_ones = Payout.objects.filter(period=period).exclude(state__in=("PAID", "CANCELLED"))
    if claims_to_pay(period).exists() or open_ones.exists():
        return Wait.AID_UNPAID
    return None


_WHY = {
    "waive": _why_not_waive,
    "notify": _why_not_notify,
    "collect": _why_not_collect,
    "warn": _why_not_warn,
    "retry": _why_not_retry,
    "close_cycle": _why_not_close,
    "pay_out": _why_not_pay_out,
    "finish": _why_not_finish,
}


def due_stages(plan_id: str, now: datetime) -> Iterator[tuple[Period, str]]:
    """What can run now for the periods of a plan, the oldest first; looked for one by one."""
    found = Period.objects.filter(plan=plan_id, state__in=("ANNOUNCED", "DONE"))
    living = found.exclude(Q(state="DONE") & ~Q(pk__in=_with_debits_to_retry(plan_id, now)))
    for period in living.order_by("publicity_on").prefetch_related("marks"):
        for stage in STAGES:
            if why_not_due(period, stage, now) is None:
                yield period, stage


def is_due(plan_id: str, now: datetime) -> bool:
    """Whether anything is to be done for a plan now."""
    today = day_of(now, plan_of(plan_id).timezone)
    return (
        next(due_stages(plan_id, now), None) is not None
        or defaults_to_bear(plan_id, today).exists()
        or shares_of_the_dead(plan_id).exists()
        or bool(refunds_due(plan_id, now))
        or closing_due(plan_id, now)
        or refunds_to_send(plan_id).exists()
        or asks_besides(plan_id, now)
    )


def asks_besides(plan_id: str, now: datetime) -> bool:
    """Whether a gateway that does not rest is to be asked for anything besides the stages."""
    today = day_of(now, plan_of(plan_id).timezone)
    wanted = {
        "payment": refund_batches_waiting(plan_id).exists(),
        "statements": next_statement_on(plan_id, today) is not None,
        "messaging": recoveries_to_tell(plan_id).exists(),
    }
    return any(wants and not is_resting(kind, now=now) for kind, wants in wanted.items())


def _with_debits_to_retry(plan_id: str, now: datetime) -> QuerySet[UnpaidDebit, int]:
    """Periods of debits that a batch took and nobody answered yet, or that may be tried again.

    Years of periods keep a debit that nobody pays: only those are looked at more closely whose
    payer asked, or that were last tried before the latest debit day of the plan.
    """
    today = day_of(now, plan_of(plan_id).timezone)
    debit_days = Period.objects.filter(plan=plan_id, charged__gt=0, debit_on__lte=today)
    latest = debit_days.aggregate(on=Max("debit_on"))["on"] or today
    rows = UnpaidDebit.objects.filter(
        Q(borne_by="", last_attempt_on__lt=latest) | Q(asked=True) | ~Q(batch=None),
        period__plan=plan_id,
        collected_on=None,
    )
    return rows.values_list("period_id", flat=True)


def refunds_due(plan_id: str, now: datetime) -> list[Claim]:
    """Claims declined under a clause that gives the shares back, of which that can be done now.

    Not before every debit that the membership had to bear by the decline was answered.
    """
    waiting = declined_with_refund(plan_id, now=now).exclude(refunds__kind__in=SHARES_GIVEN_BACK)
    return [claim for claim in waiting if not _is_still_charged(claim)]


def declined_on(claim: Claim) -> date:
    """The civil day on which a claim was declined."""
    assert claim.closed_at is not None
    return day_of(claim.closed_at, plan_of(claim.plan).timezone)


def closing_due(plan_id: str, now: datetime) -> bool:
    """Whether the shares of a plan that ended can be given back now, as its end promised.

    All of them once every debit is through; what is left in proportion, when nobody can claim any
    more and every claim is paid.
    """
    ending = wind_down(plan_id)
    today = day_of(now, plan_of(plan_id).timezone)
    if ending is None or ending.closing_refund == "none" or today < ending.ends_on:
        return False
    if ClosingRefund.objects.filter(plan=plan_id).exists():
        return False
    periods = Period.objects.filter(plan=plan_id)
    shared = periods.filter(publicity_on__lt=ending.ends_on)
    if shared.exclude(state__in=("ANNOUNCED", "DONE")).exists():
        return False
    collecting = shared.filter(charged__gt=0).exclude(marks__stage="close_cycle")
    if collecting.exists():
        return False
    return ending.closing_refund == "full" or _is_over(ending, plan_id, now)


def _is_over(ending: WindDown, plan_id: str, now: datetime) -> bool:
    """Whether nothing can cost or relieve the plan any more, but what is given back."""
    today = day_of(now, plan_of(plan_id).timezone)
    if plan_state(ending, today) is not PlanState.ENDED:
        return False
    closed = Q(state__in=("PAID", "WITHDRAWN")) | Q(state="DECLINED", appeal_ends_at__lte=now)
    unsettled = Period.objects.filter(plan=plan_id, settle_entry_hash=None)
    return not (
        Claim.objects.filter(~closed, plan=plan_id).exclude(state="DRAFT").exists()
        or unsettled.exists()
        or MoneyFact.objects.filter(plan=plan_id, period=None).exists()
    )


def recoveries_to_tell(plan_id: str) -> QuerySet[Recovery]:
    """Recoveries of which something has to be given back, and nobody was told yet."""
    waiting = Recovery.objects.filter(claim__plan=plan_id, told_at=None)
    return waiting.filter(owed__gt=F("received") + F("written_off")).order_by("pk")


def refunds_to_send(plan_id: str) -> QuerySet[Refund]:
    """Refunds that are in no batch yet."""
    return Refund.objects.filter(plan=plan_id, state="PREPARED", batch=None)


def refund_batches_waiting(plan_id: str) -> QuerySet[RefundBatch]:
    """The batches of refunds that the gateway was not asked for yet, or did not answer."""
    return RefundBatch.objects.filter(plan=plan_id, state__in=ON_THE_WAY).order_by("number")


def _is_still_charged(claim: Claim) -> bool:
    """Whether a period that the member shares, up to the decline, is not collected yet."""
    by = declined_on(claim)
    if next_publicity_on(claim.plan) <= by:
        return True
    running = Period.objects.filter(plan=claim.plan, publicity_on__lte=by).exclude(state="DONE")
    return any(
        is_member_at(each.publicity_on, claim.membership)
        and each.charged != 0
        and not is_marked(each, "close_cycle")
        for each in running
    )
