"""What an accepted claim pays: the row of the benefit table, and what is taken off it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sameboat.rules.calendar import age_on
from sameboat.rules.money import Fen, times
from sameboat.rules.terms import BenefitRow, Benefits, PlanTerms, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """An aid divided into what is paid out and what pays arrears: together they are the aid."""

    paid: Fen
    arrears_taken: Fen


def benefit_row(
    terms: PlanTerms, *, born: date, diagnosed_on: date, severity: Severity, tier: str = ""
) -> BenefitRow | None:
    """The row of the governing version that a claim falls under; None where it has none.

    The age is that of the day of first diagnosis; someone diagnosed before birth has no row.
    """
    if diagnosed_on < born:
        return None
    age = age_on(born, diagnosed_on)
    fitting = [
        row
        for row in terms.benefits.rows
        if row.severity == severity
        and row.tier == tier
        and row.age_from_years <= age <= row.age_to_years
    ]
    assert len(fitting) <= 1, "the rows of a benefit table do not overlap"
    return fitting[0] if fitting else None


def aid_of(row: BenefitRow, benefits: Benefits) -> Fen:
    """The aid that is paid at once: the lump sum of the row, rounded down to the fen."""
    return times(row.amount, benefits.lump_sum_rate, rounding="floor")


def less_arrears(aid: Fen, *, arrears: Fen) -> Payout:
    """Take unpaid shares off an aid, as far as it goes."""
    assert aid >= 0
    assert arrears >= 0
    taken = min(aid, arrears)
    payout = Payout(paid=Fen(aid - taken), arrears_taken=taken)
    assert payout.paid + payout.arrears_taken == aid
    return payout
