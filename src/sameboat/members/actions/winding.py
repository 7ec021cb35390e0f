"""The end of a plan: proposed, announced by a second person, and carried out day by day.

A pool below the terms' minimum ends the plan by itself. Payments let off what was settled and not
debited, and settlement gives the sponsor what comes; both ask `members.queries.wind_down`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from sameboat.identity.actions import audit
from sameboat.identity.models import Login
from sameboat.identity.queries import NotAllowed, require_role
from sameboat.identity.roles import Role
from sameboat.members.actions.ending import end_many
from sameboat.members.models import MembersDay, Membership, WindDown
from sameboat.plans import queries as plans
from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.rules.terms import Pool
from sameboat.rules.winding import WindDownReason, earliest_end, is_too_small
from sameboat.runtime.refusals import Refusal

PROPOSERS = frozenset({Role.PLAN_DESIGNER, Role.SUPERVISOR})


class WindDownBegun(Refusal):
    """The end of the plan is proposed or announced already."""

    code = "wind_down_begun"
    en = "The end of {plan} is proposed or announced already."
    zh = "{plan} 的终止已提出或已公告。"


class NoSuchWindDown(Refusal):
    """No end of this plan waits for a second person."""

    code = "no_such_wind_down"
    en = "No end of {plan} waits for a second person."
    zh = "{plan} 没有等待复核的终止方案。"


class WindDownDays(Refusal):
    """The days of the end do not fit each other or the notice that members have."""

    code = "wind_down_days"
    en = (
        "Sharing may end on {today} or later and not after cover; cover may end on {earliest_on} "
        "at the earliest, so that members are told in time."
    )
    zh = (
        "停止分摊最早为 {today}，且不得晚于保障终止日；"
        "保障终止日最早为 {earliest_on}，以便提前告知成员。"
    )


class WindDownFourEyes(Refusal):
    """Who proposed the end of the plan cannot also announce it."""

    code = "wind_down_four_eyes"
    en = "Another person of finance has to announce this, not the one who proposed it."
    zh = "须由另一位财务人员复核公告，不能是提出人本人。"


@transaction.atomic
def propose_wind_down(
    *, login_id: int, plan_id: str, sharing_ends_on: date, ends_on: date, now: datetime
) -> WindDown:
    """Propose that a plan end; nothing happens before somebody of finance announces it.

    From `sharing_ends_on` nobody is debited; `ends_on` is the first day without cover.
    """
    require_role(login_id, *PROPOSERS)
    today = day_of(now, plans.plan(plan_id).timezone)
    terms = plans.terms_on(plan_id, today)
    _check_days(plan_id, sharing_ends_on, ends_on, today)
    try:
        with transaction.atomic():
            proposed = WindDown.objects.create(
                plan=plan_id,
                reason=WindDownReason.OPERATOR.value,
                sharing_ends_on=sharing_ends_on,
                ends_on=ends_on,
                **_promised(terms.pool),
                proposed_by_id=login_id,
                proposed_at=now,
            )
    except IntegrityError:
        raise WindDownBegun(plan=plan_id) from None
    audit(login_id=login_id, verb="plan.propose_end", subject=plan_id, now=now)
    return proposed


@transaction.atomic
def announce_wind_down(*, login_id: int, plan_id: str, now: datetime) -> WindDown:
    """Agree, for the sponsor who bears what follows: from now on the plan ends.

    Nobody joins any more; members see it, and the record has the entry `plan.end`.
    """
    require_role(login_id, Role.FINANCE)
    proposed = _proposed(plan_id)
    assert proposed.proposed_by is not None
    if _person_of(login_id) == proposed.proposed_by.person_id:
        raise WindDownFourEyes()
    today = day_of(now, plans.plan(plan_id).timezone)
    _check_days(plan_id, proposed.sharing_ends_on, proposed.ends_on, today)
    announced = _announce(proposed, today, login_id=login_id, now=now)
    audit(login_id=login_id, verb="plan.announce_end", subject=plan_id, now=now)
    return announced


@transaction.atomic
def drop_wind_down(*, login_id: int, plan_id: str, now: datetime) -> None:
    """Take a proposal back, or do not agree to it: the plan goes on."""
    require_role(login_id, Role.FINANCE, *PROPOSERS)
    dropped, _ = WindDown.objects.filter(plan=plan_id, announced_on=None).delete()
    if not dropped:
        raise NoSuchWindDown(plan=plan_id)
    audit(login_id=login_id, verb="plan.drop_end", subject=plan_id, now=now)


@transaction.atomic
def end_small_pool(*, plan_id: str, now: datetime) -> WindDown | None:
    """Announce the end of a plan whose members, at its last closed day, are below the minimum.

    Cover ends after the notice of the terms; debits stop at once.
    """
    last = MembersDay.objects.filter(plan=plan_id).order_by("-day").first()
    first = MembersDay.objects.filter(plan=plan_id).order_by("day").first()
    if last is None or first is None:
        return None
    terms = plans.terms_on(plan_id, last.day)
    if not is_too_small(terms.pool, active=last.active, first_on=first.day, on=last.day):
        return None
    if WindDown.objects.filter(plan=plan_id, announced_on__isnull=False).exists():
        return None
    today = day_of(now, plans.plan(plan_id).timezone)
    wind_down, _ = WindDown.objects.update_or_create(
        plan=plan_id,
        defaults={
            "reason": WindDownReason.POOL_TOO_SMALL.value,
            "sharing_ends_on": today,
            "ends_on": earliest_end(terms, today),
            **_promised(terms.pool),
            "proposed_by_id": None,
            "proposed_at": now,
        },
    )
    return _announce(wind_down, today, login_id=None, now=now)


@transaction.atomic
def end_with_plan(*, plan_id: str, day: date) -> int:
    """End every membership that is left when `day` is the plan's last; the number of them."""
    ends_on = day + timedelta(days=1)
    if not WindDown.objects.filter(
        plan=plan_id, announced_on__isnull=False, ends_on__lte=ends_on
    ).exists():
        return 0
    due = Membership.objects.filter(plan=plan_id, ends_on=None)
    return end_many(due, plan_id=plan_id, day=day, reason=EndReason.PLAN_ENDED)


