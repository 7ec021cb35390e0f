"""Coming back: an ended membership is had back where the terms give a way, so nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from sameboat.identity.queries import may_act_for
from sameboat.members.actions.ending import NoSuchMembership
from sameboat.members.holding import hold
from sameboat.members.models import BEGAN, Absence, Membership, WindDown
from sameboat.members.promises import return_leaf, return_ticket
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason, WayBack, back_on, way_back
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal


class NoWayBack(Refusal):
    """The terms do not give this membership back."""

    code = "no_way_back"
    en = "This membership cannot be had back. You can join anew; the waiting period starts again."
    zh = "该成员资格无法恢复。您可以重新加入，等待期重新计算。"


class TooLateToComeBack(Refusal):
    """The days in which the membership could be had back are over."""

    code = "too_late_to_come_back"
    en = "It could be had back until {until}. You can join anew; the waiting period starts again."
    zh = "恢复期限已于 {until} 结束。您可以重新加入，等待期重新计算。"


class ArrearsFirst(Refusal):
    """A membership that ended by default comes back once everything is paid."""

    code = "arrears_first"
    en = "Pay what is open first ({arrears} fen); then the membership comes back."
    zh = "请先付清欠款（{arrears} 分），之后成员资格即可恢复。"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """What somebody is told who has the old membership back."""

    membership_ref: str
    back_on: date
    """First day as a member again."""
    covered_from: date
    """First day on which illness is covered; the days since the old joining count."""
    ticket: str
    """The operator's signed promise to record the return."""


@transaction.atomic
def come_back(*, login_id: int, membership_ref: str, arrears: Fen, now: datetime) -> CameBack:
    """Give an ended membership back; it shares and is covered again from the next day.

    `arrears` is what the household still owes the plan, which only payments knows.
    """
    found = Membership.objects.select_related("person").filter(ref=membership_ref).first()
    if found is None or not may_act_for(login_id, found.person_id):
        raise NoSuchMembership()
    today = day_of(now, plans.plan(found.plan).timezone)
    hold(found.plan, today)
    way = find_way_back(found, today)
    if way is None:
        raise NoWayBack()
    if today > way.until:
        raise TooLateToComeBack(until=way.until)
    if way.after_arrears and arrears > 0:
        raise ArrearsFirst(arrears=arrears)
    return bring_back(found, today, now)


def find_way_back(membership: Membership, today: date) -> WayBack | None:
    """The way back into a membership by the version in force today, whether open or over."""
    if membership.ends_on is None or not may_come_back(membership, today):
        return None
    reason = EndReason(membership.end_reason)
    return foreseen_way_back(membership, reason, ends_on=membership.ends_on, today=today)


def foreseen_way_back(
    membership: Membership, reason: EndReason, *, ends_on: date, today: date
) -> WayBack | None:
    """The way back that there is, or would be, after an end of that reason and day."""
    before = Absence.objects.filter(
        membership__plan=membership.plan,
        membership__person=membership.person_id,
        end_reason=reason.value,
        by_mistake=False,
    )
    terms = plans.terms_on(membership.plan, today)
    return way_back(reason, ends_on=ends_on, times=before.count(), terms=terms)


def bring_back(
    membership: Membership, today: date, now: datetime, *, by_mistake: bool = False
) -> CameBack:
    """Open the membership again and keep its end as an absence; the day must be held.

    `by_mistake` says that it should never have ended.
    """
    assert membership.ends_on is not None
    assert membership.ended_at is not None
    assert membership.end_leaf is not None
    ended = Membership.objects.filter(id=membership.id, ends_on=membership.ends_on)
    opened = ended.update(
        ends_on=None, ended_at=None, end_reason="", end_leaf=None, cover_ends_on=None
    )
    if opened != 1:
        raise NoWayBack()  # Somebody else of the family was faster.
    leaf = return_leaf(membership, returned_on=today).hash()
    Absence.objects.create(
        membership=membership,
        ends_on=membership.ends_on,
        ended_at=membership.ended_at,
        end_reason=membership.end_reason,
        end_leaf=membership.end_leaf,
        returned_on=today,
        returned_at=now,
        return_leaf=leaf,
        by_mistake=by_mistake,
    )
    return CameBack(
        membership_ref=membership.ref,
        back_on=back_on(today),
        covered_from=membership.covered_from,
        ticket=return_ticket(leaf, returned_at=now),
    )


def may_come_back(membership: Membership, today: date) -> bool:
    """Whether nothing came after the membership, and person and plan still go on."""
    if membership.person.deceased_on is not None or membership.until_on <= back_on(today):
        return False
    if membership.ends_on is not None and membership.ends_on <= membership.joined_on:
        return False  # A rejoining that was taken back: there is nothing to come back to.
    if WindDown.objects.filter(plan=membership.plan, announced_on__isnull=False).exists():
        return False
    others = Membership.objects.filter(plan=membership.plan, person=membership.person_id)
    return not others.filter(BEGAN, id__gt=membership.id).exists()
