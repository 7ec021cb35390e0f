"""Another payee: named at once before the decision; asked for, and waited for, after it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.claims.queries import ClaimantView
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import Payee
from sameboat.web.claim_said import claim_page, initial_of, payee_said, payees_known
from sameboat.web.forms import PhoneCode
from sameboat.web.member import login_id, member_page, told


@member_page
def another_payee(request: HttpRequest, ref: str) -> HttpResponse:
    """Name another payee, until the aid is decided; afterwards ask for one."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    if view.payee_state.change is not None:
        return redirect("web:claim_payee_change", ref)
    form = Payee(request.POST or None, initial=initial_of(view), known=payees_known(request, view))
    if form.is_valid():
        try:
            _name(request, view, form)
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            if view.payee_state.may_ask:
                return redirect("web:claim_payee_change", ref)
            messages.success(request, _("It is changed."), extra_tags="good")
            return redirect("web:claim", ref)
    return render(request, "web/claim_another_payee.html", claim_page(view) | {"form": form})


@member_page
def payee_change(request: HttpRequest, ref: str) -> HttpResponse:
    """The code that confirms the change; from then on, until when it waits and how to stop it."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    if view.payee_state.change is None:
        return redirect("web:claim", ref)
    form = PhoneCode(request.POST if "code" in request.POST else None)
    refusal = ""
    try:
        if "stop" in request.POST:
            actions.stop_payee_change(login_id=login_id(request), claim_ref=ref, now=clock.now())
            messages.success(request, _("The payee stays as it was."), extra_tags="good")
            return redirect("web:claim", ref)
        if form.is_valid():
            if _is_right(request, ref, form.cleaned_data["code"]):
                return redirect("web:claim_payee_change", ref)
            form.add_error("code", _("This code is not right. Compare it with the message."))
    except Refusal as reason:
        refusal = told(reason)
    shown = claim_page(view) | {"form": form, "refusal": refusal}
    return render(request, "web/claim_payee_change.html", shown)


def _name(request: HttpRequest, view: ClaimantView, form: Payee) -> None:
    does = actions.ask_payee_change if view.payee_state.may_ask else actions.name_payee
    said = payee_said(form.cleaned_data)
    does(login_id=login_id(request), claim_ref=view.line.ref, now=clock.now(), **said)


def _is_right(request: HttpRequest, ref: str, code: str) -> bool:
    return actions.confirm_payee_change(
        login_id=login_id(request), claim_ref=ref, code=code, now=clock.now()
    )