def _announce(wind_down: WindDown, today: date, *, login_id: int | None, now: datetime) -> WindDown:
    # The second of two announcers waits here, and finds nothing to announce any more.
    standing = WindDown.objects.select_for_update().filter(pk=wind_down.pk, announced_on=None)
    if standing.first() is None:
        raise NoSuchWindDown(plan=wind_down.plan)
    entry = add_entry(
        chain=chain_id("plan", wind_down.plan),
        type="plan.end",
        body={
            "plan": wind_down.plan,
            "reason": wind_down.reason,
            "sharing_ends_on": wind_down.sharing_ends_on.isoformat(),
            "ends_on": wind_down.ends_on.isoformat(),
            "run_off_days": wind_down.run_off_days,
            "closing_refund": wind_down.closing_refund,
            "run_off_aid": wind_down.run_off_aid,
        },
        roles=["operator", "sponsor"],
        now=now,
    )
    standing.update(announced_on=today, announced_by_id=login_id, entry_hash=entry.hash)
    wind_down.refresh_from_db()
    return wind_down


def _promised(pool: Pool) -> dict[str, Any]:
    """What the terms say of the time after the end, as the end keeps it."""
    return {
        "run_off_days": pool.run_off_days,
        "closing_refund": pool.closing_refund,
        "run_off_aid": pool.run_off_aid,
    }


def _proposed(plan_id: str) -> WindDown:
    found = WindDown.objects.select_related("proposed_by").filter(plan=plan_id, announced_on=None)
    proposed = found.first()
    if proposed is None or proposed.proposed_by is None:
        raise NoSuchWindDown(plan=plan_id)
    return proposed


def _check_days(plan_id: str, sharing_ends_on: date, ends_on: date, today: date) -> None:
    earliest_on = earliest_end(plans.terms_on(plan_id, today), today)
    if not today <= sharing_ends_on <= ends_on or ends_on < earliest_on:
        raise WindDownDays(today=today, earliest_on=earliest_on)


def _person_of(login_id: int) -> int:
    """The person behind a staff login: one without a person cannot be told from others."""
    person_id = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    if person_id is None:
        raise NotAllowed(needed="a login that belongs to a person")
    return person_id
