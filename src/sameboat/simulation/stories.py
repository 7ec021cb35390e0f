"""What befalls an invented society: who falls ill, what becomes of the claim, who cannot pay.

Everything is told in days of a calendar of publicity days, so that the builder only has to walk
along it. The same seed and calendar give the same stories.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sameboat.simulation.society import Family, Human

FILED_AFTER_DAYS = 3
"""Days from the publicity day before to the filing of a claim."""
ASSIGNED_AFTER_DAYS = 9
DECIDED_AFTER_DAYS = 12
OBJECTED_AFTER_DAYS = 1
WAITING_DAYS = 90
"""As both demonstration rulebooks have it."""
XHB, XIAOMI = "demo-xiang-hu-bao", "demo-xiaomi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a claim goes, and which way."""

    sealed: bool = True
    assigned: bool = True
    asked: bool = False
    """More evidence is asked for after filing."""
    supplied: bool = True
    reported: bool = True
    decision: Literal["propose", "decline", "decline_waiting", "withdraw", ""] = "propose"
    confirmed: bool = True
    objected: bool = False
    answer: Literal["dismissed", "upheld", ""] = ""
    answer_confirmed: bool = True
    appealed: bool = False


COURSES = {
    "paid": Course(),
    "asked": Course(asked=True),
    "dismissed": Course(objected=True, answer="dismissed"),
    "upheld": Course(objected=True, answer="upheld"),
    "declined": Course(decision="decline"),
    "appealed": Course(decision="decline", appealed=True),
    "waiting": Course(decision="decline_waiting"),
    "withdrawn": Course(decision="withdraw", reported=False),
    # Where the demo leaves off: something in every queue.
    "collecting": Course(sealed=False, assigned=False, reported=False, decision=""),
    "sealed": Course(assigned=False, reported=False, decision=""),
    "asking": Course(asked=True, supplied=False, reported=False, decision=""),
    "investigated": Course(reported=False, decision=""),
    "reported": Course(decision=""),
    "seconding": Course(confirmed=False),
    "objected": Course(objected=True),
    "answering": Course(objected=True, answer="dismissed", answer_confirmed=False),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """An illness of the lists, as it is told."""

    number: str
    accident: bool
    words: str
    hospital: str


ACCIDENTS = (
    Cause("18", True, "骑电动车被撞，颅脑损伤，抢救后仍昏迷", "县人民医院"),
    Cause("20", True, "厨房煤气爆燃，大面积三度烧伤", "市第二医院烧伤科"),
    Cause("7", True, "工地机器绞伤，双下肢截肢", "省立医院骨科"),
    Cause("12", True, "高处坠落，深度昏迷超过一个月", "市中心医院重症监护室"),
)
ILLNESSES = (
    Cause("1", False, "体检发现肿块，穿刺确诊恶性肿瘤", "省肿瘤医院"),
    Cause("2", False, "胸口剧痛送急诊，确诊急性心肌梗死", "市第一人民医院"),
    Cause("6", False, "长期乏力浮肿，确诊尿毒症，每周透析", "县人民医院肾内科"),
    Cause("3", False, "突发脑中风，半年后仍不能说话行走", "市中医院"),
    Cause("1", False, "孩子反复发烧，骨髓检查确诊白血病", "儿童医院血液科"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One claim: whose, why, and its course on the way to a publicity day."""

    plan: str
    course_name: str
    family: int
    """Number of the family; its payer files."""
    human: Human
    cause: Cause
    diagnosed_on: date
    filed_on: date
    publicity_on: date

    @property
    def course(self) -> Course:
        """How far it goes."""
        return COURSES[self.course_name]


# Period by period, from the first on: nobody at first, accidents while all wait, then illnesses.
# Behind the plan the courses of the claims that are to be published then; the last row is open.
SCRIPT: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    ((XHB, "paid"), (XIAOMI, "paid")),
    ((XHB, "dismissed"), (XHB, "waiting")),
    ((XHB, "asked"), (XHB, "declined"), (XIAOMI, "paid")),
    ((XHB, "upheld"), (XHB, "paid"), (XIAOMI, "waiting")),
    ((XHB, "paid"), (XHB, "appealed"), (XIAOMI, "withdrawn")),
    (
        *((XHB, "objected"), (XHB, "answering"), (XHB, "paid"), (XIAOMI, "paid")),
        *((XHB, "collecting"), (XHB, "sealed"), (XHB, "asking"), (XHB, "investigated")),
        *((XHB, "reported"), (XHB, "seconding"), (XIAOMI, "sealed"), (XIAOMI, "reported")),
    ),
)


def plan_of(number: int) -> str:
    """The plan of the family of that number: two of three after Xiang Hu Bao."""
    return XIAOMI if number % 3 == 2 else XHB


def join_day(number: int, founders: int, waves: Sequence[date]) -> date:
    """When a family joins: the founders at once, the others wave by wave."""
    return waves[0] if number < founders else waves[1 + number % (len(waves) - 1)]


def stories(
    *, seed: int, found: Sequence[Family], founders: int, begin: date, publicity: Sequence[date]
) -> list[Story]:
    """The claims of the families that joined on `begin`; nobody claims twice."""
    rng = random.Random(f"stories {seed}")  # noqa: S311
    free = {plan: _claimants(found[:founders], plan) for plan in (XHB, XIAOMI)}
    for candidates in free.values():
        rng.shuffle(candidates)
    told = []
    before = begin - timedelta(days=1)
    for publicity_on, script in zip(publicity, SCRIPT, strict=True):
        filed_on = before + timedelta(days=FILED_AFTER_DAYS)
        for plan, course_name in script:
            family, human = free[plan].pop()
            diagnosed_on = filed_on - timedelta(days=rng.randint(1, 3))
            covered = diagnosed_on > begin + timedelta(days=WAITING_DAYS)
            falls_ill = covered or course_name == "waiting"
            told.append(
                Story(
                    plan=plan,
                    course_name=course_name,
                    family=family,
                    human=human,
                    cause=_cause(rng, human, falls_ill=falls_ill),
                    diagnosed_on=diagnosed_on,
                    filed_on=filed_on,
                    publicity_on=publicity_on,
                )
            )
        before = publicity_on
    return told


def _claimants(found: Sequence[Family], plan: str) -> list[tuple[int, Human]]:
    """One of each family of the plan: a child here and there, mostly adults."""
    chosen = []
    for number, family in enumerate(found):
        if plan_of(number) == plan:
            chosen.append((number, family.people[number % len(family.people)]))
    return chosen


def _cause(rng: random.Random, human: Human, *, falls_ill: bool) -> Cause:
    if not falls_ill:
        return rng.choice(ACCIDENTS)
    if human.relation == "child":
        return ILLNESSES[-1]
    return rng.choice(ILLNESSES[:-1])
