"""A plan ends: what is open falls to the sponsor, what fell ill before is still paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.identity.roles import Role
from sameboat.members import actions as members
from sameboat.members.actions.joining import PlanEnds
from sameboat.members.actions.winding import (
    NoSuchWindDown,
    WindDownBegun,
    WindDownDays,
    WindDownFourEyes,
)
from sameboat.members.models import Membership, WindDown
from sameboat.members.queries import wind_down
from sameboat.payments import actions as payments
from sameboat.payments.models import DebitBatch, Payout
from sameboat.proof.entry import chain_id
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from sameboat.runtime.checks import sql_checks
from sameboat.settlement import queries as settlement
from sameboat.settlement.checks import check_files
from sameboat.settlement.models import Period
from society import ANA, HAO, LIN, PLAN, WEN, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
DEBIT = date(2026, 3, 14)
END = date(2026, 4, 20)


def announced(on: date, *, sharing_ends_on: date | None = None, ends_on: date = END) -> WindDown:
    """Lin proposes that the plan end, Hao agrees for the sponsor."""
    members.propose_wind_down(
        login_id=signed_in(LIN).id,
        plan_id=PLAN,
        sharing_ends_on=sharing_ends_on or on,
        ends_on=ends_on,
        now=at(on, 9),
    )
    return members.announce_wind_down(login_id=signed_in(HAO).id, plan_id=PLAN, now=at(on, 10))


def lived_until(day: date, *, since: date) -> None:
    """Every day from `since` to `day`: days are closed, settled, recorded, and money moves."""
    while since <= day:
        pool.settled_until(at(since, 1))
        pool.settled_until(at(since, 1, 1))
        payments.advance(plan_id=PLAN, now=at(since, 2))
        record.sequence(now=at(since, 3))
        since += DAY


def sound() -> None:
    assert [check.name for check in sql_checks() if check.findings] == []
    assert check_files() == []


def test_a_settled_period_that_is_not_debited_is_let_off_once() -> None:
    ana, *others = pool.filled(4)
    pool.proposed(ana)
    period = pool.announced()
    charged = period.charged
    assert charged
    announced(date(2026, 3, 12))

    payments.advance(plan_id=PLAN, now=at(date(2026, 3, 12), 11))
    payments.advance(plan_id=PLAN, now=at(DEBIT))

    period.refresh_from_db()
    assert (period.charged, period.waived) == (0, charged)
    assert not DebitBatch.objects.exists()
    assert balance(f"{PLAN}:members", D) == 0
    assert balance(f"{PLAN}:sponsor", D) == period.sponsored
    entries = chain_entries(chain_id("period", PLAN))
    assert [entry.type for entry in entries].count("period.waive") == 1
    # The certificates stay: what each was charged was right, it is only not asked for.
    record.sequence(now=at(DEBIT, 1))
    assert settlement.certificate(membership=others[0], period=period) is not None
    assert settlement.working(period, "zh")
    lived_until(date(2026, 3, 20), since=DEBIT)
    assert Payout.objects.get().state == "PAID"
    sound()


def test_debits_before_the_end_of_sharing_go_on_and_those_of_the_day_do_not() -> None:
    ana, *_ = pool.filled(4)
    pool.proposed(ana)
    pool.announced()
    announced(date(2026, 3, 12), sharing_ends_on=DEBIT + DAY)
    lived_until(DEBIT, since=date(2026, 3, 12))
    period = Period.objects.get()
    assert period.waived == 0
    assert DebitBatch.objects.filter(state="ANSWERED").exists()
    sound()


def test_the_sponsor_bears_open_periods_after_what_was_carried() -> None:
    ana, *others = pool.filled(4)
    pool.proposed(others[0], pool.another(0), row="severe-59")
    first = pool.announced()
    carried = first.carried_out or 0
    lived_until(date(2026, 3, 19), since=date(2026, 3, 10))
    announced(date(2026, 3, 20))
    lived_until(date(2026, 3, 31), since=date(2026, 3, 20))
    # Period two is locked after the announcement and shows a case of Ana's.
    pool.proposed(ana, now=at(date(2026, 4, 2), 9))
    lived_until(date(2026, 4, 20), since=date(2026, 4, 1))
    third = Period.objects.get(publicity_on=date(2026, 4, 7))
    assert third.cost is not None
    assert third.is_borne
    assert (third.sharing, third.charged, third.due) == (0, 0, 0)
    assert third.aid == 30_000
    assert third.carried_in == carried
    assert third.sponsored == third.cost - min(third.cost, carried)
    assert third.carried_out == max(0, carried - third.cost)
    assert third.classes.count() == 0
    assert Payout.objects.filter(state="PAID").count() == 2
    sound()


def test_members_leave_with_the_plan_and_claims_from_before_are_judged_by_the_run_off() -> None:
    ana, bo, *_ = pool.filled(3)
    announced(date(2026, 3, 5), ends_on=END)
    lived_until(END, since=date(2026, 3, 5))
    assert set(Membership.objects.values_list("ends_on", "end_reason")) == {(END, "plan_ended")}
    last_day = END - DAY
    outcomes = {}
    for membership, somebody, days in ((ana, ANA, 180), (bo, pool.another(0), 181)):
        filed_at = at(last_day + days * DAY, 9)
        claim = pool.sealed(membership, somebody, diagnosed_on=last_day, now=filed_at)
        (check,) = claim.checks.filter(code="report_deadline")
        outcomes[days] = check.outcome
    assert outcomes == {180: "pass", 181: "fail"}


def test_nobody_joins_a_plan_that_ends() -> None:
    pool.filled(1)
    announced(date(2026, 3, 5))
    with pytest.raises(PlanEnds):
        joined(WEN, now=at(date(2026, 3, 6)))


def test_two_persons_end_a_plan_and_until_then_it_goes_on() -> None:
    pool.filled(1)
    on, lin, hao = date(2026, 3, 5), signed_in(LIN).id, signed_in(HAO).id

    def propose(sharing_ends_on: date, ends_on: date) -> None:
        members.propose_wind_down(
            login_id=lin,
            plan_id=PLAN,
            sharing_ends_on=sharing_ends_on,
            ends_on=ends_on,
            now=at(on),
        )

    for sharing, cover in ((on, on + 29 * DAY), (on - DAY, END), (END + DAY, END)):
        with pytest.raises(WindDownDays):
            propose(sharing, cover)
    propose(on, END)
    with pytest.raises(WindDownBegun):
        propose(on, END)
    assert wind_down(PLAN) is None
    members.drop_wind_down(login_id=hao, plan_id=PLAN, now=at(on))
    with pytest.raises(NoSuchWindDown):
        members.announce_wind_down(login_id=hao, plan_id=PLAN, now=at(on))
    announced(on)
    found = wind_down(PLAN)
    assert found is not None
    assert (found.ends_on, found.claims_until) == (END, END + 179 * DAY)
    assert [entry.type for entry in chain_entries(chain_id("plan", PLAN))] == [
        "plan.version",
        "plan.end",
    ]
    with pytest.raises(NoSuchWindDown):
        members.drop_wind_down(login_id=hao, plan_id=PLAN, now=at(on))


def test_one_person_under_two_logins_does_not_end_a_plan() -> None:
    pool.filled(1)
    on = date(2026, 3, 5)
    members.propose_wind_down(
        login_id=signed_in(LIN).id, plan_id=PLAN, sharing_ends_on=on, ends_on=END, now=at(on)
    )
    again = replace(LIN, staff_name="lin.money", roles=(Role.FINANCE,))
    with pytest.raises(WindDownFourEyes):
        members.announce_wind_down(login_id=signed_in(again).id, plan_id=PLAN, now=at(on))


def test_a_pool_below_its_minimum_ends_by_itself(tmp_path: Path) -> None:
    rulebook = pool.rulebook_with({b'members_min = "none"': b"members_min = 4"}, tmp_path)
    _, *others = pool.filled(3, rulebook=rulebook)
    on = date(2026, 3, 3)
    members.close_days_due(now=at(on))
    assert wind_down(PLAN) is None
    members.leave(
        login_id=signed_in(pool.another(0)).id, membership_ref=others[0].ref, now=at(on, 9)
    )
    members.close_days_due(now=at(on + DAY))
    found = wind_down(PLAN)
    assert found is not None
    assert (found.announced_on, found.sharing_ends_on) == (on + DAY, on + DAY)
    assert found.ends_on == on + DAY + 30 * DAY
    assert WindDown.objects.get().reason == "pool_too_small"
    members.close_days_due(now=at(on + 3 * DAY))
    assert WindDown.objects.count() == 1
