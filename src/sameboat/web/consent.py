"""An adult agrees to what somebody else joined for them: signed in, or by a code to their phone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.identity.queries import name_of
from sameboat.members import actions as members
from sameboat.members import queries as memberships
from sameboat.members.models import Membership
from sameboat.plans import queries as plans
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web import forms
from sameboat.web.home import disclosure
from sameboat.web.member import login_id, member_page, told


@member_page
def consent(request: HttpRequest, ref: str) -> HttpResponse:
    """Who is signed in as the member agrees at once; the payer has a code sent and types it."""
    login = login_id(request)
    membership = memberships.membership(login_id=login, ref=ref)
    if not memberships.wants_consent(membership):
        return redirect("web:cover")
    if membership.person.logins.filter(id=login).exists():
        return _own(request, membership)
    return _by_code(request, membership)


def _own(request: HttpRequest, membership: Membership) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            members.agree(
                login_id=login_id(request), membership_ref=membership.ref, now=clock.now()
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:cover")
    return _page(request, membership, is_own=True, refusal=refusal)


def _by_code(request: HttpRequest, membership: Membership) -> HttpResponse:
    phone = forms.ConsentPhone(request.POST if "phone" in request.POST else None)
    code = forms.ConsentCode(request.POST if "code" in request.POST else None)
    refusal = ""
    try:
        if phone.is_valid():
            members.ask_consent(
                login_id=login_id(request),
                membership_ref=membership.ref,
                phone=phone.cleaned_data["phone"],
                now=clock.now(),
            )
            return redirect(f"{request.path}?sent=1")
        if code.is_valid():
            if _is_right(request, membership, code.cleaned_data["code"]):
                return redirect("web:cover")
            code.add_error("code", _("This code is not right. Compare it with the message."))
    except Refusal as reason:
        refusal = told(reason)
    was_sent = "sent" in request.GET or code.is_bound
    shown = {"phone_form": phone, "code_form": code, "was_sent": was_sent, "refusal": refusal}
    return _page(request, membership, is_own=False, **shown)


def _is_right(request: HttpRequest, membership: Membership, code: str) -> bool:
    return members.agree_by_code(
        login_id=login_id(request), membership_ref=membership.ref, code=code, now=clock.now()
    )


def _page(request: HttpRequest, membership: Membership, **shown: object) -> HttpResponse:
    plan = plans.plan(membership.plan)
    return render(
        request,
        "web/consent.html",
        {
            "membership": membership,
            "plan": plan,
            "name": name_of(membership.person),
            "payer": name_of(membership.household.payer),
            "disclosure": disclosure(plan),
            "section": "cover",
            **shown,
        },
    )
