"""Members by the million, for benches: written straight into the tables, in days gone by.

What hides a person (names, numbers, the key that opens them) is left out: nobody signs in as them.
All that sharing, trees and certificates are made of is there, with real join leaves.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from sameboat.identity.models import Person
from sameboat.members.models import Household, Membership
from sameboat.members.promises import agreed, join_leaf
from sameboat.plans.queries import in_force, plan
from sameboat.rules.calendar import age_out_on, covered_from, start_of
from sameboat.rules.terms import Plan, PlanTerms

PERSON = ("id", "ref", "document_kind", "born_on", "sex", "province", "verified_at")
HOUSEHOLD = ("id", "payer_id", "customer_ref", "mandate_at")
MEMBERSHIP = (
    *("ref", "plan", "version", "person_id", "household_id", "born_on", "tier", "joined_on"),
    *("joined_at", "covered_from", "until_on", "terms_hash", "who", "join_leaf"),
    *("review_reasons", "end_reason"),
)
HOUSEHOLD_MAX = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one of many members stands."""

    person_id: int
    payer_id: int
    born_on: date


def copy_members(*, plan_id: str, count: int, since: date, until: date, seed: int) -> None:
    """Write `count` members who joined on the days from `since` to `until`, evenly."""
    rulebook = plan(plan_id)
    terms = in_force(rulebook, since)
    places = list(_places(count, seed))
    at = start_of(since, rulebook.timezone)
    _copy(Person, (*PERSON, "occupation_class"), _persons(places, at))
    payers = sorted({place.payer_id for place in places})
    customers = ((payer, payer, f"bench-{payer}-pays", at) for payer in payers)
    _copy(Household, HOUSEHOLD, customers)
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    _copy(Membership, MEMBERSHIP, _memberships(places, rulebook, terms, days))
    _restart_numbers()


def _places(count: int, seed: int) -> Iterator[_Place]:
    rng = random.Random(seed)  # noqa: S311 - invented people, not secrets
    person_id = 0
    while person_id < count:
        payer_id = person_id + 1
        for _ in range(min(rng.randint(1, HOUSEHOLD_MAX), count - person_id)):
            person_id += 1
            yield _Place(person_id, payer_id, date(2010, 1, 1) - timedelta(rng.randrange(14_000)))


def _persons(places: list[_Place], at: datetime) -> Iterator[tuple[object, ...]]:
    for place in places:
        ref = f"{place.person_id:032x}"
        yield place.person_id, ref, "resident_id", place.born_on, "f", "44", at, ""


def _memberships(
    places: list[_Place], rulebook: Plan, terms: PlanTerms, days: list[date]
) -> Iterator[tuple[object, ...]]:
    accepted = agreed(rulebook)
    joined_at = {day: start_of(day, rulebook.timezone) + timedelta(hours=9) for day in days}
    for place in places:
        day = days[place.person_id % len(days)]
        membership = Membership(
            ref=f"{place.person_id:032x}",
            plan=rulebook.id,
            joined_on=day,
            until_on=age_out_on(place.born_on, terms.joining),
            terms_hash=accepted,
            who=hashlib.sha256(b"bench %d" % place.person_id).digest(),
        )
        covered = covered_from(day, terms.waiting, born=place.born_on)
        yield (
            *(membership.ref, rulebook.id, terms.version, place.person_id, place.payer_id),
            *(place.born_on, "", day, joined_at[day], covered, membership.until_on, accepted),
            *(membership.who, join_leaf(membership).hash(), "", ""),
        )


def _copy(
    model: type[Person | Household | Membership],
    columns: tuple[str, ...],
    rows: Iterator[tuple[object, ...]],
) -> None:
    names = ", ".join(columns)
    # The names are the product's own tables and the columns above.
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _restart_numbers() -> None:
    """The next row of each table is numbered behind those that were copied."""
    with connection.cursor() as cursor:
        for model in (Person, Household):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
        cursor.execute("ANALYZE")
