"""What the stages of payments share: whether one is due, its end mark, and what it confirms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sameboat.payments import agenda, queries
from sameboat.plans.queries import plan as plan_of
from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import day_of
from sameboat.settlement.models import Period, StageMark
from sameboat.settlement.waiting import StageNotDue


def due(period_id: int, stage: str, now: datetime) -> Period:
    """The period, if this stage can run now; refuses otherwise."""
    period = Period.objects.get(pk=period_id)
    why = agenda.why_not_due(period, stage, now)
    if why is not None:
        raise StageNotDue(stage=stage, publicity_on=period.publicity_on, why=why)
    return period


def today(period: Period, now: datetime) -> date:
    """The civil day of the plan."""
    return day_of(now, plan_of(period.plan).timezone)


def mark(period: Period, stage: str, facts: Mapping[str, int], *, now: datetime) -> None:
    """Write the end mark of a stage; the database refuses a second one."""
    StageMark.objects.create(period=period, stage=stage, facts=dict(facts), done_at=now)


def confirm(period: Period, *, failed_twice: int = 0, now: datetime) -> queries.Collected:
    """Put on the record what the gateway has confirmed of a period by now.

    `failed_twice` counts the memberships that end with it because the last cycles failed.
    """
    found = queries.collected(period)
    add_entry(
        chain=chain_id("period", period.plan),
        type="collect.confirm",
        body={
            "plan": period.plan,
            "period": period.publicity_on.isoformat(),
            "collected": found.collected,
            "unpaid": found.unpaid,
            "payers": found.payers,
            "failed_twice": failed_twice,
        },
        roles=["payment"],
        now=now,
    )
    return found
