"""Plans and their periods: what is done, what is due, and the buttons of finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.books.queries import bookings
from sameboat.console.access import ALL, FINANCE, MONEY, login_id, page, plan_step, staff_page, told
from sameboat.console.forms import EndOfPlan
from sameboat.console.paging import page_of
from sameboat.gateways.resting import silent_gateways
from sameboat.identity.actions import audit
from sameboat.identity.queries import roles_of
from sameboat.identity.roles import Role
from sameboat.members import actions as members
from sameboat.members.actions.winding import PROPOSERS
from sameboat.members.queries import wind_down_row
from sameboat.pages.formatting import language
from sameboat.payments import actions as payments
from sameboat.payments import agenda
from sameboat.payments import queries as paid
from sameboat.payments.models import DebitBatch, Payout
from sameboat.payments.progress import stages_of
from sameboat.plans import queries as plans
from sameboat.rules.terms import Plan
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import actions as settlement
from sameboat.settlement import queries as settled
from sameboat.settlement.models import Period

UNPAID_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan with what is due for it."""

    plan: Plan
    periods: list[Period]
    next_on: date
    due: list[tuple[str, date]]
    """Stages that can run now, with the period's publicity day."""
    differences: int


@staff_page(*MONEY)
def periods(request: HttpRequest) -> HttpResponse:
    """All plans with their periods, and what is due."""
    now = clock.now()
    context = {
        "lines": [_plan_line(plan, now) for plan in plans.plans()],
        "silent": [each for each in silent_gateways() if each.failures > 1],
        "failed": page_of(request, paid.payouts_failed(), by="payouts"),
        "failed_refunds": page_of(request, paid.refunds_failed(), by="refunds"),
        "may_run": _is_finance(request),
    }
    return page(request, "periods.html", context, section="periods")


@staff_page(*MONEY)
def period(request: HttpRequest, plan_id: str, publicity_on: date) -> HttpResponse:
    """One period: its stages, its numbers with the working, and where its money is."""
    found = settled.period(plan_id, publicity_on)
    unpaid = paid.unpaid_of(found)
    context = {
        "plan": plans.plan(plan_id),
        "period": found,
        "stages": stages_of(found, clock.now(), language()),
        "working": settled.working(found, language()) if found.charged is not None else [],
        "collected": paid.collected(found) if found.charged is not None else None,
        "batches": DebitBatch.objects.filter(period=found).order_by("attempt_on", "number"),
        "unpaid": unpaid[:UNPAID_SHOWN_MAX],
        "unpaid_count": unpaid.count(),
        "payouts": Payout.objects.filter(period=found).select_related("claim").order_by("pk"),
        "bookings": bookings(plan=plan_id, period_on=publicity_on),
        "may_run": _is_finance(request),
    }
    return page(request, "period.html", context, section="periods")


@require_POST
@staff_page(*FINANCE)
def advance(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Run what is due for a plan, first its settlement and then its payments.

    The worker does the same by itself; a second run at the same time is refused.
    """
    now, found = clock.now(), plans.plan(plan_id)
    audit(login_id=login_id(request), verb="period.advance", subject=found.id, now=now)
    try:
        done = settlement.advance(plan_id=found.id, now=now)
        done += payments.advance(plan_id=found.id, now=now, by_hand=True)
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
    else:
        said = _("Done: %(stages)s.") % {"stages": ", ".join(done)} if done else ""
        messages.success(request, said or _("Nothing was due."))
    return redirect("console:periods")


@staff_page(*ALL)
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The terms of a plan, version by version, and its end."""
    return _plan_page(request, plans.plan(plan_id))


@require_POST
@staff_page(*PROPOSERS)
def propose_end(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Propose the days on which the plan ends; another person of finance announces them."""
    found = plans.plan(plan_id)
    form = EndOfPlan(request.POST)
    if not form.is_valid():
        return _plan_page(request, found, form=form)
    try:
        members.propose_wind_down(
            login_id=login_id(request), plan_id=plan_id, now=clock.now(), **form.cleaned_data
        )
    except Refusal as refusal:
        form.add_error(None, told(refusal))
        return _plan_page(request, found, form=form)
    messages.success(request, _("Proposed. Now another person of finance has to announce it."))
    return redirect("console:plan", plan_id)


@require_POST
@staff_page(*FINANCE)
def announce_end(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Announce what somebody else proposed: the sponsor bears what follows."""
    plan_step(request, plan_id, members.announce_wind_down, _("The end is announced."))
    return redirect("console:plan", plan_id)


@require_POST
@staff_page(Role.FINANCE, *PROPOSERS)
def drop_end(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Take the proposal back, or do not agree."""
    plan_step(request, plan_id, members.drop_wind_down, _("The plan goes on."))
    return redirect("console:plan", plan_id)


def _plan_page(request: HttpRequest, found: Plan, form: EndOfPlan | None = None) -> HttpResponse:
    held = roles_of(login_id(request))
    context = {
        "plan": found,
        "versions": list(reversed(found.versions)),
        "ending": wind_down_row(found.id),
        "closing": paid.closing_refund(found.id),
        "form": form or EndOfPlan(),
        "errors": form is not None,
        "may_propose": bool(held & PROPOSERS),
        "may_announce": Role.FINANCE in held,
    }
    return page(request, "plan.html", context, section="plans")


def _is_finance(request: HttpRequest) -> bool:
    return Role.FINANCE in roles_of(login_id(request))


def _plan_line(plan: Plan, now: datetime) -> PlanLine:
    stage = settled.due_stage(plan.id, now)
    due = [stage] if stage else []
    due += [(stage, period.publicity_on) for period, stage in agenda.due_stages(plan.id, now)]
    return PlanLine(
        plan=plan,
        periods=settled.periods(plan.id),
        next_on=settled.next_publicity_on(plan.id),
        due=due,
        differences=paid.differences(plan.id).count(),
    )
