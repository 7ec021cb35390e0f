"""Sending refunds: they go to the gateway in batches, and its answer brings the failures back.

A batch is written down before the gateway is asked, and marked SENT before the call: what was sent
is asked after, never sent anew with other content. A refund that failed is final in its batch;
finance sends it again with another.
"""

from __future__ import annotations

import logging
from datetime import datetime
from importlib.resources import files
from typing import Any

from django.db import connection, transaction

from sameboat.books.actions import book
from sameboat.books.queries import balance
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.payment import Progress, RefundAnswer, RequestUnknown, provider
from sameboat.gateways.payment import RefundBatch as Request
from sameboat.gateways.resting import asking, is_resting
from sameboat.payments import agenda, queries
from sameboat.payments.actions.resolutions import AnswerDiffers, keep_answer_difference
from sameboat.payments.files import PAYERS_A_BATCH, refund_lines
from sameboat.payments.models import Difference, Refund, RefundBatch
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach

_SQL = files("sameboat.payments") / "sql"
_log = logging.getLogger(__name__)


def send_refunds(*, plan_id: str, now: datetime) -> int:
    """Send the refunds of a plan, or ask after them; how many batches were answered."""
    while agenda.refunds_to_send(plan_id).exists():
        _prepare(plan_id)
    return sum(_ask(batch, now=now) for batch in agenda.refund_batches_waiting(plan_id))


@transaction.atomic
def _prepare(plan_id: str) -> None:
    """Take refunds into a batch, each customer once: who gets two has the other in the next."""
    number = RefundBatch.objects.filter(plan=plan_id).count()
    batch = RefundBatch.objects.create(
        plan=plan_id, number=number, key=f"refunds/{plan_id}/{number}", payers=0, amount=0
    )
    reach("payments.refund.batch")
    with connection.cursor() as cursor:
        cursor.execute(
            (_SQL / "take_into_refund_batch.sql").read_text(),
            {"plan": plan_id, "batch": batch.pk, "payers": PAYERS_A_BATCH},
        )
        batch.payers, batch.amount = cursor.fetchone()
    reach("payments.refund.taken")
    batch.save(update_fields=["payers", "amount"])
    reach("payments.refund.amount")


def _ask(batch: RefundBatch, *, now: datetime) -> bool:
    """Send a batch, or ask after it; what the gateway does not answer now is asked again later."""
    if is_resting("payment", now=now):
        return False
    request = Request(key=batch.key, lines=refund_lines(batch))
    is_new = batch.state == "PREPARED"
    if is_new:
        _send(batch, now=now)
    try:
        with asking("payment", now=now):
            answer = _answer(request, is_new=is_new, now=now)
        reach("payments.refund.asked")
        if answer.progress is Progress.DONE:
            record_refunds(batch, answer, now=now)
            return True
    except GatewayUnavailable as refusal:
        _log.error("payments: %s", refusal)
    except AnswerDiffers as refusal:
        _log.error("payments: %s", refusal)
        keep_answer_difference(
            RefundBatch.objects.filter(pk=batch.pk), batch.plan, refusal, now=now
        )
    return False


@transaction.atomic
def _send(batch: RefundBatch, *, now: datetime) -> None:
    """Mark it as sent, with the operator's advance where the gateway holds too little."""
    plan = batch.plan
    short = queries.cash_short(plan, Fen(batch.amount), cash=balance(f"{plan}:gateway"))
    RefundBatch.objects.filter(pk=batch.pk, state="PREPARED").update(state="SENT", sent_at=now)
    reach("payments.refund.sent")
    Refund.objects.filter(batch=batch, state="PREPARED").update(state="SENT", sent_at=now)
    reach("payments.refund.payers")
    if short:
        lines = {"gateway": short, "advance": -short}
        _book(batch, f"advance/{batch.key}", "advance", lines, now=now)
        reach("payments.refund.advance")


def _answer(request: Request, *, is_new: bool, now: datetime) -> RefundAnswer:
    if is_new:
        return provider().refund(request, now=now)
    try:
        return provider().refund_status(request.key, now=now)
    except RequestUnknown:
        return provider().refund(request, now=now)


@transaction.atomic
def record_refunds(batch: RefundBatch, answer: RefundAnswer, *, now: datetime) -> None:
    """Take an answer once: its failures are work for finance, all others have their money."""
    answered = RefundBatch.objects.filter(pk=batch.pk, state="SENT").update(
        state="ANSWERED", given_back=answer.given_back, answered_at=now
    )
    if answered != 1:
        return
    reach("payments.refund.answered")
    # A failure may be listed twice: by customer it is one.
    failures = {failure.customer: failure for failure in answer.failures}
    total = answer.given_back + sum(failure.amount for failure in failures.values())
    if total != batch.amount:
        raise AnswerDiffers(key=batch.key, answered=total, asked=batch.amount)
    facts: dict[str, Any] = {
        "batch": batch.pk,
        "customers": list(failures),
        "reasons": [failure.reason.value for failure in failures.values()],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute((_SQL / "refunds_answered.sql").read_text(), facts)
        (failed,) = cursor.fetchone()
    assert failed == total - answer.given_back, f"a failure of {batch.key} is of no refund"
    reach("payments.refund.paid")
    if answer.given_back:
        lines = {"refunds": answer.given_back, "gateway": -answer.given_back}
        _book(batch, batch.key, "refund", lines, now=now)
        reach("payments.refund.books")
    Difference.objects.filter(key=batch.key, settled_at=None).update(settled_at=now)
    reach("payments.refund.agrees")


def _book(batch: RefundBatch, key: str, kind: str, lines: dict[str, int], *, now: datetime) -> None:
    book(
        key=key,
        kind=kind,
        plan=batch.plan,
        period_on=None,
        subject=f"{batch.plan}/{batch.number}",
        lines={f"{batch.plan}:{name}": amount for name, amount in lines.items()},
        now=now,
    )
