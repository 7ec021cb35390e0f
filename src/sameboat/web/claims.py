"""A claim, by who files it: begin, documents, hand in, follow, withdraw, appeal.

Until the draft is made, what was filled in waits in the session, which is sealed. From then on the
claim itself is the task list: it survives days and other devices.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.claims.consents import VERSIONS
from sameboat.claims.queries import ClaimantView
from sameboat.claims.reasons import WORDS, Acting
from sameboat.claims.stated import Said, SaidPayee
from sameboat.identity import actions as identity
from sameboat.identity.queries import name_of
from sameboat.members import queries as memberships
from sameboat.members.models import Membership
from sameboat.pages import words
from sameboat.payments.queries import shares_given_back
from sameboat.plans import queries as plans
from sameboat.rules.benefit import needs_bills
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind
from sameboat.rules.illness import find_illness
from sameboat.rules.terms import Illness, Plan, PlanTerms
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import (
    Documents,
    HandIn,
    Instalment,
    Mend,
    Payee,
    WhatHappened,
    WhichIllness,
)
from sameboat.web.forms import Words
from sameboat.web.member import login_id, member_page, told
from sameboat.web.progress import progress_of

FOUND_MAX = 12


@member_page
def my_claims(request: HttpRequest) -> HttpResponse:
    """The claims of me and my family, and the way to a new one."""
    found = claims.my_claims(login_id(request))
    return render(request, "web/claims.html", {"claims": found, "section": "claims"})


@member_page
def begin(request: HttpRequest) -> HttpResponse:
    """Check before you start: for whom, what is needed, what happens."""
    mine = memberships.memberships_of(login_id(request))
    known = {plan.id: plan for plan in plans.plans()}
    people = [(m, known[m.plan], name_of(m.person)) for m in mine]
    return render(request, "web/claim_begin.html", {"people": people, "section": "claims"})


@member_page
def illness(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 1: find the illness in the list as a doctor or a family names it."""
    membership, terms = _member(request, ref)
    asked = request.GET.get("q", "").strip()
    found = find_illness(terms, asked)[:FOUND_MAX] if asked else ()
    form = WhichIllness(request.POST or None, found=found or terms.illnesses)
    if form.is_valid():
        _keep(request, ref, illness=form.cleaned_data["illness"])
        return redirect("web:claim_facts", ref)
    shown = {"form": form, "asked": asked, "found": found, "terms": terms, "step": 1}
    return render(request, "web/claim_illness.html", _head(membership) | shown)


