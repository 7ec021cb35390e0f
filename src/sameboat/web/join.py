"""Joining, one thing per page: who, identity, health questions, agreement, check, done.

What was answered so far waits in the session, which is sealed; only the last page joins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.identity import actions as identity
from sameboat.identity import queries as who_is
from sameboat.identity.models import Person
from sameboat.identity.outcomes import TOLD, Outcome
from sameboat.members import actions as members
from sameboat.members import queries as memberships
from sameboat.members.queries import Ticket
from sameboat.plans import queries as plans
from sameboat.record.queries import policy_text
from sameboat.rules.calendar import covered_from, day_of
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web import forms
from sameboat.web.home import disclosure
from sameboat.web.member import login_id, member_page, told


@member_page
def who(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 1: myself, or somebody of my family."""
    plan = plans.plan(plan_id)
    known, new = _candidates(login_id(request), plan_id)
    form = forms.Who(request.POST or None, known=known, new=new)
    if form.is_valid():
        kind, _colon, value = form.cleaned_data["who"].partition(":")
        if kind == "new":
            _keep(request, plan_id, relation=value, person=None)
            return redirect("web:join_identity", plan_id)
        _keep(request, plan_id, person=value)
        return redirect("web:join_questions", plan_id)
    return render(request, "web/join_who.html", {"plan": plan, "form": form, "step": 1})


