"""Random lives with all their money, by the platform and by a plain reading of the terms.

People join, leave, come back, run out of money, fall ill, grow too old and go on in another plan,
and the plan may end. Day by day both say the same of everybody's memberships and wallets, and in
the end the same rounds, payouts and refunds.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

import pool
from pool import at
from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.cli.check import run_checks
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.models import BEGAN, Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import Payout, Refund
from sameboat.plans import actions as plans
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from scenarios.plain_lives import FULL_WALLET, MAIN, OLD, Who, Words, World
from society import ANA, FEI, HAO, LIN, PLAN, START, Somebody, joined, signed_in, verified

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)
PLANS = {MAIN: PLAN, OLD: "xiang-hu-bao-old-age"}
NAMES = ("Ana", "Fei", "Bo", "Cai", "Gran")
QUIET_DAYS = 25
"""What is under way when the last step is done comes to its end, or nearly."""
RUNS = range(int(os.environ["LIVES"])) if "LIVES" in os.environ else (1, 1290)
"""Two runs in which much happens; by hand the first hundreds (`LIVES=300`)."""


@dataclass(frozen=True)
class Step:
    """So many days pass; then somebody does something, with a number where one is needed."""

    pause: int
    verb: str
    who: int
    number: int


VERBS = (
    *("join", "join", "join", "leave", "leave", "come_back", "come_back", "makes_up", "makes_up"),
    *("poor", "poor", "poor", "rich", "pays", "accident", "illness", "windfall"),
    *("cost", "cost", "cost", "cost", "cost", "old_cost"),
)


@dataclass(frozen=True)
class Ending:
    """When the end is announced, after how many days sharing ends and cover ends."""

    on: int
    sharing_ends: int
    ends: int


@dataclass(frozen=True)
class Drawn:
    """Everything that one run is made of; its number is a complete report of a fault."""

    says: Words
    steps: tuple[Step, ...]
    old_after: int
    """After so many days the last of the five becomes sixty."""
    ending: Ending | None


def drawn(number: int) -> Drawn:
    chance = Random(f"lives {number}")
    says = Words(
        waiting_days=chance.choice([10, 30, 90]),
        grace_days=chance.choice([0, 3, 10]),
        failed_cycles_max=chance.choice([1, 2]),
        reinstatement_days=chance.choice([0, 10, 30]),
        refund_from_pool=chance.random() < 0.5,
        defaults_from_pool=chance.random() < 0.5,
        arrears_off_aid=chance.random() < 0.7,
        cap_per_claim=chance.choice([None, 100, 1_000]),
        cap_per_year=chance.choice([200, 1_000, 18_800]),
        closing_refund=chance.choice(["none", "full", "pro_rata"]),
        leads_on=chance.random() < 0.8,
    )
    steps: list[Step] = []
    for _ in range(chance.randint(40, 60)):
        steps += drawn_step(chance)
    if chance.random() < 0.7:
        steps.insert(chance.randrange(20), Step(0, "wish", NAMES.index("Gran"), 0))
    ending = Ending(chance.randint(25, 55), chance.choice([0, 0, 5]), chance.choice([10, 14]))
    return Drawn(
        says, tuple(steps), chance.randint(10, 50), ending if chance.random() < 0.5 else None
    )


def drawn_step(chance: Random) -> list[Step]:
    """One step; who makes up for a default has money again, pays, and comes back."""
    pause, verb = chance.choice([0, 0, 0, 1, 1, 1, 2, 3]), chance.choice(VERBS)
    who, number = chance.randrange(len(NAMES)), chance.choice([7, 100, 333, 500, 2_000])
    if verb != "makes_up":
        return [Step(pause, verb, who, number)]
    return [Step(pause, "rich", who, 0), Step(0, "pays", who, 0), Step(1, "come_back", who, 0)]


def yuan(fen: int) -> str:
    return f'"{fen // 100}.{fen % 100:02d}"'


def rulebook(says: Words, folder: Path) -> Path:
    """The demonstration plan as the words are drawn."""
    bearer = {True: "next_period", False: "operator"}[says.defaults_from_pool]
    cap = '"none"' if says.cap_per_claim is None else yuan(says.cap_per_claim)
    changes = {
        "\nnotice_days = 30": "\nnotice_days = 10",
        "\ndays = 90": f"\ndays = {says.waiting_days}",
        "grace_rejoin_days = 3": f"grace_rejoin_days = {says.grace_days}",
        "failed_cycles_max = 2": f"failed_cycles_max = {says.failed_cycles_max}",
        "reinstatement_days = 30": f"reinstatement_days = {says.reinstatement_days}",
        "cap_per_claim = 1\n": f"cap_per_claim = {cap}\n",
        "cap_per_year = 188\n": f"cap_per_year = {yuan(says.cap_per_year)}\n",
        'defaults_borne_by = "operator"': f'defaults_borne_by = "{bearer}"',
        "run_off_days = 180": f"run_off_days = {says.run_off_days}",
    }
    if says.refund_from_pool:
        changes['refund_from = "operator"'] = 'refund_from = "pool"'
    added = {
        "default": ("arrears_off_aid", str(says.arrears_off_aid).lower()),
        "pool": ("closing_refund", f'"{says.closing_refund}"'),
    }
    if says.leads_on:
        added["join"] = ("transfer_to", f'"{PLANS[OLD]}"')
    for part, (key, value) in added.items():
        changes[f"[version.{part}]\n"] = f"[version.{part}]\n{key} = {value}\n"
        source = f"[version.{part}.source]\n"
        changes[source] = f'{source}{key} = "assumed: a test"\n'
    return pool.rulebook_with({k.encode(): v.encode() for k, v in changes.items()}, folder)


class Platform:
    """The same people, through the real actions."""

    def __init__(self, says: Words, folder: Path, people: Sequence[Somebody]) -> None:
        record.start_record(now=START)
        for each in (rulebook(says, folder), PLANS[OLD]):
            plans.adopt(plan_id_or_path=each, now=START)
        self.people = dict(zip(NAMES, people, strict=True))
        self.logins = {who: signed_in(each).id for who, each in self.people.items()}
        self.persons = {who: verified(each).pk for who, each in self.people.items()}
        self.wallets: dict[str, str] = {}
        """The payment gateway's name of each payer."""
        self.facts = 0

    def dawn(self, today: date) -> None:
        """What the worker does before anybody is up; announced is what the record has."""
        members.close_days_due(now=at(today, 1))
        for plan in PLANS.values():
            settlement.advance(plan_id=plan, now=at(today, 1))
            record.sequence(now=at(today, 1))
            settlement.advance(plan_id=plan, now=at(today, 1, 1))
        for plan in PLANS.values():
            payments.advance(plan_id=plan, now=at(today, 2))
        record.sequence(now=at(today, 2))

    def begun(self, who: str) -> list[Membership]:
        """Their memberships of the first plan, but for rejoinings that were taken back."""
        mine = Membership.objects.filter(BEGAN, person=self.persons[who], plan=PLAN)
        return list(mine.order_by("id"))

    def main(self, who: str) -> Membership | None:
        """Their last membership of the first plan, begun or not."""
        return Membership.objects.filter(person=self.persons[who], plan=PLAN).last()

    def does(self, verb: str, who: str, today: date) -> bool:
        """Try it; what cannot be done is refused and changes nothing."""
        act = {
            "join": self._join,
            "leave": self._leave,
            "come_back": self._come_back,
            "wish": self._wish,
            "pays": self._pays,
        }[verb]
        with contextlib.suppress(Refusal):
            return act(who, at(today, 14))
        return False

    def _join(self, who: str, now: datetime) -> bool:
        knew = bool(self.main(who))
        membership = joined(self.people[who], now=now)
        if not knew:
            self.has(who, FULL_WALLET)
            self.wallets[who] = membership.household.customer_ref
        return True

    def has(self, who: str, fen: int) -> None:
        membership = self.main(who)
        assert membership is not None
        customer = membership.household.customer_ref
        sandbox.set_wallet(customer=customer, rule=WalletRule.PAYS, balance=Fen(fen))

    def _leave(self, who: str, now: datetime) -> bool:
        mine = Membership.objects.filter(person=self.persons[who], ends_on=None).order_by("id")
        first = mine.first()
        if first is None:
            return False
        members.leave(login_id=self.logins[who], membership_ref=first.ref, now=now)
        return True

    def _come_back(self, who: str, now: datetime) -> bool:
        begun = self.begun(who)
        if not begun:
            return False
        payments.come_back(login_id=self.logins[who], membership_ref=begun[-1].ref, now=now)
        return True

    def _wish(self, who: str, now: datetime) -> bool:
        begun = self.begun(who)
        if not begun:
            return False
        members.ask_transfer(
            login_id=self.logins[who],
            membership_ref=begun[-1].ref,
            disclosure_version="1",
            now=now,
        )
        return True

    def _pays(self, who: str, now: datetime) -> bool:
        return payments.pay_arrears(login_id=self.logins[who], now=now) > 0

    def falls_ill(self, who: str, today: date, *, accident: bool, covered: bool) -> None:
        """Files; the checks must see the cover as it is, and the staff decides by them."""
        membership, somebody, now = self.main(who), self.people[who], at(today, 14)
        assert membership is not None
        claim = pool.sealed(membership, somebody, diagnosed_on=today, now=now, accident=accident)
        waits = claim.checks.filter(code="waiting", outcome="fail").exists()
        assert claim.checks.get(code="covered").outcome == "pass"
        assert waits is not covered
        if covered:
            young = today < somebody.born_on.replace(year=somebody.born_on.year + 40)
            pool.assessed(claim.ref, "severe-39" if young else "severe-59", now=now)
        else:
            pool.declined(
                claim.ref, clause=WAITING_CLAUSE, reason_code="in_waiting_period", now=now
            )

    def money(self, plan: str, kind: str, fen: int, today: date) -> None:
        """So much is a cost of the next round, or relieves it."""
        self.facts += 1
        settlement.state_money_fact(
            plan_id=PLANS[plan],
            kind=kind,
            amount=Fen(fen),
            subject=f"x{self.facts}",
            now=at(today, 14),
        )

    def ends(self, today: date, *, sharing_ends: date, ends: date) -> None:
        members.propose_wind_down(
            login_id=signed_in(LIN).id,
            plan_id=PLAN,
            sharing_ends_on=sharing_ends,
            ends_on=ends,
            now=at(today, 14),
        )
        members.announce_wind_down(login_id=signed_in(HAO).id, plan_id=PLAN, now=at(today, 14))


