"""My household: who belongs to it and who pays; and the page of everything that is mine."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.gateways.messaging import sandbox
from sameboat.identity.models import Login
from sameboat.identity.queries import name_of, phone_of, relatives
from sameboat.plans import queries as plans
from sameboat.runtime.settings import settings
from sameboat.web.cover import cover_cards
from sameboat.web.forms import RELATIONS
from sameboat.web.member import login_id, member_page


@member_page
def mine(request: HttpRequest) -> HttpResponse:
    """The way to everything that is mine."""
    login = Login.objects.select_related("person").get(id=login_id(request))
    name = name_of(login.person) if login.person else ""
    shown = {"name": name, "phone": phone_of(login), "section": "mine"}
    return render(request, "web/mine.html", shown)


@member_page
def household(request: HttpRequest) -> HttpResponse:
    """The family: each person with their memberships, and who is debited."""
    cards = cover_cards(login_id(request))
    people = [
        (
            RELATIONS[kind],
            name_of(person),
            [card for card in cards if card.membership.person_id == person.id],
        )
        for kind, person in relatives(login_id(request))
    ]
    shown = {"people": people, "plans": plans.plans(), "section": "mine"}
    return render(request, "web/household.html", shown)


@member_page
def messages(request: HttpRequest) -> HttpResponse:
    """What was sent to my phone: only where the messages stay on this machine."""
    login = Login.objects.get(id=login_id(request))
    phone = phone_of(login)
    is_kept = settings().mode != "production" and phone is not None
    found = sandbox.outbox(to=phone) if is_kept and phone else []
    return render(request, "web/messages.html", {"found": found, "section": "mine"})
