"""The open pages: nobody signs in, nobody is named, and no claim has an address."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sameboat.plans import queries as plans
from sameboat.plans.queries import NoSuchPlan
from sameboat.public import figures
from sameboat.record import queries as record
from sameboat.rules.calendar import day_of
from sameboat.rules.small_cells import LEAST
from sameboat.rules.terms import Plan
from sameboat.runtime import clock
from sameboat.settlement.queries import next_publicity_on


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The plans that run here, each with what it came to so far."""
    shown = [(plan, figures.settled_periods(plan.id)) for plan in plans.plans()]
    cards = [(plan, lines[0] if lines else None, figures.totals(lines)) for plan, lines in shown]
    return render(request, "public/home.html", {"cards": cards, "section": "home"})


@require_safe
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """A plan's periods, chart and table, and the groups of illnesses that were helped."""
    found = _plan(plan_id)
    lines = figures.settled_periods(plan_id)
    context = {
        "plan": found,
        "lines": lines,
        "totals": figures.totals(lines),
        "chart": figures.chart(lines),
        "cells": figures.illness_groups(plan_id),
        "least": LEAST,
        "next_on": next_publicity_on(plan_id),
        "section": "home",
    }
    return render(request, "public/plan.html", context)


@require_safe
def terms(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The terms in force today, in plain words, and the other versions."""
    found = _plan(plan_id)
    today = day_of(clock.now(), found.timezone)
    context = {
        "plan": found,
        "terms": plans.in_force(found, today),
        "versions": list(reversed(found.versions)),
        "section": "home",
    }
    return render(request, "public/terms.html", context)


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """How anybody checks a receipt, with the policy's fingerprint to compare."""
    context = {"policy": record.policy_text(), "head": record.head(), "section": "verify"}
    return render(request, "public/verify.html", context)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The policy file, to be kept: a receipt is checked against it."""
    text = record.policy_text()
    if text is None:
        raise Http404
    return HttpResponse(
        text.text,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="policy.json"'},
    )


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed head of the log, as a signed note."""
    head = record.head()
    if head is None:
        raise Http404
    return HttpResponse(head.note, content_type="text/plain; charset=utf-8")


def _plan(plan_id: str) -> Plan:
    try:
        return plans.plan(plan_id)
    except NoSuchPlan:
        raise Http404 from None
