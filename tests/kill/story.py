"""A month of a small plan in steps, in which every write of settlement and payments happens once.

A step is prepared (what people do) and then worked (what the machine does at that instant, until
nothing is due). Work is what may be killed anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pool
from pool import D, at
from sameboat.claims.models import Claim
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.plans import actions as plans
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime.settings import settings
from sameboat.settlement import actions as settlement
from sameboat.settlement.alone import PeriodBusy
from society import ANA, HAO, LIN, PLAN, START, Somebody, joined, signed_in

BUSY_SECONDS_MAX = 10
RICH, LATE, HELPED, DEFAULTING, RETRIED, ILL, ILL_AND_GONE = (pool.another(n) for n in range(7))
OLD = Somebody(name="老成员", born_on=date(1966, 3, 12), sex="m", phone="+8613700000001")
"""Turns sixty in the course of the story, and is too old for the plan then."""
PAYERS_AT_FIRST_POOR = (LATE, HELPED, DEFAULTING, RETRIED)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What people do, then what the machine does at an instant."""

    name: str
    now: datetime
    prepare: Callable[[datetime], None] = lambda now: None
    first: Callable[[datetime], None] = lambda now: None
    """What finance does before the machine goes on; it may be killed too."""
    pays: bool = True
    """Whether payments go on too, or the settlement alone."""


def work(step: Step) -> None:
    """Do all that is due at the instant of the step; again after a kill, it does the rest."""
    step.first(step.now)
    deadline = time.monotonic() + BUSY_SECONDS_MAX
    while True:
        try:
            if not _work_once(step):
                return
        except PeriodBusy:
            # The killed process's connection holds its lock until the server notices.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _work_once(step: Step) -> bool:
    members.close_days_due(now=step.now)
    done = settlement.advance(plan_id=PLAN, now=step.now)
    recorded = record.sequence(now=step.now)
    if step.pays:
        done += payments.advance(plan_id=PLAN, now=step.now)
        recorded += record.sequence(now=step.now)
    return bool(done or recorded)


# What people do


def _begin(now: datetime) -> None:
    record.start_record(now=START)
    plans.adopt(plan_id_or_path=pool.pooled_rulebook(settings().data_dir / "rulebook"), now=START)
    ana = joined(ANA)
    for somebody in (RICH, *PAYERS_AT_FIRST_POOR, ILL, ILL_AND_GONE, OLD):
        joined(somebody)
    pool.proposed(ana)
    for somebody in PAYERS_AT_FIRST_POOR:
        _has(somebody, 0)


def _has(somebody: Somebody, fen: int, rule: WalletRule = WalletRule.PAYS) -> None:
    customer = _membership(somebody).household.customer_ref
    sandbox.set_wallet(customer=customer, rule=rule, balance=Fen(fen))


def _membership(somebody: Somebody) -> Membership:
    person = signed_in(somebody).person
    return Membership.objects.select_related("household").get(person=person)


def _payee_returns(now: datetime) -> None:
    payee = Claim.objects.get().payee_ref
    sandbox.set_wallet(customer=payee, rule=WalletRule.RETURNED, balance=Fen(0))


def _payee_pays(now: datetime) -> None:
    payee = Claim.objects.get().payee_ref
    sandbox.set_wallet(customer=payee, rule=WalletRule.PAYS, balance=Fen(0))
    signed_in(HAO, now=now)


def _send_again(now: datetime) -> None:
    """Finance sends the failed payout again; after a kill it may be done already."""
    failed = Claim.objects.filter(payout__state="FAILED").first()
    if failed is not None:
        payments.retry_payout(login_id=signed_in(HAO, now=now).id, claim_ref=failed.ref, now=now)


def _fall_ill(now: datetime) -> None:
    for somebody in (ILL, ILL_AND_GONE):
        pool.declined_in_waiting(_membership(somebody), somebody, now=now)
    _has(ILL_AND_GONE, 0, WalletRule.RETURNED)
    pool.proposed(_membership(HELPED), HELPED, row="severe-59", now=now)


def _end_the_plan(now: datetime) -> None:
    """Two persons announce the end of the plan, after its third period was settled."""
    today = now.date() + timedelta(days=1)
    members.propose_wind_down(
        login_id=signed_in(LIN).id,
        plan_id=PLAN,
        sharing_ends_on=today,
        ends_on=today + timedelta(days=40),
        now=now,
    )
    members.announce_wind_down(login_id=signed_in(HAO).id, plan_id=PLAN, now=now)


SECOND = date(2026, 3, 21)
STORY = (
    Step(name="the first lock", now=at(D), prepare=_begin),
    Step(name="the first settlement", now=at(date(2026, 3, 10)), pays=False),
    # A day later than planned: the debit moves to the 15th.
    Step(name="the notices", now=at(date(2026, 3, 13), 9)),
    Step(name="the debit", now=at(date(2026, 3, 15))),
    Step(name="a payout comes back", now=at(date(2026, 3, 16)), prepare=_payee_returns),
    Step(
        name="it is sent again",
        now=at(date(2026, 3, 16), 10),
        prepare=_payee_pays,
        first=_send_again,
    ),
    Step(
        name="a retry repays the advance",
        now=at(date(2026, 3, 17)),
        prepare=lambda now: _has(RETRIED, 100_000),
    ),
    Step(
        name="the second lock",
        now=at(SECOND),
        prepare=lambda now: _fall_ill(at(date(2026, 3, 18), 9)),
    ),
    Step(name="the second settlement", now=at(date(2026, 3, 24))),
    Step(name="the first cycle ends", now=at(date(2026, 3, 26))),
    Step(
        name="arrears come with the second debit",
        now=at(date(2026, 3, 28)),
        prepare=lambda now: _has(LATE, 100_000),
    ),
    Step(name="arrears are taken off the aid", now=at(date(2026, 3, 30))),
    Step(name="two failed cycles end a membership", now=at(date(2026, 4, 12))),
    Step(name="the plan ends", now=at(date(2026, 4, 13)), prepare=_end_the_plan),
)
