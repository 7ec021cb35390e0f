"""Building the demo's society: months of joining, illness, publicity and debits, told by the API.

The builder walks from one day of the stories to the next: it moves the clock, waits until the
worker has done what became due, and then lets people act. It reads and writes nothing but the API.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sameboat.rules.calendar import start_of
from sameboat.runtime.refusals import Refusal
from sameboat.simulation import casework, joining
from sameboat.simulation.casework import Case, Office
from sameboat.simulation.client import Client
from sameboat.simulation.joining import Home, Offer, at_once
from sameboat.simulation.society import families
from sameboat.simulation.stories import (
    ASSIGNED_AFTER_DAYS,
    DECIDED_AFTER_DAYS,
    OBJECTED_AFTER_DAYS,
    XHB,
    XIAOMI,
    Story,
    join_day,
    plan_of,
    stories,
)

ZONE = "Asia/Shanghai"
DEBIT_AFTER_DAYS = 7
"""Days from a publicity day to its debit day, at least: the 7th and 14th, the 21st and 28th."""
FOUNDERS_SHARE = 3
"""One of so many families joins on the first day."""
TOKEN_LASTS = timedelta(days=80)
BUSY_SECONDS_MAX = 120
POLL_SECONDS_MIN, POLL_SECONDS_MAX = 0.05, 0.15
POOR_EVERY = 41
"""One of so many payers has an empty wallet from the start."""
SHORT_EVERY = 29
"""One of so many runs dry from time to time."""
RUN_DRY_IN_TURNS = 3
LEAVES_EVERY = 53
OPENING_FEN = 1_000_000
_DAY = timedelta(days=1)


class WorkerStuck(Refusal):
    """What was due by the clock did not get done in time."""

    code = "worker_stuck"
    en = "The worker did not finish within {seconds} seconds: {busy}. See {log}."
    zh = "后台进程在 {seconds} 秒内没有完成：{busy}。请查看 {log}。"


@dataclass(frozen=True)
class Calendar:
    """The days of the demo: when it begins, its publicity days, and when it leaves off."""

    begin: date
    publicity: tuple[date, ...]
    end: datetime

    @classmethod
    def until(cls, today: date, periods: int) -> Calendar:
        """The calendar whose last publicity day is the latest one before today."""
        days: list[date] = []
        day = today - _DAY
        while len(days) <= periods:
            if day.day in (7, 21):
                days.insert(0, day)
            day -= _DAY
        end = start_of(days[-1] + _DAY, ZONE) + timedelta(hours=10)
        return cls(begin=days[0] + _DAY, publicity=tuple(days[1:]), end=end)

    @property
    def waves(self) -> list[date]:
        """Days on which families join: the first, then two in each period but the last."""
        later = [
            day + timedelta(days=after)
            for day in self.publicity[:-1]
            for after in (3, ASSIGNED_AFTER_DAYS)
        ]
        return [self.begin, *later]


@dataclass
class Progress:
    """How the builder tells how far it is: `step` counts, `say` names what is going on."""

    step: Callable[[], None]
    say: Callable[[str], None]


class Builder:
    """Walks through the calendar. `desk` signs in staff by the name of their login."""

    def __init__(
        self,
        *,
        api: Client,
        desk: Callable[[str], Client],
        calendar: Calendar,
        seed: int,
        people: int,
        progress: Progress,
        log: str,
    ) -> None:
        self._api = api
        self._calendar = calendar
        self._progress = progress
        self._log = log
        self._signed_in: dict[str, tuple[date, Client]] = {}
        self._desk = desk
        self._today = calendar.begin
        self._office = Office(desk=self._staff)
        found = families(seed=seed, people=people, today=calendar.begin)
        founders = len(found) // FOUNDERS_SHARE
        self._told = stories(
            seed=seed,
            found=found,
            founders=founders,
            begin=calendar.begin,
            publicity=calendar.publicity,
        )
        self.homes = [Home(n, family, plan_of(n), api) for n, family in enumerate(found)]
        self._waves = {day: list[Home]() for day in calendar.waves}
        for home in self.homes:
            self._waves[join_day(home.number, founders, calendar.waves)].append(home)
        self.cases: list[Case] = []
        self._offers: dict[str, Offer] = {}

    @property
    def steps(self) -> int:
        """How many steps `Progress` will be told."""
        return 3 * len(self.homes) + len(self._agenda())

    def run(self) -> None:
        """Live the whole calendar, up to its end."""
        self._offers = {plan: Offer.of(self._api, plan) for plan in (XHB, XIAOMI)}
        for at, doings in sorted(self._agenda().items()):
            self._move(at)
            for do in doings:
                do()
            self._progress.step()
        self._move(self._calendar.end)

    def worth_meeting(self) -> dict[str, str]:
        """Phones of people whose pages show something, by what they stand for."""
        biggest = max(self.homes, key=lambda home: len(home.memberships))
        found = {"family": biggest.family.phone}
        courses = {"published": "objected", "asking": "asking", "collecting": "collecting"}
        for key, course in (courses | {"paid": "paid", "declined": "declined"}).items():
            cases = [case for case in self.cases if case.story.course_name == course]
            found[key] = cases[0].phone
        owing = (home for home in self._short() if self._owes(home))
        if home := next(owing, None):
            found["unpaid"] = home.family.phone
        return found

    def _owes(self, home: Home) -> bool:
        return any(debit["state"] == "unpaid" for debit in self._home_client(home).debits())

    def _agenda(self) -> dict[datetime, list[Callable[[], None]]]:
        """What happens when; at an instant without doings only the worker has work."""
        agenda: dict[datetime, list[Callable[[], None]]] = {}

        def on(day: date, hour: int, *doings: Callable[[], None]) -> None:
            at = start_of(day, ZONE) + timedelta(hours=hour, minutes=1)
            if at <= self._calendar.end:
                agenda.setdefault(at, []).extend(doings)

        before = self._calendar.begin - _DAY
        for number, day in enumerate(self._calendar.publicity):
            told = [story for story in self._told if story.publicity_on == day]
            on(
                told[0].filed_on if told else before + timedelta(days=3),
                10,
                partial(self._file, told),
            )
            on(before + timedelta(days=ASSIGNED_AFTER_DAYS), 10, partial(self._assign, day))
            on(before + timedelta(days=DECIDED_AFTER_DAYS), 10, partial(self._decide, day))
            on(day, 0)
            if any(story.course.objected for story in told):
                hour = 9 if day == self._calendar.publicity[-1] else 10
                on(day + OBJECTED_AFTER_DAYS * _DAY, hour, partial(self._object, day))
            on(day + timedelta(days=DEBIT_AFTER_DAYS), 0, partial(self._run_dry, number))
            before = day
        for day, homes in self._waves.items():
            on(day, 10, partial(self._join, homes), partial(self._some_leave, day))
        return agenda

    # The clock

    def _move(self, at: datetime) -> None:
        self._today = (at + timedelta(hours=8)).date()
        self._api.demo_advance_to(at)
        self.settle_down()

    def settle_down(self) -> None:
        """Wait until the worker has done what is due."""
        wait_until_idle(self._api, self._log)

    def _staff(self, name: str) -> Client:
        """Somebody of the staff; their tokens last twelve hours, so they sign in each day."""
        day, client = self._signed_in.get(name, (None, None))
        if client is None or day != self._today:
            client = self._desk(name)
            self._signed_in[name] = (self._today, client)
        return client

    # Families

    def _join(self, homes: Sequence[Home]) -> None:
        self._progress.say(f"{self._today}: {len(homes)} families join")
        step = self._progress.step
        for home in homes:
            home.signed_in_on = self._today
        at_once(partial(joining.sign_in, self._api), homes, step)
        self.settle_down()
        at_once(joining.verify_relatives, homes, step)
        self.settle_down()
        at_once(self._join_one, homes, step)

    def _join_one(self, home: Home) -> None:
        joining.join(home, self._offers[home.plan])
        if home.number % POOR_EVERY == POOR_EVERY - 1:
            home.client.demo_wallet(rule="pays", balance_fen=0)
        elif home.number % 100 == 1:
            home.client.demo_wallet(rule="twice", balance_fen=OPENING_FEN)

    def _some_leave(self, day: date) -> None:
        """A few who joined long ago leave again."""
        for home in self.homes:
            is_alone = len(home.family.people) == 1
            old = home.memberships and home.number % LEAVES_EVERY == LEAVES_EVERY - 1
            if old and is_alone and home.number % len(self._waves) == day.day % len(self._waves):
                number = home.family.payer.number
                membership_ref = home.memberships.pop(number)
                self._home_client(home).leave(membership_ref)
                home.memberships.clear()

    def _run_dry(self, number: int) -> None:
        """After a debit some wallets run dry, and fail with the next one; then they are filled.

        After the last debit nobody fills theirs: whoever owes at the end still does.
        """
        is_last = number == len(self._calendar.publicity) - 2
        for position, home in enumerate(self._short()):
            if position % RUN_DRY_IN_TURNS == number % RUN_DRY_IN_TURNS:
                self._home_client(home).demo_wallet(rule="pays", balance_fen=0)
            elif position % RUN_DRY_IN_TURNS == (number - 1) % RUN_DRY_IN_TURNS and not is_last:
                self._home_client(home).demo_wallet(rule="pays", balance_fen=OPENING_FEN)

    def _short(self) -> list[Home]:
        return [h for h in self.homes if h.memberships and h.number % SHORT_EVERY == 0]

    def _home_client(self, home: Home) -> Client:
        """The payer, who signs in again before the access token is over."""
        if self._today - home.signed_in_on > TOKEN_LASTS:
            home.client = self._api.demo_signed_in(home.family.phone)
            home.signed_in_on = self._today
        return home.client

    # Claims

    def _file(self, told: Sequence[Story]) -> None:
        self._progress.say(f"{self._today}: {len(told)} claims are filed")
        fresh = [self._case(story) for story in told]
        at_once(casework.file, fresh, lambda: None)
        self.cases += fresh
        for case in self.cases:
            if case.story.course.appealed and case.decision and case not in fresh:
                self._appeal_once(case)

    def _appeal_once(self, case: Case) -> None:
        if case.story.publicity_on < self._today and not case.objection:
            case.payer = self._home_client(self.homes[case.story.family])
            casework.appeal(case)
            case.objection = "appealed"

    def _case(self, story: Story) -> Case:
        home = self.homes[story.family]
        # A child cannot be paid.
        payee = home.family.payer if story.human.relation == "child" else story.human
        return Case(
            story=story,
            payer=self._home_client(home),
            phone=home.family.phone,
            membership_ref=home.memberships[story.human.number],
            person_ref=home.persons[story.human.number],
            payee=payee.name.hanzi,
            objector=partial(self._objector, story),
        )

    def _objector(self, story: Story) -> Client:
        """A payer of the same plan who has no claim of their own."""
        claiming = {each.family for each in self._told}
        home = next(
            home
            for home in self.homes[story.family + 1 :] + self.homes
            if home.plan == story.plan
            and home.number not in claiming
            and home.memberships
            and home.number % SHORT_EVERY
        )
        return self._home_client(home)

    def _of(self, day: date) -> list[Case]:
        return [case for case in self.cases if case.story.publicity_on == day]

    def _assign(self, day: date) -> None:
        self._progress.say(f"{self._today}: claims are assigned")
        self._office.assign(self._of(day), self._today)

    def _decide(self, day: date) -> None:
        self._progress.say(f"{self._today}: claims are decided")
        before = [d for d in self._calendar.publicity if d < day]
        if before:
            self._office.decline_upheld(self._of(before[-1]))
        self._office.decide(self._of(day))

    def _object(self, day: date) -> None:
        self._progress.say(f"{self._today}: members object")
        self._office.answer(self._of(day))


def wait_until_idle(api: Client, log: str) -> None:
    """Wait until nothing is due by the clock that the worker has not done."""
    give_up_at = time.monotonic() + BUSY_SECONDS_MAX
    pause = POLL_SECONDS_MIN
    while busy := api.demo_busy():
        if time.monotonic() > give_up_at:
            raise WorkerStuck(seconds=BUSY_SECONDS_MAX, busy=busy, log=log)
        time.sleep(pause)
        pause = min(2 * pause, POLL_SECONDS_MAX)
