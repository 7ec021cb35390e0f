"""A claim, by who files it: what is to be done now, mend, hand in, follow, withdraw, appeal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.claims.consents import VERSIONS
from sameboat.claims.queries import ClaimantView
from sameboat.identity import actions as identity
from sameboat.members import queries as memberships
from sameboat.payments.queries import aid_to_give_back, shares_given_back
from sameboat.rules.benefit import needs_bills
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import HandIn, Instalment, Mend
from sameboat.web.claim_said import (
    claim_page,
    illness_of,
    in_force,
    initial_of,
    is_own,
    payees_known,
    said_of,
)
from sameboat.web.forms import Words
from sameboat.web.member import login_id, member_page, told


@member_page
def my_claims(request: HttpRequest) -> HttpResponse:
    """The claims of me and my family, and the way to a new one."""
    found = claims.my_claims(login_id(request))
    return render(request, "web/claims.html", {"claims": found, "section": "claims"})


@member_page
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """One claim: what is to be done now, what was said, and what happened so far."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    shown = claim_page(view) | {
        "given_back": shares_given_back(ref),
        "to_give_back": aid_to_give_back(ref),
    }
    return render(request, "web/claim.html", shown)


@member_page
def mend(request: HttpRequest, ref: str) -> HttpResponse:
    """Say anew what was said, until the claim is handed in."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    shown = claim_page(view)
    terms = shown["terms"] or in_force(shown["plan"])
    form = Mend(
        request.POST or None,
        listed=terms.illnesses,
        initial=initial_of(view),
        known=payees_known(request, view),
        own=is_own(
            request,
            memberships.membership(login_id=login_id(request), ref=view.membership_ref),
        ),
        bills=needs_bills(terms.benefits),
        timezone=shown["plan"].timezone,
    )
    if form.is_valid():
        said = said_of(form.cleaned_data, illness_of(terms, form.cleaned_data["illness"]))
        try:
            actions.edit_claim(login_id=login_id(request), claim_ref=ref, now=clock.now(), **said)
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, _("It is changed."), extra_tags="good")
            return redirect("web:claim", ref)
    return render(request, "web/claim_mend.html", shown | {"form": form})


@member_page
def follow(request: HttpRequest, ref: str) -> HttpResponse:
    """A further instalment of a claim that was paid: its draft is made here."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    initial = initial_of(view)
    form = Instalment(request.POST or None, initial=initial, known=payees_known(request, view))
    if form.is_valid():
        shown = claim_page(view)
        stated = initial | form.cleaned_data | {"follows": ref}
        try:
            made = actions.draft_claim(
                login_id=login_id(request),
                membership_ref=view.membership_ref,
                now=clock.now(),
                **said_of(stated, shown["illness"]),
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            return redirect("web:claim", made)
    return render(request, "web/claim_follow.html", claim_page(view) | {"form": form})


@member_page
def drop(request: HttpRequest, ref: str) -> HttpResponse:
    """Delete a draft, after a look at what that means."""
    if request.method == "POST":
        return _done(request, ref, "web:claims", actions.drop_draft)
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    return render(request, "web/claim_drop.html", claim_page(view))


@require_POST
@member_page
def open_claim(request: HttpRequest, ref: str) -> HttpResponse:
    """Put the draft on the record; documents can be added from then on."""
    return _done(request, ref, "web:claim_documents", actions.open_claim)


@member_page
def hand_in(request: HttpRequest, ref: str) -> HttpResponse:
    """The last step: consents, and the claim is handed in."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    if view.kinds_missing:
        return redirect("web:claim_documents", ref)
    form = HandIn(request.POST or None)
    if form.is_valid():
        try:
            _consent(request, view, tuple(form.fields))
            actions.seal_claim(login_id=login_id(request), claim_ref=ref, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, _("Your claim is handed in. You can follow it here."))
            return redirect("web:claim", ref)
    return render(request, "web/claim_hand_in.html", claim_page(view) | {"form": form})


@require_POST
@member_page
def end_help(request: HttpRequest, ref: str) -> HttpResponse:
    """End somebody's help; what was filled in stays."""
    return _done(request, ref, "web:claim", actions.end_assistance)


@member_page
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the claim back, after a look at what that means."""
    if request.method == "POST":
        return _done(request, ref, "web:claim", actions.withdraw_claim)
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    return render(request, "web/claim_withdraw.html", claim_page(view))


@member_page
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the review board after a decline."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    form = Words(request.POST or None)
    if form.is_valid():
        try:
            actions.appeal(
                login_id=login_id(request),
                claim_ref=ref,
                text=form.cleaned_data["text"],
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            return redirect("web:claim", ref)
    return render(request, "web/claim_appeal.html", claim_page(view) | {"form": form})


def _done(request: HttpRequest, ref: str, target: str, action: Any) -> HttpResponse:
    """Call an action that needs the claim only; what it refuses is said on the claim's page."""
    try:
        action(login_id=login_id(request), claim_ref=ref, now=clock.now())
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
        return redirect("web:claim", ref)
    return redirect(target, *(() if target == "web:claims" else (ref,)))


def _consent(request: HttpRequest, view: ClaimantView, purposes: tuple[str, ...]) -> None:
    login = login_id(request)
    ill = memberships.membership(login_id=login, ref=view.membership_ref)
    for purpose in purposes:
        identity.give_consent(
            login_id=login,
            person_id=ill.person_id,
            purpose=purpose,
            version=VERSIONS[purpose],
            now=clock.now(),
        )
