"""How memberships end: by leaving, by age, and for the reasons that the terms name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from sameboat.identity.models import Relation
from sameboat.identity.queries import masked_name, may_act_for
from sameboat.members.holding import DayIsClosed, hold
from sameboat.members.models import Absence, Membership
from sameboat.members.promises import end_leaf, leave_ticket
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of, start_of
from sameboat.rules.membership import (
    End,
    EndReason,
    ended_by_the_plan,
    leaving,
    leaving_cancels,
    recorded_end,
)
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal

_BATCH = 10_000
END_MANY = """
UPDATE members_membership AS m
SET ends_on = e.ends_on, ended_at = %s, end_reason = %s, end_leaf = e.leaf
FROM unnest(%s::bigint[], %s::date[], %s::bytea[]) AS e (id, ends_on, leaf)
WHERE m.id = e.id AND m.ends_on IS NULL
"""


class NoSuchMembership(Refusal):
    """There is no such membership that this login may act for."""

    code = "no_such_membership"
    en = "There is no such membership among yours and your family's."
    zh = "在您和家人的名下没有这个成员资格。"


class AlreadyEnded(Refusal):
    """The membership has ended, or its end is fixed."""

    code = "already_ended"
    en = "This membership ends on {ends_on} already."
    zh = "该成员资格已定于 {ends_on} 终止。"


class ChildrenFirst(Refusal):
    """A payer can leave only when no child is left in the plan without them."""

    code = "children_first"
    en = "Take the children out first: {names}. Then you can leave."
    zh = "请先为子女办理退出：{names}，之后您才能退出。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What somebody is told who has left."""

    ends_on: date
    """First day without membership."""
    ticket: str
    """The operator's signed promise to record the end."""


@transaction.atomic
def leave(*, login_id: int, membership_ref: str, now: datetime) -> Left:
    """End a membership at the member's wish: today is its last day.

    Leaving again before a rejoining or a return has begun takes it back.
    """
    membership = (
        Membership.objects.select_related("household", "person").filter(ref=membership_ref).first()
    )
    if membership is None or not may_act_for(login_id, membership.person_id):
        raise NoSuchMembership()
    today = day_of(now, plans.plan(membership.plan).timezone)
    hold(membership.plan, today)
    if membership.ends_on is not None or membership.until_on <= today:
        raise AlreadyEnded(ends_on=membership.ends_on or membership.until_on)
    _refuse_while_children_stay(membership)
    if absence := _undo_return(membership, today):
        return Left(
            ends_on=absence.ends_on,
            ticket=leave_ticket(membership, received_at=absence.ended_at),
        )
    ticket = leave_ticket(membership, received_at=now)
    end = leaving(today)
    if leaving_cancels(today, joined_on=membership.joined_on):
        end = End(
            reason=end.reason,
            ends_on=membership.joined_on,
            cover_ends_on=membership.joined_on,
        )
    if not _end(membership, end, now, proof=json.loads(ticket)["sig"]):
        # Somebody else of the family was faster.
        membership.refresh_from_db()
        assert membership.ends_on is not None
        raise AlreadyEnded(ends_on=membership.ends_on)
    return Left(ends_on=end.ends_on, ticket=ticket)


@transaction.atomic
def end_membership(*, membership_id: int, reason: EndReason, on: date, now: datetime) -> bool:
    """End a membership for a reason of the terms; False if it had ended before.

    `on` is the day it happened. Of death and exclusion, sharing ends after today, when it is
    recorded, and cover after `on`; else `on` is the last day, or today where `on` is closed.
    """
    membership = Membership.objects.get(id=membership_id)
    today = day_of(now, plans.plan(membership.plan).timezone)
    assert reason not in {EndReason.LEFT, EndReason.AGED_OUT}
    if membership.ends_on is not None or membership.until_on <= today:
        return False  # Whoever is too old by today ends by that, when the day is closed.
    if reason in {EndReason.DIED, EndReason.EXCLUDED}:
        hold(membership.plan, today)
        end = recorded_end(happened_on=on, recorded_on=today, reason=reason)
    else:
        end = ended_by_the_plan(_open_day(membership.plan, on, today), reason)
    return _end(membership, end, now)


@transaction.atomic
def end_aged_out(*, plan_id: str, day: date) -> int:
    """End every membership whose last day by age is `day`; the number of them."""
    due = Membership.objects.filter(plan=plan_id, ends_on=None, until_on=day + timedelta(days=1))
    return end_many(due, plan_id=plan_id, day=day, reason=EndReason.AGED_OUT)


def end_many(due: QuerySet[Membership], *, plan_id: str, day: date, reason: EndReason) -> int:
    """End all open memberships of a plan in `due`, whose last day is `day`; how many.

    These ends are on the calendar beforehand: however late a machine comes to write them down, they
    count as known when the last day was over, and the lock of that moment sees them.
    """
    ends_on = day + timedelta(days=1)
    known_at = start_of(ends_on, plans.plan(plan_id).timezone)
    ended = 0
    while batch := list(due.values_list("id", "join_leaf")[:_BATCH]):
        leaves = [
            end_leaf(plan=plan_id, last_day=day, reason=reason.value, joined=bytes(joined)).hash()
            for _, joined in batch
        ]
        ids = [row_id for row_id, _ in batch]
        reach("members.end_aged_out.before_update")
        with connection.cursor() as cursor:
            cursor.execute(END_MANY, [known_at, reason.value, ids, [ends_on] * len(ids), leaves])
            ended += cursor.rowcount
    return ended


def _open_day(plan_id: str, on: date, today: date) -> date:
    """`on` if it can still be written into, else today; held open either way."""
    try:
        hold(plan_id, on)
    except DayIsClosed:
        hold(plan_id, today)
        return today
    return on


def _end(membership: Membership, end: End, now: datetime, *, proof: str | None = None) -> bool:
    """Write the end, if the membership is still open."""
    last_day = end.ends_on - timedelta(days=1)
    leaf = end_leaf(
        plan=membership.plan,
        last_day=last_day,
        reason=end.reason.value,
        joined=bytes(membership.join_leaf),
        proof=proof,
    )
    ended = Membership.objects.filter(id=membership.id, ends_on=None).update(
        ends_on=end.ends_on,
        cover_ends_on=end.cover_ends_on if end.cover_ends_on != end.ends_on else None,
        ended_at=now,
        end_reason=end.reason.value,
        end_leaf=leaf.hash(),
    )
    return ended == 1


def _undo_return(membership: Membership, today: date) -> Absence | None:
    """Take back a return of today, which has not begun; None where there is none.

    The membership has then ended as it had before, by the end that is promised or on the record.
    """
    absence = membership.absences.filter(returned_on=today, by_mistake=False).first()
    if absence is None:
        return None
    Membership.objects.filter(id=membership.id, ends_on=None).update(
        ends_on=absence.ends_on,
        ended_at=absence.ended_at,
        end_reason=absence.end_reason,
        end_leaf=absence.end_leaf,
    )
    Absence.objects.filter(id=absence.id).delete()
    return absence


def _refuse_while_children_stay(membership: Membership) -> None:
    if membership.person_id != membership.household.payer_id:
        return
    children = Relation.objects.filter(person_id=membership.person_id, kind="child")
    staying = Membership.objects.select_related("person").filter(
        household_id=membership.household_id,
        plan=membership.plan,
        ends_on=None,
        person__in=children.values("relative"),
    )
    names = [masked_name(each.person) for each in staying.order_by("id")]
    if names:
        raise ChildrenFirst(names="、".join(names))
