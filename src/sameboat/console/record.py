"""The record and the staff's own traces: the head of the log, the audit trail, finding a member."""

from __future__ import annotations

from collections.abc import Callable

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sameboat.claims.queries import claims_of_households
from sameboat.claims.queries.claimants import ClaimLine
from sameboat.console import forms
from sameboat.console.access import ALL, login_id, page, posted, staff_page, told
from sameboat.identity import actions as identity
from sameboat.identity.actions.mandates import (
    MANDATE_GIVERS,
    Mandate,
    NoSuchMandate,
    whose_mandate,
)
from sameboat.identity.actions.verification import DOCUMENT_DECIDERS
from sameboat.identity.documents import to_look_at
from sameboat.identity.queries import mandates_of, name_of, roles_of
from sameboat.identity.trail import PAGE_ROWS, READERS, trail
from sameboat.members import search
from sameboat.members.actions import record_death, undo_death
from sameboat.members.actions.deaths import DEATH_RECORDERS, Entered, whose_death
from sameboat.members.deaths import death_waiting, deaths_waiting
from sameboat.members.queries import cover
from sameboat.members.search import SEARCHERS, Found
from sameboat.plans import queries as plans
from sameboat.record import queries as log
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal


@staff_page(*ALL)
def record(request: HttpRequest) -> HttpResponse:
    """How long the log is, who signed its head, and what still waits."""
    context = {
        "head": log.head(),
        "pending": log.pending_count(),
        "policy": log.policy_text(),
    }
    return page(request, "record.html", context, section="record")


@staff_page(*READERS)
def audit_trail(request: HttpRequest) -> HttpResponse:
    """What staff did and looked at, the newest first."""
    form = forms.Trail(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {"login": "", "subject": ""}
    before = request.GET.get("before", "")
    rows = trail(
        login_id=login_id(request),
        of_login=chosen["login"],
        subject=chosen["subject"],
        before=int(before) if before.isascii() and before.isdigit() else None,
    )
    older = rows[-1].id if len(rows) == PAGE_ROWS else None
    context = {"rows": rows, "form": form, "chosen": chosen, "older": older}
    return page(request, "trail.html", context, section="trail")


@staff_page(*SEARCHERS)
def members(request: HttpRequest) -> HttpResponse:
    """Find a member by a whole phone number or document; each search leaves an audit row.

    By POST only, so that no number stands in an address, a log or a history.
    """
    form = forms.FindMember(posted(request))
    context: dict[str, object] = {"form": form, "refusal": "", "searched": False}
    if roles_of(login_id(request)) & set(DEATH_RECORDERS):
        context["deaths"] = deaths_waiting(login_id=login_id(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            context |= _search(request, form)
        except Refusal as refusal:
            context["refusal"], status = told(refusal), 409
    return page(request, "members.html", context, section="members", status=status)


def _search(request: HttpRequest, form: forms.FindMember) -> dict[str, object]:
    asked, asker, now = form.cleaned_data, login_id(request), clock.now()
    if asked["phone"]:
        found = search.by_phone(login_id=asker, phone=asked["phone"], now=now)
    else:
        found = search.by_document(
            login_id=asker, kind=asked["kind"], number=asked["number"], now=now
        )
    may_record = bool(roles_of(asker) & set(DEATH_RECORDERS))
    shown: dict[str, object] = {"searched": True, "found": found, "may_record_death": may_record}
    return (
        shown
        | {"rows": _rows(found) if found else []}
        | ({"claims": _claims(asker, found)} if found else {})
    )


def _rows(found: Found) -> list[tuple[object, ...]]:
    """Each membership with its plan and its cover today."""
    known = {plan.id: plan for plan in plans.plans()}
    now = clock.now()
    return [
        (each, known[each.plan], cover(each, day_of(now, known[each.plan].timezone)))
        for each in found.memberships
    ]


def _claims(asker: int, found: Found) -> list[ClaimLine]:
    households = [each.household_id for each in found.memberships]
    return claims_of_households(login_id=asker, households=households)


@staff_page(*DOCUMENT_DECIDERS)
def documents(request: HttpRequest) -> HttpResponse:
    """New documents of members that bear another name: the same person's, or not."""
    refusal, status = "", 200
    if request.method == "POST":
        try:
            identity.decide_new_document(
                login_id=login_id(request),
                ref=request.POST.get("ref", ""),
                accept=request.POST.get("accept") == "yes",
                now=clock.now(),
            )
        except Refusal as reason:
            refusal, status = told(reason), 409
        else:
            return redirect("console:documents")
    context = {"documents": to_look_at(login_id(request)), "refusal": refusal}
    return page(request, "documents.html", context, section="documents", status=status)


@staff_page(*MANDATE_GIVERS)
def mandate(request: HttpRequest, ref: str) -> HttpResponse:
    """Let somebody outside the family act for a person, by a paper; or take it back."""
    person = whose_mandate(login_id=login_id(request), person_ref=ref)
    form = forms.GiveMandate(posted(request) if "kind" in request.POST else None)
    refusal, status = "", 200
    try:
        if "revoke" in request.POST:
            _revoke(request)
            return redirect("console:mandate", ref)
        if form.is_valid():
            _grant(request, ref, form)
            return redirect("console:mandate", ref)
    except Refusal as reason:
        refusal, status = told(reason), 409
    context = {
        "form": form,
        "refusal": refusal,
        "name": name_of(person),
        "mandates": mandates_of(person),
    }
    return page(request, "mandate.html", context, section="members", status=status)


def _grant(request: HttpRequest, ref: str, form: forms.GiveMandate) -> None:
    stated = form.cleaned_data
    identity.grant_mandate(
        login_id=login_id(request),
        person_ref=ref,
        kind=Mandate(stated["kind"]),
        document_kind=DocumentKind(stated["document_kind"]),
        document_number=stated["document_number"],
        until=stated["until"],
        now=clock.now(),
    )


def _revoke(request: HttpRequest) -> None:
    number = request.POST["revoke"]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NoSuchMandate()
    identity.revoke_mandate(login_id=login_id(request), mandate_id=int(number), now=clock.now())


@staff_page(*DEATH_RECORDERS)
def death(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter that somebody died, from the certificate; a second person does the same."""
    form = forms.Death(posted(request))
    return _entered_by_two(request, ref, form, record_death, "death.html")


@staff_page(*DEATH_RECORDERS)
def living(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter that a death was recorded by mistake; a second person does the same."""
    return _entered_by_two(
        request, ref, forms.UndoDeath(posted(request)), undo_death, "living.html"
    )


def _entered_by_two(
    request: HttpRequest, ref: str, form: Form, enter: Callable[..., Entered], template: str
) -> HttpResponse:
    """What two persons enter by themselves, and what the other one's entry made of it."""
    whose_death(login_id=login_id(request), person_ref=ref)
    refusal, status, entered = "", 200, ""
    if form.is_valid():
        try:
            entered = enter(
                login_id=login_id(request), person_ref=ref, now=clock.now(), **form.cleaned_data
            )
        except Refusal as reason:
            refusal, status = told(reason), 409
    waiting = death_waiting(login_id=login_id(request), person_ref=ref)
    context = {"form": form, "refusal": refusal, "entered": entered, "waiting": waiting}
    return page(request, template, context, section="members", status=status)