@member_page
def facts(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 2: what happened, in the claimant's words."""
    membership, terms = _member(request, ref)
    kept = _kept(request, ref)
    if "illness" not in kept:
        return redirect("web:claim_illness", ref)
    zone = plans.plan(membership.plan).timezone
    form = WhatHappened(
        request.POST or None,
        initial=_stated(kept),
        timezone=zone,
        own=_is_own(request, membership),
        bills=needs_bills(terms.benefits),
    )
    if form.is_valid():
        _keep(request, ref, **{name: _plain(said) for name, said in form.cleaned_data.items()})
        return redirect("web:claim_payee", ref)
    return render(request, "web/claim_facts.html", _head(membership) | {"form": form, "step": 2})


@member_page
def payee(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 3: who receives the aid."""
    membership, _terms = _member(request, ref)
    kept = _kept(request, ref)
    if "diagnosed_on" not in kept:
        return redirect("web:claim_facts", ref)
    known = claims.payees_known(login_id=login_id(request), membership_ref=ref)
    form = Payee(request.POST or None, initial=kept, known=known)
    if form.is_valid():
        _keep(request, ref, **form.cleaned_data)
        return redirect("web:claim_check", ref)
    return render(request, "web/claim_payee.html", _head(membership) | {"form": form, "step": 3})


@member_page
def check(request: HttpRequest, ref: str) -> HttpResponse:
    """Step 4: check your answers; the draft is made here."""
    membership, terms = _member(request, ref)
    kept = _kept(request, ref)
    if "payee_name" not in kept:
        return redirect("web:claim_payee", ref)
    chosen = _illness(terms, kept["illness"])
    refusal = ""
    if request.method == "POST":
        said = _said(_stated(kept), chosen)
        try:
            claim_ref = actions.draft_claim(
                login_id=login_id(request), membership_ref=ref, now=clock.now(), **said
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            del request.session[_key(ref)]
            return redirect("web:claim", claim_ref)
    shown = {"said": _stated(kept), "illness": chosen, "refusal": refusal, "step": 4}
    return render(request, "web/claim_check.html", _head(membership) | shown)


@member_page
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """One claim: what is to be done now, what was said, and what happened so far."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    shown = _claim(view) | {"given_back": shares_given_back(ref)}
    return render(request, "web/claim.html", shown)


@member_page
def mend(request: HttpRequest, ref: str) -> HttpResponse:
    """Say anew what was said, until the claim is handed in."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    shown = _claim(view)
    terms = shown["terms"] or _in_force(shown["plan"])
    form = Mend(
        request.POST or None,
        listed=terms.illnesses,
        initial=_initial(view),
        known=_known(request, view),
        own=_is_own(
            request,
            memberships.membership(login_id=login_id(request), ref=view.membership_ref),
        ),
        bills=needs_bills(terms.benefits),
        timezone=shown["plan"].timezone,
    )
    if form.is_valid():
        said = _said(form.cleaned_data, _illness(terms, form.cleaned_data["illness"]))
        try:
            actions.edit_claim(login_id=login_id(request), claim_ref=ref, now=clock.now(), **said)
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, _("It is changed."), extra_tags="good")
            return redirect("web:claim", ref)
    return render(request, "web/claim_mend.html", shown | {"form": form})


@member_page
def another_payee(request: HttpRequest, ref: str) -> HttpResponse:
    """Name another payee, until the aid is decided."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    form = Payee(request.POST or None, initial=_initial(view), known=_known(request, view))
    if form.is_valid():
        said = _payee(form.cleaned_data)
        try:
            actions.name_payee(login_id=login_id(request), claim_ref=ref, now=clock.now(), **said)
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, _("It is changed."), extra_tags="good")
            return redirect("web:claim", ref)
    return render(request, "web/claim_another_payee.html", _claim(view) | {"form": form})


@member_page
def follow(request: HttpRequest, ref: str) -> HttpResponse:
    """A further instalment of a claim that was paid: its draft is made here."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    initial = _initial(view)
    form = Instalment(request.POST or None, initial=initial, known=_known(request, view))
    if form.is_valid():
        shown = _claim(view)
        stated = initial | form.cleaned_data | {"follows": ref}
        try:
            made = actions.draft_claim(
                login_id=login_id(request),
                membership_ref=view.membership_ref,
                now=clock.now(),
                **_said(stated, shown["illness"]),
            )
        except Refusal as refusal:
            form.add_error(None, told(refusal))
        else:
            return redirect("web:claim", made)
    return render(request, "web/claim_follow.html", _claim(view) | {"form": form})


@member_page
def drop(request: HttpRequest, ref: str) -> HttpResponse:
    """Delete a draft, after a look at what that means."""
    if request.method == "POST":
        return _done(request, ref, "web:claims", actions.drop_draft)
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    return render(request, "web/claim_drop.html", _claim(view))


@require_POST
@member_page
def open_claim(request: HttpRequest, ref: str) -> HttpResponse:
    """Put the draft on the record; documents can be added from then on."""
    return _done(request, ref, "web:claim_documents", actions.open_claim)


@member_page
def documents(request: HttpRequest, ref: str) -> HttpResponse:
    """The checklist of documents, and the way to add some."""
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    first = view.kinds_missing[0] if view.kinds_missing else _asked_kind(view)
    form = Documents(request.POST or None, request.FILES or None, first=first)
    if form.is_valid():
        _take_in(request, ref, form)
        if form.is_valid():
            return redirect("web:claim_documents", ref)
        view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    return render(request, "web/claim_documents.html", _claim(view) | {"form": form})


@member_page
def document(request: HttpRequest, ref: str) -> HttpResponse:
    """The viewing copy of a document of mine."""
    content, media_type = claims.evidence_view(
        login_id=login_id(request), evidence_ref=ref, now=clock.now()
    )
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Cache-Control": "no-store", "Content-Disposition": "inline"},
    )


@member_page
def take_out(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a document out before the claim is handed in, after a look at what that means."""
    view, line = claims.claim_of_evidence(login_id=login_id(request), evidence_ref=ref)
    if request.method == "POST":
        try:
            actions.take_out_evidence(login_id=login_id(request), evidence_ref=ref, now=clock.now())
        except Refusal as refusal:
            messages.error(request, told(refusal), extra_tags="bad")
        else:
            messages.success(request, _("The document was taken out."), extra_tags="good")
        return redirect("web:claim_documents", view.line.ref)
    return render(request, "web/claim_take_out.html", _claim(view) | {"document": line})


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
    return render(request, "web/claim_hand_in.html", _claim(view) | {"form": form})


@member_page
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the claim back, after a look at what that means."""
    if request.method == "POST":
        return _done(request, ref, "web:claim", actions.withdraw_claim)
    view = claims.claim_for_claimant(login_id=login_id(request), ref=ref)
    return render(request, "web/claim_withdraw.html", _claim(view))


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
    return render(request, "web/claim_appeal.html", _claim(view) | {"form": form})


def _member(request: HttpRequest, ref: str) -> tuple[Membership, PlanTerms]:
    """The member who is ill, and the terms whose list of illnesses is shown."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    return membership, _in_force(plans.plan(membership.plan))


def _in_force(plan: Plan) -> PlanTerms:
    return plans.in_force(plan, day_of(clock.now(), plan.timezone))


def _is_own(request: HttpRequest, membership: Membership) -> bool:
    return membership.person.logins.filter(id=login_id(request)).exists()


def _head(membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership,
        "name": name_of(membership.person),
        "plan": plans.plan(membership.plan),
        "section": "claims",
    }


def _claim(view: ClaimantView) -> dict[str, Any]:
    plan = plans.plan(view.line.plan)
    terms = next((v for v in plan.versions if v.version == view.governing_version), None)
    listed = (terms or plan.versions[-1]).illnesses
    there = {line.kind for line in view.evidence}
    return {
        "claim": view,
        "state": view.line.state.name,
        "plan": plan,
        "terms": terms,
        "illness": next((one for one in listed if one.number == view.stated.illness), None),
        "checklist": [(kind, kind in there) for kind in view.kinds_required],
        "acting": WORDS[Acting(view.stated.acting)] if view.stated.acting else None,
        "asks": [ask for ask in view.asks if not ask.answered],
        "progress": progress_of(
            state=view.line.state, plan_id=view.line.plan, claim_ref=view.line.ref
        ),
        "section": "claims",
    }


def _illness(terms: PlanTerms, number: str) -> Illness:
    return next(one for one in terms.illnesses if one.number == number)


def _said(stated: dict[str, Any], chosen: Illness) -> Said:
    """What was filled in, as the actions take it."""
    return Said(
        illness=chosen.number,
        severity=chosen.severity,
        accident=stated["accident"] == "yes",
        diagnosed_on=stated["diagnosed_on"],
        hospital=stated["hospital"],
        statement=stated["statement"],
        **_payee(stated),
        accident_at=stated["accident_at"],
        died_at=stated["died_at"],
        acting=stated.get("acting", ""),
        bills_fen=_fen(stated.get("bills") or 0),
        follows=stated.get("follows", ""),
    )


def _fen(yuan: Decimal | str | int) -> int:
    return int(Decimal(yuan) * 100)


def _payee(stated: dict[str, Any]) -> SaidPayee:
    kind = stated.get("payee_document_kind")
    return SaidPayee(
        payee_name=stated["payee_name"],
        payee_phone=stated["payee_phone"],
        payee_document_kind=DocumentKind(kind) if kind else None,
        payee_document_number=stated.get("payee_document_number", ""),
    )


def _known(request: HttpRequest, view: ClaimantView) -> tuple[str, ...]:
    return claims.payees_known(login_id=login_id(request), membership_ref=view.membership_ref)


def _initial(view: ClaimantView) -> dict[str, Any]:
    """What was said, as the form shows it."""
    stated = view.stated
    return {
        "illness": stated.illness,
        "accident": "yes" if stated.accident else "no",
        "diagnosed_on": stated.diagnosed_on,
        "accident_at": stated.accident_at,
        "died_at": stated.died_at,
        "acting": stated.acting,
        "bills": Decimal(stated.bills) / 100,
        "follows": view.follows or "",
        "hospital": stated.hospital,
        "statement": stated.statement,
        "payee_name": view.payee.name,
        "payee_phone": view.payee.phone,
    }


def _done(request: HttpRequest, ref: str, target: str, action: Any) -> HttpResponse:
    """Call an action that needs the claim only; what it refuses is said on the claim's page."""
    try:
        action(login_id=login_id(request), claim_ref=ref, now=clock.now())
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
        return redirect("web:claim", ref)
    return redirect(target, *(() if target == "web:claims" else (ref,)))


def _take_in(request: HttpRequest, ref: str, form: Documents) -> None:
    """Add each file by itself: one that is refused does not lose the others."""
    hashes = request.POST.getlist("device_hash")
    files: list[UploadedFile[bytes]] = form.cleaned_data["documents"]
    added = 0
    for number, file in enumerate(files):
        try:
            actions.add_evidence(
                login_id=login_id(request),
                claim_ref=ref,
                kind=form.cleaned_data["kind"],
                content=file.read(),
                filename=file.name or "",
                device_hash=hashes[number] if len(hashes) == len(files) else None,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("documents", f"{file.name}: {told(refusal)}")
        else:
            added += 1
    if added:
        said = ngettext("%(count)d document was added.", "%(count)d documents were added.", added)
        messages.success(request, said % {"count": added}, extra_tags="good")


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


def _asked_kind(view: ClaimantView) -> str:
    asked = [kind for ask in view.asks if not ask.answered for kind in ask.kinds]
    return asked[0] if asked else next(iter(words.EVIDENCE))


def _stated(kept: dict[str, Any]) -> dict[str, Any]:
    """What is kept, with days and hours as such."""
    if "diagnosed_on" not in kept:
        return kept
    hours = {
        name: datetime.fromisoformat(kept[name]) if kept[name] else None
        for name in ("accident_at", "died_at")
    }
    return {**kept, **hours, "diagnosed_on": date.fromisoformat(kept["diagnosed_on"])}


def _plain(value: Any) -> Any:
    """What was typed, as a session can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _key(ref: str) -> str:
    return f"claim/{ref}"


def _kept(request: HttpRequest, ref: str) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(_key(ref), {})
    return kept


def _keep(request: HttpRequest, ref: str, **said: Any) -> None:
    request.session[_key(ref)] = {**_kept(request, ref), **said}
