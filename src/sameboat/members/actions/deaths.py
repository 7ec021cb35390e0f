"""A death, as two persons of the staff read it from the certificate, each by themselves.

Nothing happens by the first entry. The second person types the day too, without seeing the first
one: what agrees is recorded, what differs takes its place and waits for another look.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from django.db import transaction

from sameboat.identity.actions import audit, close_logins
from sameboat.identity.models import Login, Person
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import NotAllowed, require_role
from sameboat.identity.roles import Role
from sameboat.members.actions.ending import end_membership
from sameboat.members.models import DeathEntry, Household, Membership
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.runtime.refusals import Refusal

DEATH_RECORDERS = (Role.SUPERVISOR, Role.SECOND_DECIDER)
Entered = Literal["waits", "differs", "recorded"]
"""What became of an entry: the first one, one unlike the first, or the second alike."""


class NoSuchPerson(Refusal):
    """Nobody has this reference."""

    code = "no_such_person"
    en = "There is no such person here."
    zh = "没有此人。"


class BadDeathDay(Refusal):
    """The day of death is in the future, or before the birth."""

    code = "bad_death_day"
    en = "The day of death cannot be later than today, nor before the birth."
    zh = "死亡日期不能晚于今天，也不能早于出生日期。"


class DeathRecorded(Refusal):
    """The death stands here already."""

    code = "death_recorded"
    en = "This death is recorded already."
    zh = "该死亡信息已登记。"


def whose_death(*, login_id: int, person_ref: str) -> Person:
    """Whose death this login may record; refused for nobody, and for themselves."""
    require_role(login_id, *DEATH_RECORDERS)
    person = Person.objects.filter(ref=person_ref, erased_at=None).first()
    if person is None:
        raise NoSuchPerson()
    if Login.objects.filter(id=login_id, person=person).exists():
        raise NotAllowed(needed="four eyes")
    return person


@transaction.atomic
def record_death(*, login_id: int, person_ref: str, died_on: date, now: datetime) -> Entered:
    """Enter the day of a death; the second person's like entry records it.

    Cover ends with that day, sharing today; debits of the household pause, the logins close.
    """
    person = whose_death(login_id=login_id, person_ref=person_ref)
    today = day_of(now, HOME_TIMEZONE)
    if not person.born_on <= died_on <= today:
        raise BadDeathDay()
    # Two entries at once are taken one after the other.
    if Person.objects.select_for_update().get(id=person.id).deceased_on is not None:
        raise DeathRecorded()
    entry = DeathEntry.objects.select_related("entered_by").filter(person=person).first()
    if entry is not None and not is_by(entry, login_id) and entry.died_on == died_on:
        entry.delete()
        _record(person, died_on, now)
        audit(login_id=login_id, verb="person.died", subject=person.ref, now=now)
        return "recorded"
    DeathEntry.objects.update_or_create(
        person=person,
        defaults={
            "died_on": died_on,
            "shown_by": "",
            "entered_by_id": login_id,
            "entered_at": now,
        },
    )
    audit(login_id=login_id, verb="person.died.entered", subject=person.ref, now=now)
    return "waits" if entry is None or is_by(entry, login_id) else "differs"


def is_by(entry: DeathEntry, login_id: int) -> bool:
    """Whether the entry is this person's own, under whatever login."""
    return Login.objects.filter(id=login_id, person=entry.entered_by.person_id).exists()


def _record(person: Person, died_on: date, now: datetime) -> None:
    Person.objects.filter(id=person.id).update(deceased_on=died_on)
    for membership in Membership.objects.filter(person=person, ends_on=None):
        here = day_of(now, plans.plan(membership.plan).timezone)
        end_membership(
            membership_id=membership.id,
            reason=EndReason.DIED,
            on=min(died_on, here),
            now=now,
        )
    Household.objects.filter(payer=person).update(paused_from=day_of(now, HOME_TIMEZONE))
    close_logins(person_id=person.id, now=now)
