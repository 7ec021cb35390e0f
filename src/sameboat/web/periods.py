"""The periods of a plan, for everybody: what was shared, among how many, and the working."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.claims.queries import helped_cases
from sameboat.identity.models import Login
from sameboat.members.models import Membership
from sameboat.pages.formatting import language
from sameboat.pages.invoice import invoice
from sameboat.payments.queries import collected
from sameboat.plans import queries as plans
from sameboat.rules.money import Fen
from sameboat.rules.quote import explain
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.web.home import disclosure
from sameboat.web.member import open_page

CHART_PERIODS, CHART_PERIODS_MIN = 24, 12
CHART_HEIGHT = 120
CHART_BAR = 20
CHART_STEP = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of the chart, in the units of the drawing."""

    period: Period
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The shares of past periods, oldest to the left; drawn by the template."""

    bars: tuple[Bar, ...]
    width: int
    most: Fen
    """What the tallest bar stands for."""
    height: int = CHART_HEIGHT
    bar: int = CHART_BAR


@open_page
def periods(request: HttpRequest, plan_id: str) -> HttpResponse:
    """All periods of a plan with their totals, and a chart of the shares."""
    found = settlement.periods(plan_id)
    shown = {
        "plan": plans.plan(plan_id),
        "rows": _with_claims(found),
        "chart": chart([period for period in found if period.each is not None]),
        "next_on": settlement.next_publicity_on(plan_id),
        "section": "cases",
    }
    return render(request, "web/periods.html", shown)


@open_page
def period(request: HttpRequest, plan_id: str, publicity_on: date) -> HttpResponse:
    """One period: its timetable, its totals, and the division line by line."""
    plan = plans.plan(plan_id)
    found = settlement.period(plan_id, publicity_on)
    is_final = found.settle_entry_hash is not None
    claims = list(found.claims.values_list("claim_id", flat=True))
    shown = {
        "plan": plan,
        "period": found,
        "is_final": is_final,
        **(in_lines(found) if is_final else {}),
        "collected": collected(found) if is_final and found.charged else None,
        "claims": len(claims),
        "helped": _helped(request, plan_id, claims),
        "disclosure": disclosure(plan),
        "section": "cases",
    }
    return render(request, "web/period.html", shown)


def in_lines(period: Period) -> dict[str, object]:
    """The working of a settled period, as an invoice and in sentences."""
    quoted = settlement.quote_of(period)
    return {"invoice": invoice(quoted), "working": explain(quoted, language())}


def chart(newest_first: list[Period]) -> Chart | None:
    """The bars of the last periods; None where there is nothing to compare."""
    chosen = newest_first[:CHART_PERIODS][::-1]
    most = max((period.each or 0 for period in chosen), default=0)
    if len(chosen) < 2 or not most:
        return None
    bars = []
    for number, each in enumerate(chosen):
        height = (each.each or 0) * (CHART_HEIGHT - 10) // most
        x = number * CHART_STEP + 3
        bars.append(Bar(period=each, x=x, y=CHART_HEIGHT - height, height=height))
    # A short history keeps the width of a longer one: two bars are no wall.
    width = max(len(chosen), CHART_PERIODS_MIN) * CHART_STEP + 6
    return Chart(bars=tuple(bars), width=width, most=Fen(most))


def _with_claims(found: list[Period]) -> list[tuple[Period, int]]:
    """Each period with the number of claims it paid."""
    counted = Period.objects.filter(pk__in=[period.pk for period in found])
    helped = dict(counted.annotate(helped=Count("claims")).values_list("pk", "helped"))
    return [(period, helped[period.pk]) for period in found]


def _helped(request: HttpRequest, plan_id: str, claims: list[int]) -> list[object]:
    """Who was helped: only for those who shared the cost; others see the totals."""
    user = request.user
    if not isinstance(user, Login):
        return []
    if not Membership.objects.filter(plan=plan_id, person__logins__id=user.id).exists():
        return []
    return list(helped_cases(login_id=user.id, plan_id=plan_id, claim_ids=claims))
