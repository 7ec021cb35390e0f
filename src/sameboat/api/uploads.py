"""A document in pieces: begun, sent piece by piece, gone on with after a broken line."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import once
from sameboat.api.errors import answers
from sameboat.api.shapes import Code, Hash, In, Key, Out, RefPath
from sameboat.claims import actions, queries
from sameboat.claims.actions.uploads import PIECE_BYTES
from sameboat.claims.queries import Progress
from sameboat.identity.scopes import Area
from sameboat.runtime import clock

router = Router(tags=["claims"], auth=Bearer(Area.CLAIMS))
OffsetPath = Annotated[int, Path(ge=0, le=2**40)]


class UploadIn(In):
    """A document: what it shows, its bytes, and the SHA-256 in hex that the device made of it."""

    kind: Code
    length: int
    device_hash: Hash


class UploadOut(Out):
    """How far an upload is; `evidence_ref` is null while bytes are missing."""

    ref: str
    received: int
    length: int
    piece_bytes: int
    evidence_ref: str | None


@router.post("/claims/{ref}/uploads", response=answers(UploadOut, 201))
def begin(request: Request, idempotency_key: Key, ref: RefPath, body: UploadIn) -> HttpResponse:
    """Announce a document, or find the same one that is under way: send what follows `received`."""

    def do() -> UploadOut:
        said = body.model_dump()
        return upload_out(
            actions.begin_upload(login_id=request.auth.id, claim_ref=ref, now=clock.now(), **said)
        )

    return once(request, idempotency_key, body, do, status=201)


@router.get("/uploads/{ref}", response=answers(UploadOut))
def upload(request: Request, ref: RefPath) -> UploadOut:
    """How far an upload is."""
    return upload_out(queries.upload_progress(login_id=request.auth.id, upload_ref=ref))


@router.put(
    "/uploads/{ref}/{offset}",
    response=answers(UploadOut),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
def piece(request: Request, ref: RefPath, offset: OffsetPath) -> UploadOut:
    """The piece that begins at `offset`, as it is. Sent again it changes nothing."""
    return upload_out(
        actions.add_piece(
            login_id=request.auth.id,
            upload_ref=ref,
            offset=offset,
            content=request.body,
            now=clock.now(),
        )
    )


def upload_out(progress: Progress) -> UploadOut:
    return UploadOut(
        ref=progress.ref,
        received=progress.received,
        length=progress.length,
        piece_bytes=PIECE_BYTES,
        evidence_ref=progress.evidence_ref or None,
    )
