"""Reconciliation: each day's statement of the gateway against the books, line by line."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction

from sameboat.books.models import Posting
from sameboat.gateways.payment import Kind, provider
from sameboat.gateways.resting import asking
from sameboat.payments import agenda, queries
from sameboat.payments.models import DebitBatch, Difference, Payout, Reconciliation, RefundBatch
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import plans
from sameboat.rules.calendar import day_of, start_of
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal

_DAY = timedelta(days=1)
MOVING = ("collect", "payout", "refund")
INCOMING = (Kind.DEBIT, Kind.RETURN)
OF_THE_STATEMENT = ("missing_in_books", "missing_at_gateway", "amount_differs")


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
    with asking("statements", now=now):
        theirs = _statement(plan_id, since, until)
    explained = _explained(plan_id, statement_on)
    ours = _books(plan_id, theirs.keys() | _answered(plan_id, since, until).keys())
    earlier = _moved_before(plan_id, ours.keys() - theirs.keys(), since, until)
    moved = {key: theirs.get(key, earlier.get(key, 0)) for key in ours.keys() | theirs.keys()}
    found = {
        key: (ours.get(key, 0), amount)
        for key, amount in moved.items()
        if ours.get(key, 0) != amount and (key, _kind(ours.get(key, 0), amount)) not in explained
    }
    _keep(plan_id, statement_on, found, lines=len(theirs), now=now)
    return len(found)


def reconcile_due(*, plan_id: str, now: datetime) -> list[date]:
    """Compare every day that is over and was not compared, and again those with differences."""
    today = day_of(now, plan_of(plan_id).timezone)
    compared = []
    while (day := agenda.next_statement_on(plan_id, today)) is not None:
        reconcile(plan_id=plan_id, statement_on=day, now=now)
        compared.append(day)
    if compared:
        again = queries.differences(plan_id).filter(kind__in=OF_THE_STATEMENT)
        again = again.exclude(statement_on__in=compared)
        for day in sorted(set(again.values_list("statement_on", flat=True))):
            reconcile(plan_id=plan_id, statement_on=day, now=now)
    return compared


def _statement(plan_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """Fen by key of what moved for this plan; a key of no plan at all is everybody's concern."""
    others = {plan.id for plan in plans()} - {plan_id}
    return {
        line.key: line.amount if line.kind in INCOMING else -line.amount
        for line in provider().statement(since=since, until=until)
        if line.key.partition("/")[2].partition("/")[0] not in others
    }


def _answered(plan_id: str, since: datetime, until: datetime) -> dict[str, datetime]:
    """What was answered in that time: by key, when it had been sent."""
    window = {"since": since, "until": until}
    batches = DebitBatch.objects.filter(period__plan=plan_id, **_within("answered_at", **window))
    payouts = Payout.objects.filter(period__plan=plan_id, **_within("paid_at", **window))
    refunds = RefundBatch.objects.filter(plan=plan_id, **_within("answered_at", **window))
    found: dict[str, datetime] = {}
    for rows in (batches, payouts, refunds):
        found |= {key: sent for key, sent in rows.values_list("key", "sent_at") if sent}
    return found


def _within(field: str, *, since: datetime, until: datetime) -> dict[str, datetime]:
    return {f"{field}__gte": since, f"{field}__lt": until}


def _moved_before(plan_id: str, keys: set[str], since: datetime, until: datetime) -> dict[str, int]:
    """What moved before the day under these keys, whose answers came on the day only."""
    sent = [at for key, at in _answered(plan_id, since, until).items() if key in keys]
    return _statement(plan_id, min(sent), since) if sent and min(sent) < since else {}


def _books(plan_id: str, keys: set[str]) -> dict[str, int]:
    """What the books say moved at the gateway under these keys, in fen; with what was mended."""
    postings = Posting.objects.filter(
        account__code=f"{plan_id}:gateway", booking__key__in=keys, booking__kind__in=MOVING
    )
    mended = Difference.objects.filter(plan=plan_id, key__in=keys).exclude(accepted=0)
    found: Counter[str] = Counter()
    for rows in (
        postings.values_list("booking__key", "amount"),
        mended.values_list("key", "accepted"),
    ):
        for key, amount in rows:
            found[key] += amount
    return dict(found)


def _explained(plan_id: str, day: date) -> set[tuple[str, str]]:
    """Key and kind of the differences of the day that two have settled.

    Another kind under the same key is another question: a repayment that was entered does not
    explain why the payout is missing at the gateway.
    """
    settled = Difference.objects.filter(plan=plan_id, statement_on=day, second_login__isnull=False)
    return set(settled.values_list("key", "kind"))


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
    gone = queries.differences(plan_id).filter(statement_on=day, kind__in=OF_THE_STATEMENT)
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
