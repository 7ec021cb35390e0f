"""Looking at documents: the viewing copy for whoever may, the opening for whoever handed it in."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done
from sameboat.api.errors import answers
from sameboat.api.shapes import Done, Key, RefPath
from sameboat.claims import actions, queries
from sameboat.identity.scopes import Area
from sameboat.runtime import clock

router = Router(tags=["claims"], auth=Bearer(Area.CLAIMS))


@router.get(
    "/{ref}/view",
    response=answers(bytes),
    openapi_extra={"x-media": ["image/jpeg", "application/pdf"]},
)
def view(request: Request, ref: RefPath) -> HttpResponse:
    """The viewing copy of a document, JPEG or PDF; a look by staff leaves an audit row."""
    content, media_type = queries.evidence_view(
        login_id=request.auth.id, evidence_ref=ref, now=clock.now()
    )
    answer = HttpResponse(content, content_type=media_type)
    answer["Cache-Control"] = "private, no-store"
    return answer


@router.post("/{ref}/take-out", response=answers(Done))
def take_out(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Take one's document out before the claim is handed in: its files are erased."""
    return done(request, idempotency_key, actions.take_out_evidence, evidence_ref=ref)


@router.get("/{ref}/opening", response=answers(dict[str, str | int]))
def opening(request: Request, ref: RefPath) -> HttpResponse:
    """The file `N.opening.json` of one's own document, for `sameboat verify`."""
    content = queries.evidence_opening(login_id=request.auth.id, evidence_ref=ref)
    return HttpResponse(content, content_type="application/json")
