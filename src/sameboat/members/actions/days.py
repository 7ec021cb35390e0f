"""Closing a day: who joined and who ended becomes one entry of the record, day after day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from sameboat.members.actions.ending import end_aged_out
from sameboat.members.actions.winding import end_small_pool, end_with_plan
from sameboat.members.holding import hold_alone
from sameboat.members.models import MembersDay, Membership
from sameboat.plans import queries as plans
from sameboat.proof.canonical import Json
from sameboat.proof.entry import chain_id
from sameboat.proof.merkle import EMPTY_ROOT
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
# A rejoining that was taken back before it began was no membership: its days are none.
BEGAN = Q(ends_on=None) | Q(ends_on__gt=F("joined_on"))


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

    Whoever has become too old by the next day ends here first.
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
    end_aged_out(plan_id=plan_id, day=day, now=now)
    end_with_plan(plan_id=plan_id, day=day, now=now)
    reach("members.close_day.aged_out")
    return _write(plan, day, before.active if before else 0, now)


def close_days_due(*, now: datetime) -> int:
    """Close every day of every plan that is over and not closed, in order; the number of them."""
    closed = 0
    for plan in plans.plans():
        yesterday = day_of(now, plan.timezone) - _DAY
        day = next_day(plan)
        while day <= yesterday:
            close_day(plan_id=plan.id, day=day, now=now)
            end_small_pool(plan_id=plan.id, now=now)
            closed += 1
            day += _DAY
    return closed


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


def _write(plan: Plan, day: date, active_before: int, now: datetime) -> MembersDay:
    joins, join_root = _tree(joined_leaves(plan.id, day))
    ended = Membership.objects.filter(BEGAN, plan=plan.id, ends_on=day + _DAY)
    ends, end_root = _tree(_sorted_leaves(ended, "end_leaf"))
    by_reason = dict(ended.values_list("end_reason").annotate(Count("id")).order_by("end_reason"))
    assert sum(by_reason.values()) == ends
    active = active_before + joins - ends
    body: dict[str, Json] = {
        "plan": plan.id,
        "day": day.isoformat(),
        "joins": {"count": joins, "root": join_root.hex()},
        # No terms give an old membership back yet (`grace_rejoin_days`), so none returns.
        "returns": {"count": 0, "root": EMPTY_ROOT.hex(), "waiting_by_join_day": {}},
        "ends": {
            "count": ends,
            "root": end_root.hex(),
            "by_reason": by_reason,
            "waiting_by_join_day": _waiting_by_join_day(ended),
        },
        "active": active,
    }
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
        plan=plan.id, day=day, joins=joins, ends=ends, active=active, entry_hash=entry.hash
    )
    reach("members.close_day.before_commit")
    return row


def _tree(leaves: Iterator[bytes]) -> tuple[int, bytes]:
    """Count and root of a sorted stream of leaves."""
    counted = count()
    root = sorted_root(leaf for leaf, _ in zip(leaves, counted, strict=False))
    return next(counted), root


def _sorted_leaves(members: QuerySet[Membership], column: str) -> Iterator[bytes]:
    """The leaves in that column, streamed from the database: never in memory all at once."""
    rows = members.order_by(column).values_list(column, flat=True)
    return (bytes(leaf) for leaf in rows.iterator(chunk_size=_CHUNK))


def _waiting_by_join_day(ended: QuerySet[Membership]) -> dict[str, Json]:
    """How many of those who ended were still waiting, by the day on which they had joined."""
    waiting = ended.filter(covered_from__gt=F("ends_on"))
    by_day = waiting.values_list("joined_on").annotate(Count("id")).order_by("joined_on")
    return {joined_on.isoformat(): count for joined_on, count in by_day}
