"""Who may open which staff page: signed in, with a second factor, in one of the page's roles.

The pages keep people away from what is not their part; that an act is allowed is decided again by
the action itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sameboat.claims.access import REVIEWERS, OwnClaim
from sameboat.claims.children import ChildrensData
from sameboat.console.words import words
from sameboat.identity.actions.verification import DOCUMENT_DECIDERS
from sameboat.identity.models import Login
from sameboat.identity.queries import NotAllowed, has_second_factor, roles_of
from sameboat.identity.roles import Role
from sameboat.identity.trail import READERS
from sameboat.members.search import SEARCHERS
from sameboat.pages.formatting import language
from sameboat.rights.actions.correcting import ANSWERERS
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.webhooks.queries import MANAGERS

View = Callable[..., HttpResponse]

ALL = frozenset(Role)
CLAIMS = REVIEWERS | {Role.INSURER, Role.INVESTIGATOR}
MONEY = REVIEWERS | {Role.FINANCE, Role.PLAN_DESIGNER, Role.AUDITOR}
"""Who sees periods: everybody of the operator, nobody from outside."""
FINANCE = frozenset({Role.FINANCE})

MENU = (
    ("queue", _("Work queue"), CLAIMS),
    ("decisions", _("Decisions"), REVIEWERS),
    ("objections", _("Objections"), REVIEWERS),
    ("members", _("Members"), frozenset(SEARCHERS)),
    ("documents", _("New documents"), frozenset(DOCUMENT_DECIDERS)),
    ("data", _("Data requests"), frozenset(ANSWERERS)),
    ("periods", _("Periods"), MONEY),
    ("plans", _("Plans"), ALL),
    ("record", _("Record"), ALL),
    ("trail", _("Audit trail"), frozenset(READERS)),
    ("webhooks", _("Webhooks"), frozenset(MANAGERS)),
)
"""Each section with its address and who finds it in the menu."""


def staff_page(*roles: Role) -> Callable[[View], View]:
    """A page for staff in one of `roles`; everybody else is led to sign in, or told why not."""
    allowed = frozenset(roles)

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            elsewhere = _led_elsewhere(request)
            if elsewhere is not None:
                return elsewhere
            held = roles_of(login_id(request))
            if not held & allowed:
                return refused(request, NotAllowed(needed=_in_words(allowed)))
            try:
                answer = view(request, *args, **kwargs)
            except Refusal as refusal:
                return refused(request, refusal)
            # What staff see is nobody's to keep: neither the browser's nor a proxy's.
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        return shown

    return decorate


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """A staff page with the menu of those who read it."""
    held = roles_of(login_id(request))
    frame = {
        "section": section,
        "roles": sorted(held),
        "menu": [(name, label) for name, label, who in MENU if who & held],
    }
    return render(request, f"console/{template}", {**frame, **context}, status=status)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What was refused while a page was made, said on a page of its own."""
    status = 403 if isinstance(refusal, NotAllowed | OwnClaim | ChildrensData) else 404
    return page(request, "refused.html", {"refusal": told(refusal)}, section="", status=status)


def login_id(request: HttpRequest) -> int:
    """The login that asks; only behind `staff_page`."""
    assert isinstance(request.user, Login)
    return request.user.id


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent with a form; None where the page is only looked at. Nothing sent is sent."""
    return request.POST if request.method == "POST" else None


def told(refusal: Refusal) -> str:
    """The refusal's sentence in the reader's language."""
    return refusal.explain(language())


def _in_words(roles: frozenset[Role]) -> str:
    return " / ".join(words(role.value, "role") for role in Role if role in roles)


def _led_elsewhere(request: HttpRequest) -> HttpResponse | None:
    """Where somebody has to go first: to sign in, or to the second factor."""
    here = request.get_full_path()
    if not isinstance(request.user, Login):
        return redirect_to_login(here, reverse("account_login"))
    if not request.user.is_staff:
        return render(request, "console/members_only.html", status=403)
    if not has_second_factor(request.user.id):
        return render(request, "console/no_factor.html", status=403)
    records = get_authentication_records(request, request.user)
    proved = any(each.get("method") == "mfa" for each in records)
    if not proved:
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': here})}")
    return None


def plan_step(request: HttpRequest, plan_id: str, act: Callable[..., object], said: str) -> None:
    """Do what one of two persons decides about a plan; what came of it is told on the next page."""
    try:
        act(login_id=login_id(request), plan_id=plan_id, now=clock.now())
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
    else:
        messages.success(request, said)
