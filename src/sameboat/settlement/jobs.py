"""Background work of settlement: one job a plan, deferred only when a stage is due."""

from __future__ import annotations

from datetime import datetime

from sameboat.plans.queries import plans
from sameboat.runtime import clock
from sameboat.runtime.jobs import defer_due, queue
from sameboat.settlement.actions import advance
from sameboat.settlement.alone import PeriodBusy
from sameboat.settlement.queries import due_stage


@queue.task(name="settlement.advance_plan")
def advance_plan(plan_id: str) -> None:
    """Run the stages that are due for a plan. If another process is at it, that one does them."""
    try:
        advance(plan_id=plan_id, now=clock.now())
    except PeriodBusy:
        return


def heartbeat(now: datetime) -> bool:
    """Defer the work of each plan that has a stage due; its queueing lock keeps it to one job."""
    due = [plan.id for plan in plans() if due_stage(plan.id, now) is not None]
    for plan_id in due:
        defer_due(advance_plan, lock=f"settlement/{plan_id}", plan_id=plan_id)
    return bool(due)
