"""One period of real size on the product's own tables: lock to debit batches, stage by stage."""

from __future__ import annotations

import resource
from datetime import date, datetime, timedelta

from django.db.models import Sum

from sameboat.members.actions import close_day
from sameboat.members.models import Household, Membership
from sameboat.payments import actions as payments
from sameboat.payments.actions.collecting import prepare
from sameboat.payments.models import DebitBatch
from sameboat.plans.actions import adopt
from sameboat.plans.queries import plan
from sameboat.record.actions import sequence
from sameboat.rules.calendar import day_of, next_publicity_day, start_of
from sameboat.rules.terms import Plan
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from sameboat.simulation.claimants import claims_proposed
from sameboat.simulation.population import copy_members
from sameboat.simulation.stopwatch import Stopwatch

PLAN = "xiang-hu-bao"
CLAIMS = 4
_DAY = timedelta(days=1)


def run(*, members: int, seed: int, now: datetime) -> dict[str, object]:
    """Build `members` members and settle one period of them; rows, phases and what came out.

    The phases that count are those of the period. Building the members and closing the days before
    the lock, which the product does day by day, are told apart; so are the notices and
    the payment gateway's answer, which here plays the wallets of all payers itself.
    """
    before, watch, after = Stopwatch(), Stopwatch(), Stopwatch()
    rulebook, first_on, publicity_on = _plan(now)
    with before.phase("copy members"):
        copy_members(
            plan_id=PLAN, count=members, since=first_on, until=publicity_on - _DAY, seed=seed
        )
    with before.phase("claims"):
        claims_proposed(plan_id=PLAN, count=CLAIMS, since=first_on, until=publicity_on, seed=seed)
    lock_at = start_of(publicity_on, rulebook.timezone) + timedelta(seconds=1)
    with before.phase("close days"):
        day = first_on
        while day < publicity_on:
            close_day(plan_id=PLAN, day=day, now=lock_at)
            day += _DAY
        sequence(now=lock_at)
    period = _settle(publicity_on, rulebook, lock_at, watch)
    _debit(period, rulebook, after)
    return _figures(period, before, watch, after)


def _plan(now: datetime) -> tuple[Plan, date, date]:
    """The plan, begun the day after a publicity day, so that a whole period lies before us."""
    adopt(plan_id_or_path=PLAN, now=now)
    rulebook = plan(PLAN)
    first_on = day_of(now, rulebook.timezone)
    return rulebook, first_on, next_publicity_day(rulebook, after=first_on)


def _settle(publicity_on: date, rulebook: Plan, lock_at: datetime, watch: Stopwatch) -> Period:
    with watch.phase("lock"):
        period = settlement.lock(plan_id=PLAN, publicity_on=publicity_on, now=lock_at)
        sequence(now=lock_at)
    with watch.phase("snapshot"):
        settlement.snapshot(period_id=period.pk, now=lock_at)
    closed_at = start_of(period.publicity_ends_on, rulebook.timezone) + timedelta(seconds=1)
    for stage in ("close", "share", "certify"):
        with watch.phase(stage):
            settlement.STAGES[stage](period_id=period.pk, now=closed_at)
    with watch.phase("announce"):
        sequence(now=closed_at)
        settlement.announce(period_id=period.pk, now=closed_at)
    period.refresh_from_db()
    with watch.phase("debit batches"):
        prepare(period)
    return period


def _debit(period: Period, rulebook: Plan, watch: Stopwatch) -> None:
    """What comes after: the notices, and the sandbox that plays the wallets of all payers."""
    settled_at = start_of(period.publicity_ends_on, rulebook.timezone) + timedelta(seconds=1)
    debit_at = start_of(period.debit_on, rulebook.timezone) + timedelta(seconds=1)
    with watch.phase("notify"):
        payments.notify(period_id=period.pk, now=settled_at)
    with watch.phase("sandbox gateway"):
        payments.collect(period_id=period.pk, now=debit_at)


def _figures(
    period: Period, before: Stopwatch, watch: Stopwatch, after: Stopwatch
) -> dict[str, object]:
    batches = DebitBatch.objects.filter(period=period)
    debited = batches.aggregate(payers=Sum("payers"), amount=Sum("amount"))
    assert debited["amount"] == period.charged
    return {
        "rows": {
            "memberships": Membership.objects.filter(plan=PLAN).count(),
            "households": Household.objects.count(),
            "claims": period.claims.count(),
            "classes": period.classes.count(),
            "debit_batches": batches.count(),
            "payers_debited": debited["payers"],
        },
        "result": {
            "sharing": period.sharing,
            "share_fen": period.each,
            "charged_fen": period.charged,
            "sponsored_fen": period.sponsored,
        },
        "before_the_period_seconds": before.seconds,
        "phases_seconds": watch.seconds,
        "total_seconds": watch.total,
        "after_the_batches_seconds": after.seconds,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
