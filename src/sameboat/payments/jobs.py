"""Background work of payments: one job a plan, deferred only when something is due."""

from __future__ import annotations

from datetime import datetime

from sameboat.payments.actions import advance
from sameboat.payments.agenda import is_due
from sameboat.plans.queries import plans
from sameboat.runtime import clock
from sameboat.runtime.jobs import defer_due, queue
from sameboat.settlement.alone import PeriodBusy


@queue.task(name="payments.advance_plan")
def advance_plan(plan_id: str) -> None:
    """Do what is due for a plan's money. If another process is at it, that one does it."""
    try:
        advance(plan_id=plan_id, now=clock.now())
    except PeriodBusy:
        return


def heartbeat(now: datetime) -> bool:
    """Defer the work of each plan that has any due; its queueing lock keeps it to one job."""
    due = [plan.id for plan in plans() if is_due(plan.id, now)]
    for plan_id in due:
        defer_due(advance_plan, lock=f"payments/{plan_id}", plan_id=plan_id)
    return bool(due)
