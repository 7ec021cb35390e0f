"""The programs that act for me."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.identity.models import Login
from sameboat.pages.programs import programs_page
from sameboat.runtime import clock
from sameboat.web.member import login_id, member_page


@member_page
def programs(request: HttpRequest) -> HttpResponse:
    """Let a program in, see which ones are, and put one out."""
    assert isinstance(request.user, Login)
    is_staff = request.user.is_staff
    shown = programs_page(request, login_id=login_id(request), is_staff=is_staff, now=clock.now())
    answer = render(request, "web/programs.html", {**shown.context, "section": "mine"})
    answer["Cache-Control"] = "no-store"
    return answer
