"""Published periods against the rules: does the share that was printed follow from the rest?

A notice says how many shared, who was helped with how much, and what each paid; often one of these
is missing. Where all are there the share is computed again; where the aid is missing, the printed
share tells between which bounds it must have been. Nothing here needs a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sameboat.rules.money import Fen, Ratio, ceil_div
from sameboat.rules.quote import ONE_CLASS, quote
from sameboat.rules.terms import PlanTerms

Verdict = Literal["equal", "possible", "contradicted", "without_share", "borne", "incomplete"]
VERDICTS: tuple[Verdict, ...] = (
    "equal",
    "possible",
    "contradicted",
    "without_share",
    "borne",
    "incomplete",
)
"""`borne`: nobody was charged, though there was a cost; `incomplete`: too little was published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One period as a notice had it; None is what was not published."""

    label: str
    on: date
    """Publicity day."""
    members: int | None
    """Sharing members."""
    aided: int | None
    """Claims of the period."""
    aid: Fen | None
    """Aid of all of them."""
    fee_rate: Ratio | None
    """None where the terms' rate holds."""
    share: Fen | None
    """What each member paid."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From the least amount to the greatest that is possible; None where nothing bounds it."""

    least: Fen
    most: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A published period and what the rules say of it."""

    published: Published
    version: str
    verdict: Verdict
    computed: Fen | None = None
    """The share by the rules, where members and aid are known; nothing is carried in."""
    carry_needed: Fen | None = None
    """What must have been carried in for the printed share, where that explains it."""
    aid: Span | None = None
    """The aid that the printed share implies."""
    mean: Span | None = None
    """The same for each claim."""
    benefit: Span | None = None
    """What the benefit table can give for one claim."""


def replay(published: Published, terms: PlanTerms) -> Replayed:
    """Judge one period by the version in force on its publicity day, which has no classes."""
    assert not terms.sharing.classes
    rate = published.fee_rate or terms.sharing.fee_rate
    terms = replace(terms, sharing=replace(terms.sharing, fee_rate=rate))
    computed = _computed(published, terms)
    if computed is not None and published.share:
        return _compared(published, terms, computed)
    if published.share and published.members and published.aid is None:
        return _implied(published, terms)
    verdict: Verdict = "incomplete"
    if published.share is None:
        verdict = "without_share"
    elif published.share == 0:
        verdict = "equal" if computed == 0 else "borne"
    return Replayed(published=published, version=terms.version, verdict=verdict, computed=computed)


def counts(replayed: Sequence[Replayed]) -> dict[Verdict, int]:
    """How many periods have each verdict, in the order of `VERDICTS`."""
    return {verdict: sum(one.verdict == verdict for one in replayed) for verdict in VERDICTS}


def _computed(published: Published, terms: PlanTerms) -> Fen | None:
    """What a member pays by the rules; the aid is thought to be equal for all claims."""
    if not published.members or published.aid is None:
        return None
    claims = max(1, published.aided or 1)
    each, rest = divmod(published.aid, claims)
    sharing = terms.sharing
    if published.aided is None:
        # Nobody knows of how many claims it is the aid, so a cap per claim says nothing.
        sharing = replace(sharing, cap_per_claim=None)
    quoted = quote(
        plan="",
        terms=replace(terms, sharing=sharing),
        on=published.on,
        members={ONE_CLASS: published.members},
        claims=[Fen(each + (number < rest)) for number in range(claims)] if published.aid else [],
        carried_in=Fen(0),
    )
    return quoted.charged_each


def _compared(published: Published, terms: PlanTerms, computed: Fen) -> Replayed:
    assert published.members and published.share and published.aid is not None
    verdict: Verdict = "equal" if published.share == computed else "contradicted"
    carry = None
    if computed - published.share == 1:
        # Rounding leaves less than one fen for each member, so one fen less can be its work.
        verdict = "possible"
        cost = published.aid + _fee(published.aid, terms)
        carry = Fen(max(1, cost - published.share * published.members))
    return Replayed(
        published=published,
        version=terms.version,
        verdict=verdict,
        computed=computed,
        carry_needed=carry,
    )


def _implied(published: Published, terms: PlanTerms) -> Replayed:
    """The aid that the printed share implies: less would have given one fen less, more one more."""
    assert published.members and published.share
    least = _least_aid(cost=(published.share - 1) * published.members + 1, terms=terms)
    most: Fen | None = Fen(
        _least_aid(cost=published.share * published.members + 1, terms=terms) - 1
    )
    cap, claims = terms.sharing.cap_per_claim, published.aided
    if cap is not None and claims is not None and published.share == cap * claims:
        most = None  # The cap was reached: what lies above it is not in the share.
    benefit = _benefit(terms)
    mean = None
    if claims:
        # Outwards to the fen, so that no possible amount is left out.
        greatest = None if most is None else Fen(ceil_div(most, claims))
        mean = Span(least=Fen(least // claims), most=greatest)
    is_over_cap = cap is not None and claims is not None and published.share > cap * claims
    allowed = not is_over_cap and (claims is None or _meet(mean, benefit))
    return Replayed(
        published=published,
        version=terms.version,
        verdict="possible" if allowed else "contradicted",
        aid=Span(least=least, most=most),
        mean=mean,
        benefit=benefit,
    )


def _fee(aid: Fen, terms: PlanTerms) -> int:
    rate = terms.sharing.fee_rate
    return aid * rate.numerator // rate.denominator


def _least_aid(*, cost: int, terms: PlanTerms) -> Fen:
    """The smallest aid that with its fee comes to `cost` at least.

    The fee is taken on the whole: that of each claim is rounded down on its own, which moves the
    mean of a claim by less than one fen.
    """
    rate = terms.sharing.fee_rate
    return Fen(ceil_div(cost * rate.denominator, rate.denominator + rate.numerator))


def _benefit(terms: PlanTerms) -> Span:
    """What one claim may get; bills that are reimbursed may be as small as they like."""
    amounts = [row.amount for row in terms.benefits.rows]
    lump_sum = terms.benefits.lump_sum_rate
    pays_whole = lump_sum.numerator == lump_sum.denominator
    return Span(least=min(amounts) if pays_whole else Fen(0), most=max(amounts))


def _meet(one: Span | None, other: Span) -> bool:
    if one is None:
        return False
    assert other.most is not None
    return one.least <= other.most and (one.most is None or one.most >= other.least)
