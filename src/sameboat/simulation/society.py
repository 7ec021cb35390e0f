"""Invented families: the same seed gives the same people, in order. Nobody of them is real.

Their citizen numbers are valid in form and begin with the code of a whole province, under which no
number was ever issued.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.rules.calendar import age_on
from sameboat.rules.documents import Sex
from sameboat.simulation.names import Name, full_name, surname

Relation = Literal["self", "child", "spouse", "parent"]
ADULT_YEARS = 18
OLDEST_YEARS = 59
YOUNGEST_DAYS = 40
# More people where more people live (GB/T 2260).
_PROVINCES = ("44", "37", "41", "32", "51", "13", "43", "33", "34", "42", "45", "53", "36", "61")


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """Somebody, by what stands on their identity document."""

    relation: Relation
    """What they are to the payer of the household."""
    name: Name
    number: str
    born_on: date
    sex: Sex
    occupation_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The people for whom one payer pays, the payer first."""

    phone: str
    people: tuple[Human, ...]

    @property
    def payer(self) -> Human:
        return self.people[0]


class _Registry:
    """Gives out citizen numbers, none twice."""

    def __init__(self) -> None:
        self._given: Counter[tuple[date, Sex, str]] = Counter()

    def number(self, born_on: date, sex: Sex, province: str) -> str:
        place = (born_on, sex, province)
        serial = self._given[place]
        self._given[place] += 1
        region = f"{province}0000"
        return number_for(Outcome.MATCH, born_on=born_on, sex=sex, region=region, serial=serial)


def families(*, seed: int, people: int, today: date) -> list[Family]:
    """Families of `people` people in all, none older than the plans take on `today`."""
    assert people > 0
    rng, registry, found, count = random.Random(seed), _Registry(), list[Family](), 0  # noqa: S311
    while count < people:
        members = list(_family(rng, registry, today))[: people - count]
        phone = f"+86138{len(found) + 1:08d}"
        found.append(Family(phone=phone, people=tuple(members)))
        count += len(members)
    return found


def staff(*, seed: int, count: int, today: date) -> list[Human]:
    """People who work for the operator; none of them stands in a family of `families`."""
    rng, registry = random.Random(f"staff {seed}"), _Registry()  # noqa: S311
    return [
        _human(
            rng,
            registry,
            "self",
            surname(rng),
            sex=rng.choice(("f", "m")),
            born_on=_born(rng, today, 28, 55),
            province="11",
        )
        for _ in range(count)
    ]


def _family(rng: random.Random, registry: _Registry, today: date) -> Iterator[Human]:
    province = rng.choices(_PROVINCES, range(len(_PROVINCES), 0, -1))[0]
    sex: Sex = rng.choice(("f", "m"))
    family, other = surname(rng), surname(rng)
    born_on = _born(rng, today, 22, 57)
    age = age_on(born_on, today)

    def human(relation: Relation, name: Name, sex: Sex, born_on: date) -> Human:
        return _human(rng, registry, relation, name, sex=sex, born_on=born_on, province=province)

    yield human("self", family, sex, born_on)
    married = rng.random() < (0.25 if age < 26 else 0.8)
    if married:
        near = timedelta(days=rng.randint(-1400, 1400))
        spouse_born = min(max(born_on + near, _latest(today, 57)), _latest(today, 22))
        yield human("spouse", other, "m" if sex == "f" else "f", spouse_born)
    for _ in range(_children(rng, age) if married else 0):
        oldest = min(ADULT_YEARS - 2, age - 22)
        child_born = today - timedelta(days=rng.randint(YOUNGEST_DAYS, 60 + 365 * oldest))
        yield human("child", family if sex == "m" else other, rng.choice(("f", "m")), child_born)
    if age <= OLDEST_YEARS - 24 and rng.random() < 0.45:
        living: tuple[tuple[Sex, ...], ...] = (("f",), ("m",), ("f", "m"))
        for parent_sex in rng.choice(living):
            parent_born = _born(rng, today, max(48, age + 22), 58)
            yield human("parent", family, parent_sex, parent_born)


def _children(rng: random.Random, age: int) -> int:
    return rng.choices((0, 1, 2), (3, 5, 3))[0] if 25 <= age <= 48 else 0


def _human(
    rng: random.Random,
    registry: _Registry,
    relation: Relation,
    family: Name,
    *,
    sex: Sex,
    born_on: date,
    province: str,
) -> Human:
    is_child = relation == "child"
    return Human(
        relation=relation,
        name=full_name(rng, family, sex=sex, is_child=is_child),
        number=registry.number(born_on, sex, province),
        born_on=born_on,
        sex=sex,
        occupation_class="1" if is_child else rng.choice("1234"),
    )


def _born(rng: random.Random, today: date, youngest: int, oldest: int) -> date:
    """A birth date of somebody aged `youngest` to `oldest` years."""
    between = (_latest(today, youngest) - _latest(today, oldest)).days
    return _latest(today, oldest) + timedelta(days=rng.randint(0, between))


def _latest(today: date, years: int) -> date:
    return today - timedelta(days=365 * years + years // 4 + 1)
