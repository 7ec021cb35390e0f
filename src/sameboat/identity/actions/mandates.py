"""Mandates: somebody outside the family acts for a person, by a paper that staff saw.

A power of attorney, a court's decision, or a register of the family of somebody who cannot agree
themselves. It ends on its last day by itself, and at once when the person, or whoever holds it, or
staff take it back.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction

from sameboat.identity.actions.trail import audit
from sameboat.identity.models import Login, Person, Relation
from sameboat.identity.persons import HOME_TIMEZONE, find_person
from sameboat.identity.queries import NotAllowed, check_number, require_role
from sameboat.identity.roles import Role
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind
from sameboat.runtime.refusals import Refusal

MANDATE_GIVERS = (Role.SUPERVISOR, Role.SECOND_DECIDER)
LONGEST = timedelta(days=3 * 366)
"""A paper that says more is looked at again after three years."""


class Mandate(StrEnum):
    """On which paper somebody acts for another; the kind of the relation."""

    ATTORNEY = "attorney"
    COURT = "court"
    REGISTER = "register"
    """Of the family by register or certificate, of whoever cannot agree themselves."""


class BadMandate(Refusal):
    """The mandate cannot be: nobody, oneself, a family member already, or a wrong last day."""

    code = "bad_mandate"
    en = (
        "Whoever holds the mandate must be verified here, another person, and not act for them "
        "already; its last day lies ahead, within three years."
    )
    zh = "受托人须已在此实名核验、并非本人、且尚未代其办理；截止日须在今天之后三年之内。"


class NoSuchMandate(Refusal):
    """There is no such mandate, or it is not this login's to take back."""

    code = "no_such_mandate"
    en = "There is no such mandate here."
    zh = "没有这项委托。"


def whose_mandate(*, login_id: int, person_ref: str) -> Person:
    """For whom this login of the staff may let somebody act; refused for nobody."""
    require_role(login_id, *MANDATE_GIVERS)
    person = Person.objects.filter(ref=person_ref, erased_at=None).first()
    if person is None:
        raise NoSuchMandate()
    return person


@transaction.atomic
def grant_mandate(
    *,
    login_id: int,
    person_ref: str,
    kind: Mandate,
    document_kind: DocumentKind,
    document_number: str,
    until: date,
    now: datetime,
) -> None:
    """Let the person of this document act for another one until a day, as a paper says."""
    person = whose_mandate(login_id=login_id, person_ref=person_ref)
    holder = find_person(check_number(document_kind, document_number))
    today = day_of(now, HOME_TIMEZONE)
    if holder is None or holder.deceased_on is not None or holder.id == person.id:
        raise BadMandate()
    if not today < until <= today + LONGEST:
        raise BadMandate()
    if Login.objects.filter(id=login_id, person__in=(person, holder)).exists():
        raise NotAllowed(needed="four eyes")
    try:
        with transaction.atomic():
            Relation.objects.create(
                person=holder,
                relative=person,
                kind=kind.value,
                since=now,
                until=until,
                granted_by_id=login_id,
            )
    except IntegrityError:
        # `one_relation_per_pair`
        raise BadMandate() from None
    audit(login_id=login_id, verb="mandate.grant", subject=person.ref, now=now)


@transaction.atomic
def revoke_mandate(*, login_id: int, mandate_id: int, now: datetime) -> None:
    """Take a mandate back: whom it is about, who holds it, or the staff who give them."""
    row = Relation.objects.exclude(until=None).select_related("relative").filter(id=mandate_id)
    found = row.first()
    if found is None:
        raise NoSuchMandate()
    concerned = Login.objects.filter(
        id=login_id, is_active=True, person__in=(found.person_id, found.relative_id)
    )
    if not concerned.exists():
        _require_giver(login_id)
        audit(login_id=login_id, verb="mandate.revoke", subject=found.relative.ref, now=now)
    if not row.delete()[0]:
        raise NoSuchMandate()


def end_mandates(*, now: datetime) -> int:
    """Delete the mandates whose last day is over; how many."""
    over = Relation.objects.filter(until__lt=day_of(now, HOME_TIMEZONE))
    return over.delete()[0]


def _require_giver(login_id: int) -> None:
    """The same answer for a stranger as for a mandate that is not there."""
    try:
        require_role(login_id, *MANDATE_GIVERS)
    except NotAllowed:
        raise NoSuchMandate() from None
