"""Days of a society in which things go wrong all the time: what people do, what the machine does.

The same seed gives the same people, claims and faults.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db.models import Sum

import pool
from pool import at
from sameboat.claims.checking import rows_possible
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.models import Household, Membership
from sameboat.payments import actions as payments
from sameboat.plans import actions as plans
from sameboat.record import actions as record
from sameboat.record.queries import log_size
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import actions as settlement
from sameboat.settlement.alone import PeriodBusy
from sameboat.settlement.models import Period
from sameboat.simulation.population import copy_members
from soak.faults import behind_a_bad_line, undisturbed, until_done
from society import PLAN, START, Somebody, joined, signed_in

FIRST_DAY = date(2026, 3, 2)
FOUNDERS = 8
DOWN = 0.08
"""How often the worker stands still for some days, so that the clock jumps for it."""
DOWN_DAYS_MAX = 4
CLOCK_BACK = 0.10
"""How often the clock is set back a little between two pieces of work."""
DAYS_BETWEEN_CHECKS = 30
BUSY_SECONDS = 0.05
IDLE_ROUNDS_MAX = 400


@dataclass
class Soak:
    """A society on its way through the days."""

    seed: int
    folder: Path
    rng: random.Random = field(init=False)
    people: dict[int, Somebody] = field(default_factory=dict)
    """Those who live through the real verbs, by their membership."""
    kills: int = 0
    jumps: int = 0
    refused: int = 0
    checks: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    @property
    def faults_of_the_line(self) -> int:
        """How many requests to the gateway, or answers of it, were lost."""
        log = self.folder / "line.log"
        return len(log.read_text()) if log.exists() else 0


def begin(soak: Soak, *, count: int) -> None:
    """The plan is adopted; `count` members are copied in and some join through the front door."""
    record.start_record(now=START)
    plans.adopt(plan_id_or_path=PLAN, now=START)
    copy_members(plan_id=PLAN, count=count, since=FIRST_DAY, until=FIRST_DAY, seed=soak.seed)
    for _ in range(FOUNDERS):
        _join(soak, START)


def live(soak: Soak, *, days: int) -> None:
    """Let so many days pass; each month, and at the end, every check must find nothing."""
    sleeps_until = 0
    for number in range(1, days + 1):
        day = FIRST_DAY + timedelta(days=number)
        _people(soak, day)
        if number < sleeps_until and number < days:
            continue
        if soak.rng.random() < DOWN:
            soak.jumps += 1
            sleeps_until = number + soak.rng.randint(2, DOWN_DAYS_MAX)
            continue
        for now in _instants(soak, day):
            soak.kills += until_done(partial(_work, soak, now), soak.rng)
        if number % DAYS_BETWEEN_CHECKS == 0 or number == days:
            check(soak)


def check(soak: Soak) -> None:
    """Every check of money, members, claims and record finds nothing."""
    soak.checks += 1
    undisturbed(_all_is_well)


def _instants(soak: Soak, day: date) -> list[datetime]:
    """When the machine works on a day: some hours in order, or the clock is set back between."""
    hours = sorted(soak.rng.sample(range(24), k=soak.rng.randint(1, 3)))
    found = [at(day, hour, soak.rng.randrange(60)) for hour in hours]
    if soak.rng.random() < CLOCK_BACK:
        soak.jumps += 1
        found.append(found[-1] - timedelta(minutes=soak.rng.randint(1, 10)))
    return found


# What the machine does, in a process that may be killed


def _work(soak: Soak, now: datetime) -> None:
    """Do all that is due at an instant; again after a kill, it does the rest."""
    behind_a_bad_line(soak.rng.randrange(1 << 32) + soak.kills, soak.folder / "line.log")
    for _ in range(IDLE_ROUNDS_MAX):
        try:
            if not _work_once(now):
                return
        except GatewayUnavailable:
            continue  # The worker defers the work anew with the next beat.
        except PeriodBusy:
            # The killed process's connection holds its lock until the server notices.
            time.sleep(BUSY_SECONDS)
    raise AssertionError(f"the work of {now} does not come to an end")


def _work_once(now: datetime) -> bool:
    members.close_days_due(now=now)
    done = settlement.advance(plan_id=PLAN, now=now)
    recorded = record.sequence(now=now)
    done += payments.advance(plan_id=PLAN, now=now)
    recorded += record.sequence(now=now)
    return bool(done or recorded)


def _all_is_well() -> None:
    findings = [f"{done.name}: {each}" for done in run_checks() for each in done.findings]
    assert not findings, "\n".join(findings)


# What people do


def _people(soak: Soak, day: date) -> None:
    """Some join, some leave, wallets run dry and are filled, somebody has an accident."""
    now = at(day, 12)
    if soak.rng.random() < 0.3:
        _attempt(soak, lambda: _join(soak, now))
    if soak.rng.random() < 0.05:
        _attempt(soak, lambda: _leave(soak, now))
    if soak.rng.random() < 0.25:
        _attempt(soak, lambda: _claim(soak, day))
    _wallets(soak)


def _attempt(soak: Soak, verb: Callable[[], None]) -> None:
    """A refusal is the world's doing: a day may be closed, a membership ended."""
    try:
        verb()
    except Refusal:
        soak.refused += 1


def _join(soak: Soak, now: datetime) -> None:
    somebody = pool.another(len(soak.people))
    membership = joined(somebody, now=now)
    soak.people[membership.pk] = somebody


def _leave(soak: Soak, now: datetime) -> None:
    membership, somebody = _anybody(soak)
    members.leave(login_id=signed_in(somebody, now=now).id, membership_ref=membership.ref, now=now)


def _claim(soak: Soak, day: date) -> None:
    """An accident yesterday; four of five are investigated and proposed within the day."""
    membership, somebody = _anybody(soak)
    claim = pool.sealed(membership, somebody, diagnosed_on=day - timedelta(days=1), now=at(day, 9))
    if soak.rng.random() < 0.8:
        pool.assessed(claim.ref, rows_possible(claim)[0].id, now=at(day, 10))


def _wallets(soak: Soak) -> None:
    """One payer in fifty has nothing today, or something again."""
    customers = list(Household.objects.order_by("pk").values_list("customer_ref", flat=True))
    for customer in soak.rng.sample(customers, k=min(20, 1 + len(customers) // 50)):
        held = Fen(soak.rng.choice([0, 0, 150, 1_000_000]))
        sandbox.set_wallet(customer=customer, rule=WalletRule.PAYS, balance=held)


def _anybody(soak: Soak) -> tuple[Membership, Somebody]:
    pk = soak.rng.choice(sorted(soak.people))
    return Membership.objects.select_related("household").get(pk=pk), soak.people[pk]


def told(soak: Soak) -> dict[str, object]:
    """What came of it."""
    periods = Period.objects.filter(plan=PLAN)
    return {
        "memberships": Membership.objects.count(),
        "periods": periods.count(),
        "periods_done": periods.filter(state="DONE").count(),
        "charged": periods.aggregate(charged=Sum("charged"))["charged"],
        "claims": Claim.objects.count(),
        "claims_paid": Claim.objects.filter(state="PAID").count(),
        "entries": log_size(),
        "kills": soak.kills,
        "lost_on_the_line": soak.faults_of_the_line,
        "clock_jumps": soak.jumps,
        "refused": soak.refused,
        "checks": soak.checks,
    }
