"""What outlasts an erasure: the mark of a document, with a coded reason and a last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sameboat.claims.models import Claim
from sameboat.identity.models import Person
from sameboat.plans.queries import plan
from sameboat.rights.models import RetentionHold
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Text
from sameboat.runtime.settings import settings

OUTLASTING = ("fraud", "legal")
REASONS: dict[str, Text] = {
    "aided": Text(
        zh="曾获互助金：防止重复申领",
        en="aid was paid: so that it is not asked for twice",
    ),
    "fraud": Text(zh="查实的欺诈", en="proven fraud"),
    "legal": Text(zh="法律规定的保存期", en="the law asks to keep it"),
    "audit": Text(zh="审计进行中", en="an audit is running"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Why the index of a document is kept, and the first day on which it is deleted."""

    reason: str
    until: date


def mark_of(person: Person, today: date) -> Mark | None:
    """The longest reason for which the person's document must still be recognised, if any."""
    marks = [
        Mark(reason=hold.reason, until=hold.until_on)
        for hold in RetentionHold.objects.filter(
            person=person, reason__in=OUTLASTING, lifted_at=None, until_on__gt=today
        )
    ]
    marks += [
        _aided(claim)
        for claim in Claim.objects.filter(membership__person=person, paid_at__isnull=False)
    ]
    standing = [mark for mark in marks if mark.until > today]
    return max(standing, key=lambda mark: mark.until) if standing else None


def _aided(claim: Claim) -> Mark:
    assert claim.paid_at is not None
    paid_on = day_of(claim.paid_at, plan(claim.plan).timezone)
    return Mark(reason="aided", until=_years_after(paid_on, settings().aided_retention_years))


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February is 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
