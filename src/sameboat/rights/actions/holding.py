"""Holds: an audit lets erasure wait; fraud and law let the mark of a document outlast it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from sameboat.identity.actions import audit
from sameboat.identity.models import Login, Person
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import NotAllowed, require_role, roles_of
from sameboat.identity.roles import Role
from sameboat.rights.keeping import OUTLASTING
from sameboat.rights.models import RetentionHold
from sameboat.rules.calendar import day_of
from sameboat.runtime.refusals import Refusal

HOLDERS = (Role.SUPERVISOR, Role.AUDITOR)
AUDIT = "audit"
LONGEST = timedelta(days=366 * 30)


class HoldWrong(Refusal):
    """The hold has no reason of the list, no day to come, or stands already."""

    code = "hold_wrong"
    en = "Give a reason (audit, fraud, legal) that does not stand yet, and a last day to come."
    zh = "请给出尚未生效的理由（audit、fraud、legal）和一个将来的截止日。"


class NoSuchHold(Refusal):
    """No hold stands for that reason, or there is no such person."""

    code = "no_such_hold"
    en = "There is no such hold here."
    zh = "没有找到这项保留。"


@transaction.atomic
def set_hold(*, login_id: int, person_ref: str, reason: str, until_on: date, now: datetime) -> None:
    """Keep something of a person until a day: `audit` by an auditor, all reasons by a supervisor.

    `until_on` is the first day on which it does not hold any more.
    """
    person = _person(login_id, person_ref, reason)
    today = day_of(now, HOME_TIMEZONE)
    if reason not in (AUDIT, *OUTLASTING) or not today < until_on <= today + LONGEST:
        raise HoldWrong()
    hold = RetentionHold(
        person=person, reason=reason, until_on=until_on, set_by_id=login_id, set_at=now
    )
    try:
        with transaction.atomic():
            hold.save(force_insert=True)
    except IntegrityError:
        raise HoldWrong() from None
    audit(login_id=login_id, verb="data.hold", subject=person.ref, now=now)


@transaction.atomic
def lift_hold(*, login_id: int, person_ref: str, reason: str, now: datetime) -> None:
    """End a hold before its day."""
    person = _person(login_id, person_ref, reason)
    standing = RetentionHold.objects.filter(person=person, reason=reason, lifted_at=None)
    if standing.update(lifted_by_id=login_id, lifted_at=now) != 1:
        raise NoSuchHold()
    audit(login_id=login_id, verb="data.lift_hold", subject=person.ref, now=now)


def _person(login_id: int, person_ref: str, reason: str) -> Person:
    """The person, for staff who may hold for that reason; never oneself."""
    require_role(login_id, *HOLDERS)
    if reason != AUDIT and Role.SUPERVISOR not in roles_of(login_id):
        raise NotAllowed(needed=Role.SUPERVISOR)
    person = Person.objects.filter(ref=person_ref, erased_at=None).first()
    if person is None:
        raise NoSuchHold()
    if Login.objects.filter(id=login_id, person=person).exists():
        raise NotAllowed(needed="four eyes")
    return person
