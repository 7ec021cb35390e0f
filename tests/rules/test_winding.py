"""The days of a plan's end, and what the sponsor bears of a period that nobody shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.plans import catalogue
from sameboat.rules.money import Fen
from sameboat.rules.share import share_of_period
from sameboat.rules.versions import version_in_force
from sameboat.rules.winding import (
    PlanState,
    WindDown,
    earliest_end,
    is_borne,
    is_too_small,
    plan_state,
    terms_of_run_off,
)

DAY = timedelta(days=1)
XHB = WindDown(
    announced_on=date(2021, 12, 28),
    sharing_ends_on=date(2021, 12, 28),
    ends_on=date(2022, 1, 29),
    run_off_days=180,
)
"""As Xiang Hu Bao ended: cover until 24:00 on 28 January 2022, claims for 180 days."""
TERMS = version_in_force(catalogue.load("xiang-hu-bao"), date(2021, 12, 28))


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2021, 12, 27), PlanState.OPEN),
        (date(2021, 12, 28), PlanState.CLOSING),
        (date(2022, 1, 28), PlanState.CLOSING),
        (date(2022, 1, 29), PlanState.RUN_OFF),
        (date(2022, 7, 27), PlanState.RUN_OFF),
        (date(2022, 7, 28), PlanState.ENDED),
    ],
)
def test_a_plan_is_open_then_closing_then_in_run_off_then_ended(on: date, state: PlanState) -> None:
    assert plan_state(XHB, on) is state
    assert plan_state(None, on) is PlanState.OPEN


def test_three_periods_of_xiang_hu_bao_were_the_sponsors() -> None:
    debits = [date(2021, 12, 14), date(2021, 12, 28), date(2022, 1, 14), date(2022, 1, 28)]
    assert [is_borne(XHB, debit_on=day) for day in debits] == [False, True, True, True]
    assert not is_borne(None, debit_on=debits[1])


def test_the_run_off_takes_the_place_of_the_report_deadline() -> None:
    late = terms_of_run_off(TERMS, replace(XHB, run_off_days=90))
    assert late.claims.report_deadline_days == 90
    assert late.benefits == TERMS.benefits


def test_members_are_told_of_the_end_as_long_before_as_of_new_terms() -> None:
    assert earliest_end(TERMS, XHB.announced_on) == XHB.announced_on + 30 * DAY


@pytest.mark.parametrize(
    ("minimum", "grow_days", "active", "days", "ends"),
    [
        (None, 0, 0, 100, False),
        (3_300_000, 90, 3_299_999, 89, False),
        (3_300_000, 90, 3_299_999, 90, True),
        (3_300_000, 90, 3_300_000, 90, False),
        (500_000, 0, 499_999, 0, True),
    ],
)
def test_a_pool_is_too_small_below_the_minimum_once_it_had_time_to_grow(
    minimum: int | None, grow_days: int, active: int, days: int, ends: bool
) -> None:
    pool = replace(TERMS.pool, members_min=minimum, members_min_after_days=grow_days)
    first = date(2019, 1, 1)
    assert is_too_small(pool, active=active, first_on=first, on=first + days * DAY) is ends


@given(
    aids=st.lists(st.integers(1, 10**8), max_size=4),
    carry=st.integers(0, 10**8),
    recovered=st.integers(0, 10**6),
    extra=st.integers(0, 10**6),
)
def test_what_is_carried_pays_before_the_sponsor_when_nobody_shares(
    aids: list[int], carry: int, recovered: int, extra: int
) -> None:
    share = share_of_period(
        terms=TERMS.sharing,
        claims=[Fen(aid) for aid in aids],
        groups=[],
        carried_in=Fen(carry),
        recovered=Fen(recovered),
        extra=Fen(extra),
        winds_down=True,
    )
    there = carry + recovered
    assert share.charged == 0
    assert share.sponsored == max(0, share.cost - there)
    assert share.carried_out == max(0, there - share.cost)
