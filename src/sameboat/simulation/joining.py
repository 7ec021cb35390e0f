"""Families come in through the API: sign in, are verified, join, and fill their wallets or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sameboat.simulation.client import Client, Object
from sameboat.simulation.society import Family, Human

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 6
"""Requests at the same time: enough to keep two cores busy, few enough for fair waiting."""


@dataclass
class Home:
    """A family as it lives here: who signs in, and the memberships by citizen number."""

    number: int
    family: Family
    plan: str
    client: Client
    signed_in_on: date = date.min
    persons: dict[str, str] = field(default_factory=dict)
    memberships: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """What a plan asks for at joining, read once."""

    questions_version: str
    disclosure_version: str
    answers: dict[str, bool]

    @classmethod
    def of(cls, api: Client, plan: str) -> Offer:
        """The plan's questions, all answered as a healthy person does."""
        questions: Object = api.questions(plan)
        return cls(
            questions_version=questions["version"],
            disclosure_version=api.disclosure(plan)["version"],
            answers={each["id"]: not each["bars_on"] for each in questions["questions"]},
        )


def at_once(do: Callable[[T], R], those: Iterable[T], done: Callable[[], None]) -> list[R]:
    """Do it for all of them, some at the same time; `done` is called after each."""

    def one(each: T) -> R:
        result = do(each)
        done()
        return result

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, those))


def sign_in(api: Client, home: Home) -> None:
    """The payer signs in by phone and asks to be verified."""
    home.client = api.demo_signed_in(home.family.phone)
    _verify(home, home.family.payer)


def verify_relatives(home: Home) -> None:
    """The payer has the family verified."""
    for human in home.family.people[1:]:
        _verify(home, human)


def join(home: Home, offer: Offer) -> None:
    """Everybody of the family joins the plan."""
    found = home.client.persons()
    by_name = {(each["relation"], each["name"]): each["person_ref"] for each in found}
    for human in home.family.people:
        person_ref = by_name[human.relation, human.name.hanzi]
        joined = home.client.join(
            person_ref=person_ref,
            plan=home.plan,
            answers=offer.answers,
            questions_version=offer.questions_version,
            disclosure_version=offer.disclosure_version,
            occupation_class=human.occupation_class,
        )
        home.persons[human.number] = person_ref
        home.memberships[human.number] = joined["ref"]
    if any(human.relation in ("spouse", "parent") for human in home.family.people):
        home.client.demo_agree()


def _verify(home: Home, human: Human) -> None:
    home.client.verify(
        relation=human.relation,
        document_kind="resident_id",
        document_number=human.number,
        name=human.name.hanzi,
        occupation_class=human.occupation_class,
    )