@member_page
def identity_of(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 2: the document of somebody new; the identity provider is asked."""
    relation = _kept(request, plan_id).get("relation", "self")
    form = forms.Identity(request.POST or None)
    if form.is_valid():
        try:
            ref = ask_identity(request, relation, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(forms.FIELDS.get(refusal.code), told(refusal))
        else:
            _keep(request, plan_id, verification=ref)
            return redirect("web:join_verification", plan_id)
    words = {"relation": forms.RELATIONS[relation], "plan": plans.plan(plan_id), "step": 2}
    return render(request, "web/join_identity.html", {"form": form, **words})


@member_page
def verification(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 2, the answer: wait for it, go on, or be told what to do."""
    ref = _kept(request, plan_id).get("verification")
    if ref is None:
        return redirect("web:join_who", plan_id)
    state = who_is.verification(login_id=login_id(request), ref=ref)
    if state.outcome is Outcome.MATCH:
        assert state.person_ref is not None
        if memberships.is_member(state.person_ref, plan_id):
            return redirect("web:relative_state", ref)
        _keep(request, plan_id, person=state.person_ref)
        return redirect("web:join_questions", plan_id)
    told_so = TOLD[state.outcome] if state.outcome else None
    return render(
        request,
        "web/join_verification.html",
        {"plan": plans.plan(plan_id), "told": told_so, "attempts": state.attempts, "step": 2},
    )


@member_page
def questions(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 3: the health questions, all on one page."""
    plan = plans.plan(plan_id)
    kept = _kept(request, plan_id)
    if not kept.get("person"):
        return redirect("web:join_who", plan_id)
    terms = plans.in_force(plan, day_of(clock.now(), plan.timezone))
    form = forms.Questions(request.POST or None, terms=terms)
    if form.is_valid():
        _keep(
            request,
            plan_id,
            answers=form.answers(),
            questions_version=terms.joining.questions_version,
            occupation_class=form.cleaned_data.get("occupation_class", ""),
            region=form.cleaned_data.get("region", ""),
            tier=form.tier(),
        )
        return redirect("web:join_agree", plan_id)
    person = _person(request, kept["person"])
    name = who_is.name_of(person) if person else ""
    shown = {"plan": plan, "form": form, "name": name, "step": 3}
    return render(request, "web/join_questions.html", shown)


@member_page
def agree(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 4: the disclosure in full, and what is agreed to."""
    plan = plans.plan(plan_id)
    if "answers" not in _kept(request, plan_id):
        return redirect("web:join_questions", plan_id)
    form = forms.Agree(request.POST or None)
    if form.is_valid():
        _keep(request, plan_id, disclosure_version=request.POST.get("version", ""))
        return redirect("web:join_check", plan_id)
    shown = {"plan": plan, "disclosure": disclosure(plan), "form": form, "step": 4}
    return render(request, "web/join_agree.html", shown)


@member_page
def check(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Step 5: check your answers; joining happens here."""
    plan = plans.plan(plan_id)
    kept = _kept(request, plan_id)
    if "disclosure_version" not in kept:
        return redirect("web:join_agree", plan_id)
    refusal = ""
    if request.method == "POST":
        try:
            joined = members.join(
                login_id=login_id(request),
                person_ref=kept["person"],
                plan_id=plan_id,
                answers=kept["answers"],
                questions_version=kept["questions_version"],
                disclosure_version=kept["disclosure_version"],
                occupation_class=kept["occupation_class"],
                region=kept["region"],
                tier=kept.get("tier", ""),
                now=clock.now(),
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            del request.session[_key(plan_id)]
            return redirect("web:joined", joined.membership_ref)
    today = day_of(clock.now(), plan.timezone)
    terms = plans.in_force(plan, today)
    person = _person(request, kept["person"])
    answered = [(q, kept["answers"].get(q.id)) for q in terms.joining.questions]
    shown = {
        "plan": plan,
        "terms": terms,
        "name": who_is.name_of(person) if person else "",
        "answered": answered,
        "covered_from": person and covered_from(today, terms.waiting, born=person.born_on),
        "refusal": refusal,
        "step": 5,
    }
    return render(request, "web/join_check.html", shown)


@member_page
def joined(request: HttpRequest, ref: str) -> HttpResponse:
    """Done: when cover starts, what happens next, and the promise to record it."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    proof = memberships.join_receipt(login_id=login_id(request), membership_ref=ref)
    shown = {
        "membership": membership,
        "name": who_is.name_of(membership.person),
        "plan": plans.plan(membership.plan),
        "ticket": proof.ticket if isinstance(proof, Ticket) else None,
        "policy": policy_text(),
    }
    return render(request, "web/joined.html", shown)


def _candidates(login: int, plan_id: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The verified persons who are not members yet, and the relations that can be added."""
    relatives = who_is.relatives(login)
    there = {
        membership.person_id
        for membership in memberships.memberships_of(login)
        if membership.plan == plan_id and membership.ends_on is None
    }
    known = [
        (person.ref, _labelled(kind, person))
        for kind, person in relatives
        if person.id not in there
    ]
    return known, list(forms.NEW_RELATIONS) if relatives else ["self"]


def _labelled(kind: str, person: Person) -> str:
    return _("%(relation)s: %(name)s") % {
        "relation": forms.RELATIONS[kind],
        "name": who_is.name_of(person),
    }


def _person(request: HttpRequest, person_ref: str) -> Person | None:
    """Somebody this login may join; None for anybody else."""
    found = (p for _kind, p in who_is.relatives(login_id(request)) if p.ref == person_ref)
    return next(found, None)


def _key(plan_id: str) -> str:
    return f"join/{plan_id}"


def _kept(request: HttpRequest, plan_id: str) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(_key(plan_id), {})
    return kept


def _keep(request: HttpRequest, plan_id: str, **answers: Any) -> None:
    request.session[_key(plan_id)] = {**_kept(request, plan_id), **answers}


def ask_identity(request: HttpRequest, relation: str, stated: Mapping[str, Any]) -> str:
    """Have verified whom a form names, as this relation of the reader; the request's reference."""
    return identity.request_verification(
        login_id=login_id(request),
        relation=relation,
        document_kind=DocumentKind(stated["document_kind"]),
        document_number=stated["document_number"],
        name=stated["name"],
        born_on=stated["born_on"],
        sex=stated["sex"] or None,
        now=clock.now(),
    )
