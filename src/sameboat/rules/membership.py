"""The facts of a membership: when it waits, covers, shares and ends. Pure, by civil days.

`ends_on` is the first day without membership, `cover_ends_on` the first day without cover.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from sameboat.rules import calendar
from sameboat.rules.calendar import age_out_on, day_after
from sameboat.rules.terms import Joining, PlanTerms, Sharing, Waiting


class EndReason(StrEnum):
    """Why a membership ended: a closed list, also on the record."""

    LEFT = "left"
    AGED_OUT = "aged_out"
    AIDED = "aided"
    DEFAULT = "default"
    DIED = "died"
    EXCLUDED = "excluded"
    WAITING_ILLNESS = "waiting_illness"
    PLAN_ENDED = "plan_ended"


class ShareStatus(StrEnum):
    """How a membership stands to the share of a period. Of several, the first one applies."""

    EXEMPT_WAITING = "exempt.waiting"
    EXEMPT_NEW = "exempt.new"
    EXEMPT_AIDED = "exempt.aided"
    WAIVED = "waived"
    CAPPED = "capped"
    SHARES = "shares"


RECORD_ENDS_COVER = frozenset({EndReason.DEFAULT, EndReason.EXCLUDED})
"""Ends that the operator decides: they take cover away only once they are on the record."""
SHARING_STATUSES = frozenset({ShareStatus.SHARES, ShareStatus.CAPPED, ShareStatus.WAIVED})
"""Members of these statuses are counted in the divisor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a membership ends."""

    reason: EndReason
    ends_on: date
    cover_ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days without cover within a membership; maybe none."""

    since: date
    """The first day without cover."""
    until: date
    """The first day with cover again."""
    why: Literal["away", "no_consent"] = "away"
    """Between an end and the return, or before the adult agreed whom another one joined."""


def gap_on(on: date, gaps: Iterable[Gap]) -> Gap | None:
    """The gap in which a day lies."""
    return next((gap for gap in gaps if gap.since <= on < gap.until), None)


def is_waiting(on: date, *, joined_on: date, born: date, waiting: Waiting) -> bool:
    """Whether `on` is in the waiting period, in which illness is not covered."""
    return joined_on <= on < calendar.covered_from(joined_on, waiting, born=born)


def is_covered(
    on: date,
    *,
    joined_on: date,
    born: date,
    cover_ends_on: date | None,
    waiting: Waiting,
    accident: bool,
    gaps: Iterable[Gap] = (),
) -> bool:
    """Whether what began on `on` is covered: an accident at once where the terms say so."""
    if gap_on(on, gaps) is not None:
        return False
    at_once = accident and waiting.accident_covered
    first = joined_on if at_once else calendar.covered_from(joined_on, waiting, born=born)
    return first <= on and (cover_ends_on is None or on < cover_ends_on)


def leaving(on: date) -> End:
    """Leaving on a day: it is the last one as a member, so a lock of that day still counts it."""
    return _after(on, EndReason.LEFT)


def ageing_out(born: date, joining: Joining) -> End:
    """Becoming too old: the birthday is the first day without membership."""
    birthday = age_out_on(born, joining)
    return End(reason=EndReason.AGED_OUT, ends_on=birthday, cover_ends_on=birthday)


def ended_by_the_plan(on: date, reason: EndReason) -> End:
    """Aid paid, two failed cycles, illness in the waiting period: the day itself is the last."""
    assert reason in {EndReason.AIDED, EndReason.DEFAULT, EndReason.WAITING_ILLNESS}
    return _after(on, reason)


def recorded_end(*, happened_on: date, recorded_on: date, reason: EndReason) -> End:
    """Death or exclusion: sharing ends after it was recorded, cover after the day it happened."""
    assert reason in {EndReason.DIED, EndReason.EXCLUDED}
    assert happened_on <= recorded_on
    return End(reason=reason, ends_on=day_after(recorded_on), cover_ends_on=day_after(happened_on))


def first_day_without_cover(end: End, *, recorded_on: date | None) -> date | None:
    """When cover stopped; None while an end that the operator decides is not on the record.

    `recorded_on` is the day on which `members.day` of the last day reached the record. Nobody is
    put out in silence: until then the member is covered. A default that is recorded late keeps the
    days before its recording covered; an exclusion, once recorded, reaches back to its cause.
    """
    if end.reason not in RECORD_ENDS_COVER:
        return end.cover_ends_on
    if recorded_on is None:
        return None
    if end.reason is EndReason.EXCLUDED:
        return end.cover_ends_on
    return max(end.cover_ends_on, recorded_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """How an ended membership may be had back: the old joining day then counts for waiting."""

    until: date
    """The last day on which to come back."""
    after_arrears: bool
    """Whether what is unpaid must be paid first."""


def way_back(reason: EndReason, *, ends_on: date, times: int, terms: PlanTerms) -> WayBack | None:
    """The way back into an ended membership under the terms; None where there is none.

    `times` is how often the person came back that way before.
    """
    last_day = ends_on - timedelta(days=1)
    match reason:
        case EndReason.LEFT:
            days, most = terms.joining.grace_rejoin_days, terms.joining.grace_rejoins_max
        case EndReason.DEFAULT:
            days, most = terms.defaulting.reinstatement_days, terms.defaulting.reinstatements_max
        case _:
            return None
    if days == 0 or (most is not None and times >= most):
        return None
    return WayBack(until=last_day + timedelta(days=days), after_arrears=reason is EndReason.DEFAULT)


def back_on(on: date) -> date:
    """The first day as a member again of somebody who comes back on `on`."""
    return day_after(on)


def joins_on(on: date, *, last_ends_on: date | None) -> date:
    """The joining day of somebody who joins on `on`; a day of an earlier membership is not two's.

    Who rejoins while still a member (having left today) joins on the first day without it.
    """
    return on if last_ends_on is None else max(on, last_ends_on)


def leaving_cancels(on: date, *, joined_on: date) -> bool:
    """Whether leaving on `on` takes back a joining that has not begun."""
    return on < joined_on


def is_waived(joined_on: date, *, publicity_on: date, sharing: Sharing) -> bool:
    """Whether the terms let a member off the period of `publicity_on`, at the sponsor's cost."""
    return any(
        waiver.publicity_on == publicity_on and joined_on <= waiver.joined_by
        for waiver in sharing.waivers
    )


def share_status(
    terms: PlanTerms,
    *,
    lock: date,
    joined_on: date,
    covered_from: date,
    counted_on: date,
    aided: bool,
    capped: bool = False,
) -> ShareStatus:
    """How somebody who is a member at the lock stands to that period's share.

    `counted_on` is the head-count day: the lock itself, or the end of the last period where the
    terms count then. `aided` says that the member's own claim is in this period, or settled and
    not yet paid. `capped` is known only after the division.
    """
    assert joined_on < lock
    if not terms.waiting.members_share and lock < covered_from:
        return ShareStatus.EXEMPT_WAITING
    if terms.sharing.head_count == "end_of_last_period" and joined_on >= counted_on:
        return ShareStatus.EXEMPT_NEW
    if aided and not terms.sharing.aided_members_share:
        return ShareStatus.EXEMPT_AIDED
    if is_waived(joined_on, publicity_on=lock, sharing=terms.sharing):
        return ShareStatus.WAIVED
    return ShareStatus.CAPPED if capped else ShareStatus.SHARES


def _after(last_day: date, reason: EndReason) -> End:
    ends_on = day_after(last_day)
    return End(reason=reason, ends_on=ends_on, cover_ends_on=ends_on)
