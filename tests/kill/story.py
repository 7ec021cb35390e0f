"""A month of a small plan in steps, in which every write of settlement and payments happens once.

A step is prepared (what people do) and then worked (what the machine does at that instant, until
nothing is due). Work is what may be killed anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.claims.actions.telling import tell_claimants
from sameboat.claims.models import Claim
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import Kind, sandbox
from sameboat.members import actions as members
from sameboat.members.actions.telling_ends import tell_ended
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import Difference
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
    """Do all that is due at the instant of the step; again after a kill, it does the rest.

    What the gateway has not answered is asked after for ever: two rounds alike are the end.
    """
    step.first(step.now)
    deadline = time.monotonic() + BUSY_SECONDS_MAX
    before: tuple[list[str], int] | None = None
    while True:
        try:
            done = _work_once(step)
        except PeriodBusy:
            # The killed process's connection holds its lock until the server notices.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            if done in (([], 0), before):
                return
            before = done


def _work_once(step: Step) -> tuple[list[str], int]:
    """What was done, and how much was recorded and told."""
    members.close_days_due(now=step.now)
    done = settlement.advance(plan_id=PLAN, now=step.now)
    recorded = record.sequence(now=step.now)
    recorded += tell_claimants(now=step.now) + tell_ended(plan_id=PLAN, now=step.now)
    if step.pays:
        done += payments.advance(plan_id=PLAN, now=step.now)
        recorded += record.sequence(now=step.now)
    return done, recorded


# What people do


def _begin(now: datetime) -> None:
    record.start_record(now=START)
    plans.adopt(plan_id_or_path=_rulebook(), now=START)
    ana = joined(ANA)
    for somebody in (RICH, *PAYERS_AT_FIRST_POOR, ILL, ILL_AND_GONE, OLD):
        joined(somebody)
    pool.proposed(ana)
    for somebody in PAYERS_AT_FIRST_POOR:
        _has(somebody, 0)


def _rulebook() -> Path:
    """The pool bears what is not paid; at its end aid is paid from what is left, then shares."""
    book = pool.pooled_rulebook(settings().data_dir / "rulebook")
    promises = {"closing_refund": "pro_rata", "run_off_aid": "pro_rata"}
    source = "[version.pool.source]\n"
    stated = "".join(f'{key} = "{value}"\n' for key, value in promises.items())
    assumed = "".join(f'{key} = "assumed: a test"\n' for key in promises)
    text = book.read_text("utf-8").replace("run_off_days = 180", "run_off_days = 5")
    book.write_text(text.replace(source, f"{stated}{source}{assumed}"), "utf-8")
    return book


def _has(somebody: Somebody, fen: int, rule: WalletRule = WalletRule.PAYS) -> None:
    customer = _membership(somebody).household.customer_ref
    sandbox.set_wallet(customer=customer, rule=rule, balance=Fen(fen))


def _membership(somebody: Somebody) -> Membership:
    person = signed_in(somebody).person
    return Membership.objects.select_related("household").get(person=person)


def _payee(somebody: Somebody, rule: WalletRule) -> None:
    payee = Claim.objects.get(membership=_membership(somebody)).payee_ref
    sandbox.set_wallet(customer=payee, rule=rule, balance=Fen(0))


def _reopened(now: datetime) -> None:
    """Ana's claim is looked at again, before anything was paid; less is due."""
    _payee(ANA, WalletRule.PAYS)
    claim = Claim.objects.get(membership=_membership(ANA))
    pool.reopened(claim, now=now)
    pool.proposed_again(claim, "mild", now=now)


def _payee_pays(now: datetime) -> None:
    _payee(HELPED, WalletRule.PAYS)
    signed_in(HAO, now=now)


def _recounted(now: datetime) -> None:
    _has(LATE, 0)
    difference = Difference.objects.get()
    hao, lin = signed_in(HAO, now=now).id, signed_in(LIN, now=now).id
    payments.propose_resolution(
        login_id=hao, difference_id=difference.pk, resolution="recount", note="核对", now=now
    )
    payments.confirm_resolution(login_id=lin, difference_id=difference.pk, now=now)


def _drained(now: datetime) -> None:
    """The gateway's statement shows that somebody took all the cash: nobody here had asked."""
    sandbox.stray(
        key=f"payout/{PLAN}/stray",
        kind=Kind.PAYOUT,
        amount=balance(f"{PLAN}:gateway"),
        now=now - timedelta(days=1),
    )


def _operator_bears_it(now: datetime) -> None:
    difference = Difference.objects.get(settled_at=None)
    hao, lin = signed_in(HAO, now=now).id, signed_in(LIN, now=now).id
    payments.propose_resolution(
        login_id=hao, difference_id=difference.pk, resolution="operator", note="追查中", now=now
    )
    payments.confirm_resolution(login_id=lin, difference_id=difference.pk, now=now)


