"""My household: who belongs to it and who pays; and the page of everything that is mine."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sameboat.gateways.messaging import sandbox
from sameboat.identity import actions as identity
from sameboat.identity.actions.verification import NotYourPerson
from sameboat.identity.documents import known_by
from sameboat.identity.models import Login, Person
from sameboat.identity.outcomes import TOLD
from sameboat.identity.queries import (
    acting_for_me,
    mandates,
    name_of,
    phone_of,
    relations_asked,
    relatives,
    verification,
)
from sameboat.members import actions as members
from sameboat.members.actions.relatives import PaysForYou
from sameboat.plans import queries as plans
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.web import forms
from sameboat.web.cover import cover_cards
from sameboat.web.forms import ASKER_IS, FIELDS, RELATIONS
from sameboat.web.join import ask_identity
from sameboat.web.member import login_id, member_page, told


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
            person.ref,
            known_by(person),
            person.deceased_on,
            [card for card in cards if card.membership.person_id == person.id],
        )
        for kind, person in relatives(login_id(request))
    ]
    shown = {
        "people": people,
        "plans": plans.plans(),
        "asked": [(each, ASKER_IS[each.kind]) for each in relations_asked(login_id(request))],
        "acting": acting_for_me(login_id(request)),
        "mandates": mandates(login_id(request)),
        "section": "mine",
    }
    return render(request, "web/household.html", shown)


@require_POST
@member_page
def agree(request: HttpRequest, asked: int) -> HttpResponse:
    """Let whoever asked act for me, or for somebody for whom I act."""
    identity.agree_to_relation(login_id=login_id(request), asked_id=asked, now=clock.now())
    return redirect("web:household")


@require_POST
@member_page
def refuse(request: HttpRequest, asked: int) -> HttpResponse:
    """Do not let them."""
    identity.refuse_relation(login_id=login_id(request), asked_id=asked, now=clock.now())
    return redirect("web:household")


@require_POST
@member_page
def end_relation(request: HttpRequest, relation: int) -> HttpResponse:
    """Somebody of the family acts for me no longer."""
    try:
        members.end_relation(login_id=login_id(request), relation_id=relation, now=clock.now())
    except PaysForYou as refusal:
        flash.error(request, told(refusal), extra_tags="bad")
    return redirect("web:household")


@require_POST
@member_page
def revoke_mandate(request: HttpRequest, mandate: int) -> HttpResponse:
    """Take back that somebody acts for me, or that I act for somebody."""
    identity.revoke_mandate(login_id=login_id(request), mandate_id=mandate, now=clock.now())
    return redirect("web:household")


@member_page
def relative(request: HttpRequest) -> HttpResponse:
    """Verify somebody of the family without letting them join: to act for them, or to take over."""
    form = forms.Relative(request.POST or None)
    if form.is_valid():
        try:
            ref = ask_identity(request, form.cleaned_data["relation"], form.cleaned_data)
        except Refusal as refusal:
            form.add_error(FIELDS.get(refusal.code), told(refusal))
        else:
            return redirect("web:relative_state", ref)
    return render(request, "web/relative.html", {"form": form, "section": "mine"})


@member_page
def relative_state(request: HttpRequest, ref: str) -> HttpResponse:
    """What came of verifying somebody of the family, and where that leads."""
    state = verification(login_id=login_id(request), ref=ref)
    shown = {
        "state": state,
        "told": TOLD[state.outcome] if state.outcome else None,
        "plans": plans.plans(),
        "section": "mine",
    }
    return render(request, "web/relative_state.html", shown)


@member_page
def new_document(request: HttpRequest, ref: str) -> HttpResponse:
    """Somebody of the family has another document now: a child's first ID, a new passport."""
    person = _of_family(request, ref)
    form = forms.NewDocument(request.POST or None)
    if form.is_valid():
        stated = form.cleaned_data
        try:
            asked = identity.request_new_document(
                login_id=login_id(request),
                person_ref=ref,
                document_kind=DocumentKind(stated["document_kind"]),
                document_number=stated["document_number"],
                name=stated["name"],
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(FIELDS.get(refusal.code), told(refusal))
        else:
            return redirect("web:new_document_state", asked)
    shown = {"form": form, "name": name_of(person), "known": known_by(person), "section": "mine"}
    return render(request, "web/new_document.html", shown)


@member_page
def new_document_state(request: HttpRequest, ref: str) -> HttpResponse:
    """What became of a new document: asked, taken, compared by staff, or why not."""
    state = verification(login_id=login_id(request), ref=ref)
    shown = {
        "state": state,
        "told": TOLD[state.outcome] if state.outcome else None,
        "section": "mine",
    }
    return render(request, "web/new_document_state.html", shown)


def _of_family(request: HttpRequest, ref: str) -> Person:
    for _kind, person in relatives(login_id(request)):
        if person.ref == ref:
            return person
    raise NotYourPerson()


@member_page
def messages(request: HttpRequest) -> HttpResponse:
    """What was sent to my phone: only where the messages stay on this machine."""
    login = Login.objects.get(id=login_id(request))
    phone = phone_of(login)
    is_kept = settings().mode != "production" and phone is not None
    found = sandbox.outbox(to=phone) if is_kept and phone else []
    return render(request, "web/messages.html", {"found": found, "section": "mine"})
