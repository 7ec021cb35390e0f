"""Reconciliation: each day's statement of the gateway against the books, line by line."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from sameboat.books.models import Posting
from sameboat.gateways.payment import provider
from sameboat.payments import queries
from sameboat.payments.models import DebitBatch, Difference, Payout, Reconciliation, Refund
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import plans
from sameboat.rules.calendar import day_of, start_of
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal

_DAY = timedelta(days=1)
MOVING = ("collect", "payout", "refund")


class StatementNotOver(Refusal):
    """The day of the statement still runs."""

    code = "statement_not_over"
    en = "{statement_on} is not over yet; its statement is compared after it."
    zh = "{statement_on} 尚未结束，过后才能对账。"


def reconcile(*, plan_id: str, statement_on: date, now: datetime) -> int:
    """Compare a day's statement with the books; how many lines do not agree.

    Each difference is a row until it is gone when the day is compared again.
    """
    timezone = plan_of(plan_id).timezone
    if statement_on >= day_of(now, timezone):
        raise StatementNotOver(statement_on=statement_on)
    since, until = start_of(statement_on, timezone), start_of(statement_on + _DAY, timezone)
    theirs = _statement(plan_id, since, until)
    ours = _books(plan_id, theirs.keys() | _sent(plan_id, since, until))
    found = {
        key: (ours.get(key, 0), theirs.get(key, 0))
        for key in ours.keys() | theirs.keys()
        if ours.get(key, 0) != theirs.get(key, 0)
    }
    _keep(plan_id, statement_on, found, lines=len(theirs), now=now)
    return len(found)


def reconcile_due(*, plan_id: str, now: datetime) -> list[date]:
    """Compare every day that is over and was not compared, and again those with differences."""
    today = day_of(now, plan_of(plan_id).timezone)
    compared = []
    while (day := queries.next_statement_on(plan_id, today)) is not None:
        reconcile(plan_id=plan_id, statement_on=day, now=now)
        compared.append(day)
    if compared:
        again = queries.differences(plan_id).exclude(statement_on__in=compared)
        for day in sorted(set(again.values_list("statement_on", flat=True))):
            reconcile(plan_id=plan_id, statement_on=day, now=now)
    return compared


def _statement(plan_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """Fen by key of what moved for this plan; a key of no plan at all is everybody's concern."""
    others = {plan.id for plan in plans()} - {plan_id}
    return {
        line.key: line.amount if line.kind == "debit" else -line.amount
        for line in provider().statement(since=since, until=until)
        if line.key.partition("/")[2].partition("/")[0] not in others
    }


def _sent(plan_id: str, since: datetime, until: datetime) -> set[str]:
    """The keys of what was sent in that time."""
    window = {"sent_at__gte": since, "sent_at__lt": until}
    found = [
        DebitBatch.objects.filter(period__plan=plan_id, **window),
        Payout.objects.filter(period__plan=plan_id, **window),
        Refund.objects.filter(membership__plan=plan_id, **window),
    ]
    return {key for rows in found for key in rows.values_list("key", flat=True)}


def _books(plan_id: str, keys: set[str]) -> dict[str, int]:
    """What the books say moved at the gateway under these keys, in fen."""
    postings = Posting.objects.filter(
        account__code=f"{plan_id}:gateway", booking__key__in=keys, booking__kind__in=MOVING
    )
    return dict(postings.values_list("booking__key", "amount"))


@transaction.atomic
def _keep(
    plan_id: str,
    day: date,
    found: dict[str, tuple[int, int]],
    *,
    lines: int,
    now: datetime,
) -> None:
    rows = [
        Difference(
            plan=plan_id,
            statement_on=day,
            key=key[:96],
            kind=_kind(ours, theirs),
            ours=ours,
            theirs=theirs,
            found_at=now,
        )
        for key, (ours, theirs) in sorted(found.items())
    ]
    Difference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["statement_on", "key", "kind"],
        update_fields=["ours", "theirs", "settled_at"],
    )
    reach("payments.reconcile.differences")
    gone = queries.differences(plan_id).filter(statement_on=day)
    for row in rows:
        gone = gone.exclude(key=row.key, kind=row.kind)
    gone.update(settled_at=now)
    reach("payments.reconcile.settled")
    Reconciliation.objects.update_or_create(
        plan=plan_id,
        statement_on=day,
        defaults={"lines": lines, "differences": len(rows), "done_at": now},
    )
    reach("payments.reconcile.day")


def _kind(ours: int, theirs: int) -> str:
    if not ours:
        return "missing_in_books"
    return "amount_differs" if theirs else "missing_at_gateway"
