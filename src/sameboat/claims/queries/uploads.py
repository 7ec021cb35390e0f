"""How far documents are that come in pieces."""

from __future__ import annotations

from dataclasses import dataclass

from sameboat.claims.access import NoSuchClaim, claim_to_file
from sameboat.claims.models import Upload
from sameboat.runtime.refusals import Refusal


class NoSuchUpload(Refusal):
    """There is no such upload, or it is not this login's, or it was given up long ago."""

    code = "no_such_upload"
    en = "There is no upload of that number here; begin it again."
    zh = "没有找到该上传，请重新开始上传。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an upload is."""

    ref: str
    received: int
    length: int
    evidence_ref: str
    """The document that it became; empty while bytes are missing."""


def upload_progress(*, login_id: int, upload_ref: str) -> Progress:
    """How far an upload is, for who files the claim."""
    return progress_of(upload_to_go_on(login_id, upload_ref))


def upload_to_go_on(login_id: int, ref: str) -> Upload:
    """The upload, for whoever files the claim."""
    found = Upload.objects.select_related("claim").filter(ref=ref).first()
    if found is None:
        raise NoSuchUpload()
    try:
        claim_to_file(login_id, found.claim.ref)
    except NoSuchClaim:
        raise NoSuchUpload() from None
    return found


def progress_of(upload: Upload) -> Progress:
    """How far this upload is."""
    return Progress(
        ref=upload.ref,
        received=upload.received,
        length=upload.length,
        evidence_ref=upload.evidence_ref,
    )
