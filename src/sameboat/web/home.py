"""The way in: what this is, which plans there are, what a plan promises, whether to begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.identity.models import Login
from sameboat.members.queries import active_count, memberships_of, wind_down
from sameboat.pages.formatting import language, paragraphs
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.winding import WindDown
from sameboat.runtime import clock
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.web.member import open_page


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCard:
    """A plan as the home page shows it."""

    plan: Plan
    terms: PlanTerms
    members: int
    last: Period | None
    """The newest settled period."""
    ending: WindDown | None
    """The announced end of the plan."""


@open_page
def home(request: HttpRequest) -> HttpResponse:
    """What Sameboat is, the plans, and how the last period was shared."""
    now = clock.now()
    cards = [_card(plan, day_of(now, plan.timezone)) for plan in plans.plans()]
    own = memberships_of(request.user.id) if isinstance(request.user, Login) else []
    return render(request, "web/home.html", {"cards": cards, "memberships": own})


@open_page
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The terms in plain words, the disclosure, and the versions."""
    return render(request, "web/plan.html", _terms(plan_id))


@open_page
def before(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Check before you start: may I join, what do I need, what does it cost."""
    return render(request, "web/before.html", _terms(plan_id))


def disclosure(found: Plan) -> list[str]:
    """The disclosure in the reader's language, by paragraphs."""
    return paragraphs(found.disclosure.zh if language() == "zh" else found.disclosure.en)


def _terms(plan_id: str) -> dict[str, object]:
    found = plans.plan(plan_id)
    today = day_of(clock.now(), found.timezone)
    terms = plans.in_force(found, today)
    return {
        "plan": found,
        "terms": terms,
        "ending": wind_down(plan_id),
        "members": active_count(plan_id, _day_before(today)),
        "disclosure": disclosure(found),
        "severe": [one for one in terms.illnesses if one.severity == "severe"],
        "mild": [one for one in terms.illnesses if one.severity == "mild"],
    }


def _card(found: Plan, today: date) -> PlanCard:
    settled = (p for p in settlement.periods(found.id) if p.settle_entry_hash is not None)
    return PlanCard(
        plan=found,
        terms=plans.in_force(found, today),
        members=active_count(found.id, _day_before(today)),
        last=next(settled, None),
        ending=wind_down(found.id),
    )


def _day_before(day: date) -> date:
    return day - timedelta(days=1)
