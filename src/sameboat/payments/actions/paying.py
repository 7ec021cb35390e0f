"""Paying out: the aid of each settled claim goes to its payee, less what the household owes.

Aid is never late or short: where the gateway holds too little, because shares are unpaid or the
sponsor has not paid in yet, the operator advances the difference.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from sameboat.books.actions import book
from sameboat.books.queries import balance
from sameboat.claims.actions import mark_paid
from sameboat.claims.actions.reopening import begin_paying, end_paying
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.payment import Failure, Progress, TransferAnswer, TransferOrder, provider
from sameboat.gateways.payment import RequestUnknown as Unknown
from sameboat.gateways.resting import asking, is_resting
from sameboat.identity.actions import audit
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.payments import agenda, queries
from sameboat.payments.actions.stages import confirm, due, today
from sameboat.payments.models import Payout, UnpaidDebit
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal
from sameboat.settlement.models import Period

_log = logging.getLogger(__name__)


class NoFailedPayout(Refusal):
    """The claim has no payout that failed."""

    code = "no_failed_payout"
    en = "There is no failed payout of that claim; it may be on its way or paid."
    zh = "该申请没有失败的付款；可能正在付款或已付清。"


def pay_out(*, period_id: int, now: datetime) -> None:
    """Pay the aid of every settled claim of a period; again for what was not answered yet.

    A claim whose final decision is not on the record is held back.
    """
    period = due(period_id, "pay_out", now)
    for payout in agenda.overtaken_payouts(period).order_by("pk"):
        _cancel(payout)
    for claim in agenda.claims_to_pay(period).order_by("pk"):
        if _is_decided(claim):
            _prepare(period, claim, now=now)
        else:
            _log.error("payments: claim %s has no recorded final decision", claim.ref)
    on_the_way = Payout.objects.filter(period=period, state__in=agenda.ON_THE_WAY)
    for payout in on_the_way.select_related("claim", "period").order_by("pk"):
        _transfer(payout, now=now)


@transaction.atomic
def retry_payout(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Send a payout that failed once more, after finance has mended the cause."""
    require_role(login_id, Role.FINANCE)
    payout = Payout.objects.filter(claim__ref=claim_ref, state="FAILED").first()
    if payout is None:
        raise NoFailedPayout()
    attempt = payout.attempt + 1
    moved = Payout.objects.filter(pk=payout.pk, state="FAILED", attempt=payout.attempt).update(
        state="PREPARED", reason="", attempt=attempt, key=_key(payout.claim, attempt)
    )
    reach("payments.retry_payout.row")
    if moved != 1:
        raise NoFailedPayout()
    audit(login_id=login_id, verb="payout.retry", subject=claim_ref, now=now)
    reach("payments.retry_payout.audit")


def _key(claim: Claim, attempt: int) -> str:
    return f"payout/{claim.plan}/{claim.ref}/{attempt}"


def _is_decided(claim: Claim) -> bool:
    return any(
        entry.type == "decision.final" and entry.state in ("RECORDED", "WITNESSED")
        for entry in chain_entries(bytes.fromhex(claim.ref))
    )


@transaction.atomic
def _prepare(period: Period, claim: Claim, *, now: datetime) -> None:
    """Write the payout down; the terms say whether what the household owes is taken off it."""
    assert claim.aid is not None
    aid = claim.aid - claim.unfunded - claim.paid_aid
    taken, arrears = [], 0
    owed = UnpaidDebit.objects.select_for_update().filter(
        household=claim.membership.household_id,
        period__plan=claim.plan,
        collected_on=None,
        borne_by="",
        batch=None,
        payout=None,
    )
    is_taken_off = terms_of(claim).defaulting.arrears_off_aid
    for row in owed.order_by("period__publicity_on") if is_taken_off else ():
        if arrears + row.amount <= aid:
            taken.append(row.pk)
            arrears += row.amount
    earlier = Payout.objects.filter(claim=claim).aggregate(last=Max("attempt"))["last"]
    attempt = (earlier or 0) + 1
    payout = Payout.objects.create(
        claim=claim,
        period=period,
        key=_key(claim, attempt),
        attempt=attempt,
        aid=aid,
        arrears=arrears,
        prepared_at=now,
    )
    reach("payments.pay_out.payout")
    UnpaidDebit.objects.filter(pk__in=taken).update(payout=payout)
    reach("payments.pay_out.arrears")


