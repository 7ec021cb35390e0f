"""Two processes at the same money: one does the work, and nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

import pool
from pool import D, at
from sameboat.cli.check import run_checks
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments.actions import collecting
from sameboat.payments.models import DebitBatch
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.alone import PeriodBusy
from sameboat.settlement.models import Period
from society import PLAN

pytestmark = pytest.mark.django_db(transaction=True)

DEBIT = date(2026, 3, 14)
OVER = at(D + timedelta(days=3))


def outcome(call: Callable[[], object]) -> str:
    """Run it on a connection of this thread; the class of what it raised, or what it gave."""
    try:
        return str(call())
    except Exception as error:
        return type(error).__name__
    finally:
        connection.close()


def both(call: Callable[[], object]) -> list[str]:
    """Two threads, let go in the same moment."""
    gate = threading.Barrier(2)

    def at_once() -> str:
        gate.wait(10)
        return outcome(call)

    with ThreadPoolExecutor(2) as threads:
        return sorted(one.result() for one in [threads.submit(at_once) for _ in range(2)])


@pytest.fixture
def filled() -> list[Membership]:
    found = pool.filled(3)
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(800), subject="x", now=at(date(2026, 3, 4))
    )
    pool.settled_until(at(D))
    return found


def test_of_two_workers_closing_a_period_one_wins(
    filled: list[Membership], monkeypatch: pytest.MonkeyPatch
) -> None:
    members.close_days_due(now=OVER)
    inside, go_on = threading.Event(), threading.Event()
    true_close = settlement.STAGES["close"]

    def slow_close(**arguments: object) -> None:
        inside.set()
        assert go_on.wait(10)
        true_close(**arguments)  # type: ignore[arg-type]

    monkeypatch.setitem(settlement.STAGES, "close", slow_close)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(outcome, lambda: settlement.advance(plan_id=PLAN, now=OVER))
        assert inside.wait(10)
        with pytest.raises(PeriodBusy):
            settlement.advance(plan_id=PLAN, now=OVER)
        go_on.set()
        assert "close" in first.result()
    # The lock is free again.
    assert settlement.advance(plan_id=PLAN, now=OVER) == []
    assert Period.objects.get().state == "SETTLED"


def test_two_closing_without_the_lock_settle_once(filled: list[Membership]) -> None:
    members.close_days_due(now=OVER)
    period = Period.objects.get()
    won = both(lambda: settlement.close(period_id=period.pk, now=OVER))
    assert won.count("None") == 1, won
    period.refresh_from_db()
    assert period.state == "CLOSED"


def test_two_collecting_debit_nobody_twice(filled: list[Membership]) -> None:
    pool.announced()
    payments.advance(plan_id=PLAN, now=at(date(2026, 3, 10), 9))
    won = both(lambda: payments.advance(plan_id=PLAN, now=at(DEBIT, 1)))
    assert [one for one in won if "collect" in one]
    _charged_once(filled)


def test_two_sending_one_batch_debit_nobody_twice(filled: list[Membership]) -> None:
    period = pool.announced()
    payments.advance(plan_id=PLAN, now=at(date(2026, 3, 10), 9))
    period.refresh_from_db()
    collecting.prepare(period)
    won = both(lambda: payments.collect(period_id=period.pk, now=at(DEBIT, 1)))
    assert "None" in won
    _charged_once(filled)


def _charged_once(filled: list[Membership]) -> None:
    left = {sandbox.balance(each.household.customer_ref) for each in filled}
    assert left == {sandbox.OPENING_BALANCE - 200}
    assert DebitBatch.objects.get().state == "ANSWERED"
    record.sequence(now=at(DEBIT, 2))
    assert [done for done in run_checks() if done.findings] == []
