"""What can be done about a difference, why it cannot, and how what is done is booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from sameboat.books.actions import book
from sameboat.payments.models import DebitBatch, Difference, RefundBatch
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.calendar import day_of
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal

NOTE_MAX = 400


class Resolution(StrEnum):
    """What is to be done about a difference."""

    EXPLAINED = "explained"
    OPERATOR = "operator"
    RECOUNT = "recount"
    PAY_AGAIN = "pay_again"
    REPAYMENT = "repayment"
    WRITE_OFF = "write_off"


class NoSuchDifference(Refusal):
    """There is no such difference, or it is settled, or nobody has said what is to be done."""

    code = "no_such_difference"
    en = "There is no open difference of that number, or nothing was proposed for it."
    zh = "没有该编号的待处理差异，或尚未提出处理方式。"


class DifferenceWaiting(Refusal):
    """Somebody has said already what is to be done."""

    code = "difference_waiting"
    en = "A resolution of this difference waits for a second person already."
    zh = "该差异的处理方式已在等待第二人确认。"


class SecondPersonNeeded(Refusal):
    """Whoever proposed what is to be done with money does not confirm it."""

    code = "second_person_needed"
    en = "Another person has to confirm this: not the one who proposed it."
    zh = "须由另一人确认，提出者本人不能确认。"


class ResolutionDoesNotFit(Refusal):
    """What was proposed does not explain the difference to the fen."""

    code = "resolution_does_not_fit"
    en = "“{resolution}” does not fit this difference: it does not come to {fen} fen."
    zh = "处理方式“{resolution}”不适用于该差异：金额与 {fen} 分不符。"


class AnswerDiffers(Refusal):
    """The gateway's answer to a batch does not add up to what it was asked for."""

    code = "gateway_answer_differs"
    en = "The gateway answered {key} with {answered} fen, where {asked} fen were asked for."
    zh = "支付网关对 {key} 的答复共 {answered} 分，与请求的 {asked} 分不符。"

    def __init__(self, *, key: str, answered: int, asked: int) -> None:
        super().__init__(key=key, answered=answered, asked=asked)
        self.key, self.answered, self.asked = key, answered, asked


@transaction.atomic
def keep_answer_difference(
    batch: QuerySet[DebitBatch] | QuerySet[RefundBatch],
    plan_id: str,
    refusal: AnswerDiffers,
    *,
    now: datetime,
) -> None:
    """An answer that does not add up is work for finance; the batch stays unanswered."""
    asked = batch.select_for_update().filter(state="SENT")
    open_one = Difference.objects.filter(key=refusal.key, kind="answer_differs", settled_at=None)
    if not asked.exists() or open_one.exists():
        return
    Difference.objects.create(
        plan=plan_id,
        statement_on=day_of(now, plan_of(plan_id).timezone),
        key=refusal.key,
        kind="answer_differs",
        ours=refusal.asked,
        theirs=refusal.answered,
        found_at=now,
    )
    reach("payments.answer.differs")


def book_difference(
    difference: Difference,
    what: str,
    lines: Mapping[str, int],
    *,
    now: datetime,
    period_on: date | None = None,
) -> None:
    """Book what two agreed on; `what` tells the bookings of one difference apart."""
    book(
        key=f"difference/{difference.kind}/{difference.statement_on}/{difference.key}/{what}",
        kind="difference",
        plan=difference.plan,
        period_on=period_on,
        subject=difference.key[:64],
        lines={f"{difference.plan}:{name}": amount for name, amount in lines.items()},
        now=now,
    )
