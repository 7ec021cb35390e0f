"""My data: a copy, erasure, who looked, and what became of each request."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.rights import actions, queries
from sameboat.rights.actions.asking import NotToWithdraw
from sameboat.rights.actions.correcting import CorrectionWrong
from sameboat.rights.keeping import REASONS
from sameboat.rights.proving import AskedAlready, ProofNeeded, is_proved
from sameboat.rights.waiting import TOLD
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web import forms
from sameboat.web.member import login_id, member_page, told


@member_page
def my_data(request: HttpRequest) -> HttpResponse:
    """Whose data I decide about, what can be asked, and what was."""
    return _overview(request)


@member_page
def prove(request: HttpRequest) -> HttpResponse:
    """A code goes to the phone and is typed in; then back to what needed it."""
    onward = _onward(request)
    form = forms.ConsentCode(request.POST if "code" in request.POST else None)
    refusal = ""
    try:
        if "send" in request.POST:
            actions.send_code(login_id=login_id(request), now=clock.now())
            return redirect(f"{request.path}?{urlencode({'sent': 1, 'next': onward})}")
        if form.is_valid():
            if _is_right(request, form.cleaned_data["code"]):
                return redirect(onward)
            form.add_error("code", _("This code is not right. Compare it with the message."))
    except Refusal as reason:
        refusal = told(reason)
    was_sent = "sent" in request.GET or form.is_bound
    shown = {"form": form, "was_sent": was_sent, "next": onward, "refusal": refusal}
    return render(request, "web/data_prove.html", {**shown, "section": "mine"})


@require_POST
@member_page
def copy(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for a copy of everything."""
    try:
        actions.ask_copy(login_id=login_id(request), person_ref=ref, now=clock.now())
    except AskedAlready as reason:
        return _overview(request, refusal=told(reason))
    return redirect("web:my_data")


@member_page
def file(request: HttpRequest, ref: str) -> HttpResponse:
    """The copy itself, once the phone was held."""
    try:
        content = actions.fetch_copy(login_id=login_id(request), ref=ref, now=clock.now())
    except ProofNeeded:
        return _to_prove(request.path)
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="my-data.zip"',
            "Cache-Control": "no-store",
        },
    )


@member_page
def erase(request: HttpRequest, ref: str) -> HttpResponse:
    """What erasure does, what stays until when, what it waits for; then it is asked for."""
    refusal = ""
    if request.method == "POST":
        try:
            actions.ask_erasure(login_id=login_id(request), person_ref=ref, now=clock.now())
        except ProofNeeded:
            return _to_prove(request.path)
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:my_data")
    outlook = queries.outlook(login_id=login_id(request), person_ref=ref, now=clock.now())
    shown = {
        "outlook": outlook,
        "waits": [TOLD[wait] for wait in outlook.waits],
        "kept_because": REASONS[outlook.mark.reason] if outlook.mark else None,
        "proved": is_proved(login_id(request), clock.now()),
        "refusal": refusal,
        "section": "mine",
    }
    return render(request, "web/data_erase.html", shown)


@require_POST
@member_page
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a request back."""
    try:
        actions.withdraw_request(login_id=login_id(request), ref=ref, now=clock.now())
    except NotToWithdraw as reason:
        return _overview(request, refusal=told(reason))
    return redirect("web:my_data")


@member_page
def looks(request: HttpRequest, ref: str) -> HttpResponse:
    """Who of the staff looked at what, the newest first."""
    name, found = queries.looks(login_id=login_id(request), person_ref=ref, now=clock.now())
    return render(request, "web/data_looks.html", {"name": name, "looks": found, "section": "mine"})


@member_page
def correct(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what is wrong and what is right."""
    form = forms.Correction(request.POST or None)
    if form.is_valid():
        try:
            actions.ask_correction(
                login_id=login_id(request), person_ref=ref, now=clock.now(), **form.cleaned_data
            )
        except (CorrectionWrong, AskedAlready) as reason:
            form.add_error(None, told(reason))
        else:
            return redirect("web:my_data")
    name, _found = queries.marks_of(login_id=login_id(request), person_ref=ref, now=clock.now())
    return render(request, "web/data_correct.html", {"name": name, "form": form, "section": "mine"})


@member_page
def reasons(request: HttpRequest, ref: str) -> HttpResponse:
    """Which memberships a score has marked and why; a human is asked to look."""
    refusal = ""
    if request.method == "POST":
        try:
            actions.ask_reasons(
                login_id=login_id(request),
                membership_ref=request.POST.get("membership", ""),
                words=request.POST.get("words", ""),
                now=clock.now(),
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:my_data")
    name, found = queries.marks_of(login_id=login_id(request), person_ref=ref, now=clock.now())
    shown = {"name": name, "marked": found, "refusal": refusal, "section": "mine"}
    return render(request, "web/data_reasons.html", shown)


def _overview(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    login, now = login_id(request), clock.now()
    lines = queries.requests_of(login, now=now)
    shown = {
        "charges": queries.charges(login, now=now),
        "requests": [(line, [TOLD[wait] for wait in line.waits]) for line in lines],
        "refusal": refusal,
        "section": "mine",
    }
    return render(request, "web/my_data.html", shown)


def _is_right(request: HttpRequest, code: str) -> bool:
    return actions.prove(login_id=login_id(request), code=code, now=clock.now())


def _to_prove(onward: str) -> HttpResponse:
    return redirect(f"{reverse('web:data_prove')}?{urlencode({'next': onward})}")


def _onward(request: HttpRequest) -> str:
    """Where the page was asked from: one of these pages, never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    home = reverse("web:my_data")
    return wanted if wanted.startswith(f"{home}/") and "//" not in wanted else home
