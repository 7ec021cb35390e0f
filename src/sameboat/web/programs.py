"""The programs that act for me."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.identity.models import Login
from sameboat.pages.programs import programs_page
from sameboat.runtime import clock
from sameboat.web.member import login_id, member_page


@member_page
def programs(request: HttpRequest) -> HttpResponse:
    """Let a program in, see which ones are, put one out, or sign out everywhere."""
    assert isinstance(request.user, Login)
    is_staff = request.user.is_staff
    shown = programs_page(request, login_id=login_id(request), is_staff=is_staff, now=clock.now())
    if shown is None:
        messages.success(request, _("You are signed out everywhere, programs too."))
        return redirect("account_request_login_code")
    answer = render(request, "web/programs.html", {**shown.context, "section": "mine"})
    answer["Cache-Control"] = "no-store"
    return answer
