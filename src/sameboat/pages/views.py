"""The few pages that all faces share: the size of type, and the demonstration's clock."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

TYPE_COOKIE_SECONDS = 5 * 365 * 24 * 3600


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page that the reader came from, never to another site."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    return HttpResponseRedirect(target)


@require_POST
def choose_type(request: HttpRequest) -> HttpResponse:
    """Remember the reader's choice between normal and large type."""
    answer = back(request)
    size = "large" if request.POST.get("type") == "large" else "normal"
    answer.set_cookie("type", size, max_age=TYPE_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return answer