def takes_place(step: Step, today: date, world: World, platform: Platform) -> None:
    """One step in both, which must agree whether it can be done."""
    who = NAMES[step.who]
    match step.verb:
        case "poor" | "rich":
            fen = FULL_WALLET if step.verb == "rich" else step.number
            if who in world.wallets:
                world.wallets[who] = fen
                platform.has(who, fen)
        case "accident" | "illness":
            accident = step.verb == "accident"
            outcome = world.falls_ill(who, today, accident=accident)
            if outcome != "none":
                covered = outcome == "accepted"
                platform.falls_ill(who, today, accident=accident, covered=covered)
        case "cost" | "old_cost":
            plan = MAIN if step.verb == "cost" else OLD
            world.plans[plan].extra += step.number
            platform.money(plan, "refund", step.number, today)
        case "windfall":
            world.plans[MAIN].recovered += step.number
            platform.money(MAIN, "arrears", step.number, today)
        case verb:
            assert platform.does(verb, who, today) == world.does(verb, who, today), step


def same_people(today: date, world: World, platform: Platform) -> None:
    """Everybody's memberships, and what is in every wallet."""
    names = {person: who for who, person in platform.persons.items()}
    days = ("person", "plan", "joined_on", "covered_from", "ends_on", "end_reason")
    there = [
        (names[person], *rest)
        for person, *rest in Membership.objects.filter(BEGAN).values_list(*days)
    ]
    assert sorted(there, key=str) == sorted(
        [
            (each.who, PLANS[each.plan], each.joined, each.covered_from, each.end, each.why)
            for each in world.spells
        ],
        key=str,
    ), today
    held = {who: sandbox.balance(customer) for who, customer in platform.wallets.items()}
    assert held == world.wallets, today


