"""Which version of a plan holds on a day, and which one governs a claim (`docs/rules`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import assert_never

from sameboat.rules.terms import Plan, PlanTerms


class NoVersionInForce(ValueError):
    """The day is before the plan's first version took effect."""

    def __init__(self, *, plan_id: str, on: date, first_on: date) -> None:
        self.plan_id = plan_id
        self.on = on
        self.first_on = first_on
        super().__init__(f"{plan_id} has no version in force on {on}; its first is of {first_on}")


def version_in_force(plan: Plan, on: date) -> PlanTerms:
    """The version that holds on the civil day `on`; raises `NoVersionInForce` before the first."""
    assert plan.versions
    held = [terms for terms in plan.versions if terms.effective_on <= on]
    if not held:
        raise NoVersionInForce(plan_id=plan.id, on=on, first_on=plan.versions[0].effective_on)
    return held[-1]


def spans_in_force(plan: Plan) -> Iterator[tuple[PlanTerms, date, date]]:
    """Each version with the first and the last day on which it holds; the last one has no end."""
    for terms, following in pairwise((*plan.versions, None)):
        assert terms is not None
        last_on = following.effective_on - timedelta(days=1) if following else date.max
        yield terms, terms.effective_on, last_on


def governing_version(
    plan: Plan, *, diagnosed_on: date, reported_on: date, joined_on: date
) -> PlanTerms:
    """The version that decides cover, benefit, evidence list and report deadline of a claim.

    Which of the three days counts is said (`claims.governed_by`) by the version in force when the
    illness was first diagnosed, so nothing announced after that day can change it. A diagnosis
    before joining is never covered; the version of the joining day then says so.
    """
    at_diagnosis = version_in_force(plan, max(diagnosed_on, joined_on))
    match at_diagnosis.claims.governed_by:
        case "diagnosis":
            return at_diagnosis
        case "report":
            return version_in_force(plan, reported_on)
        case "joining":
            return version_in_force(plan, joined_on)
        case never:
            assert_never(never)
