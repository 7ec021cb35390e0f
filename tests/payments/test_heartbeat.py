"""The worker's heartbeat: a job for what is due, one at a time, and none when nothing is."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection

import pool
from pool import D, at
from sameboat.members import actions as members
from sameboat.payments import jobs as payments
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from sameboat.settlement import jobs as settlements
from sameboat.settlement.models import Period
from society import PLAN

pytestmark = pytest.mark.django_db(transaction=True)


JOBS = {
    "payments.advance_plan": payments.advance_plan,
    "settlement.advance_plan": settlements.advance_plan,
}


def taken() -> list[str]:
    """The jobs of money that wait, taken off the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = ANY (%s) RETURNING task_name",
            [list(JOBS)],
        )
        return sorted(name for (name,) in cursor.fetchall())


def beat(now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One heartbeat, and what it left is done."""
    monkeypatch.setattr(clock, "now", lambda: now)
    members.close_days_due(now=now)
    settlements.heartbeat(now)
    payments.heartbeat(now)
    deferred = taken()
    for name in deferred:
        JOBS[name](plan_id=PLAN)
    record.sequence(now=now)
    return deferred


def test_a_period_goes_to_its_end_by_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    pool.filled(2)
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(600), subject="x", now=at(date(2026, 3, 5))
    )
    # The statements of the days before are compared at the first beat.
    assert beat(at(D), monkeypatch) == ["payments.advance_plan", "settlement.advance_plan"]
    assert beat(at(D, 1), monkeypatch) == []
    assert beat(at(date(2026, 3, 10)), monkeypatch) == [
        "payments.advance_plan",
        "settlement.advance_plan",
    ]
    assert beat(at(date(2026, 3, 10), 1), monkeypatch) == ["settlement.advance_plan"]
    assert beat(at(date(2026, 3, 10), 2), monkeypatch) == ["payments.advance_plan"]
    assert beat(at(date(2026, 3, 10), 3), monkeypatch) == []
    beat(at(date(2026, 3, 14)), monkeypatch)
    assert Period.objects.get().marks.filter(stage="collect").exists()


def test_two_beats_leave_one_job() -> None:
    pool.filled(1)
    payments.heartbeat(at(D))
    payments.heartbeat(at(D))
    assert taken() == ["payments.advance_plan"]
