"""My consents: each apart from the others, and what taking one back does, said beforehand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sameboat.rights import actions, queries
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.web.member import login_id, member_page, told


@member_page
def consents(request: HttpRequest, ref: str) -> HttpResponse:
    """What somebody agreed to, in which version, since when; agreeing is one tap."""
    login, refusal = login_id(request), ""
    if request.method == "POST":
        try:
            actions.give_consent(
                login_id=login,
                person_ref=ref,
                purpose=request.POST.get("purpose", ""),
                now=clock.now(),
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:data_consents", ref)
    name, found = queries.consents_of(login_id=login, person_ref=ref, now=clock.now())
    shown = {
        "name": name,
        "ref": ref,
        "consents": found,
        "insurer": settings().insurer_name,
        "refusal": refusal,
        "section": "mine",
    }
    return render(request, "web/data_consents.html", shown)


@member_page
def take_back(request: HttpRequest, ref: str, purpose: str) -> HttpResponse:
    """What happens, then it is done."""
    login, refusal = login_id(request), ""
    found = queries.taking_back(login_id=login, person_ref=ref, purpose=purpose, now=clock.now())
    if request.method == "POST":
        try:
            actions.revoke_consent(login_id=login, person_ref=ref, purpose=purpose, now=clock.now())
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:data_consents", ref)
    shown = {"found": found, "ref": ref, "refusal": refusal, "section": "mine"}
    return render(request, "web/data_take_back.html", shown)
