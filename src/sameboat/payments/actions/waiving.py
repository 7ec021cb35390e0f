"""Letting a period off: the plan winds down, and what was settled is not debited any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from sameboat.books.actions import book
from sameboat.payments.actions.stages import due, mark
from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry
from sameboat.runtime.failpoints import reach
from sameboat.settlement.alone import PeriodBusy
from sameboat.settlement.models import Period


@transaction.atomic
def waive(*, period_id: int, now: datetime) -> None:
    """Move the whole charge of a settled period to the sponsor, once; nobody is debited for it.

    Only as long as no debit was prepared. The certificates stay: what each was charged was right.
    """
    period = due(period_id, "waive", now)
    charged = period.charged
    assert charged
    add_entry(
        chain=chain_id("period", period.plan),
        type="period.waive",
        body={"plan": period.plan, "period": period.publicity_on.isoformat()},
        roles=["operator", "sponsor"],
        now=now,
    )
    reach("payments.waive.entry")
    book(
        key=f"waive/{period.plan}/{period.publicity_on}",
        kind="waive",
        plan=period.plan,
        period_on=period.publicity_on,
        subject="",
        lines={f"{period.plan}:sponsor": charged, f"{period.plan}:members": -charged},
        now=now,
    )
    reach("payments.waive.books")
    moved = Period.objects.filter(pk=period.pk, charged=charged, waived=0).update(
        charged=0, waived=charged, sponsored=F("sponsored") + charged
    )
    if moved != 1:
        raise PeriodBusy(plan=period.plan)
    reach("payments.waive.period")
    mark(period, "waive", {"waived": charged}, now=now)
    reach("payments.waive.mark")
