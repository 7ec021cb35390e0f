"""What waits for whom: the work queue, decisions for a second person, objections."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sameboat.claims import queries as claims
from sameboat.claims.access import REVIEWERS
from sameboat.claims.queries import WorkItem
from sameboat.console import forms
from sameboat.console.access import ALL, CLAIMS, MENU, login_id, page, staff_page
from sameboat.console.paging import cut
from sameboat.console.words import words
from sameboat.identity.queries import roles_of
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Plan
from sameboat.runtime import clock
from sameboat.settlement.queries import next_publicity_on


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One line of the queue, with how long it has waited and until when it should be done."""

    item: WorkItem
    plan: Plan
    age_days: int
    due_on: date
    is_set: bool
    """The day was set, for the claimant or for the members; else it is the next publicity day,
    before which a claim must be decided to be in that period."""
    days_left: int


@staff_page(*ALL)
def home(request: HttpRequest) -> HttpResponse:
    """The first page that the reader's roles open."""
    held = roles_of(login_id(request))
    return redirect(next(f"console:{name}" for name, _label, who in MENU if who & held))


@staff_page(*CLAIMS)
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, the oldest first."""
    lines = _lines(claims.work_queue(login_id=login_id(request), now=clock.now()))
    counts = Counter(line.item.todo.value for line in lines)
    form = forms.QueueFilter(
        request.GET,
        todos=[(todo, f"{words(todo, 'todo')} ({n})") for todo, n in counts.items()],
        plans=[(plan.id, forms.side(plan.name)) for plan in plans.plans()],
    )
    chosen = form.cleaned_data if form.is_valid() else {"todo": "", "plan": ""}
    shown = [
        line
        for line in lines
        if chosen["todo"] in ("", line.item.todo) and chosen["plan"] in ("", line.item.plan)
    ]
    after = request.GET.get("after", "")
    behind = [line for line in shown if line.item.mark > after]
    context = {
        "page": cut(request, behind, by="after", mark=lambda line: line.item.mark),
        "total": len(lines),
        "counts": dict(counts),
        "form": form,
    }
    return page(request, "queue.html", context, section="queue")


@staff_page(*REVIEWERS)
def decisions(request: HttpRequest) -> HttpResponse:
    """Decisions that wait for their second person."""
    waiting = claims.decisions_waiting(login_id(request), now=clock.now())
    return page(request, "decisions.html", {"decisions": waiting}, section="decisions")


@staff_page(*REVIEWERS)
def objections(request: HttpRequest) -> HttpResponse:
    """Objections that nobody answered yet, by plan."""
    reader, now = login_id(request), clock.now()
    by_plan = [
        (plan, claims.objections_open(login_id=reader, plan_id=plan.id, now=now))
        for plan in plans.plans()
    ]
    return page(request, "objections.html", {"by_plan": by_plan}, section="objections")


def _lines(items: list[WorkItem]) -> list[QueueLine]:
    known = {plan.id: plan for plan in plans.plans()}
    publicity = {plan_id: next_publicity_on(plan_id) for plan_id in {item.plan for item in items}}
    now = clock.now()
    lines = []
    for item in items:
        plan = known[item.plan]
        today = day_of(now, plan.timezone)
        since = day_of(item.sealed_at, plan.timezone) if item.sealed_at else today
        due_on = item.due_on or publicity[item.plan]
        lines.append(
            QueueLine(
                item=item,
                plan=plan,
                age_days=(today - since).days,
                due_on=due_on,
                is_set=item.due_on is not None,
                days_left=(due_on - today).days,
            )
        )
    return lines
