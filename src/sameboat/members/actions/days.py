"""Closing a day: who joined and who ended becomes one entry of the record, day after day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from sameboat.members.actions.ending import end_aged_out
from sameboat.members.actions.payers import end_without_payer
from sameboat.members.actions.transferring import transfer_aged_out
from sameboat.members.actions.winding import end_small_pool, end_with_plan
from sameboat.members.holding import hold_alone
from sameboat.members.models import BEGAN, Absence, MembersDay, Membership
from sameboat.plans import queries as plans
from sameboat.proof.canonical import Json
from sameboat.proof.entry import chain_id
from sameboat.proof.sortedtree import sorted_root
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.rules.terms import Plan
from sameboat.runtime.failpoints import reach
from sameboat.runtime.refusals import Refusal

_CHUNK = 20_000
_DAY = timedelta(days=1)
_SECOND_SIGNS = {EndReason.DIED.value, EndReason.EXCLUDED.value}


class DayNotOver(Refusal):
    """The day still runs in the plan's time zone."""

    code = "day_not_over"
    en = "{day} is not over yet; a day is closed after it."
    zh = "{day} 尚未结束，过后才能截止。"


class DayOutOfTurn(Refusal):
    """Days are closed one after the other, without a gap."""

    code = "day_out_of_turn"
    en = "The next day to close is {next_on}, not {day}."
    zh = "应先截止 {next_on}，而不是 {day}。"


@transaction.atomic
def close_day(*, plan_id: str, day: date, now: datetime) -> MembersDay:
    """Write `members.day` of one plan and day; closing it again changes nothing.

    Whoever has become too old by the next day ends here first, and goes on in the plan to which
    they asked to be transferred.
    """
    plan = plans.plan(plan_id)
    if day >= day_of(now, plan.timezone):
        raise DayNotOver(day=day)
    hold_alone(plan_id, day)
    closed = MembersDay.objects.filter(plan=plan_id, day=day).first()
    if closed is not None:
        return closed
    before = MembersDay.objects.filter(plan=plan_id).order_by("-day").first()
    next_on = before.day + _DAY if before else _first_day(plan)
    if day != next_on:
        raise DayOutOfTurn(day=day, next_on=next_on)
    end_aged_out(plan_id=plan_id, day=day)
    transfer_aged_out(plan_id=plan_id, day=day, now=now)
    end_with_plan(plan_id=plan_id, day=day)
    end_without_payer(plan_id=plan_id, day=day)
    reach("members.close_day.aged_out")
    return _write(plan, day, before.active if before else 0, now)


def close_days_due(*, now: datetime) -> int:
    """Close every day of every plan that is over and not closed, in order; the number of them.

    Day by day, not plan by plan: who becomes too old for one plan may join another the next day,
    which must still be open then.
    """
    due = [(day, plan.id) for plan in plans.plans() for day in _days_due(plan, now)]
    for day, plan_id in sorted(due):
        close_day(plan_id=plan_id, day=day, now=now)
        end_small_pool(plan_id=plan_id, now=now)
    return len(due)


def _days_due(plan: Plan, now: datetime) -> list[date]:
    """The days of a plan that are over and not closed."""
    first = next_day(plan)
    return [first + n * _DAY for n in range((day_of(now, plan.timezone) - first).days)]


def next_day(plan: Plan) -> date:
    """The first day of the plan that is not closed."""
    last = (
        MembersDay.objects.filter(plan=plan.id)
        .order_by("-day")
        .values_list("day", flat=True)
        .first()
    )
    return _first_day(plan) if last is None else last + _DAY


def joined_leaves(plan_id: str, day: date) -> Iterator[bytes]:
    """The join leaves of a day, sorted, as they stand in its tree."""
    return _sorted_leaves(
        Membership.objects.filter(BEGAN, plan=plan_id, joined_on=day), "join_leaf"
    )


