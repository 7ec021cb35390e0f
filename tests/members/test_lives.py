"""Random lives through the platform and through a plain reading of the rules: the same days.

The reading below is written from the words of the rules alone and uses nothing of `rules`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import society
from sameboat.cli.check import run_checks
from sameboat.members import actions, queries
from sameboat.members.models import BEGAN, MembersDay, Membership
from sameboat.record import actions as record
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason, gap_on
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal
from society import ANA, PLAN, START

FIRST = date(2026, 3, 2)
WAITING, GRACE, REINSTATEMENT, OLDEST = 90, 3, 30, 60
DAY = timedelta(days=1)
VERBS = ("join", "leave", "come_back", "default", "aided", "died", "lives")
steps = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 9)), min_size=1, max_size=8)


@dataclass
class Away:
    """Days between an end and the return to the same membership."""

    since: date
    returned: date
    why: str

    def has(self, on: date) -> bool:
        return self.since <= on <= self.returned

    @property
    def by_mistake(self) -> bool:
        """Nobody comes back from death: it was none, and cover has no gap by it."""
        return self.why == "died"


@dataclass
class Spell:
    """One membership: from joining on, with what interrupted it."""

    joined: date
    end: date | None = None
    why: str = ""
    away: list[Away] = field(default_factory=list)

    def is_away(self, on: date) -> bool:
        return any(each.has(on) for each in self.away)


@dataclass
class Reading:
    """A person's life under the demonstration plan, by the words of the rules."""

    sixtieth: date
    spells: list[Spell] = field(default_factory=list)
    dead: bool = False

    @property
    def last(self) -> Spell | None:
        return self.spells[-1] if self.spells else None

    def grow_older(self, today: date) -> None:
        """The birthday of the terms is the first day without membership."""
        if self.last and self.last.end is None and self.sixtieth <= today:
            self.last.end, self.last.why = self.sixtieth, "aged_out"

    def act(self, verb: str, today: date) -> None:
        last = self.last
        is_open = last is not None and last.end is None
        if verb == "lives":
            if self.dead and last and last.why == "died" and today + DAY < self.sixtieth:
                assert last.end is not None
                last.away.append(Away(last.end, today, last.why))
                last.end, last.why = None, ""
            self.dead = False
        elif verb in ("join", "come_back"):
            if last and not is_open and self._has_way_back(last, verb, today):
                assert last.end is not None
                last.away.append(Away(last.end, today, last.why))
                last.end, last.why = None, ""
            elif verb == "join" and not is_open and not self.dead and today < self.sixtieth:
                self.spells.append(Spell(max(today, last.end) if last and last.end else today))
        elif last and is_open:
            self._end(last, verb, today)
        self.dead = self.dead or verb == "died"

    def _has_way_back(self, last: Spell, verb: str, today: date) -> bool:
        assert last.end is not None
        if self.dead or self.sixtieth <= today + DAY:
            return False
        if last.why == "left":
            return today <= last.end - DAY + timedelta(days=GRACE)
        before = [gone for spell in self.spells for gone in spell.away if gone.why == "default"]
        lapsed = last.why == "default" and verb == "come_back" and not before
        return lapsed and today <= last.end - DAY + timedelta(days=REINSTATEMENT)

    def _end(self, last: Spell, verb: str, today: date) -> None:
        came_back = last.away and last.away[-1].returned == today
        if verb == "leave" and came_back and not last.away[-1].by_mistake:
            taken_back = last.away.pop()
            last.end, last.why = taken_back.since, taken_back.why
        elif today < last.joined:
            self.spells.pop()  # It had not begun, so it never was.
        else:
            last.end, last.why = today + DAY, "left" if verb == "leave" else verb

    def shares_at(self, lock: date) -> bool:
        return any(
            spell.joined < lock
            and (spell.end is None or spell.end > lock)
            and not spell.is_away(lock)
            for spell in self.spells
        )

    def covered(self, spell: Spell, on: date) -> bool:
        begins = spell.joined + timedelta(days=WAITING + 1)
        away = any(each.has(on) for each in spell.away if not each.by_mistake)
        return begins <= on < (spell.end or self.sixtieth) and not away


def begun(person_id: int) -> list[Membership]:
    return list(Membership.objects.filter(BEGAN, person=person_id).order_by("id"))


def does(verb: str, somebody: society.Somebody, *, now: datetime) -> None:
    """Try it on the platform; what cannot be done is refused and changes nothing."""
    if verb == "lives":
        with contextlib.suppress(Refusal), transaction.atomic():
            society.lives(society.verified(somebody), now=now)
        return
    login, person = society.signed_in(somebody).id, society.verified(somebody)
    last = next(reversed(Membership.objects.filter(person=person).order_by("id")), None)
    with contextlib.suppress(Refusal), transaction.atomic():
        if verb == "join":
            society.joined(somebody, now=now)
        elif verb == "died":
            society.died(person, on=day_of(now, "Asia/Shanghai"), now=now)
        elif verb == "leave" and last:
            actions.leave(login_id=login, membership_ref=last.ref, now=now)
        elif verb == "come_back" and (there := begun(person.id)):
            actions.come_back(login_id=login, membership_ref=there[-1].ref, arrears=Fen(0), now=now)
        elif verb in ("default", "aided") and last:
            on = day_of(now, "Asia/Shanghai")
            actions.end_membership(membership_id=last.id, reason=EndReason(verb), on=on, now=now)


@pytest.mark.django_db
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives=steps, old_after=st.sampled_from([25, 60, 4000]))
@example(
    lives=[("join", 0), ("died", 2), ("lives", 4), ("leave", 0), ("join", 1), ("lives", 0)],
    old_after=4000,
)
def test_a_life_has_the_days_that_the_rules_give_it(
    lives: list[tuple[str, int]], old_after: int
) -> None:
    sixtieth = FIRST + timedelta(days=old_after)
    somebody = replace(ANA, born_on=sixtieth.replace(year=sixtieth.year - 60))
    reading = Reading(sixtieth)
    with transaction.atomic():
        society.running()
        person, today = society.verified(somebody), FIRST
        for verb, pause in lives:
            for _ in range(pause):
                today += DAY
                midnight = START + (today - FIRST) - timedelta(hours=11)
                actions.close_days_due(now=midnight)
                record.sequence(now=midnight)
                reading.grow_older(today)
            does(verb, somebody, now=START + (today - FIRST))
            reading.act(verb, today)
            there = [(each.joined_on, each.ends_on, each.end_reason) for each in begun(person.id)]
            assert there == [(each.joined, each.end, each.why) for each in reading.spells]
        actions.close_days_due(now=START + (today - FIRST + 2 * DAY))
        record.sequence(now=START + (today - FIRST + 2 * DAY))
        reading.grow_older(today + DAY)
        compare(reading, begun(person.id), until=today)
        assert [done for done in run_checks() if done.findings] == []
        transaction.set_rollback(True)


def compare(reading: Reading, there: list[Membership], *, until: date) -> None:
    """Every lock that was closed, and the cover of every day of half a year."""
    for closed in MembersDay.objects.filter(plan=PLAN, day__lt=until):
        lock = closed.day + DAY
        shares = any(queries.is_member_at(lock, each) for each in there)
        assert shares == reading.shares_at(lock) == bool(closed.active), lock
    for membership, spell in zip(there, reading.spells, strict=True):
        ends, gaps = queries.cover_ended_on(membership), queries.gaps(membership)
        assert ends is not None
        for number in range(200):
            on = FIRST + number * DAY
            covered = membership.covered_from <= on < ends and gap_on(on, gaps) is None
            assert covered == reading.covered(spell, on), on
