"""What the erasure of a person waits for: what is not finished between them and the others."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from django.db.models import F, Q

from sameboat.claims.models import Claim, Objection
from sameboat.identity.models import Login, Person
from sameboat.members.models import Membership
from sameboat.payments.models import Payout, Refund, UnpaidDebit
from sameboat.rights.models import RetentionHold
from sameboat.rules.claim import CLOSED
from sameboat.rules.terms import Text
from sameboat.settlement.models import Period, Recovery

_MOVING = ("PREPARED", "SENT", "FAILED")


class Wait(StrEnum):
    """One thing that must be finished first."""

    MEMBERSHIP = "membership"
    HOUSEHOLD = "household"
    CLAIM = "claim"
    OBJECTION = "objection"
    PERIOD = "period"
    ARREARS = "arrears"
    MONEY = "money"
    AUDIT = "audit"
    STAFF = "staff"


TOLD: dict[Wait, Text] = {
    Wait.MEMBERSHIP: Text(
        zh="成员资格还没有终止（退出当日仍算成员）",
        en="A membership has not ended yet (the day of leaving still counts).",
    ),
    Wait.HOUSEHOLD: Text(
        zh="您还在为家人付款：请先为他们办理退出，或由另一位付款人接手",
        en="You pay for others: take them out first, or let another payer take over.",
    ),
    Wait.CLAIM: Text(
        zh="还有未办结的互助申请", en="A claim is not finished: it is decided, or you withdraw it."
    ),
    Wait.OBJECTION: Text(zh="您提出的异议尚未答复", en="Your objection is not answered yet."),
    Wait.PERIOD: Text(
        zh="您参与过的分摊期尚未结束", en="A period in which you shared is not finished yet."
    ),
    Wait.ARREARS: Text(zh="还有未付的分摊金额", en="Shares are still owed."),
    Wait.MONEY: Text(
        zh="还有款项在途或待追回", en="Money is on its way to you, or to be given back by you."
    ),
    Wait.AUDIT: Text(zh="审计正在进行", en="An audit is running."),
    Wait.STAFF: Text(
        zh="您仍是工作人员：先停用工作登录", en="You work here: the staff login is retired first."
    ),
}
"""What the person reads of each."""


def waits_for(person: Person, today: date) -> tuple[Wait, ...]:
    """Everything that the erasure of the person still waits for; empty when it can be done."""
    found = {
        Wait.MEMBERSHIP: _belongs(person, today),
        Wait.HOUSEHOLD: _pays_for_others(person),
        Wait.CLAIM: Claim.objects.filter(membership__person=person)
        .exclude(state__in=[state.name for state in CLOSED])
        .exists(),
        Wait.OBJECTION: Objection.objects.filter(
            objector__person=person, outcome="", claim__state="PUBLISHED"
        ).exists(),
        Wait.PERIOD: any(_shares_still(each) for each in person.memberships.all()),
        Wait.ARREARS: UnpaidDebit.objects.filter(
            household__payer=person, collected_on=None, borne_by=""
        ).exists(),
        Wait.MONEY: _money_moves(person),
        Wait.AUDIT: RetentionHold.objects.filter(
            person=person, reason="audit", lifted_at=None, until_on__gt=today
        ).exists(),
        Wait.STAFF: Login.objects.filter(person=person, is_staff=True, is_active=True).exists(),
    }
    return tuple(wait for wait, is_so in found.items() if is_so)


def _belongs(person: Person, today: date) -> bool:
    open_or_to_come = Q(ends_on=None) | Q(ends_on__gt=today)
    return person.memberships.filter(open_or_to_come).exists()


def _pays_for_others(person: Person) -> bool:
    others = Membership.objects.filter(household__payer=person, ends_on=None)
    return others.exclude(person=person).exists()


def _shares_still(membership: Membership) -> bool:
    """Whether a period that was locked while the membership lasted is not finished."""
    locked = Period.objects.filter(plan=membership.plan).exclude(state="DONE")
    if membership.ends_on is not None:
        locked = locked.filter(publicity_on__lt=membership.ends_on)
    return locked.filter(publicity_on__gt=membership.joined_on).exists()


def _money_moves(person: Person) -> bool:
    claims = Q(claim__membership__person=person)
    return (
        Payout.objects.filter(claims, state__in=_MOVING).exists()
        or Refund.objects.filter(claims | Q(membership__person=person), state__in=_MOVING).exists()
        or Recovery.objects.filter(claims, owed__gt=F("received") + F("written_off")).exists()
        or Claim.objects.filter(membership__person=person).exclude(money_moves="").exists()
    )
