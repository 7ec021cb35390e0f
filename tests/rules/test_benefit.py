"""What an accepted claim pays, at its boundaries and against a second computation in Fractions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.terms_factory import TERMS, terms
from sameboat.rules.benefit import (
    Circumstances,
    Earlier,
    aid_of,
    benefit_row,
    ends_membership,
    explain_aid,
    less_arrears,
    needs_bills,
    payment_is_left,
)
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.terms import BenefitRow, Benefits, Grade

ROW = BenefitRow(
    id="severe",
    age_from_years=0,
    age_to_years=59,
    severity="severe",
    tier="",
    amount=Fen(35_000_000),
)
COVERED = date(2019, 1, 1)
USUAL = Circumstances(diagnosed_on=date(2020, 1, 1), covered_from=COVERED)
THIRDS = (
    Grade(at_least=0, rate=Ratio(1, 3)),
    Grade(at_least=1, rate=Ratio(2, 3)),
    Grade(at_least=2, rate=Ratio(1, 1)),
)


def benefits(**changes: object) -> Benefits:
    return terms(benefits=changes).benefits


def paid(rule: Benefits, **changes: Any) -> int:
    return aid_of(ROW, rule, replace(USUAL, **changes)).amount


class TestRow:
    @pytest.mark.parametrize(
        ("born", "row"),
        [
            (date(1979, 6, 2), "young"),  # 39, on the eve of 40.
            (date(1979, 6, 1), "older"),
            (date(1959, 6, 2), "older"),  # 59.
            (date(1959, 6, 1), None),
            (date(2019, 6, 1), "young"),
            (date(2019, 6, 2), None),  # Not yet born.
        ],
    )
    def test_the_age_is_that_of_the_day_of_diagnosis(self, born: date, row: str | None) -> None:
        found = benefit_row(TERMS, born=born, diagnosed_on=date(2019, 6, 1), severity="severe")
        assert (found.id if found else None) == row

    def test_severity_and_tier_must_fit(self) -> None:
        born, on = date(1990, 1, 1), date(2019, 6, 1)
        assert benefit_row(TERMS, born=born, diagnosed_on=on, severity="mild") is None
        gold = benefit_row(TERMS, born=born, diagnosed_on=on, severity="severe", tier="gold")
        assert gold is None


class TestMeituan:
    """A fifth at once, the rest against bills, up to 350,000 for an illness."""

    rule = benefits(lump_sum_rate=Ratio(20, 100), total_max=Fen(100_000_000), severe_max=3)

    @pytest.mark.parametrize(
        ("bills", "before", "aid"),
        [
            (0, 0, 7_000_000),
            (1_000_000, 0, 8_000_000),
            (1_000_000, 7_000_000, 1_000_000),  # A second instalment.
            (28_000_000, 8_000_000, 27_000_000),
            (90_000_000, 34_999_999, 1),
            (90_000_000, 35_000_000, 0),
        ],
    )
    def test_lump_sum_and_bills(self, bills: int, before: int, aid: int) -> None:
        earlier = Earlier(for_this=Fen(before), in_all=Fen(before))
        assert paid(self.rule, bills=Fen(bills), earlier=earlier) == aid

    @pytest.mark.parametrize(
        ("in_all", "aid"), [(65_000_000, 35_000_000), (70_000_001, 29_999_999)]
    )
    def test_a_million_in_all(self, in_all: int, aid: int) -> None:
        assert paid(self.rule, bills=Fen(10**9), earlier=Earlier(in_all=Fen(in_all))) == aid

    @pytest.mark.parametrize(("severe", "is_left"), [(0, True), (2, True), (3, False)])
    def test_three_severe_illnesses(self, severe: int, is_left: bool) -> None:
        assert payment_is_left(self.rule, "severe", Earlier(severe=severe)) is is_left
        assert payment_is_left(self.rule, "mild", Earlier(severe=severe))


class TestKangai:
    """A third in the first year of cover, two thirds in the second; own bills up to 10,000."""

    @pytest.mark.parametrize(
        ("diagnosed", "aid"),
        [
            (date(2018, 12, 1), 11_666_666),  # An accident in the waiting period.
            (date(2019, 12, 31), 11_666_666),
            (date(2020, 1, 1), 23_333_333),
            (date(2021, 1, 1), 35_000_000),
        ],
    )
    def test_tenure(self, diagnosed: date, aid: int) -> None:
        assert paid(benefits(tenure=THIRDS), diagnosed_on=diagnosed) == aid

    @pytest.mark.parametrize(
        ("bills", "aid"), [(999_999, 0), (1_000_000, 0), (1_000_001, 1), (99_000_000, 35_000_000)]
    )
    def test_reimbursement_above_the_own_part(self, bills: int, aid: int) -> None:
        rule = benefits(lump_sum_rate=Ratio(0, 1), bills_deductible=Fen(1_000_000))
        assert paid(rule, bills=Fen(bills)) == aid


def test_who_has_helped_more_is_helped_more() -> None:
    ladder = (Grade(at_least=0, rate=Ratio(1, 2)), Grade(at_least=100, rate=Ratio(1, 1)))
    rule = benefits(helped=ladder)
    assert [paid(rule, helped=n) for n in (0, 99, 100)] == [17_500_000, 17_500_000, 35_000_000]


def test_both_grades_are_rounded_once() -> None:
    rule = benefits(tenure=THIRDS, helped=(Grade(at_least=0, rate=Ratio(1, 7)),))
    assert paid(rule, diagnosed_on=COVERED) == 35_000_000 // 21


@pytest.mark.parametrize(
    ("rule", "number", "bills", "ends"),
    [
        ({"ends_membership": False}, 0, 0, False),
        ({}, 0, 0, True),
        ({}, 1, 0, False),  # It ended with the first.
        ({"ends_with": "last"}, 0, 10, False),
        ({"ends_with": "last"}, 3, 10**9, True),
        ({"ends_with": "last", "instalments_max": 3}, 1, 10, False),
        ({"ends_with": "last", "instalments_max": 3}, 2, 10, True),
    ],
)
def test_which_payment_ends_the_membership(
    rule: dict[str, object], number: int, bills: int, ends: bool
) -> None:
    stated = benefits(lump_sum_rate=Ratio(20, 100), **rule)
    earlier = Earlier(payments_for_this=number, for_this=Fen(1), in_all=Fen(1))
    aid = aid_of(ROW, stated, replace(USUAL, bills=Fen(bills), earlier=earlier))
    assert ends_membership(stated, aid, earlier) is ends


@pytest.mark.parametrize(
    ("payments", "is_left"), [(0, True), (1, True), (2, True), (3, False), (4, False)]
)
def test_instalments_are_counted(payments: int, is_left: bool) -> None:
    rule = benefits(instalments_max=3, severe_max=1)
    earlier = Earlier(payments_for_this=payments, severe=0)
    assert payment_is_left(rule, "severe", earlier) is is_left


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        ({}, False),
        ({"lump_sum_rate": Ratio(20, 100)}, True),
        ({"spending_min": Fen(12_000_000)}, True),
    ],
)
def test_when_bills_are_asked_for(rule: dict[str, object], needed: bool) -> None:
    assert needs_bills(benefits(**rule)) is needed


rates = st.builds(lambda n, d: Ratio(min(n, d), d), st.integers(0, 20), st.integers(1, 20))
ladders = st.one_of(
    st.just(()),
    st.lists(st.tuples(st.integers(1, 9), rates), max_size=4, unique_by=lambda step: step[0]).map(
        lambda steps: (
            Grade(at_least=0, rate=Ratio(1, 3)),
            *(Grade(at_least=at, rate=rate) for at, rate in sorted(steps, key=lambda s: s[0])),
        )
    ),
)
amounts = st.integers(0, 10**9).map(Fen)
limits = st.one_of(st.none(), st.integers(1, 10**9).map(Fen))


def naive(row: int, rule: Benefits, given: Circumstances) -> int:
    """The same, written a second time: exact fractions, floors only where the docs say so."""
    whole = Fraction(row)
    years = given.diagnosed_on.year - given.covered_from.year
    has_had_day = (given.diagnosed_on.month, given.diagnosed_on.day) >= (
        given.covered_from.month,
        given.covered_from.day,
    )
    years = max(0, years if has_had_day else years - 1)
    for ladder, reached in ((rule.tenure, years), (rule.helped, given.helped)):
        reached_steps = [step.rate for step in ladder if step.at_least <= reached]
        if reached_steps:
            whole *= Fraction(reached_steps[-1].numerator, reached_steps[-1].denominator)
    most = floor(whole)
    lump = floor(most * Fraction(rule.lump_sum_rate.numerator, rule.lump_sum_rate.denominator))
    against_bills = max(0, given.bills - (rule.bills_deductible or 0))
    in_all = min(most, lump + against_bills)
    aid = max(0, in_all - given.earlier.for_this)
    if rule.total_max is not None:
        aid = min(aid, max(0, rule.total_max - given.earlier.in_all))
    return aid


@given(
    row=amounts,
    lump=rates,
    tenure=ladders,
    helped_ladder=ladders,
    deductible=limits,
    total_max=limits,
    diagnosed=st.dates(date(2018, 6, 1), date(2026, 1, 1)),
    bills=amounts,
    helped=st.integers(0, 12),
    before=amounts,
    others=amounts,
)
def test_equals_the_second_computation_and_keeps_its_limits(
    row: Fen,
    lump: Ratio,
    tenure: tuple[Grade, ...],
    helped_ladder: tuple[Grade, ...],
    deductible: Fen | None,
    total_max: Fen | None,
    diagnosed: date,
    bills: Fen,
    helped: int,
    before: Fen,
    others: Fen,
) -> None:
    rule = benefits(
        lump_sum_rate=lump,
        tenure=tenure,
        helped=helped_ladder,
        bills_deductible=deductible,
        total_max=total_max,
    )
    earlier = Earlier(for_this=before, in_all=Fen(before + others))
    circumstances = Circumstances(
        diagnosed_on=diagnosed, covered_from=COVERED, bills=bills, helped=helped, earlier=earlier
    )
    aid = aid_of(replace(ROW, amount=row), rule, circumstances)
    assert aid.amount == naive(row, rule, circumstances)
    assert 0 <= aid.amount <= max(0, aid.graded - before) <= row
    more = aid_of(replace(ROW, amount=row), rule, replace(circumstances, bills=Fen(bills + 100)))
    assert more.amount >= aid.amount
    told = explain_aid(aid, rule, circumstances)
    assert told[-1].en.startswith("The aid is")
    assert all(line.zh and line.en for line in told)


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_paid_and_arrears_are_the_aid(aid: int, arrears: int) -> None:
    payout = less_arrears(Fen(aid), arrears=Fen(arrears))
    assert payout.paid + payout.arrears_taken == aid
    assert payout.arrears_taken == min(aid, arrears)
