"""A death recorded by mistake is undone, by two persons again, who saw that somebody lives.

What it caused is put right by what is added, never by deleting: the memberships that ended come
back by a return on the record and cover goes on through the time between, the household is debited
again from the next lock, the login opens. Shares that fell due meanwhile stay with the sponsor.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from sameboat.gateways.messaging import Message, link, provider
from sameboat.identity.actions import audit, reopen_login
from sameboat.identity.models import Person
from sameboat.identity.queries import readers_of
from sameboat.members.actions.deaths import Entered, is_by, whose_death
from sameboat.members.actions.returning import bring_back, may_come_back
from sameboat.members.holding import hold
from sameboat.members.models import DeathEntry, Household, Membership
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal


class Shown(StrEnum):
    """What showed that somebody who is recorded as dead lives."""

    IN_PERSON = "in_person"
    """They came with their document."""
    REGISTER = "register"
    """The register of the police, corrected."""
    COURT = "court"
    """A court revoked that they are dead."""


class NotRecordedDead(Refusal):
    """No death of this person stands here."""

    code = "death_not_recorded"
    en = "No death of this person is recorded; there is nothing to undo."
    zh = "未登记该人死亡，无需更正。"


@transaction.atomic
def undo_death(*, login_id: int, person_ref: str, shown_by: Shown, now: datetime) -> Entered:
    """Enter that a recorded death was a mistake; the second person's like entry undoes it."""
    person = whose_death(login_id=login_id, person_ref=person_ref)
    # Two entries at once are taken one after the other.
    if Person.objects.select_for_update().get(id=person.id).deceased_on is None:
        raise NotRecordedDead()
    entry = DeathEntry.objects.select_related("entered_by").filter(person=person).first()
    if entry is not None and not is_by(entry, login_id) and entry.shown_by == shown_by.value:
        entry.delete()
        _put_right(person, now)
        audit(login_id=login_id, verb="person.died.undone", subject=person.ref, now=now)
        queue.configure_task("members.tell_living").defer(person_id=person.id)
        return "recorded"
    DeathEntry.objects.update_or_create(
        person=person,
        defaults={
            "died_on": None,
            "shown_by": shown_by.value,
            "entered_by_id": login_id,
            "entered_at": now,
        },
    )
    audit(login_id=login_id, verb="person.died.undoing", subject=person.ref, now=now)
    return "waits" if entry is None or is_by(entry, login_id) else "differs"


def tell_living(*, person_id: int, now: datetime) -> None:
    """Tell whoever was taken for dead; telling them again changes nothing."""
    for person, reader in readers_of([person_id]).items():
        message = Message(
            key=reader.key(f"living/{person}/{now.date().isoformat()}"),
            to=reader.phone,
            template="death_undone",
            data={"link": link("/cover")},
            language=reader.language,
        )
        provider().send(message, now=now)


def _put_right(person: Person, now: datetime) -> None:
    Person.objects.filter(id=person.id).update(deceased_on=None)
    reopen_login(person_id=person.id, now=now)
    _come_back(Membership.objects.filter(person=person, end_reason=EndReason.DIED.value), now)
    household = Household.objects.filter(payer=person).exclude(paused_from=None).first()
    if household is None:
        return
    # Whom nobody took over, and whose days without a payer were over.
    ended = Membership.objects.filter(
        household=household,
        end_reason=EndReason.DEFAULT.value,
        ends_on__gt=household.paused_from,
    )
    _come_back(ended, now)
    Household.objects.filter(id=household.id).update(paused_from=None)


def _come_back(ended: QuerySet[Membership], now: datetime) -> None:
    """Those of them that would still go on: not too old meanwhile, nor the plan at its end."""
    for membership in ended.select_related("person").order_by("id"):
        today: date = day_of(now, plans.plan(membership.plan).timezone)
        hold(membership.plan, today)
        if may_come_back(membership, today):
            bring_back(membership, today, now, by_mistake=True)
