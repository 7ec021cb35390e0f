"""What the member's pages share: whose page it is, and how a refusal becomes a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.identity.models import Login
from sameboat.pages.formatting import language
from sameboat.runtime.refusals import Refusal

View = Callable[..., HttpResponse]


def login_id(request: HttpRequest) -> int:
    """The login that asks; only for pages behind `member_page`."""
    assert isinstance(request.user, Login)
    return request.user.id


def told(refusal: Refusal) -> str:
    """The refusal's sentence in the reader's language."""
    return refusal.explain(language())


def open_page(view: View) -> View:
    """A page for everybody; what is refused while it is made is said on a page of its own."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            # The same answer for what does not exist and for what is not the reader's.
            return render(request, "web/refused.html", {"refusal": told(refusal)}, status=404)

    return shown


def member_page(view: View) -> View:
    """A page for who is signed in; others are led to the sign-in and back."""
    return login_required(open_page(view))
