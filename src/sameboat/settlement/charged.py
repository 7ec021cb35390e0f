"""What members were charged earlier in the calendar year: the cap of the year counts it.

A shares file carries the year's sum of everybody in it, so that the next period needs one join. Who
was away at that lock is not in it: their sums are looked up in the files before.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from sameboat.members.models import Absence
from sameboat.plans.queries import in_force
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.calendar import debit_day
from sameboat.rules.money import Fen
from sameboat.settlement.engine import charged_of
from sameboat.settlement.files import files_of
from sameboat.settlement.models import Period


def charged_before(period: Period) -> Path | None:
    """The shares file of the period before; None where there is none in this year."""
    earlier = _earlier_this_year(period)
    return _shares(earlier[0]) if earlier else None


def charged_before_leaving(period: Period) -> tuple[tuple[int, Fen], ...]:
    """What whoever was away at the lock before, and came back, was charged in the year."""
    earlier = _earlier_this_year(period)
    if not earlier:
        return ()
    missed = earlier[0].publicity_on
    returned = Absence.objects.filter(
        membership__plan=period.plan, ends_on__lte=missed, returned_on__gte=missed
    )
    looked_for = set(returned.values_list("membership_id", flat=True))
    found: dict[int, Fen] = {}
    for each in earlier[1:]:
        if not looked_for:
            break
        there = charged_of(_shares(each), looked_for)
        found |= there
        looked_for -= there.keys()
    return tuple(sorted(found.items()))


def _earlier_this_year(period: Period) -> list[Period]:
    """Periods debited before, as planned, in the same calendar year; the latest first."""
    periods = Period.objects.filter(plan=period.plan, publicity_on__lt=period.publicity_on)
    year = _year(period)
    return list(takewhile(lambda each: _year(each) == year, periods.order_by("-publicity_on")))


def _year(period: Period) -> int:
    """The year of the planned debit day."""
    terms = in_force(plan_of(period.plan), period.publicity_on)
    return debit_day(terms, period.publicity_on).year


def _shares(period: Period) -> Path:
    return files_of(period.plan, period.publicity_on).shares
