"""The documents of a claim: the checklist, what was added, and taking one out."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sameboat.claims import actions
from sameboat.claims import queries as claims
from sameboat.claims.queries import ClaimantView
from sameboat.pages import words
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.claim_forms import Documents
from sameboat.web.claim_said import claim_page
from sameboat.web.member import login_id, member_page, told


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
    return render(request, "web/claim_documents.html", claim_page(view) | {"form": form})


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
    return render(request, "web/claim_take_out.html", claim_page(view) | {"document": line})


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


def _asked_kind(view: ClaimantView) -> str:
    asked = [kind for ask in view.asks if not ask.answered for kind in ask.kinds]
    return asked[0] if asked else next(iter(words.EVIDENCE))
