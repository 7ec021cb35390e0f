"""What people ask: what is debited, why, how it stops, what happens when somebody falls ill."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.identity.models import Login
from sameboat.web.cover import CoverCard, cover_cards
from sameboat.web.member import open_page


@open_page
def questions(request: HttpRequest) -> HttpResponse:
    """Questions with their answers; the way out stands first, for each membership of the reader."""
    shown = {"can_leave": _can_leave(request), "section": "help"}
    return render(request, "web/help.html", shown)


def _can_leave(request: HttpRequest) -> list[CoverCard]:
    if not isinstance(request.user, Login) or request.user.is_staff:
        return []
    return [card for card in cover_cards(request.user.id) if card.is_open]