def same_money(world: World, platform: Platform) -> None:
    """Every round, every payout and every refund."""
    for name, plan_id in PLANS.items():
        plan = world.plans[name]
        divided = Period.objects.filter(plan=plan_id, settle_entry_hash__isnull=False)
        there = [
            (p.publicity_on, p.charged, p.waived, p.sponsored, p.extra, p.recovered, p.carried_out)
            for p in divided.order_by("publicity_on")
        ]
        assert there == [
            (e.lock, e.charged, e.waived, e.sponsored, e.extra, e.recovered, e.carried_out)
            for e in plan.rounds
            if e.is_divided
        ]
        payouts = Payout.objects.filter(period__plan=plan_id, state="PAID")
        assert sorted(payouts.values_list("aid", "arrears")) == sorted(
            (claim.aid, claim.arrears) for claim in plan.claims if claim.state == "paid"
        )
    customers = {customer: who for who, customer in platform.wallets.items()}
    refunds = Refund.objects.exclude(state="FAILED").values_list("customer", "amount", "kind")
    assert sorted((customers[who], amount, kind) for who, amount, kind in refunds) == sorted(
        (each.who, each.amount, each.kind) for each in world.refunds
    )


def people(old_after: int) -> list[Somebody]:
    """The last of the five becomes sixty after so many days."""
    sixtieth = FIRST + old_after * DAY
    gran = Somebody(
        name="温奶奶",
        born_on=sixtieth.replace(year=sixtieth.year - 60),
        sex="f",
        phone="+8613700000060",
    )
    return [ANA, FEI, pool.another(0), pool.another(1), gran]


