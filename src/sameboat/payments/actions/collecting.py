"""Collecting: debits go to the gateway in batches, and its answer brings the failures back.

A batch is written down with its lines before the gateway is asked, and marked SENT before the
call: what was sent is asked after, never sent anew with other content. An answer that comes twice
finds its batch ANSWERED and changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from sameboat.books.actions import book
from sameboat.books.queries import balance
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.payment import DebitAnswer, Progress, RequestUnknown, provider
from sameboat.gateways.payment import DebitBatch as Request
from sameboat.gateways.resting import asking, is_resting
from sameboat.payments import agenda
from sameboat.payments.actions.cycles import BORNE_ON
from sameboat.payments.actions.resolutions import AnswerDiffers, keep_answer_difference
from sameboat.payments.actions.stages import confirm, due, mark, today
from sameboat.payments.files import (
    PAYERS_A_BATCH,
    batch_file,
    debits_of_payers,
    first_batches,
)
from sameboat.payments.models import DebitBatch, Difference, UnpaidDebit
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.files import written_whole
from sameboat.settlement.models import Period
from sameboat.settlement.stating import state_money_fact

_SQL = files("sameboat.payments") / "sql"
_log = logging.getLogger(__name__)


def collect(*, period_id: int, now: datetime) -> None:
    """Debit every payer of a period once; again for what was not answered yet."""
    period = due(period_id, "collect", now)
    if not period.batches.exists():
        prepare(period)
    for batch in agenda.waiting_batches(period, is_retry=False):
        _ask(batch, now=now)
    if not agenda.waiting_batches(period, is_retry=False).exists():
        _end_first_collection(period, now=now)


def retry(*, period_id: int, now: datetime) -> None:
    """Try the unpaid debits of a period again, once a day."""
    period = due(period_id, "retry", now)
    day = today(period, now)
    while agenda.to_retry(period, day).exists():
        _prepare_retry(period, day)
    for batch in agenda.waiting_batches(period, is_retry=True):
        _ask(batch, now=now)


def prepare(period: Period) -> None:
    """Write the lines of all batches, then their rows at once: until then nothing can be sent.

    Households whose payer has died are not debited: what they owe is unpaid and no failure.
    """
    rows = []
    paused = debits_of_payers(period, agenda.paused_households())
    for number, (payers, amount, lines) in enumerate(first_batches(period, but_for=paused)):
        batch = _batch(period, period.debit_on, number, is_retry=False)
        batch.payers, batch.amount = payers, amount
        _write_lines(batch, lines)
        rows.append(batch)
    assert sum(row.amount for row in rows) + sum(paused.values()) == period.charged
    waiting = [
        UnpaidDebit(
            period=period,
            household_id=household,
            amount=amount,
            reason=agenda.PAYER_DIED,
            attempts=0,
            last_attempt_on=period.debit_on,
        )
        for household, amount in paused.items()
    ]
    with transaction.atomic():
        DebitBatch.objects.bulk_create(rows)
        reach("payments.collect.batches")
        UnpaidDebit.objects.bulk_create(waiting, ignore_conflicts=True)
        reach("payments.collect.paused")


@transaction.atomic
def _prepare_retry(period: Period, day: date) -> None:
    """Take some unpaid debits into a batch: while it is not answered, nothing else takes them."""
    batch = _batch(period, day, period.batches.filter(attempt_on=day).count(), is_retry=True)
    batch.save(force_insert=True)
    reach("payments.retry.batch")
    chosen = agenda.to_retry(period, day).order_by("household").values("pk")[:PAYERS_A_BATCH]
    with connection.cursor() as cursor:
        cursor.execute(
            (_SQL / "take_into_retry.sql").read_text(),
            {"ids": [row["pk"] for row in chosen], "batch": batch.pk, "day": day},
        )
        batch.payers, batch.amount, lines = cursor.fetchone()
    reach("payments.retry.taken")
    _write_lines(batch, lines.encode("ascii"))
    batch.save(update_fields=["payers", "amount"])
    reach("payments.retry.amount")


def _batch(period: Period, day: date, number: int, *, is_retry: bool) -> DebitBatch:
    return DebitBatch(
        period=period,
        key=f"collect/{period.plan}/{period.publicity_on}/{day}/{number}",
        is_retry=is_retry,
        attempt_on=day,
        number=number,
        payers=0,
        amount=0,
    )


def _write_lines(batch: DebitBatch, lines: bytes) -> None:
    with written_whole(batch_file(batch.period, f"{batch.attempt_on}-{batch.number}")) as draft:
        draft.write_bytes(lines)
        reach("payments.collect.draft")
    reach("payments.collect.file")


def _ask(batch: DebitBatch, *, now: datetime) -> None:
    """Send a batch, or ask after it; what the gateway does not answer now is asked again later."""
    if is_resting("payment", now=now):
        return
    lines = batch_file(batch.period, f"{batch.attempt_on}-{batch.number}").read_bytes()
    request = Request(key=batch.key, lines=lines)
    is_new = batch.state == "PREPARED"
    if is_new:
        DebitBatch.objects.filter(pk=batch.pk, state="PREPARED").update(state="SENT", sent_at=now)
        reach("payments.collect.sent")
    try:
        with asking("payment", now=now):
            answer = _answer(request, is_new=is_new, now=now)
        reach("payments.collect.asked")
        if answer.progress is Progress.DONE:
            record_answer(batch, answer, now=now)
    except GatewayUnavailable as refusal:
        _log.error("payments: %s", refusal)  # It is asked after again; other batches go on.
    except AnswerDiffers as refusal:
        _log.error("payments: %s", refusal)
        asked = DebitBatch.objects.filter(pk=batch.pk)
        keep_answer_difference(asked, batch.period.plan, refusal, now=now)


def _answer(request: Request, *, is_new: bool, now: datetime) -> DebitAnswer:
    if is_new:
        return provider().debit(request, now=now)
    try:
        return provider().debit_status(request.key, now=now)
    except RequestUnknown:
        return provider().debit(request, now=now)


@transaction.atomic
def record_answer(batch: DebitBatch, answer: DebitAnswer, *, now: datetime) -> None:
    """Take an answer once: its failures are unpaid, all others have paid.

    What was open about the batch, because it had no such answer, is settled by it; the statement
    is compared with what is booked now after the day of the answer.
    """
    answered = DebitBatch.objects.filter(pk=batch.pk, state="SENT").update(
        state="ANSWERED", collected=answer.collected, answered_at=now
    )
    if answered != 1:
        return
    reach("payments.collect.answered")
    # A failure may be listed twice: by customer it is one.
    failures = {failure.customer: failure for failure in answer.failures}
    total = answer.collected + sum(failure.amount for failure in failures.values())
    if total != batch.amount:
        raise AnswerDiffers(key=batch.key, answered=total, asked=batch.amount)
    facts: dict[str, Any] = {
        "batch": batch.pk,
        "period": batch.period_id,
        "day": today(batch.period, now),
        "attempt_on": batch.attempt_on,
        "customers": list(failures),
        "amounts": [failure.amount for failure in failures.values()],
        "reasons": [failure.reason.value for failure in failures.values()],
    }
    borne = _borne_and_paid(batch, list(failures))
    name = "retry_answered.sql" if batch.is_retry else "first_answered.sql"
    with connection.cursor() as cursor:
        cursor.execute((_SQL / name).read_text(), facts)
        (unpaid,) = cursor.fetchone()
    assert unpaid == total - answer.collected, f"a failure of {batch.key} belongs to no household"
    reach("payments.collect.unpaid")
    for bearer, amount in borne:
        paid_after_all(batch.period, bearer, Fen(amount), key=batch.key, now=now)
    _book(batch, answer.collected, now=now)
    Difference.objects.filter(key=batch.key, settled_at=None).update(settled_at=now)
    reach("payments.collect.agrees")
    if batch.is_retry and answer.collected and agenda.is_marked(batch.period, "close_cycle"):
        confirm(batch.period, now=now)
        reach("payments.collect.late_confirm")


def _borne_and_paid(batch: DebitBatch, failed: list[str]) -> list[tuple[str, int]]:
    """By who bore it: what a retry brings in that somebody else had borne already."""
    paid = batch.retried.exclude(borne_by="").exclude(household__customer_ref__in=failed)
    sums = paid.order_by("borne_by").values_list("borne_by").annotate(Sum("amount"))
    return list(sums)


def paid_after_all(period: Period, bearer: str, amount: Fen, *, key: str, now: datetime) -> None:
    """Book back what somebody had borne of a debit that is paid now; it relieves them."""
    plan, subject = period.plan, f"{period.publicity_on}/{key}"[-64:]
    book(
        key=f"unborne/{bearer}/{key}",
        kind="unborne",
        plan=plan,
        period_on=period.publicity_on,
        subject=subject,
        lines={f"{plan}:members": amount, f"{plan}:{BORNE_ON[bearer]}": -amount},
        now=now,
    )
    reach("payments.unborne.books")
    if bearer == "next_period":
        state_money_fact(plan_id=plan, kind="arrears", amount=amount, subject=subject, now=now)
        reach("payments.unborne.fact")


def _book(batch: DebitBatch, collected: Fen, *, now: datetime) -> None:
    """The gateway has the money; what a retry brings repays what the operator advanced."""
    if not collected:
        return
    plan = batch.period.plan
    lines = {f"{plan}:gateway": collected, f"{plan}:members": -collected}
    _book_lines(batch, batch.key, "collect", lines, now=now)
    reach("payments.collect.books")
    repaid = min(collected, -balance(f"{plan}:advance")) if batch.is_retry else 0
    if repaid > 0:
        lines = {f"{plan}:advance": repaid, f"{plan}:gateway": -repaid}
        _book_lines(batch, f"repay/{batch.key}", "repay", lines, now=now)
        reach("payments.collect.repaid")


def _book_lines(
    batch: DebitBatch, key: str, kind: str, lines: Mapping[str, int], *, now: datetime
) -> None:
    book(
        key=key,
        kind=kind,
        plan=batch.period.plan,
        period_on=batch.period.publicity_on,
        subject=f"{batch.attempt_on}/{batch.number}",
        lines=lines,
        now=now,
    )


@transaction.atomic
def _end_first_collection(period: Period, *, now: datetime) -> None:
    found = confirm(period, now=now)
    reach("payments.collect.confirm")
    facts = {"collected": found.collected, "unpaid": found.unpaid, "payers": found.payers}
    mark(period, "collect", facts, now=now)
    reach("payments.collect.mark")
