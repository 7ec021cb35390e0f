"""The programs that look for a member of the staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sameboat.console.access import ALL, login_id, page, staff_page
from sameboat.pages.programs import programs_page
from sameboat.runtime import clock


@staff_page(*ALL)
def programs(request: HttpRequest) -> HttpResponse:
    """Let a program in, see which ones are, put one out, or sign out everywhere."""
    shown = programs_page(request, login_id=login_id(request), is_staff=True, now=clock.now())
    if shown is None:
        messages.success(request, _("You are signed out everywhere, programs too."))
        return redirect("account_login")
    return page(request, "programs.html", shown.context, section="programs")
