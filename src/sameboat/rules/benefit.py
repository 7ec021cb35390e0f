"""What an accepted claim pays: the row of the benefit table, its grades, bills and limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sameboat.rules.calendar import age_on
from sameboat.rules.money import Fen, Ratio, times, yuan
from sameboat.rules.terms import BenefitRow, Benefits, Grade, PlanTerms, Severity, Text

NOTHING = Fen(0)
WHOLE = Ratio(1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """An aid divided into what is paid out and what pays arrears: together they are the aid."""

    paid: Fen
    arrears_taken: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The aid that a membership was given before."""

    for_this: Fen = NOTHING
    """For the same illness: a claim that follows another one is a further instalment."""
    payments_for_this: int = 0
    in_all: Fen = NOTHING
    """For every illness, this one included."""
    severe: int = 0
    """Illnesses of the severity that were paid for, this one not counted."""
    mild: int = 0


NOTHING_EARLIER = Earlier()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What decides about an aid besides its row."""

    diagnosed_on: date
    covered_from: date
    bills: Fen = NOTHING
    """All bills of the illness so far, those of earlier instalments included."""
    helped: int = 0
    """How many claims the member has shared before."""
    earlier: Earlier = NOTHING_EARLIER


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """An aid and its working, in the order in which it is computed."""

    row: BenefitRow
    tenure: Ratio
    helped: Ratio
    graded: Fen
    """The most that is paid for the illness: the row by both grades, rounded down to the fen."""
    lump_sum: Fen
    reimbursed: Fen
    """Of the bills, up to what the lump sum leaves."""
    paid_before: Fen
    due: Fen
    """Lump sum and bills, less what was paid for the illness before."""
    amount: Fen
    """What is paid: as much of it as the limit of all aid leaves."""


def tiers_of(benefits: Benefits) -> tuple[str, ...]:
    """The tiers among which one chooses at joining, in their order; only `""` where there are none.

    A tier that pays nothing for a severe illness is none.
    """
    stated = tuple(tier.id for tier in benefits.tiers)
    return stated or tuple(
        dict.fromkeys(row.tier for row in benefits.rows if row.severity == "severe")
    )


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


def aid_of(row: BenefitRow, benefits: Benefits, circumstances: Circumstances) -> Aid:
    """The aid of a row for one payment, with its working."""
    earlier = circumstances.earlier
    assert 0 <= earlier.for_this <= earlier.in_all
    years = _years_covered(circumstances)
    tenure, helped = grade(benefits.tenure, years), grade(benefits.helped, circumstances.helped)
    both = Ratio(tenure.numerator * helped.numerator, tenure.denominator * helped.denominator)
    graded = times(row.amount, both, rounding="floor")
    lump_sum = times(graded, benefits.lump_sum_rate, rounding="floor")
    counted = max(0, circumstances.bills - (benefits.bills_deductible or 0))
    reimbursed = Fen(min(counted, graded - lump_sum))
    due = Fen(max(0, lump_sum + reimbursed - earlier.for_this))
    left = due if benefits.total_max is None else max(0, benefits.total_max - earlier.in_all)
    return Aid(
        row=row,
        tenure=tenure,
        helped=helped,
        graded=graded,
        lump_sum=lump_sum,
        reimbursed=reimbursed,
        paid_before=earlier.for_this,
        due=due,
        amount=Fen(min(due, left)),
    )


def grade(ladder: Iterable[Grade], reached: int) -> Ratio:
    """The rate of the highest step that is reached; in full where there is no ladder."""
    rate = WHOLE
    for step in ladder:
        if reached >= step.at_least:
            rate = step.rate
    return rate


def payment_is_left(benefits: Benefits, severity: Severity, earlier: Earlier) -> bool:
    """Whether the numbers of the terms allow one more payment to the membership.

    The first payment for an illness counts it; further instalments only count as payments.
    """
    if earlier.payments_for_this:
        most = benefits.instalments_max
        return most is None or earlier.payments_for_this < most
    paid_for = earlier.severe if severity == "severe" else earlier.mild
    most = benefits.severe_max if severity == "severe" else benefits.mild_max
    return most is None or paid_for < most


def ends_membership(benefits: Benefits, aid: Aid, earlier: Earlier) -> bool:
    """Whether the payment of this aid ends the membership."""
    if not benefits.ends_membership:
        return False
    if benefits.ends_with == "first":
        return earlier.payments_for_this == 0
    number = earlier.payments_for_this + 1
    is_last_number = benefits.instalments_max is not None and number >= benefits.instalments_max
    return is_last_number or aid.paid_before + aid.amount >= aid.graded


def needs_bills(benefits: Benefits) -> bool:
    """Whether the aid depends on bills: part of it is reimbursed, or spending is a threshold."""
    is_reimbursed = benefits.lump_sum_rate.numerator < benefits.lump_sum_rate.denominator
    return is_reimbursed or benefits.spending_min is not None


def less_arrears(aid: Fen, *, arrears: Fen) -> Payout:
    """Take unpaid shares off an aid, as far as it goes."""
    assert aid >= 0
    assert arrears >= 0
    taken = min(aid, arrears)
    payout = Payout(paid=Fen(aid - taken), arrears_taken=taken)
    assert payout.paid + payout.arrears_taken == aid
    return payout


def explain_aid(aid: Aid, benefits: Benefits, circumstances: Circumstances) -> tuple[Text, ...]:
    """The working of an aid, one sentence a line, with its figures."""
    return (
        *_graded_lines(aid, circumstances),
        *_bills_lines(aid, benefits, circumstances),
        *_limit_lines(aid, benefits, circumstances),
    )


def _years_covered(circumstances: Circumstances) -> int:
    """Completed years between the first day of cover and the diagnosis; 0 before it."""
    first, diagnosed = circumstances.covered_from, circumstances.diagnosed_on
    return age_on(first, diagnosed) if first <= diagnosed else 0


def _graded_lines(aid: Aid, circumstances: Circumstances) -> Iterator[Text]:
    row, amount = aid.row, yuan(aid.row.amount)
    yield Text(
        zh=f"互助金表 {row.id}（{row.age_from_years} 至 {row.age_to_years} 周岁）：{amount} 元。",
        en=f"Row {row.id} of the benefit table (ages {row.age_from_years} to "
        f"{row.age_to_years}): {amount} yuan.",
    )
    if aid.tenure != WHOLE:
        years = _years_covered(circumstances)
        yield Text(
            zh=f"保障满 {years} 年，按 {aid.tenure.text()} 计。",
            en=f"Covered for {years} full {'year' if years == 1 else 'years'}: "
            f"{aid.tenure.text()} of it.",
        )
    if aid.helped != WHOLE:
        count = circumstances.helped
        yield Text(
            zh=f"此前帮助过 {count} 人，按 {aid.helped.text()} 计。",
            en=f"{count} {'claim was' if count == 1 else 'claims were'} shared before: "
            f"{aid.helped.text()} of it.",
        )
    if aid.graded != row.amount:
        yield Text(
            zh=f"此病最多 {yuan(aid.graded)} 元。",
            en=f"At most {yuan(aid.graded)} yuan for this illness.",
        )


def _bills_lines(aid: Aid, benefits: Benefits, circumstances: Circumstances) -> Iterator[Text]:
    if benefits.lump_sum_rate == WHOLE or aid.lump_sum == aid.graded:
        return
    own = benefits.bills_deductible or NOTHING
    yield Text(
        zh=f"一次性给付 {yuan(aid.lump_sum)} 元；费用 {yuan(circumstances.bills)} 元，"
        f"其中自付 {yuan(own)} 元，报销 {yuan(aid.reimbursed)} 元。",
        en=f"Lump sum of {yuan(aid.lump_sum)} yuan; of bills of {yuan(circumstances.bills)} "
        f"yuan, {yuan(own)} borne oneself, {yuan(aid.reimbursed)} are reimbursed.",
    )


def _limit_lines(aid: Aid, benefits: Benefits, circumstances: Circumstances) -> Iterator[Text]:
    if aid.paid_before:
        yield Text(
            zh=f"减去此病已付的 {yuan(aid.paid_before)} 元：{yuan(aid.due)} 元。",
            en=f"Less {yuan(aid.paid_before)} yuan paid for it before: {yuan(aid.due)} yuan.",
        )
    if aid.amount < aid.due:
        assert benefits.total_max is not None
        before = yuan(circumstances.earlier.in_all)
        yield Text(
            zh=f"互助金合计不超过 {yuan(benefits.total_max)} 元，已付 {before} 元。",
            en=f"All aid together is at most {yuan(benefits.total_max)} yuan; {before} were paid.",
        )
    yield Text(zh=f"互助金：{yuan(aid.amount)} 元。", en=f"The aid is {yuan(aid.amount)} yuan.")
