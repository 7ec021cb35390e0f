"""The few pages that all faces share: the size of type, and the demonstration's clock."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from sameboat.identity.actions import set_language as set_language_of_messages
from sameboat.identity.models import Login
from sameboat.runtime.refusals import Language

TYPE_COOKIE_SECONDS = 5 * 365 * 24 * 3600


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page that the reader came from, never to another site."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    return HttpResponseRedirect(target)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language, for the pages and for messages to their phone."""
    if isinstance(request.user, Login):
        chosen: Language = "zh" if request.POST.get("language", "").startswith("zh") else "en"
        set_language_of_messages(login_id=request.user.id, language=chosen)
    return set_language(request)


@require_POST
def choose_type(request: HttpRequest) -> HttpResponse:
    """Remember the reader's choice between normal and large type."""
    answer = back(request)
    size = "large" if request.POST.get("type") == "large" else "normal"
    answer.set_cookie("type", size, max_age=TYPE_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return answer
