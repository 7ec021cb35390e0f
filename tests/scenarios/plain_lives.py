"""Lives under two plans by the words of the rules: whose days, who pays what, who gets what back.

A plain interpreter, written from the words of the terms alone: it knows nothing of the platform.
Day after day it does at dawn what is due, and by day what people do. Everybody pays for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
LOCKS = {7: 14, 21: 28}
"""The publicity days of a month, each with its debit day."""
PUBLICITY = 3 * DAY
MAIN, OLD = "main", "old"
FULL_WALLET = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the rulebook of the first plan says, where it may say one thing or another."""

    waiting_days: int = 20
    grace_days: int = 3
    failed_cycles_max: int = 2
    reinstatement_days: int = 30
    refund_from_pool: bool = False
    defaults_from_pool: bool = False
    arrears_off_aid: bool = True
    cap_per_claim: int | None = None
    cap_per_year: int = 18_800
    closing_refund: str = "none"
    run_off_days: int = 5
    leads_on: bool = True
    """Whether who becomes too old may go on in the old people's plan."""


@dataclass(frozen=True)
class Who:
    name: str
    sixtieth: date
    fortieth: date


@dataclass
class Away:
    since: date
    returned: date
    why: str


@dataclass(eq=False)
class Spell:
    """One membership: from joining on, with what interrupted it."""

    who: str
    plan: str
    joined: date
    covered_from: date
    end: date | None = None
    why: str = ""
    away: list[Away] = field(default_factory=list)
    got_back: int = 0
    """Shares that were given back after a decline."""
    wish: bool = False
    """Whether it is to go on in the other plan."""

    def is_there(self, lock: date) -> bool:
        in_time = self.joined < lock and (self.end is None or self.end > lock)
        return in_time and not any(a.since <= lock <= a.returned for a in self.away)


@dataclass(eq=False)
class Claim:
    spell: Spell
    aid: int
    state: str = "proposed"
    paid: int = 0
    arrears: int = 0


@dataclass(eq=False)
class Unpaid:
    """A debit that failed."""

    who: str
    amount: int
    tried: date
    failed_cycle: bool = False
    borne_by: str = ""
    asked: bool = False
    collected: bool = False
    taken_off: bool = False


@dataclass(eq=False)
class Round:
    """One round of sharing of a plan."""

    lock: date
    there: list[Spell]
    claims: list[Claim]
    shares: dict[Spell, int] = field(default_factory=dict)
    is_divided: bool = False
    is_debited: bool = False
    is_closed: bool = False
    waived: int = 0
    charged: int = 0
    sponsored: int = 0
    extra: int = 0
    recovered: int = 0
    carried_out: int = 0
    unpaid: list[Unpaid] = field(default_factory=list)

    @property
    def debit(self) -> date:
        return self.lock.replace(day=LOCKS[self.lock.day])

    @property
    def retries_until(self) -> date:
        """Two days before the next debit day."""
        following = self.debit + DAY
        while following.day not in LOCKS.values():
            following += DAY
        return following - 2 * DAY

    @property
    def payout(self) -> date:
        """The working day after the debit."""
        day = self.debit + DAY
        while day.isoweekday() > 5:
            day += DAY
        return day


@dataclass(eq=False)
class Plan:
    rounds: list[Round] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    extra: int = 0
    recovered: int = 0
    carry: int = 0
    ends: End | None = None
    waiting_refunds: list[tuple[Spell, date]] = field(default_factory=list)
    gave_back_all: bool = False


@dataclass(frozen=True)
class End:
    announced: date
    sharing_ends: date
    ends: date


@dataclass(frozen=True)
class Refund:
    who: str
    amount: int
    kind: str


