"""How a plan ends: sharing stops, cover stops, and claims from before are still paid. Pure.

Three days decide. From `sharing_ends_on` nobody is debited: the sponsor bears what comes. From
`ends_on` nobody is covered. What was diagnosed before can be claimed for the run-off's days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sameboat.rules.money import Fen
from sameboat.rules.share import fee_of
from sameboat.rules.terms import ClosingRefund, PlanTerms, Pool, RunOffAid, Sharing


class PlanState(StrEnum):
    """Where a plan is in its life."""

    OPEN = "open"
    CLOSING = "closing"
    """Its end is announced: nobody joins any more, members are still covered."""
    RUN_OFF = "run_off"
    """Nobody is a member any more; what was diagnosed before can still be claimed."""
    ENDED = "ended"


class WindDownReason(StrEnum):
    """Why a plan ends."""

    OPERATOR = "operator"
    """The operator decided it."""
    POOL_TOO_SMALL = "pool_too_small"
    """Fewer members than the terms' minimum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindDown:
    """The announced end of a plan."""

    announced_on: date
    sharing_ends_on: date
    """The first day on which nobody is debited."""
    ends_on: date
    """The first day without members and cover."""
    run_off_days: int
    closing_refund: ClosingRefund = "none"
    run_off_aid: RunOffAid = "full"

    @property
    def claims_until(self) -> date:
        """The last day on which anybody may file: of what was diagnosed on the last day of cover.

        A claim is in time until so many days after its diagnosis, the last one included.
        """
        return self.ends_on - timedelta(days=1) + timedelta(days=self.run_off_days)


def plan_state(wind_down: WindDown | None, on: date) -> PlanState:
    """Where the plan is on a day; `wind_down` is None while no end is announced."""
    if wind_down is None or on < wind_down.announced_on:
        return PlanState.OPEN
    if on < wind_down.ends_on:
        return PlanState.CLOSING
    return PlanState.RUN_OFF if on <= wind_down.claims_until else PlanState.ENDED


def is_borne(wind_down: WindDown | None, *, debit_on: date) -> bool:
    """Whether the sponsor bears the whole period with this debit day: there is none any more."""
    return wind_down is not None and debit_on >= wind_down.sharing_ends_on


def earliest_end(terms: PlanTerms, announced_on: date) -> date:
    """The first day on which cover may end: members are told as long before as of new terms."""
    return announced_on + timedelta(days=terms.notice_days)


def terms_of_run_off(terms: PlanTerms, wind_down: WindDown) -> PlanTerms:
    """The terms for a claim filed when the plan has ended: the run-off is its report deadline."""
    claims = replace(terms.claims, report_deadline_days=wind_down.run_off_days)
    return replace(terms, claims=claims)


def within_reach(aids: Sequence[Fen], *, left: Fen, terms: Sharing) -> list[Fen]:
    """What of each aid the money that is left pays, the fee included: all, or all in proportion.

    Rounded down, so that it never takes more than there is; what a fen is short of stays left.
    """
    assert left >= 0 and all(aid >= 0 for aid in aids)
    if sum(aid + fee_of(aid, terms) for aid in aids) <= left:
        return list(aids)
    rate = terms.fee_rate
    with_fee = sum(aids) * (rate.denominator + rate.numerator)
    return [Fen(aid * left * rate.denominator // with_fee) for aid in aids]


def given_back(collected: Fen, *, of: Fen, left: Fen) -> Fen:
    """The part of what is left that goes back to somebody who paid `collected` of all shares `of`.

    Rounded down: together never more than is left, and less than a fen for each payer stays.
    """
    assert 0 <= collected <= of
    return Fen(collected * left // of) if of else Fen(0)


def is_too_small(pool: Pool, *, active: int, first_on: date, on: date) -> bool:
    """Whether so few members at the end of a day end the plan; `first_on` is the plan's first day.

    The minimum counts only after the days that the terms give a plan to grow.
    """
    if pool.members_min is None or (on - first_on).days < pool.members_min_after_days:
        return False
    return active < pool.members_min
