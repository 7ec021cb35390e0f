"""Beginning a claim, one thing per page: the illness, what happened, the payee, a last look.

Until the draft is made, what was filled in waits in the session, which is sealed. From then on the
claim itself is the task list: it survives days and other devices.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.identity.queries import name_of
from sameboat.members import queries as memberships
from sameboat.members.models import Membership
from sameboat.plans import queries as plans
from sameboat.rules.benefit import needs_bills
from sameboat.rules.illness import find_illness
from sameboat.rules.terms import PlanTerms
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import Payee, WhatHappened, WhichIllness
from sameboat.web.claim_said import illness_of, in_force, is_own, said_of
from sameboat.web.member import login_id, member_page, told

FOUND_MAX = 12


@member_page
def begin(request: HttpRequest) -> HttpResponse:
    """Check before you start: for whom, what is needed, what happens."""
    mine = memberships.memberships_of(login_id(request))
    known = {plan.id: plan for plan in plans.plans()}
    people = [(m, known[m.plan], name_of(m.person)) for m in mine]
    return render(request, "web/claim_begin.html", {"people": people, "section": "claims"})


@member_page
def illness(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 1: find the illness in the list as a doctor or a family names it."""
    membership, terms = _member(request, ref)
    asked = request.GET.get("q", "").strip()
    found = find_illness(terms, asked)[:FOUND_MAX] if asked else ()
    form = WhichIllness(request.POST or None, found=found or terms.illnesses)
    if form.is_valid():
        _keep(request, ref, illness=form.cleaned_data["illness"])
        return redirect("web:claim_facts", ref)
    shown = {"form": form, "asked": asked, "found": found, "terms": terms, "step": 1}
    return render(request, "web/claim_illness.html", _head(membership) | shown)


@member_page
def facts(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 2: what happened, in the claimant's words."""
    membership, terms = _member(request, ref)
    kept = _kept(request, ref)
    if "illness" not in kept:
        return redirect("web:claim_illness", ref)
    zone = plans.plan(membership.plan).timezone
    form = WhatHappened(
        request.POST or None,
        initial=_stated(kept),
        timezone=zone,
        own=is_own(request, membership),
        bills=needs_bills(terms.benefits),
    )
    if form.is_valid():
        _keep(request, ref, **{name: _plain(said) for name, said in form.cleaned_data.items()})
        return redirect("web:claim_payee", ref)
    return render(request, "web/claim_facts.html", _head(membership) | {"form": form, "step": 2})


@member_page
def payee(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 3: who receives the aid."""
    membership, _terms = _member(request, ref)
    kept = _kept(request, ref)
    if "diagnosed_on" not in kept:
        return redirect("web:claim_facts", ref)
    known = claims.payees_known(login_id=login_id(request), membership_ref=ref)
    form = Payee(request.POST or None, initial=kept, known=known)
    if form.is_valid():
        _keep(request, ref, **form.cleaned_data)
        return redirect("web:claim_check", ref)
    return render(request, "web/claim_payee.html", _head(membership) | {"form": form, "step": 3})


@member_page
def check(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 4: check your answers; the draft is made here."""
    membership, terms = _member(request, ref)
    kept = _kept(request, ref)
    if "payee_name" not in kept:
        return redirect("web:claim_payee", ref)
    chosen = illness_of(terms, kept["illness"])
    refusal = ""
    if request.method == "POST":
        said = said_of(_stated(kept), chosen)
        try:
            claim_ref = actions.draft_claim(
                login_id=login_id(request), membership_ref=ref, now=clock.now(), **said
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            del request.session[_key(ref)]
            return redirect("web:claim", claim_ref)
    shown = {"said": _stated(kept), "illness": chosen, "refusal": refusal, "step": 4}
    return render(request, "web/claim_check.html", _head(membership) | shown)


def _member(request: HttpRequest, ref: str) -> tuple[Membership, PlanTerms]:
    """The member who is ill, and the terms whose list of illnesses is shown."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    return membership, in_force(plans.plan(membership.plan))


def _head(membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership,
        "name": name_of(membership.person),
        "plan": plans.plan(membership.plan),
        "section": "claims",
    }


def _stated(kept: dict[str, Any]) -> dict[str, Any]:
    """What is kept, with days and hours as such."""
    if "diagnosed_on" not in kept:
        return kept
    hours = {
        name: datetime.fromisoformat(kept[name]) if kept[name] else None
        for name in ("accident_at", "died_at")
    }
    return {**kept, **hours, "diagnosed_on": date.fromisoformat(kept["diagnosed_on"])}


def _plain(value: Any) -> Any:
    """What was typed, as a session can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _key(ref: str) -> str:
    return f"claim/{ref}"


def _kept(request: HttpRequest, ref: str) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(_key(ref), {})
    return kept


def _keep(request: HttpRequest, ref: str, **said: Any) -> None:
    request.session[_key(ref)] = {**_kept(request, ref), **said}