def _transfer(payout: Payout, *, now: datetime) -> None:
    """Ask the gateway to pay, or how far it is; what it does not answer now is asked again."""
    if is_resting("payment", now=now):
        return
    amount = Fen(payout.aid - payout.arrears)
    if payout.state == "PREPARED" and not _send(payout, amount, now=now):
        return  # Reopened, then the next run cancels it; or held, then a later run sends it.
    try:
        with asking("payment", now=now):
            answer = _answer(payout, amount, now=now)
    except GatewayUnavailable as refusal:
        _log.error("payments: %s", refusal)
        return
    reach("payments.pay_out.asked")
    if answer.progress is Progress.DONE:
        _end(payout, amount, now=now)
    elif answer.progress is Progress.FAILED:
        assert answer.reason is not None
        _fail(payout, answer.reason)


@transaction.atomic
def _send(payout: Payout, amount: Fen, *, now: datetime) -> bool:
    """Mark it as sent, with the operator's advance where the gateway holds too little.

    False where the claim was reopened before, or its payee is not settled: nothing is sent.
    """
    if not begin_paying(claim_id=payout.claim_id):
        return False
    reach("payments.pay_out.begun")
    # Another payee may have taken effect since the row was read; from here on none can.
    payout.claim.refresh_from_db(fields=["payee_ref"])
    plan = payout.period.plan
    short = queries.cash_short(plan, amount, cash=balance(f"{plan}:gateway"))
    sent = Payout.objects.filter(pk=payout.pk, state="PREPARED").update(state="SENT", sent_at=now)
    reach("payments.pay_out.sent")
    assert sent == 1
    if short:
        _book(
            payout,
            f"advance/{payout.key}",
            "advance",
            {f"{plan}:gateway": short, f"{plan}:advance": -short},
            now=now,
        )
        reach("payments.pay_out.advance")
    return True


@transaction.atomic
def _fail(payout: Payout, reason: Failure) -> None:
    Payout.objects.filter(pk=payout.pk, state="SENT").update(state="FAILED", reason=reason.value)
    reach("payments.pay_out.failed")
    end_paying(claim_id=payout.claim_id)
    reach("payments.pay_out.ended")


@transaction.atomic
def _cancel(payout: Payout) -> None:
    """The claim was reopened: what was to be taken off the aid is owed again."""
    waiting = Payout.objects.filter(pk=payout.pk, state__in=("PREPARED", "FAILED"))
    waiting.update(state="CANCELLED", arrears=0)
    reach("payments.pay_out.cancelled")
    UnpaidDebit.objects.filter(payout=payout, collected_on=None).update(payout=None)
    reach("payments.pay_out.released")


def _answer(payout: Payout, amount: Fen, *, now: datetime) -> TransferAnswer:
    if not amount:
        return TransferAnswer(key=payout.key, progress=Progress.DONE)
    order = TransferOrder(key=payout.key, customer=payout.claim.payee_ref, amount=amount)
    if payout.state == "PREPARED":
        return provider().pay_out(order, now=now)
    try:
        return provider().transfer_status(payout.key, now=now)
    except Unknown:
        return provider().pay_out(order, now=now)


@transaction.atomic
def _end(payout: Payout, amount: Fen, *, now: datetime) -> None:
    """The payee has the money: books, record, claim and membership say so at once."""
    plan = payout.period.plan
    moved = Payout.objects.filter(pk=payout.pk, state="SENT").update(state="PAID", paid_at=now)
    reach("payments.pay_out.paid")
    if moved != 1:
        return
    if amount:
        lines = {f"{plan}:claimants": amount, f"{plan}:gateway": -amount}
        _book(payout, payout.key, "payout", lines, now=now)
        reach("payments.pay_out.books")
    _collect_arrears(payout, now=now)
    mark_paid(claim_id=payout.claim_id, arrears=Fen(payout.arrears), now=now)
    reach("payments.pay_out.claim")


def _collect_arrears(payout: Payout, *, now: datetime) -> None:
    """What was taken off counts as collected of the period it was owed for."""
    for row in payout.taken_off.select_related("period").order_by("pk"):
        plan, owed_for = row.period.plan, row.period
        UnpaidDebit.objects.filter(pk=row.pk).update(collected_on=today(owed_for, now))
        reach("payments.pay_out.arrears_collected")
        book(
            key=f"arrears/{payout.key}/{owed_for.publicity_on}",
            kind="arrears",
            plan=plan,
            period_on=owed_for.publicity_on,
            subject=payout.claim.ref,
            lines={f"{plan}:claimants": row.amount, f"{plan}:members": -row.amount},
            now=now,
        )
        reach("payments.pay_out.arrears_books")
        if agenda.is_marked(owed_for, "collect"):
            confirm(owed_for, now=now)
            reach("payments.pay_out.arrears_confirm")


def _book(payout: Payout, key: str, kind: str, lines: dict[str, int], *, now: datetime) -> None:
    book(
        key=key,
        kind=kind,
        plan=payout.period.plan,
        period_on=payout.period.publicity_on,
        subject=payout.claim.ref,
        lines=lines,
        now=now,
    )