def ends(ending: Ending, today: date, world: World, platform: Platform) -> None:
    """The end is announced in both."""
    sharing_ends = today + ending.sharing_ends * DAY
    last = today + ending.ends * DAY
    platform.ends(today, sharing_ends=sharing_ends, ends=last)
    world.ends(today, sharing_ends=sharing_ends, ends=last)


def who(name: str, somebody: Somebody) -> Who:
    born = somebody.born_on
    return Who(name, born.replace(year=born.year + 60), born.replace(year=born.year + 40))


@pytest.mark.parametrize("number", RUNS)
def test_days_debits_payouts_and_refunds_are_what_the_terms_say(
    tmp_path: Path, number: int
) -> None:
    run = drawn(number)
    those = people(run.old_after)
    world = World(run.says, [who(name, each) for name, each in zip(NAMES, those, strict=True)])
    platform = Platform(run.says, tmp_path, those)
    joining = [Step(0, "join", number, 0) for number in range(len(NAMES))]
    today = FIRST
    for step in [*joining, *run.steps, Step(QUIET_DAYS, "rich", 0, 0)]:
        for _ in range(step.pause):
            today += DAY
            platform.dawn(today)
            world.dawn(today)
            same_people(today, world, platform)
            if run.ending and today == FIRST + run.ending.on * DAY:
                ends(run.ending, today, world, platform)
        takes_place(step, today, world, platform)
    same_people(today, world, platform)
    same_money(world, platform)
    assert [done for done in run_checks() if done.findings] == []
