"""A claim as staff see it, and what they can do with it: one address for each thing.

Whether something is possible is decided by the action; the buttons only follow the claim's state
and the reader's roles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.claims.access import REVIEWERS
from sameboat.claims.queries import StaffView
from sameboat.claims.reasons import WORDS, Acting
from sameboat.console import forms
from sameboat.console.access import CLAIMS, login_id, page, posted, staff_page, told
from sameboat.identity.queries import NotAllowed, require_role, roles_of
from sameboat.identity.roles import Role
from sameboat.members.models import Household
from sameboat.payments.queries import owed_by
from sameboat.plans import queries as plans
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.needs import needs_investigation
from sameboat.rules.terms import PlanTerms, Text
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal

DECIDING = frozenset({"propose", "decline", "recall", "reopen"})


@dataclass(frozen=True, slots=True)
class Act:
    """Something that staff do with a claim, named by its event."""

    title: Promise
    roles: frozenset[Role]
    form: type[forms.ClaimForm] | None
    does: Callable[..., object]
    said: Promise
    """What the reader is told when it was done."""


SECOND = _("Written down. A second person has to confirm it.")
ACTS: dict[str, Act] = {
    "assign": Act(
        _("Send an investigator"),
        frozenset({Role.INSURER}),
        None,
        actions.assign_investigator,
        _("The investigator was sent."),
    ),
    "report": Act(
        _("Report the investigation"),
        frozenset({Role.INVESTIGATOR}),
        forms.Report,
        actions.report_investigation,
        _("The report was handed in."),
    ),
    "propose": Act(
        _("Propose the aid"),
        frozenset({Role.CASE_HANDLER}),
        forms.Propose,
        actions.propose_aid,
        SECOND,
    ),
    "decline": Act(
        _("Decline the claim"),
        frozenset({Role.CASE_HANDLER}),
        forms.Decline,
        actions.decline_claim,
        SECOND,
    ),
    "ask": Act(
        _("Ask for documents"),
        frozenset({Role.CASE_HANDLER, Role.SUPERVISOR}),
        forms.Ask,
        actions.ask_evidence,
        _("The claimant was asked."),
    ),
    "recall": Act(
        _("Take the proposal back"),
        frozenset({Role.CASE_HANDLER}),
        forms.Recall,
        actions.recall_decision,
        SECOND,
    ),
    "release": Act(
        _("Put the claim back"),
        frozenset({Role.SUPERVISOR}),
        forms.Release,
        actions.release_claim,
        _("The claim stands where the record says; it goes on from there."),
    ),
    "change_payee": Act(
        _("Decide about the other payee"),
        frozenset({Role.SUPERVISOR}),
        forms.ChangePayee,
        actions.decide_payee_change,
        _("It is decided, and everybody concerned is told."),
    ),
    "reopen": Act(
        _("Reopen the claim"),
        frozenset({Role.SECOND_DECIDER}),
        forms.Reopen,
        actions.reopen_claim,
        SECOND,
    ),
}


@staff_page(*CLAIMS)
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything that is needed to judge a claim."""
    return _claim_page(request, ref)


@staff_page(*CLAIMS)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Do one thing with a claim: its form, and what comes of it."""
    if verb not in ACTS:
        raise Http404
    does = ACTS[verb]
    _require(request, does.roles)
    view = _view(request, ref)
    form = _form(request, verb, view)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            does.does(
                login_id=login_id(request), claim_ref=ref, now=clock.now(), **form.cleaned_data
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            messages.success(request, str(does.said))
            return redirect("console:claim", ref)
    return _act_page(request, view, does.title, form, refusal, verb=verb)


@staff_page(*REVIEWERS)
def answer(request: HttpRequest, ref: str, objection: str) -> HttpResponse:
    """Answer an objection; a second person confirms the answer."""
    _require(request, frozenset({Role.CASE_HANDLER}))
    view = _view(request, ref)
    found = next((each for each in view.objections if each.ref == objection), None)
    if found is None:
        raise Http404
    form = forms.AnswerObjection(posted(request), view=view, today=_today(view))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_objection(
                login_id=login_id(request),
                objection_ref=objection,
                now=clock.now(),
                **form.cleaned_data,
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            messages.success(request, str(SECOND))
            return redirect("console:claim", ref)
    return _act_page(request, view, _("Answer the objection"), form, refusal, objection=found)


@require_POST
@staff_page(*REVIEWERS)
def confirm(request: HttpRequest, ref: str, decision: int) -> HttpResponse:
    """Agree with another person's decision: now it takes effect."""
    done = _now("Confirmed. It takes effect and is an entry of the record.")
    return _second(request, ref, decision, actions.confirm_decision, done)


