"""When somebody dies: their own memberships end, the household goes on while a payer is found.

Debits pause from the day on which the death is recorded. Whoever signs in and may act for one of
the household takes over from the next lock; after the terms' days of grace it ends as default.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from sameboat.identity.models import Login, Person, Relation
from sameboat.identity.queries import may_act_for
from sameboat.members.actions.ending import NoSuchMembership, end_many
from sameboat.members.models import Household, Membership
from sameboat.plans import queries as plans
from sameboat.rules.membership import EndReason
from sameboat.rules.versions import spans_in_force
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

PAID_FOR = "paid_for"
"""The relation to somebody whom one pays for since their payer died, and is not proved to be."""


class PayerLives(Refusal):
    """The household has a payer; nobody takes over from them here."""

    code = "payer_lives"
    en = "This household has a payer. Taking over is for households whose payer has died."
    zh = "该家庭已有付款人。只有付款人去世后才能接替付款。"


@transaction.atomic
def take_over(*, login_id: int, membership_ref: str, now: datetime) -> int:
    """The signed-in person pays from the next lock on for a household whose payer died.

    They must be able to act for one of its members, and need not be a member; how many memberships
    they took over. What was locked before stays with the household of the dead.
    """
    asked = Membership.objects.select_related("household").filter(ref=membership_ref)
    found = asked.select_for_update(of=("self",)).first()
    if found is None or not may_act_for(login_id, found.person_id):
        raise NoSuchMembership()
    if found.household.paused_from is None or found.ends_on is not None:
        raise PayerLives()
    payer = Login.objects.select_related("person").get(id=login_id).person
    assert payer is not None
    household, _made = Household.objects.get_or_create(
        payer=payer, defaults={"customer_ref": reference(), "mandate_at": now}
    )
    left = Membership.objects.filter(household=found.household, ends_on=None)
    _act_for_them(payer, left, dead=found.household.payer_id, now=now)
    return left.update(household=household)


def end_without_payer(*, plan_id: str, day: date) -> int:
    """End the memberships whose days of grace without a payer are over with `day`, as default.

    How many there are says the version of the day on which the death was recorded: what the
    household was told then stands.
    """
    over = Q(pk__in=())
    for terms, first_on, last_on in spans_in_force(plans.plan(plan_id)):
        grace = timedelta(days=terms.defaulting.payer_grace_days)
        over |= Q(household__paused_from__range=(first_on, min(last_on, day - grace)))
    due = Membership.objects.filter(over, plan=plan_id, ends_on=None)
    return end_many(due, plan_id=plan_id, day=day, reason=EndReason.DEFAULT)


def _act_for_them(payer: Person, left: QuerySet[Membership], *, dead: int, now: datetime) -> None:
    """Whoever pays acts for those they pay for, as the dead did: else nobody could stop paying.

    The children of the dead become theirs; of others it is said that they pay, and no more.
    """
    children = set(
        Relation.objects.filter(person_id=dead, kind="child").values_list("relative", flat=True)
    )
    rows = [
        Relation(
            person=payer,
            relative_id=person,
            kind="child" if person in children else PAID_FOR,
            since=now,
        )
        for person in left.values_list("person", flat=True).distinct()
        if person != payer.id
    ]
    Relation.objects.bulk_create(rows, ignore_conflicts=True)
