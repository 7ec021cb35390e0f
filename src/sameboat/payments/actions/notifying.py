"""Debit notices: every payer is told what will be debited, why, and how to stop it; and whose
debit failed, until when it is tried again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from sameboat.gateways.messaging import SEND_MAX, Message, link, provider
from sameboat.gateways.resting import asking
from sameboat.identity.queries import Reader, readers_of
from sameboat.members.models import Household
from sameboat.payments import agenda
from sameboat.payments.actions.stages import due, mark, today
from sameboat.payments.models import DebitNotice
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import terms_on
from sameboat.rules.calendar import dates_of, keeping_notice
from sameboat.rules.money import yuan
from sameboat.runtime.failpoints import reach
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
        with asking("messaging", now=now):
            provider().send(*messages, now=now)
        reach("payments.notify.sent")
        notice.up_to = max(payers)
        notice.payers += len(messages)
        notice.unreachable += len(payers) - len(messages)
        notice.save(update_fields=["up_to", "payers", "unreachable"])
        reach("payments.notify.up_to")
    DebitNotice.objects.filter(pk=notice.pk).update(sent_at=now)
    reach("payments.notify.end")


def warn(*, period_id: int, now: datetime) -> None:
    """Tell every payer whose first debit failed; killed and run again, it goes on where it was."""
    period = due(period_id, "warn", now)
    notice = DebitNotice.objects.get(period=period)
    open_ones = agenda.open_debits(period).order_by("household")
    while rows := list(open_ones.filter(household__gt=notice.failed_up_to)[:SEND_MAX]):
        messages = _warnings(period, {row.household_id: row.amount for row in rows})
        with asking("messaging", now=now):
            provider().send(*messages, now=now)
        reach("payments.warn.sent")
        notice.failed_up_to = rows[-1].household_id
        notice.failed += len(messages)
        notice.save(update_fields=["failed_up_to", "failed"])
        reach("payments.warn.up_to")
    mark(period, "warn", {"payers": notice.failed}, now=now)
    reach("payments.warn.mark")


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
    """The notice to each of these households whose payer has a phone."""
    plan, claims = plan_of(period.plan), str(period.claims.count())
    return [
        Message(
            key=reader.key(f"debit-notice/{period.plan}/{period.publicity_on}/{household}"),
            to=reader.phone,
            template="debit_notice",
            data={
                "plan": plan.name.side(reader.language),
                "period": period.publicity_on.isoformat(),
                "debit_on": period.debit_on.isoformat(),
                "amount": yuan(payers[household]),
                "claims": claims,
                "link": link("/shares"),
            },
            language=reader.language,
        )
        for household, reader in _readers(payers)
    ]


def _warnings(period: Period, failed: dict[int, int]) -> list[Message]:
    """What each of these households is told whose debit failed."""
    plan = plan_of(period.plan)
    return [
        Message(
            key=reader.key(f"debit-failed/{period.plan}/{period.publicity_on}/{household}"),
            to=reader.phone,
            template="debit_failed",
            data={
                "plan": plan.name.side(reader.language),
                "period": period.publicity_on.isoformat(),
                "amount": yuan(failed[household]),
                "retry_until": period.retries_until.isoformat(),
                "link": link("/shares"),
            },
            language=reader.language,
        )
        for household, reader in _readers(failed)
    ]


def _readers(households: Iterable[int]) -> list[tuple[int, Reader]]:
    """Household and payer of those whose payer has a phone, in their order."""
    living = Household.objects.filter(payer__deceased_on=None, pk__in=list(households))
    found = living.order_by("pk")
    payers = dict(found.values_list("pk", "payer"))
    readers = readers_of(payers.values())
    return [(own, readers[payer]) for own, payer in payers.items() if payer in readers]