@require_POST
@staff_page(*REVIEWERS)
def drop(request: HttpRequest, ref: str, decision: int) -> HttpResponse:
    """Do not agree, or take one's own decision back."""
    done = _now("Dropped. The claim can be decided anew.")
    return _second(request, ref, decision, actions.drop_decision, done)


@staff_page(*CLAIMS)
def evidence(request: HttpRequest, ref: str) -> HttpResponse:
    """The viewing copy of a document. Every look leaves an audit row."""
    content, media_type = claims.evidence_view(
        login_id=login_id(request), evidence_ref=ref, now=clock.now()
    )
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"},
    )


def _second(
    request: HttpRequest, ref: str, decision: int, does: Callable[..., None], done: str
) -> HttpResponse:
    try:
        does(login_id=login_id(request), decision_id=decision, now=clock.now())
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _claim_page(request, ref, refusal=told(refusal), status=409)
    messages.success(request, done)
    return redirect("console:claim", ref)


def _view(request: HttpRequest, ref: str) -> StaffView:
    return claims.claim_for_staff(login_id=login_id(request), ref=ref, now=clock.now())


def _require(request: HttpRequest, roles: frozenset[Role]) -> None:
    require_role(login_id(request), *sorted(roles))


def _claim_page(
    request: HttpRequest, ref: str, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    view = _view(request, ref)
    held = roles_of(login_id(request))
    context = {
        "view": view,
        "plan": plans.plan(view.line.plan),
        "age": _age(view),
        "born": date.fromisoformat(view.born_on),
        "joined": date.fromisoformat(view.joined_on),
        "speaking": sorted(
            (each for each in view.checks if each.outcome != "pass"),
            key=lambda check: check.outcome != "fail",
        ),
        "in_order": [each for each in view.checks if each.outcome == "pass"],
        "owed": _owed(view) if held & REVIEWERS else [],
        "acts": _possible(view, held),
        "may_see_documents": bool(held & (REVIEWERS | {Role.INVESTIGATOR})),
        "may_confirm": Role.SECOND_DECIDER in held,
        "may_answer": Role.CASE_HANDLER in held,
        "acting": WORDS[Acting(view.stated.acting)] if view.stated.acting else None,
        "refusal": refusal,
    }
    return page(request, "claim.html", context, section="queue", status=status)


def _possible(view: StaffView, held: frozenset[Role]) -> list[tuple[str, Promise]]:
    """What the reader can do with the claim as it stands, with its title."""
    closed = set(DECIDING) if any(not each.objection_ref for each in view.decisions) else set()
    if needs_investigation(_terms(view).claims, view.line.state):
        closed.add("propose")
    return [
        (verb, each.title)
        for verb, each in ACTS.items()
        if verb in view.events and each.roles & held and verb not in closed
    ]


def _form(request: HttpRequest, verb: str, view: StaffView) -> django_forms.Form:
    made = ACTS[verb].form
    if made is not None:
        return made(posted(request), view=view, today=_today(view))
    found = claims.investigators(login_id=login_id(request))
    return forms.Assign(posted(request), investigators=found)


def _act_page(
    request: HttpRequest,
    view: StaffView,
    title: Promise,
    form: django_forms.Form,
    refusal: str,
    **more: Any,
) -> HttpResponse:
    context = {
        "view": view,
        "title": title,
        "form": form,
        "refusal": refusal,
        "working": _working(view) if more.get("verb") == "propose" else None,
        **more,
    }
    status = 409 if refusal else 200
    return page(request, "act.html", context, section="queue", status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """How the aid follows from the benefit table."""

    age: int
    lines: list[tuple[str, int, int, tuple[Text, ...]]]
    """Row, amount of the row, aid now due, and how it is computed."""


def _working(view: StaffView) -> Working:
    return Working(
        age=_age(view),
        lines=[
            (due.aid.row.id, due.aid.row.amount, due.aid.amount, due.working) for due in view.rows
        ],
    )


def _terms(view: StaffView) -> PlanTerms:
    """The version that governs the claim."""
    versions = plans.plan(view.line.plan).versions
    return next(each for each in versions if each.version == view.governing_version)


def _age(view: StaffView) -> int:
    """Completed years on the day of first diagnosis: what the benefit table asks for."""
    born = date.fromisoformat(view.born_on)
    return age_on(born, max(born, view.stated.diagnosed_on))


def _owed(view: StaffView) -> list[Any]:
    return list(owed_by(Household.objects.get(pk=view.household_id)))


def _today(view: StaffView) -> date:
    return day_of(clock.now(), plans.plan(view.line.plan).timezone)