def _pays_after_all(now: datetime) -> None:
    _has(DEFAULTING, 100_000)
    payments.pay_arrears(login_id=signed_in(DEFAULTING, now=now).id, now=now)


def _send_again(now: datetime) -> None:
    """Finance sends the failed payout again; after a kill it may be done already."""
    failed = Claim.objects.filter(payouts__state="FAILED").first()
    if failed is not None:
        payments.retry_payout(login_id=signed_in(HAO, now=now).id, claim_ref=failed.ref, now=now)


def _fall_ill(now: datetime) -> None:
    for somebody in (ILL, ILL_AND_GONE):
        pool.declined_in_waiting(_membership(somebody), somebody, now=now)
    _has(ILL_AND_GONE, 0, WalletRule.RETURNED)
    pool.proposed(_membership(HELPED), HELPED, row="severe-59", now=now)
    # Ana's reopened claim relieves the second period: without this nobody would be charged.
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(40_000), subject="others", now=now
    )


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


def _fall_ill_at_the_end(now: datetime) -> None:
    """A claim of the run-off, and a little money to pay it from; less was due to a paid one."""
    helped = Claim.objects.get(membership=_membership(HELPED))
    pool.reopened(helped, now=now)
    pool.proposed_again(helped, "mild", now=now)
    pool.proposed(_membership(RICH), RICH, row="severe-59", now=now)
    settlement.state_money_fact(
        plan_id=PLAN, kind="arrears", amount=Fen(5_000), subject="late", now=now
    )


def _came_too_late(now: datetime) -> None:
    """Money that nobody has a claim to any more: it goes back to the payers."""
    settlement.state_money_fact(
        plan_id=PLAN, kind="arrears", amount=Fen(5_000), subject="later", now=now
    )


SECOND = date(2026, 3, 21)
STORY = (
    Step(name="the first lock", now=at(D), prepare=_begin),
    Step(name="the first settlement", now=at(date(2026, 3, 10)), pays=False),
    # A day later than planned: the debit moves to the 15th.
    Step(name="the notices", now=at(date(2026, 3, 13), 9)),
    Step(
        name="the debit, and an answer that does not add up",
        now=at(date(2026, 3, 15)),
        prepare=lambda now: _has(LATE, 0, WalletRule.MISCOUNTS),
    ),
    Step(
        name="finance takes the gateway's list of who paid",
        now=at(date(2026, 3, 15), 10),
        prepare=_recounted,
    ),
    Step(
        name="a payout comes back",
        now=at(date(2026, 3, 16)),
        prepare=lambda now: _payee(ANA, WalletRule.RETURNED),
    ),
    Step(name="the claim is reopened", now=at(date(2026, 3, 16), 10), prepare=_reopened),
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
    Step(name="the second settlement", now=at(date(2026, 3, 24)), prepare=_drained),
    Step(
        name="the first cycle ends",
        now=at(date(2026, 3, 26)),
        prepare=_operator_bears_it,
    ),
    Step(
        name="arrears come with the second debit",
        now=at(date(2026, 3, 28)),
        prepare=lambda now: _has(LATE, 100_000),
    ),
    Step(
        name="another payout comes back",
        now=at(date(2026, 3, 30)),
        prepare=lambda now: _payee(HELPED, WalletRule.RETURNED),
    ),
    Step(
        name="it is sent again, and arrears are taken off the aid",
        now=at(date(2026, 3, 30), 10),
        prepare=_payee_pays,
        first=_send_again,
    ),
    Step(name="two failed cycles end a membership", now=at(date(2026, 4, 12))),
    Step(name="the others bear what is not paid", now=at(date(2026, 4, 13))),
    Step(
        name="what they have borne is paid after all",
        now=at(date(2026, 4, 13), 1),
        prepare=_pays_after_all,
    ),
    Step(name="the plan ends", now=at(date(2026, 4, 13), 2), prepare=_end_the_plan),
    Step(
        name="a case of the run-off is shown",
        now=at(date(2026, 4, 21)),
        prepare=lambda now: _fall_ill_at_the_end(at(date(2026, 4, 15), 9)),
    ),
    Step(name="it waits for the last claim", now=at(date(2026, 4, 24))),
    Step(name="all are settled from what is left", now=at(date(2026, 6, 10)), pays=False),
    Step(name="they are paid", now=at(date(2026, 6, 11)), prepare=_came_too_late),
    Step(name="shares go back", now=at(date(2026, 6, 24))),
    Step(name="what went back is a cost of the last period", now=at(date(2026, 7, 10))),
)
