"""The worker's heartbeat: a job for what is due, one at a time, and none when nothing is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

import pool
from pool import D, at
from sameboat.gateways.payment import sandbox
from sameboat.gateways.resting import silent_gateways
from sameboat.members import actions as members
from sameboat.payments import jobs as payments
from sameboat.payments.actions import advance
from sameboat.payments.agenda import why_not_due
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


def test_a_silent_gateway_is_asked_later_and_later_and_at_once_when_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool.filled(2)
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(600), subject="x", now=at(date(2026, 3, 5))
    )
    for day in (D, date(2026, 3, 10)):
        for hour in range(4):
            beat(at(day, hour), monkeypatch)
    debit = at(date(2026, 3, 14))
    sandbox.set_outage(since=debit, until=debit + timedelta(hours=1))
    worked = []
    for minute in range(60):
        now = debit + timedelta(minutes=minute)
        payments.heartbeat(now)
        if taken():
            worked.append(minute)
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            payments.advance_plan(plan_id=PLAN)
    # With each minute there is a beat, and the gateway is asked a few times.
    assert worked[:2] == [0, 1] and len(worked) < 16
    (silence,) = silent_gateways()
    assert (silence.name, silence.since) == ("payment", debit)
    period = Period.objects.get()
    assert why_not_due(period, "collect", silence.until - timedelta(seconds=1)) == "gateway_rests"
    advance(plan_id=PLAN, now=debit + timedelta(hours=1), by_hand=True)
    assert period.marks.filter(stage="collect").exists()
    assert silent_gateways() == []


def test_two_beats_leave_one_job() -> None:
    pool.filled(1)
    payments.heartbeat(at(D))
    payments.heartbeat(at(D))
    assert taken() == ["payments.advance_plan"]
