"""Giving shares back at the end of a plan, as its end promised: all of them, or what is left.

Whoever was a member when the end was announced gets them, through the payer. What was never
collected, was let off, or was given back before is no share that goes back. The sum is a line of
the next period's cost: what was carried pays it, and the sponsor the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Sum

from sameboat.books.actions import book
from sameboat.members.models import Household
from sameboat.members.queries import wind_down
from sameboat.payments import queries
from sameboat.payments.files import write_closing_members
from sameboat.payments.models import (
    CLOSING,
    SHARES_GIVEN_BACK,
    ClosingRefund,
    Refund,
    UnpaidDebit,
)
from sameboat.rules.money import Fen
from sameboat.rules.winding import given_back
from sameboat.runtime.failpoints import reach
from sameboat.settlement import engine
from sameboat.settlement.files import files_of
from sameboat.settlement.models import Period
from sameboat.settlement.stating import state_money_fact

_ROWS_AT_ONCE = 10_000


def give_back(*, plan_id: str, now: datetime) -> ClosingRefund:
    """Write down, once, what goes back to each payer; the gateway is asked after.

    Only when it is due (`agenda.closing_due`).
    """
    ending = wind_down(plan_id)
    assert ending is not None
    with TemporaryDirectory() as folder:
        sums = Path(folder) / "collected.parquet"
        _write_collected(plan_id, Path(folder), to=sums)
        collected = Fen(sum(amount for rows in _batches(sums) for _, amount in rows))
        left = collected if ending.closing_refund == "full" else queries.left_at_the_end(plan_id)
        with transaction.atomic():
            closing = ClosingRefund(
                plan=plan_id,
                promise=ending.closing_refund,
                payers=0,
                collected=collected,
                amount=0,
                prepared_at=now,
            )
            for rows in _batches(sums):
                amounts = {
                    household: given_back(amount, of=collected, left=min(left, collected))
                    for household, amount in rows
                }
                _write_refunds(closing, {k: v for k, v in amounts.items() if v}, now=now)
            closing.save(force_insert=True)
            reach("payments.closing.row")
            if closing.amount:
                _book_owed(closing, now=now)
    return closing


def _write_collected(plan_id: str, folder: Path, *, to: Path) -> None:
    """The shares collected for the members of the announcement, by the household that pays now."""
    ending = wind_down(plan_id)
    assert ending is not None
    members = folder / "members.parquet"
    write_closing_members(plan_id, ending.announced_on, to=members)
    charged = Period.objects.filter(plan=plan_id, charged__gt=0, waived=0)
    unpaid = UnpaidDebit.objects.filter(period__in=charged, collected_on=None)
    earlier = Refund.objects.filter(plan=plan_id, kind__in=SHARES_GIVEN_BACK)
    by_member = earlier.order_by().values_list("membership").annotate(Sum("amount"))
    engine.write_collected(
        {each.pk: files_of(plan_id, each.publicity_on).shares for each in charged},
        members=members,
        unpaid=list(unpaid.values_list("period", "household")),
        given_back=list(by_member),
        to=to,
    )


def _batches(sums: Path) -> Iterator[list[tuple[int, Fen]]]:
    reader = pq.ParquetFile(sums)
    try:
        for batch in reader.iter_batches(batch_size=_ROWS_AT_ONCE):
            columns: pa.RecordBatch = batch
            yield list(
                zip(
                    columns.column("household").to_pylist(),
                    map(Fen, columns.column("amount").to_pylist()),
                    strict=True,
                )
            )
    finally:
        reader.close()


def _write_refunds(closing: ClosingRefund, amounts: dict[int, Fen], *, now: datetime) -> None:
    customers = dict(Household.objects.filter(pk__in=amounts).values_list("pk", "customer_ref"))
    Refund.objects.bulk_create(
        Refund(
            kind=CLOSING,
            plan=closing.plan,
            customer=customers[household],
            key=f"closing/{closing.plan}/{customers[household]}",
            amount=amount,
            borne_by="pool" if closing.promise == "pro_rata" else "sponsor",
            prepared_at=now,
        )
        for household, amount in amounts.items()
    )
    reach("payments.closing.refunds")
    closing.payers += len(amounts)
    closing.amount += sum(amounts.values())


def _book_owed(closing: ClosingRefund, *, now: datetime) -> None:
    """The payers are owed it, and the next period bears it."""
    plan = closing.plan
    book(
        key=f"owed/closing/{plan}",
        kind="refund",
        plan=plan,
        period_on=None,
        subject=CLOSING,
        lines={f"{plan}:extra": closing.amount, f"{plan}:refunds": -closing.amount},
        now=now,
    )
    reach("payments.closing.owed")
    state_money_fact(
        plan_id=plan, kind="refund", amount=Fen(closing.amount), subject=CLOSING, now=now
    )
    reach("payments.closing.fact")
