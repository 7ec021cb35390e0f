"""Who shares and what each pays, person by person and in plain words: the slow way.

Shares no code with the engine. The division itself is `tests/rules/naive_share.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from rules import naive_share
from rules.naive_share import Person, Rule
from sameboat.rules.terms import Plan, PlanTerms

EXEMPT = ("exempt.waiting", "exempt.new", "exempt.aided")


@dataclass(frozen=True, kw_only=True)
class Row:
    member: int
    payer: int
    born: date
    joined_on: date
    left_on: date | None = None
    charged_fen: int = 0
    tier: str = ""
    status: str = "active"

    def texts(self) -> list[str]:
        left = self.left_on.isoformat() if self.left_on else ""
        charged = f"{self.charged_fen // 100}.{self.charged_fen % 100:02d}"
        days = [self.born.isoformat(), self.joined_on.isoformat(), left]
        return [str(self.member), str(self.payer), *days, charged, self.tier, self.status]


@dataclass
class Settled:
    shares: dict[int, tuple[str, int]]
    debits: dict[int, int]
    sponsored: int
    carried_out: int


def settle(
    rows: list[Row],
    *,
    plan: Plan,
    terms: PlanTerms,
    on: date,
    aids: list[int],
    carry: int,
    back: int = 0,
    extra: int = 0,
) -> Settled:
    """The whole period, one member after the other."""
    there = [r for r in rows if r.joined_on < on and (r.left_on is None or on <= r.left_on)]
    standing = {r.member: _standing(r, plan, terms, on) for r in there}
    sharing = [r for r in there if standing[r.member] not in EXEMPT]
    rule = terms.sharing
    outcome = naive_share.divide(
        Rule(
            rate=Fraction(rule.fee_rate.numerator, rule.fee_rate.denominator),
            per_claim=rule.cap_per_claim,
            per_period=rule.cap_per_period,
            reshare=rule.excess == "reshare",
        ),
        aids,
        [_person(r, terms, on, standing[r.member]) for r in sharing],
        carry,
        back,
        extra,
    )
    shares = {r.member: (standing[r.member], 0) for r in there}
    for row, amount, full in zip(
        sharing, outcome.amounts, _fulls(outcome, sharing, terms, on), strict=True
    ):
        is_capped = standing[row.member] == "shares" and amount < full
        shares[row.member] = ("capped" if is_capped else standing[row.member], amount)
    debits: dict[int, int] = {}
    for row in there:
        if amount := shares[row.member][1]:
            debits[row.payer] = debits.get(row.payer, 0) + amount
    return Settled(shares, debits, outcome.sponsored, outcome.carried_out)


def _standing(row: Row, plan: Plan, terms: PlanTerms, on: date) -> str:
    if not terms.waiting.members_share and on <= row.joined_on + timedelta(_waits(row, terms)):
        return "exempt.waiting"
    earlier = _publicity_day_before(plan, on)
    if terms.sharing.head_count == "end_of_last_period" and earlier and row.joined_on >= earlier:
        return "exempt.new"
    if row.status == "aided" and not terms.sharing.aided_members_share:
        return "exempt.aided"
    let_off = any(
        w.publicity_on == on and row.joined_on <= w.joined_by for w in terms.sharing.waivers
    )
    return "waived" if let_off or row.status == "waived" else "shares"


def _waits(row: Row, terms: PlanTerms) -> int:
    joined, born = row.joined_on, row.born
    age = joined.year - born.year - ((joined.month, joined.day) < (born.month, born.day))
    steps = [step.days for step in terms.waiting.days_by_age if step.from_years <= age]
    return steps[-1] if steps else terms.waiting.days


def _publicity_day_before(plan: Plan, on: date) -> date | None:
    """Walks back day by day, each day under the version of that day."""
    day = on - timedelta(days=1)
    while day >= plan.versions[0].effective_on:
        held = [v for v in plan.versions if v.effective_on <= day][-1]
        if day.day in held.rhythm.publicity_days:
            return day
        day -= timedelta(days=1)
    return None


def _person(row: Row, terms: PlanTerms, on: date, standing: str) -> Person:
    cap = terms.sharing.cap_per_year
    room = None if cap is None else max(0, cap - row.charged_fen)
    return Person(weight=_weight(row, terms, on), room=room, waived=standing == "waived")


def _weight(row: Row, terms: PlanTerms, on: date) -> int:
    bands = terms.sharing.classes
    if not bands:
        return 1000
    had_birthday = (on.month, on.day) >= (row.born.month, row.born.day)
    age = on.year - row.born.year - (0 if had_birthday else 1)
    fitting = [band for band in bands if band.tier is None or band.tier == row.tier]
    ordered = sorted(fitting, key=lambda band: band.age_from_years)
    return [band for band in ordered if band.age_from_years <= age or band is ordered[0]][-1].weight


def _fulls(
    outcome: naive_share.Outcome, sharing: list[Row], terms: PlanTerms, on: date
) -> list[int]:
    """What each would be charged without any limit of their own."""
    if not outcome.due:
        return [0 for _ in sharing]
    weights = [_weight(row, terms, on) for row in sharing]
    if terms.sharing.excess == "reshare":
        return [-(-outcome.each * weight // 1000) for weight in weights]
    total = sum(weights)
    return [-(-outcome.due * weight // total) for weight in weights]
