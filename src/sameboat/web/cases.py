"""Publicity: the cases shown to the members, and the objection."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sameboat.claims import actions as claims
from sameboat.claims.queries import PublicCase, public_case, public_cases
from sameboat.claims.reasons import WORDS, ObjectionReason
from sameboat.members.queries import active_in_plan
from sameboat.plans import queries as plans
from sameboat.rules.terms import Plan
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.web.forms import in_language
from sameboat.web.member import login_id, member_page, told


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCases:
    """The cases of one of my plans that are in publicity now."""

    plan: Plan
    cases: tuple[PublicCase, ...]
    period: Period | None
    """The period they belong to, with its provisional share."""


class Objection(forms.Form):
    """A reasoned doubt."""

    reason_code = forms.ChoiceField(
        label=gettext_lazy("What do you doubt?"), widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("Why? What do you know, and from where?"),
        help_text=gettext_lazy(
            "Only the staff who answer read this. Do not name yourself or others."
        ),
        widget=forms.Textarea,
        max_length=4000,
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        reasons = [(reason.value, in_language(WORDS[reason])) for reason in ObjectionReason]
        self.fields["reason_code"].choices = reasons  # type: ignore[attr-defined]


@member_page
def cases(request: HttpRequest) -> HttpResponse:
    """What is shown to the members of my plans now."""
    login = login_id(request)
    found = [_of_plan(plan, login) for plan in plans.plans() if active_in_plan(login, plan.id)]
    return render(request, "web/cases.html", {"found": found, "section": "cases"})


@member_page
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """One case, and the objection that a member may make until publicity ends."""
    login = login_id(request)
    form = Objection(request.POST or None)
    if form.is_valid():
        try:
            claims.object_to_claim(
                login_id=login, claim_ref=ref, now=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(
                request,
                _(
                    "Your objection was received. Two people of the staff answer it, with reasons,"
                    " before the case can be accepted."
                ),
            )
            return redirect("web:case", ref)
    shown = {"case": public_case(login_id=login, ref=ref), "form": form, "section": "cases"}
    return render(request, "web/case.html", shown)


def _of_plan(plan: Plan, login: int) -> PlanCases:
    found = settlement.periods(plan.id)
    running = found[0] if found and found[0].settle_entry_hash is None else None
    cases = public_cases(login_id=login, plan_id=plan.id)
    return PlanCases(plan=plan, cases=tuple(cases), period=running)
