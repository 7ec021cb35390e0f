"""The figures of a plan that anybody may see: what each period came to, and who was helped by
group of illness, small groups merged."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from sameboat.rules.money import Fen
from sameboat.rules.small_cells import Cells, merge_small
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.settlement.queries import settled_by_group

CHART_PERIODS = 24
CHART_HEIGHT = 140
BAR_WIDTH = 20
BAR_STEP = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    """One settled period."""

    period: Period
    helped: int
    """How many claims were shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of the chart, in units of the drawing."""

    line: PeriodLine
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The shares of the last periods, the oldest to the left."""

    bars: tuple[Bar, ...]
    width: int
    most: Fen
    height: int = CHART_HEIGHT
    bar: int = BAR_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All settled periods together."""

    helped: int
    aid: Fen
    charged: Fen


def settled_periods(plan_id: str) -> list[PeriodLine]:
    """The settled periods of a plan with the number of claims in each, the newest first."""
    periods = settlement.periods(plan_id)
    counted = Period.objects.filter(plan=plan_id).annotate(helped=Count("claims"))
    helped = dict(counted.values_list("pk", "helped"))
    return [
        PeriodLine(period=period, helped=helped[period.pk])
        for period in periods
        if period.settle_entry_hash is not None
    ]


def totals(lines: list[PeriodLine]) -> Totals:
    """What all the periods came to."""
    return Totals(
        helped=sum(line.helped for line in lines),
        aid=Fen(sum(line.period.aid or 0 for line in lines)),
        charged=Fen(sum(line.period.charged or 0 for line in lines)),
    )


def chart(lines: list[PeriodLine]) -> Chart | None:
    """The bars of the last periods; None where there is nothing to compare."""
    chosen = lines[:CHART_PERIODS][::-1]
    most = max((line.period.each or 0 for line in chosen), default=0)
    if len(chosen) < 2 or not most:
        return None
    bars = []
    for number, line in enumerate(chosen):
        height = (line.period.each or 0) * CHART_HEIGHT // most
        bars.append(Bar(line=line, x=number * BAR_STEP + 4, y=CHART_HEIGHT - height, height=height))
    return Chart(bars=tuple(bars), width=len(chosen) * BAR_STEP + 8, most=Fen(most))


def illness_groups(plan_id: str) -> Cells:
    """Settled claims by group of illness, small groups merged."""
    return merge_small(settled_by_group(plan_id))