def _first_day(plan: Plan) -> date:
    """The day on which the plan began here: adopted, and in force."""
    adopted = plans.first_adopted(plan.id)
    assert adopted is not None
    return max(day_of(adopted.adopted_at, plan.timezone), plan.versions[0].effective_on)


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree of a day as its entry says it: the head count, and the whole object."""

    count: int
    says: dict[str, Json]


def _write(plan: Plan, day: date, active_before: int, now: datetime) -> MembersDay:
    joins = _tree(joined_leaves(plan.id, day))
    returns, (ends, by_reason) = _returns(plan.id, day), _ends(plan.id, day)
    active = active_before + joins.count + returns.count - ends.count
    body: dict[str, Json] = {"plan": plan.id, "day": day.isoformat(), "active": active}
    body |= {"joins": joins.says, "returns": returns.says, "ends": ends.says}
    second = ["second"] if _SECOND_SIGNS & by_reason.keys() else []
    reach("members.close_day.before_entry")
    entry = add_entry(
        chain=chain_id("members", plan.id),
        type="members.day",
        body=body,
        roles=["intake", *second],
        now=now,
    )
    reach("members.close_day.before_row")
    row = MembersDay.objects.create(
        plan=plan.id,
        day=day,
        joins=joins.count,
        returns=returns.count,
        ends=ends.count,
        active=active,
        entry_hash=entry.hash,
    )
    reach("members.close_day.before_commit")
    return row


def _returns(plan_id: str, day: date) -> _Tree:
    """The old memberships that came back on a day; they share from the next one."""
    rows = Absence.objects.filter(membership__plan=plan_id, returned_on=day)
    waiting = rows.filter(membership__covered_from__gt=day + _DAY)
    by_join_day = _counted(waiting, "membership__joined_on")
    return _tree(_sorted_leaves(rows, "return_leaf"), waiting_by_join_day=_dated(by_join_day))


def _ends(plan_id: str, day: date) -> tuple[_Tree, Counter[str]]:
    """The memberships whose last day it was, and how many for each reason.

    The end of one that came back since stands in its absence, and on the record all the same.
    """
    after = day + _DAY
    for_good = Membership.objects.filter(BEGAN, plan=plan_id, ends_on=after)
    for_a_time = Absence.objects.filter(membership__plan=plan_id, ends_on=after)
    leaves = merge(_sorted_leaves(for_good, "end_leaf"), _sorted_leaves(for_a_time, "end_leaf"))
    by_reason = _counted(for_good, "end_reason") + _counted(for_a_time, "end_reason")
    waiting = _counted(for_good.filter(covered_from__gt=after), "joined_on") + _counted(
        for_a_time.filter(membership__covered_from__gt=after), "membership__joined_on"
    )
    ends = _tree(leaves, by_reason=dict(by_reason), waiting_by_join_day=_dated(waiting))
    assert by_reason.total() == ends.count
    return ends, by_reason


def _tree(leaves: Iterator[bytes], **besides: Json) -> _Tree:
    """Count and root of a sorted stream of leaves, and what is said besides."""
    counted = count()
    root = sorted_root(leaf for leaf, _ in zip(leaves, counted, strict=False))
    number = next(counted)
    return _Tree(number, {"count": number, "root": root.hex(), **besides})


def _sorted_leaves(rows: QuerySet[Any], column: str) -> Iterator[bytes]:
    """The leaves in that column, streamed from the database: never in memory all at once."""
    leaves = rows.order_by(column).values_list(column, flat=True)
    return (bytes(leaf) for leaf in leaves.iterator(chunk_size=_CHUNK))


def _counted(rows: QuerySet[Any], column: str) -> Counter[Any]:
    """How many rows there are for each value of a column, in its order."""
    return Counter(dict(rows.values_list(column).annotate(Count("pk")).order_by(column)))


def _dated(counted: Counter[date]) -> dict[str, Json]:
    return {day.isoformat(): counted[day] for day in sorted(counted)}
