"""The end of a cycle: what stays unpaid, whose membership ends by it, and who bears it."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from sameboat.books.actions import book
from sameboat.books.queries import bookings
from sameboat.members.actions import end_membership
from sameboat.members.models import Membership
from sameboat.payments import agenda
from sameboat.payments.actions.stages import confirm, due, mark, today
from sameboat.payments.models import UnpaidDebit
from sameboat.plans.queries import plan, terms_on
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.alone import PeriodBusy
from sameboat.settlement.models import Period
from sameboat.settlement.stating import state_money_fact

BORNE_ON = {"operator": "advance", "next_period": "extra", "sponsor": "sponsor"}
"""The ledger account on which what is not paid is borne, by who bears it."""
_SQL = files("sameboat.payments") / "sql"


@transaction.atomic
def close_cycle(*, period_id: int, now: datetime) -> None:
    """End the retries of a period: mark what failed, and end memberships as the terms say."""
    period = due(period_id, "close_cycle", now)
    failed = agenda.open_debits(period).filter(payout=None).update(failed_cycle=True)
    reach("payments.close_cycle.failed")
    ending = _ending(period)
    found = confirm(period, failed_twice=len(ending), now=now)
    reach("payments.close_cycle.confirm")
    for membership_id in ending:
        end_membership(
            membership_id=membership_id,
            reason=EndReason.DEFAULT,
            on=today(period, now),
            now=now,
        )
        reach("payments.close_cycle.ended")
    facts = {"failed": failed, "ended": len(ending), "collected": found.collected}
    mark(period, "close_cycle", facts, now=now)
    reach("payments.close_cycle.mark")


def bear_defaults(*, plan_id: str, now: datetime) -> int:
    """Let somebody bear what is still unpaid after the memberships ended; returns the sum, fen.

    `defaults_borne_by` of the version that charged it says who: the operator, or the members in the
    next period, as a line of its own. What a payer owed who died is the sponsor's at once.
    """
    borne = 0
    on = day_of(now, plan(plan_id).timezone)
    for period in _periods_of(agenda.shares_of_the_dead(plan_id)):
        borne += _bear(period, agenda.shares_of_the_dead(plan_id), "sponsor", now=now)
    for period in _periods_of(agenda.defaults_to_bear(plan_id, on)):
        bearer = terms_on(plan_id, period.publicity_on).sharing.defaults_borne_by
        borne += _bear(period, agenda.defaults_to_bear(plan_id, on), bearer, now=now)
    return borne


@transaction.atomic
def finish(*, period_id: int, now: datetime) -> None:
    """Nothing is left to do for the period but what stays unpaid."""
    period = due(period_id, "finish", now)
    moved = Period.objects.filter(pk=period.pk, state="ANNOUNCED").update(state="DONE")
    reach("payments.finish.period")
    if moved != 1:
        raise PeriodBusy(plan=period.plan)


def _ending(period: Period) -> list[int]:
    """The open memberships of households whose last cycles, as many as the terms say, failed.

    A period that charged nobody is no cycle; one in which a household was not debited broke none.
    """
    cycles = terms_on(period.plan, period.publicity_on).defaulting.failed_cycles_max
    last = Period.objects.filter(
        plan=period.plan, publicity_on__lte=period.publicity_on, charged__gt=0
    ).order_by("-publicity_on")[:cycles]
    periods = [each.pk for each in last]
    if len(periods) < cycles:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            (_SQL / "failed_cycles.sql").read_text(),
            {"plan": period.plan, "periods": periods, "cycles": cycles},
        )
        households = [household for (household,) in cursor.fetchall()]
    members = Membership.objects.filter(
        plan=period.plan, household__in=households, household__paused_from=None, ends_on=None
    ).order_by("pk")
    return list(members.values_list("pk", flat=True))


def _periods_of(debits: QuerySet[UnpaidDebit]) -> list[Period]:
    return list(Period.objects.filter(pk__in=debits.values("period")).order_by("publicity_on"))


@transaction.atomic
def _bear(period: Period, debits: QuerySet[UnpaidDebit], bearer: str, *, now: datetime) -> Fen:
    plan_id = period.plan
    ids = list(debits.filter(period=period).values_list("pk", flat=True))
    rows = UnpaidDebit.objects.filter(pk__in=ids)
    amount = Fen(rows.aggregate(total=Sum("amount"))["total"] or 0)
    rows.update(borne_by=bearer, asked=False)
    reach("payments.bear.rows")
    # Counted, not a row's number: the record shows it, and a killed run uses up row numbers.
    before = bookings(plan=plan_id, kind="default", period_on=period.publicity_on)
    subject = f"{period.publicity_on}/{len(before) + 1}"
    book(
        key=f"default/{plan_id}/{subject}",
        kind="default",
        plan=plan_id,
        period_on=period.publicity_on,
        subject=subject,
        lines={f"{plan_id}:{BORNE_ON[bearer]}": amount, f"{plan_id}:members": -amount},
        now=now,
    )
    reach("payments.bear.books")
    if bearer == "next_period":
        state_money_fact(plan_id=plan_id, kind="default", amount=amount, subject=subject, now=now)
        reach("payments.bear.fact")
    return amount