class World:
    """The people of both plans, their wallets, and every round."""

    def __init__(self, words: Words, people: list[Who]) -> None:
        self.words = words
        self.people = {who.name: who for who in people}
        self.plans = {MAIN: Plan(), OLD: Plan()}
        self.spells: list[Spell] = []
        self.wallets: dict[str, int] = {}
        self.refunds: list[Refund] = []

    # What is due at dawn

    def dawn(self, today: date) -> None:
        self._ends_of_the_night(today)
        for plan in self.plans.values():
            if today.day in LOCKS:
                self._lock(plan, today)
            for each in plan.rounds:
                if not each.is_divided and today >= each.lock + PUBLICITY:
                    self._divide(plan, each)
        for plan in self.plans.values():
            self._money(plan, today)

    def _ends_of_the_night(self, today: date) -> None:
        for spell in list(self.spells):
            sixtieth = self.people[spell.who].sixtieth
            if spell.plan == MAIN and spell.end is None and sixtieth <= today:
                spell.end, spell.why = sixtieth, "aged_out"
                self._go_on(spell, sixtieth)
        ending = self.plans[MAIN].ends
        if ending and ending.ends <= today:
            for spell in self._open(MAIN):
                spell.end, spell.why = ending.ends, "plan_ended"

    def _go_on(self, spell: Spell, day: date) -> None:
        """No new waiting: what was waited counts on."""
        if spell.wish:
            self.spells.append(Spell(spell.who, OLD, day, max(day, spell.covered_from)))

    def _lock(self, plan: Plan, today: date) -> None:
        there = [s for s in self.spells if self.plans[s.plan] is plan and s.is_there(today)]
        shown = [claim for claim in plan.claims if claim.state == "proposed"]
        for claim in shown:
            claim.state = "published"
        plan.rounds.append(Round(today, there, shown))

    def _divide(self, plan: Plan, each: Round) -> None:
        each.extra, each.recovered, plan.extra, plan.recovered = plan.extra, plan.recovered, 0, 0
        costs = [claim.aid + claim.aid * 8 // 100 for claim in each.claims]
        cost = sum(costs) + each.extra
        relief = plan.carry + each.recovered
        for claim in each.claims:
            claim.state = "settled"
        aided = [claim.spell for claim in plan.claims if claim.state == "settled"]
        sharing = [spell for spell in each.there if spell not in aided]
        if plan.ends and each.debit >= plan.ends.sharing_ends:
            each.sponsored = max(0, cost - relief)
        elif not sharing:
            each.sponsored = cost
        else:
            shareable = sum(min(c, self._cap(plan, c, sharing)) for c in costs) + each.extra
            full = -(-max(0, shareable - relief) // len(sharing))
            each.shares = {spell: min(full, self._room(plan, spell)) for spell in sharing}
            each.sponsored = cost - shareable + full * len(sharing) - sum(each.shares.values())
        each.charged = sum(each.shares.values())
        each.carried_out = relief + each.charged + each.sponsored - cost
        plan.carry, each.is_divided = each.carried_out, True

    def _cap(self, plan: Plan, cost: int, sharing: list[Spell]) -> int:
        """The most of a claim that members bear: so much each."""
        each = self.words.cap_per_claim if plan is self.plans[MAIN] else None
        return cost if each is None else each * len(sharing)

    def _room(self, plan: Plan, spell: Spell) -> int:
        """What a member may still be charged in this year; all of it is one year here."""
        charged = sum(each.shares.get(spell, 0) for each in plan.rounds)
        return (
            max(0, self.words.cap_per_year - charged) if plan is self.plans[MAIN] else FULL_WALLET
        )

    # Money

    def _money(self, plan: Plan, today: date) -> None:
        for each in plan.rounds:
            if each.is_divided:
                self._let_off(plan, each)
                self._debit(plan, each, today)
                self._retry(plan, each, today)
                self._close(plan, each, today)
                self._pay_out(plan, each, today)
        self._bear(plan, today)
        self._refund(plan, today)
        self._give_all_back(plan, today)

    def _let_off(self, plan: Plan, each: Round) -> None:
        """A period settled but not yet debited, when nobody shares any more."""
        if plan.ends and each.debit >= plan.ends.sharing_ends and not each.is_debited:
            each.waived, each.charged = each.waived + each.charged, 0
            each.sponsored += each.waived
            each.is_debited = each.is_closed = True

    def _debit(self, plan: Plan, each: Round, today: date) -> None:
        if each.is_debited or today < each.debit:
            return
        each.is_debited = True
        for spell, amount in each.shares.items():
            if amount and not self._takes(spell.who, amount):
                each.unpaid.append(Unpaid(spell.who, amount, today))

    def _takes(self, who: str, amount: int) -> bool:
        if self.wallets[who] < amount:
            return False
        self.wallets[who] -= amount
        return True

    def _retry(self, plan: Plan, each: Round, today: date) -> None:
        """Daily until two days before the next debit; then once with each later debit."""
        if not each.is_debited:
            return
        since = None
        if not each.is_closed:
            since = today if each.debit < today < each.retries_until else None
        else:
            later = [
                other.debit
                for other in plan.rounds
                if other.lock > each.lock
                and other.charged
                and other.debit <= today < other.retries_until
            ]
            since = max(later, default=None)
        if plan.ends and today >= plan.ends.sharing_ends:
            since = None
        for row in each.unpaid:
            open_ = not (row.collected or row.taken_off)
            again = since is not None and not row.borne_by and row.tried < since
            if open_ and (again or row.asked):
                row.tried, row.asked = today, False
                row.collected = self._takes(row.who, row.amount)
                if row.collected and row.borne_by == "next_period":
                    plan.recovered += row.amount

    def _close(self, plan: Plan, each: Round, today: date) -> None:
        if each.is_closed or not each.is_debited or today < each.retries_until:
            return
        if not each.charged:
            return
        each.is_closed = True
        for row in each.unpaid:
            row.failed_cycle = not (row.collected or row.taken_off or row.borne_by)
        most = self.words.failed_cycles_max if plan is self.plans[MAIN] else 2
        last = [other for other in plan.rounds if other.charged and other.lock <= each.lock]
        last = last[-most:]
        failed = [{r.who for r in o.unpaid if r.failed_cycle and not r.collected} for o in last]
        if len(last) == most:
            for who in set.intersection(*failed):
                for spell in self._open_in(plan, who):
                    spell.end, spell.why = today + DAY, "default"

    def _pay_out(self, plan: Plan, each: Round, today: date) -> None:
        if today < each.payout:
            return
        for claim in each.claims:
            if claim.state == "settled":
                self._pay(plan, claim, today)

    def _pay(self, plan: Plan, claim: Claim, today: date) -> None:
        takes_off = self.words.arrears_off_aid or plan is self.plans[OLD]
        for earlier in plan.rounds:
            for row in earlier.unpaid:
                is_open = row.who == claim.spell.who and not row.borne_by
                is_open = is_open and not (row.collected or row.taken_off)
                if takes_off and is_open and claim.arrears + row.amount <= claim.aid:
                    claim.arrears += row.amount
                    row.taken_off = row.collected = True
        claim.state, claim.paid = "paid", claim.aid - claim.arrears
        if claim.spell.end is None:
            claim.spell.end, claim.spell.why = today + DAY, "aided"

    def _bear(self, plan: Plan, today: date) -> None:
        """What is open when the membership has ended is borne by somebody else."""
        main = plan is self.plans[MAIN]
        days = self.words.reinstatement_days if main else 0
        from_pool = self.words.defaults_from_pool and main
        for each in plan.rounds:
            for row in each.unpaid:
                if not row.failed_cycle or row.collected or row.borne_by:
                    continue
                spells = [s for s in self.spells if s.who == row.who and self.plans[s.plan] is plan]
                if any(self._may_pay_and_stay(spell, today, days) for spell in spells):
                    continue
                row.borne_by = "next_period" if from_pool else "operator"
                plan.extra += row.amount if from_pool else 0

    def _may_pay_and_stay(self, spell: Spell, today: date, days: int) -> bool:
        if spell.end is None:
            return True
        return spell.why == "default" and spell.end > today - days * DAY

    def _refund(self, plan: Plan, today: date) -> None:
        """Shares go back after an illness in the waiting period, when all debits are through."""
        for spell, on in list(plan.waiting_refunds):
            borne = [each for each in plan.rounds if each.lock <= on and spell in each.there]
            if any(not e.is_divided or (e.charged and not e.is_closed) for e in borne):
                continue
            plan.waiting_refunds.remove((spell, on))
            amount = max(0, sum(self._collected(e, spell) for e in borne) - spell.got_back)
            spell.got_back += amount
            if self.words.refund_from_pool:
                plan.extra += amount
            self._gives(Refund(spell.who, amount, "waiting_illness"))

    def _collected(self, each: Round, spell: Spell) -> int:
        never = any(row.who == spell.who and not row.collected for row in each.unpaid)
        return 0 if never or each.waived else each.shares.get(spell, 0)

    def _gives(self, refund: Refund) -> None:
        self.refunds.append(refund)
        self.wallets[refund.who] += refund.amount

    def _give_all_back(self, plan: Plan, today: date) -> None:
        """At the end: to whoever was a member when it was announced, all or what is left of it."""
        ending, promise = plan.ends, self.words.closing_refund
        if ending is None or promise == "none" or plan.gave_back_all or today < ending.ends:
            return
        shared = [each for each in plan.rounds if each.lock < ending.ends]
        if any(not e.is_divided or (e.charged and not e.is_closed) for e in shared):
            return
        if promise == "pro_rata" and not self._is_over(plan, ending, today):
            return
        plan.gave_back_all = True
        sums: dict[str, int] = {}
        for spell in self.spells:
            was = spell.joined <= ending.announced
            was = was and (spell.end is None or spell.end > ending.announced)
            if self.plans[spell.plan] is plan and was:
                paid = sum(self._collected(each, spell) for each in plan.rounds) - spell.got_back
                sums[spell.who] = sums.get(spell.who, 0) + max(0, paid)
        total = sum(sums.values())
        left = total if promise == "full" else min(total, plan.carry)
        for who, paid in sums.items():
            back = paid * left // total if total else 0
            if back:
                plan.extra += back
                self._gives(Refund(who, back, "closing"))

    def _is_over(self, plan: Plan, ending: End, today: date) -> bool:
        over = today >= ending.ends + self.words.run_off_days * DAY
        waiting = plan.waiting_refunds or plan.extra or plan.recovered
        unpaid = any(claim.state != "paid" for claim in plan.claims)
        return over and not waiting and not unpaid and all(each.is_divided for each in plan.rounds)

    # What people do by day; False where it cannot be done

    def does(self, verb: str, who: str, today: date) -> bool:
        act = {
            "join": self._join,
            "leave": self._leave,
            "come_back": self._come_back,
            "wish": self._wish,
            "pays": self._pays,
        }[verb]
        return act(who, today)

    def _open(self, plan: str) -> list[Spell]:
        return [spell for spell in self.spells if spell.plan == plan and spell.end is None]

    def _open_in(self, plan: Plan, who: str) -> list[Spell]:
        return [
            s for s in self.spells if self.plans[s.plan] is plan and s.who == who and s.end is None
        ]

    def last(self, who: str) -> Spell | None:
        """Their last membership of the first plan."""
        mine = [spell for spell in self.spells if (spell.who, spell.plan) == (who, MAIN)]
        return mine[-1] if mine else None

    def _join(self, who: str, today: date) -> bool:
        last = self.last(who)
        if (last and last.end is None) or self.plans[MAIN].ends:
            return False
        if last and last.why == "left" and self._has_way_back(last, today):
            return self._returns(last, today)
        if today >= self.people[who].sixtieth:
            return False
        joined = max(today, last.end) if last and last.end else today
        covered_from = joined + (self.words.waiting_days + 1) * DAY
        self.spells.append(Spell(who, MAIN, joined, covered_from))
        self.wallets.setdefault(who, FULL_WALLET)
        return True

    def _come_back(self, who: str, today: date) -> bool:
        last = self.last(who)
        if last is None or last.end is None or self.plans[MAIN].ends:
            return False
        if not self._has_way_back(last, today):
            return False
        return not (last.why == "default" and self._owes(who)) and self._returns(last, today)

    def _returns(self, last: Spell, today: date) -> bool:
        assert last.end is not None
        last.away.append(Away(last.end, today, last.why))
        last.end, last.why = None, ""
        return True

    def _has_way_back(self, last: Spell, today: date) -> bool:
        assert last.end is not None
        if self.people[last.who].sixtieth <= today + DAY:
            return False
        if last.why == "left":
            return today <= last.end - DAY + self.words.grace_days * DAY
        mine = [spell for spell in self.spells if spell.who == last.who]
        once = any(gone.why == "default" for spell in mine for gone in spell.away)
        in_time = today <= last.end - DAY + self.words.reinstatement_days * DAY
        return last.why == "default" and self.words.reinstatement_days > 0 and not once and in_time

    def _owes(self, who: str) -> bool:
        rows = [row for each in self.plans[MAIN].rounds for row in each.unpaid]
        return any(r.who == who and not (r.collected or r.borne_by) for r in rows)

    def _leave(self, who: str, today: date) -> bool:
        mine = [spell for spell in self.spells if spell.who == who and spell.end is None]
        if not mine:
            return False
        spell = mine[0]
        if spell.away and spell.away[-1].returned == today:
            taken_back = spell.away.pop()
            spell.end, spell.why = taken_back.since, taken_back.why
        elif today < spell.joined:
            self.spells.remove(spell)  # It had not begun, so it never was.
        else:
            spell.end, spell.why = today + DAY, "left"
        return True

    def _wish(self, who: str, today: date) -> bool:
        """From the birthday before the last one on."""
        last = self.last(who)
        sixtieth = self.people[who].sixtieth
        in_time = today >= sixtieth.replace(year=sixtieth.year - 1)
        if last is None or last.end is not None or not self.words.leads_on or not in_time:
            return False
        last.wish = True
        return True

    def _pays(self, who: str, today: date) -> bool:
        rows = [r for plan in self.plans.values() for each in plan.rounds for r in each.unpaid]
        mine = [row for row in rows if row.who == who and not row.collected]
        for row in mine:
            row.asked = True
        return bool(mine)

    def falls_ill(self, who: str, today: date, *, accident: bool) -> str:
        """What becomes of a claim of today: `accepted`, `waiting`, or `none` if none is filed."""
        last = self.last(who)
        if last is None or last.end is not None or last.joined > today:
            return "none"
        if any(gone.returned == today for gone in last.away):
            return "none"
        plan = self.plans[MAIN]
        if any(claim.spell is last and claim.state != "paid" for claim in plan.claims):
            return "none"
        if not accident and today < last.covered_from:
            last.end, last.why = today + DAY, "waiting_illness"
            plan.waiting_refunds.append((last, today))
            return "waiting"
        aid = 30_000 if today < self.people[who].fortieth else 10_000
        plan.claims.append(Claim(last, aid))
        return "accepted"

    def ends(self, today: date, *, sharing_ends: date, ends: date) -> None:
        self.plans[MAIN].ends = End(today, sharing_ends, ends)
