"""Debit notices: every payer is told what will be debited, why, and how to stop it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from sameboat.gateways.messaging import SEND_MAX, Message, provider
from sameboat.identity.models import Login
from sameboat.identity.queries import phone_of
from sameboat.payments.actions.stages import due, today
from sameboat.payments.models import DebitNotice
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import terms_on
from sameboat.rules.calendar import dates_of, keeping_notice
from sameboat.rules.money import yuan
from sameboat.runtime.failpoints import reach
from sameboat.runtime.settings import settings
from sameboat.settlement.models import Period
from sameboat.settlement.queries import payer_debits


def notify(*, period_id: int, now: datetime) -> None:
    """Tell every payer of a period; killed and run again, it goes on where it was.

    Too late for the notice that the terms promise, the debit moves to the first day that keeps it.
    """
    period = due(period_id, "notify", now)
    notice = DebitNotice.objects.filter(period=period).first()
    if notice is None:
        notice = _begin(period, today(period, now))
    for payers in _handfuls(period, after=notice.up_to):
        messages = _messages(period, payers)
        provider().send(*messages, now=now)
        reach("payments.notify.sent")
        notice.up_to = max(payers)
        notice.payers += len(messages)
        notice.unreachable += len(payers) - len(messages)
        notice.save(update_fields=["up_to", "payers", "unreachable"])
        reach("payments.notify.up_to")
    DebitNotice.objects.filter(pk=notice.pk).update(sent_at=now)
    reach("payments.notify.end")


@transaction.atomic
def _begin(period: Period, today: date) -> DebitNotice:
    """Fix the debit day that the notices name, before the first is sent."""
    if today > period.notice_on:
        rhythm = terms_on(period.plan, period.publicity_on).rhythm
        dates = keeping_notice(
            dates_of(plan_of(period.plan), period.publicity_on),
            settled_on=today,
            notice_days=rhythm.debit_notice_days,
        )
        period.notice_on, period.debit_on = dates.notice_on, dates.debit_on
        period.retries_until, period.payout_from = dates.retries_until, dates.payout_from
        period.save(update_fields=["notice_on", "debit_on", "retries_until", "payout_from"])
        reach("payments.notify.moved")
    notice = DebitNotice.objects.create(period=period)
    reach("payments.notify.begun")
    return notice


def _handfuls(period: Period, *, after: int) -> Iterator[dict[int, int]]:
    """Fen by household of the payers who were not told yet, some at a time, in their order."""
    reader = pq.ParquetFile(payer_debits(period))
    try:
        for rows in reader.iter_batches(batch_size=SEND_MAX):
            left = rows.filter(pc.greater(rows["payer"], after))
            if left.num_rows:
                payers, amounts = left["payer"].to_pylist(), left["amount"].to_pylist()
                yield dict(zip(payers, amounts, strict=True))
    finally:
        reader.close()


def _messages(period: Period, payers: dict[int, int]) -> list[Message]:
    """One message for each of these households whose payer has a phone."""
    plan = plan_of(period.plan)
    logins = Login.objects.filter(
        person__household__in=payers,
        person__deceased_on=None,
        is_staff=False,
        is_active=True,
        sealed_phone__isnull=False,
    )
    claims = str(period.claims.count())
    found = []
    for login in logins.select_related("person__household").order_by("person__household"):
        phone = phone_of(login)
        assert login.person is not None and phone is not None
        household = login.person.household.pk
        found.append(
            Message(
                key=f"debit-notice/{period.plan}/{period.publicity_on}/{household}",
                to=phone,
                template="debit_notice",
                data={
                    "plan": plan.name.zh,
                    "period": period.publicity_on.isoformat(),
                    "debit_on": period.debit_on.isoformat(),
                    "amount": yuan(payers[household]),
                    "claims": claims,
                    "link": _link(),
                },
                language="zh",
            )
        )
    return found


def _link() -> str:
    """The page with a member's shares, where the debit is explained and can be stopped."""
    chosen = settings()
    if chosen.mode == "production":
        return f"https://{chosen.hosts[0]}/shares"
    return f"http://{chosen.hosts[0]}:{chosen.port}/shares"
