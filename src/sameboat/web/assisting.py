"""Helping somebody file a claim: their code, what happened, the documents, their second code.

For a village helper or a member of staff beside somebody who cannot manage these pages alone.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.claims import actions
from sameboat.claims.queries import AssistanceState, assistance
from sameboat.plans import queries as plans
from sameboat.rules.benefit import needs_bills
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import Documents, Mend
from sameboat.web.claim_said import illness_of, in_force, said_of
from sameboat.web.forms import HelpedPhone, PhoneCode
from sameboat.web.member import login_id, member_page, told


@member_page
def begin(request: HttpRequest) -> HttpResponse:
    """Whom to help: their number, to which the first code goes."""
    form = HelpedPhone(request.POST or None)
    if form.is_valid():
        try:
            ref = actions.begin_assistance(
                login_id=login_id(request), phone=form.cleaned_data["phone"], now=clock.now()
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            return redirect("web:assist", ref)
    return render(request, "web/assist_begin.html", {"form": form, "section": "claims"})


@member_page
def assist(request: HttpRequest, ref: str) -> HttpResponse:
    """Where the help stands: the code, for whom, the documents, or done."""
    state = assistance(login_id=login_id(request), ref=ref, now=clock.now())
    if state.opened_at is None:
        return _code(request, state)
    if state.is_over or state.claim is None:
        return render(request, "web/assist.html", {"state": state, "section": "claims"})
    return _documents(request, state)


@member_page
def fill_in(request: HttpRequest, ref: str, membership_ref: str) -> HttpResponse:
    """What happened and who receives the aid, on one page: the helper types, the member tells."""
    state = assistance(login_id=login_id(request), ref=ref, now=clock.now())
    person = state.person(membership_ref)
    plan = plans.plan(person.plan)
    terms = in_force(plan)
    form = Mend(
        request.POST or None,
        listed=terms.illnesses,
        initial={},
        known=person.payees,
        own=person.is_own,
        bills=needs_bills(terms.benefits),
        timezone=plan.timezone,
    )
    if form.is_valid():
        said = said_of(form.cleaned_data, illness_of(terms, form.cleaned_data["illness"]))
        try:
            actions.draft_assisted(
                login_id=login_id(request),
                ref=ref,
                membership_ref=membership_ref,
                now=clock.now(),
                **said,
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            return redirect("web:assist", ref)
    shown = {"form": form, "state": state, "person": person, "section": "claims"}
    return render(request, "web/assist_fill_in.html", shown)


@member_page
def hand_in(request: HttpRequest, ref: str) -> HttpResponse:
    """The last step: the member hears what is handed in, and tells the second code."""
    form = PhoneCode(request.POST if "code" in request.POST else None)
    refusal = ""
    try:
        if "send" in request.POST:
            actions.ask_to_hand_in(login_id=login_id(request), ref=ref, now=clock.now())
            return redirect(f"{request.path}?sent=1")
        if form.is_valid():
            if _handed_in(request, ref, form.cleaned_data["code"]):
                messages.success(request, _("The claim is handed in."), extra_tags="good")
                return redirect("web:assist", ref)
            form.add_error("code", _("This code is not right. Compare it with the message."))
    except Refusal as reason:
        refusal = told(reason)
    state = assistance(login_id=login_id(request), ref=ref, now=clock.now())
    if state.claim is None or state.is_over:
        return redirect("web:assist", ref)
    was_sent = "sent" in request.GET or form.is_bound
    shown = {"form": form, "state": state, "was_sent": was_sent, "refusal": refusal}
    return render(request, "web/assist_hand_in.html", shown | {"section": "claims"})


def _code(request: HttpRequest, state: AssistanceState) -> HttpResponse:
    form = PhoneCode(request.POST or None)
    if form.is_valid():
        try:
            if actions.open_assistance(
                login_id=login_id(request),
                ref=state.ref,
                code=form.cleaned_data["code"],
                now=clock.now(),
            ):
                return redirect("web:assist", state.ref)
            form.add_error("code", _("This code is not right. Compare it with the message."))
        except Refusal as refusal:
            form.add_error(None, told(refusal))
    shown = {"form": form, "state": state, "section": "claims"}
    return render(request, "web/assist_code.html", shown)


def _documents(request: HttpRequest, state: AssistanceState) -> HttpResponse:
    assert state.claim is not None
    missing = state.claim.kinds_missing
    form = Documents(request.POST or None, request.FILES or None, first=next(iter(missing), ""))
    if form.is_valid():
        _take_in(request, state.ref, form)
        if form.is_valid():
            return redirect("web:assist", state.ref)
    shown = {"form": form, "state": state, "claim": state.claim, "section": "claims"}
    return render(request, "web/assist.html", shown)


def _take_in(request: HttpRequest, ref: str, form: Documents) -> None:
    """Add each file by itself: one that is refused does not lose the others."""
    files: list[UploadedFile[bytes]] = form.cleaned_data["documents"]
    for file in files:
        try:
            actions.add_assisted_evidence(
                login_id=login_id(request),
                ref=ref,
                kind=form.cleaned_data["kind"],
                content=file.read(),
                filename=file.name or "",
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("documents", f"{file.name}: {told(refusal)}")


def _handed_in(request: HttpRequest, ref: str, code: str) -> bool:
    return actions.hand_in_assisted(login_id=login_id(request), ref=ref, code=code, now=clock.now())
