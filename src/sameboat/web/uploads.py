"""Documents in pieces, for the script of the documents page; without it they come whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from sameboat.claims import actions
from sameboat.claims.actions.uploads import PIECE_BYTES
from sameboat.claims.queries import Progress
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.member import login_id, told

View = Callable[..., HttpResponse]


def told_to_the_script(view: View) -> View:
    """A refusal becomes a sentence that the script shows beside the file."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            said = {"code": refusal.code, "refusal": told(refusal)}
            return JsonResponse(said, status=409)

    return login_required(require_POST(answer))


@told_to_the_script
def begin(request: HttpRequest, ref: str) -> HttpResponse:
    """Announce a document, or find out how far the same one is."""
    length = request.POST.get("length", "")
    return _progress(
        actions.begin_upload(
            login_id=login_id(request),
            claim_ref=ref,
            kind=request.POST.get("kind", ""),
            length=int(length) if length.isascii() and length.isdigit() and len(length) < 12 else 0,
            device_hash=request.POST.get("device_hash", ""),
            now=clock.now(),
        )
    )


@told_to_the_script
def piece(request: HttpRequest, ref: str, offset: int) -> HttpResponse:
    """One piece; with the last one the document is added."""
    return _progress(
        actions.add_piece(
            login_id=login_id(request),
            upload_ref=ref,
            offset=offset,
            content=request.body,
            now=clock.now(),
        )
    )


def _progress(progress: Progress) -> HttpResponse:
    return JsonResponse(
        {
            "ref": progress.ref,
            "received": progress.received,
            "length": progress.length,
            "pieceBytes": PIECE_BYTES,
            "done": bool(progress.evidence_ref),
        }
    )
