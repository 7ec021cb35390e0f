"""Which version holds on a day, and which one governs a claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from rules import rulebook_example as example
from sameboat.rules.rulebook import parse
from sameboat.rules.terms import GovernedBy, Plan
from sameboat.rules.versions import (
    NoVersionInForce,
    governing_version,
    spans_in_force,
    version_in_force,
)

PLAN = parse(example.files(), name=example.NAME)
OLD, NEW = "2020-01", "2021-01"


@pytest.mark.parametrize(
    ("on", "version"),
    [
        (date(2020, 1, 1), OLD),
        (date(2020, 12, 31), OLD),
        (date(2021, 1, 1), NEW),
        (date(2030, 1, 1), NEW),
    ],
)
def test_a_version_holds_from_its_day_until_the_next_ones(on: date, version: str) -> None:
    assert version_in_force(PLAN, on).version == version


def test_the_spans_of_the_versions_leave_no_day_out() -> None:
    spans = [
        (terms.version, first_on, last_on) for terms, first_on, last_on in spans_in_force(PLAN)
    ]
    assert spans == [
        (OLD, date(2020, 1, 1), date(2020, 12, 31)),
        (NEW, date(2021, 1, 1), date.max),
    ]


def test_before_the_first_version_none_holds() -> None:
    with pytest.raises(NoVersionInForce) as caught:
        version_in_force(PLAN, date(2019, 12, 31))
    assert (caught.value.plan_id, caught.value.first_on) == ("example", date(2020, 1, 1))


def governed_by(old: GovernedBy, new: GovernedBy) -> Plan:
    first, second = PLAN.versions
    return replace(
        PLAN,
        versions=(
            replace(first, claims=replace(first.claims, governed_by=old)),
            replace(second, claims=replace(second.claims, governed_by=new)),
        ),
    )


JOINED, IN_OLD, IN_NEW = date(2020, 3, 1), date(2020, 12, 20), date(2021, 1, 10)


@pytest.mark.parametrize(
    ("old", "new", "diagnosed_on", "reported_on", "version"),
    [
        ("diagnosis", "diagnosis", IN_OLD, IN_NEW, OLD),
        ("diagnosis", "diagnosis", IN_NEW, IN_NEW, NEW),
        ("report", "report", IN_OLD, IN_NEW, NEW),
        ("report", "report", IN_OLD, IN_OLD, OLD),
        ("joining", "joining", IN_NEW, IN_NEW, OLD),
        # The version of the diagnosis says which day counts: a later one cannot take that back.
        ("diagnosis", "report", IN_OLD, IN_NEW, OLD),
        ("report", "diagnosis", IN_OLD, IN_NEW, NEW),
    ],
)
def test_the_governing_version(
    old: GovernedBy, new: GovernedBy, diagnosed_on: date, reported_on: date, version: str
) -> None:
    governing = governing_version(
        governed_by(old, new),
        diagnosed_on=diagnosed_on,
        reported_on=reported_on,
        joined_on=JOINED,
    )
    assert governing.version == version


@pytest.mark.parametrize("rule", get_args(GovernedBy))
def test_an_illness_from_before_the_plan_is_judged_by_the_version_joined(rule: GovernedBy) -> None:
    governing = governing_version(
        governed_by(rule, rule),
        diagnosed_on=date(2015, 5, 5),
        reported_on=date(2020, 4, 1),
        joined_on=JOINED,
    )
    assert governing.version == OLD
