"""Going on in another plan on becoming too old for this one. Pure, by civil days.

No waiting period and no health questions anew: what was waited and declared counts on.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sameboat.rules.calendar import age_on, birthday
from sameboat.rules.eligibility import age_reasons
from sameboat.rules.terms import PlanTerms


class Lapse(StrEnum):
    """Why a transfer that was asked for came to nothing."""

    NOT_OFFERED = "not_offered"
    """The terms of the last day lead into no other plan any more, or into another one."""
    PLAN_ENDS = "plan_ends"
    WRONG_AGE = "wrong_age"
    """The other plan does not take in people of that age."""
    ALREADY_MEMBER = "already_member"


def may_ask_from(born: date, *, until_on: date) -> date:
    """The first day on which a transfer can be asked for: the birthday before the age-out day."""
    return birthday(born, age_on(born, until_on) - 1)


def takes_in(into: PlanTerms, *, born: date, on: date) -> bool:
    """Whether the other plan takes in somebody of this birth who comes on a day."""
    return next(age_reasons(born, into.joining, on), None) is None


def covered_in_turn(covered_from: date, *, joined_on: date) -> date:
    """The first day on which illness is covered there: at once, but for days still to be waited."""
    return max(covered_from, joined_on)
