"""A document that comes in pieces: begun, sent piece by piece, and taken in when it is whole.

Every request may be sent again. Beginning the same document again tells how far it is; a piece that
is here already is not written twice; the last piece, sent again, tells the document that was made.
So a phone on a thin line goes on where it was, also on another day.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from sameboat.claims.access import claim_to_file
from sameboat.claims.actions.evidence import EvidenceThere, HashDiffers, add_evidence, event_of
from sameboat.claims.life import check_possible
from sameboat.claims.models import Upload, UploadPiece
from sameboat.claims.queries.uploads import Progress, progress_of, upload_to_go_on
from sameboat.claims.stated import choice, content_index
from sameboat.claims.viewing import BYTES_MAX, DocumentEmpty, DocumentTooLarge, media_type
from sameboat.rules.terms import EVIDENCE_KINDS
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import open_sealed, seal

PIECE_BYTES = 262_144
UPLOADS_OPEN_MAX = 10
UPLOAD_KEPT = timedelta(days=7)
PRUNED_AT_ONCE_MAX = 1_000


class TooManyUploads(Refusal):
    """More documents of the claim are under way than can be at once."""

    code = "too_many_uploads"
    en = "{uploads_max} documents of this claim are under way already; finish one of them first."
    zh = "该申请已有 {uploads_max} 份材料正在上传，请先完成其中一份。"


class PieceOutOfOrder(Refusal):
    """The piece is not the next one, or has not the length that it must have."""

    code = "piece_out_of_order"
    en = "{received} bytes are here: send the piece that begins there, {piece_bytes} bytes long."
    zh = "已收到 {received} 字节：请从该处继续，每段 {piece_bytes} 字节。"


class PieceDiffers(Refusal):
    """A piece was sent again with other bytes."""

    code = "piece_differs"
    en = "This piece is here already with other bytes; begin the upload again."
    zh = "该段已收到，但内容不同，请重新开始上传。"


@transaction.atomic
def begin_upload(
    *, login_id: int, claim_ref: str, kind: str, length: int, device_hash: str, now: datetime
) -> Progress:
    """Announce a document of `length` bytes, or find out how far the same one is already.

    `device_hash` is the SHA-256 in hex that the sender's device made of the whole.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, event_of(claim))
    choice(kind, EVIDENCE_KINDS, field="kind")
    _check_length(length)
    found = {"claim": claim, "kind": kind, "file_hash": _index_of(device_hash), "evidence_ref": ""}
    under_way = Upload.objects.filter(**found).first()
    if under_way is not None and under_way.length == length:
        return progress_of(under_way)
    if claim.uploads.filter(evidence_ref="").count() >= UPLOADS_OPEN_MAX:
        raise TooManyUploads(uploads_max=UPLOADS_OPEN_MAX)
    made = Upload(ref=reference(), length=length, begun_by_id=login_id, begun_at=now, **found)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # Begun twice at once, or announced with another length before.
        under_way = Upload.objects.get(**found)
        if under_way.length != length:
            raise HashDiffers() from None
        return progress_of(under_way)
    return progress_of(made)


def add_piece(
    *, login_id: int, upload_ref: str, offset: int, content: bytes, now: datetime
) -> Progress:
    """Take in the piece that begins at `offset`; after the last one the document is added.

    Pieces have `PIECE_BYTES` each, the last one what is left. A document that is refused when it is
    whole is forgotten: another try begins anew.
    """
    upload = upload_to_go_on(login_id, upload_ref)
    if upload.evidence_ref:
        return progress_of(upload)
    _write(upload, offset, content)
    if upload.received < upload.length:
        return progress_of(upload)
    whole = _whole(upload)
    try:
        upload.evidence_ref = _taken_in(upload, whole, login_id=login_id, now=now)
    except Refusal:
        upload.delete()
        raise
    _finish(upload)
    return progress_of(upload)


def prune_uploads(*, now: datetime) -> int:
    """Delete uploads that were begun long ago: given up, or documents since; how many."""
    old = Upload.objects.filter(begun_at__lt=now - UPLOAD_KEPT).order_by("id")
    ids = list(old.values_list("id", flat=True)[:PRUNED_AT_ONCE_MAX])
    Upload.objects.filter(id__in=ids).delete()
    return len(ids)


def _check_length(length: int) -> None:
    if length < 1:
        raise DocumentEmpty()
    if length > BYTES_MAX:
        raise DocumentTooLarge(
            megabytes=-(-length // 1_000_000), megabytes_max=BYTES_MAX // 1_000_000
        )


@transaction.atomic
def _write(upload: Upload, offset: int, content: bytes) -> None:
    """Write the piece and count it, or neither; one that is here already must be the same."""
    is_next = offset == upload.received
    right = len(content) == min(PIECE_BYTES, upload.length - offset) and content
    if offset % PIECE_BYTES or offset < 0 or offset > upload.received or not right:
        raise PieceOutOfOrder(received=upload.received, piece_bytes=PIECE_BYTES)
    number = offset // PIECE_BYTES
    if not is_next:
        here = upload.pieces.filter(number=number).first()
        if here is not None and _opened(upload, here) != content:
            raise PieceDiffers()
        return
    if offset == 0:
        media_type(content)  # What cannot be shown is refused before the rest is sent.
    moved = Upload.objects.filter(id=upload.id, received=offset, evidence_ref="")
    if moved.update(received=offset + len(content)) != 1:
        # The same piece came twice at once; whoever was first has written it.
        upload.refresh_from_db()
        return
    upload.received = offset + len(content)
    key = keystore().get("claim", upload.claim.ref)
    sealed = seal(key, content, associated=_place(upload, number))
    UploadPiece.objects.create(upload=upload, number=number, sealed=sealed)


def _whole(upload: Upload) -> bytes:
    return b"".join(_opened(upload, piece) for piece in upload.pieces.order_by("number"))


def _opened(upload: Upload, piece: UploadPiece) -> bytes:
    key = keystore().get("claim", upload.claim.ref)
    place = _place(upload, piece.number)
    return open_sealed(key, bytes(piece.sealed), associated=place)


def _place(upload: Upload, number: int) -> bytes:
    return f"claims_uploadpiece.sealed/{upload.ref}/{number}".encode()


def _taken_in(upload: Upload, whole: bytes, *, login_id: int, now: datetime) -> str:
    digest = hashlib.sha256(whole).digest()
    if content_index(digest) != bytes(upload.file_hash):
        raise HashDiffers()
    try:
        return add_evidence(
            login_id=login_id,
            claim_ref=upload.claim.ref,
            kind=upload.kind,
            content=whole,
            filename="",
            device_hash=digest.hex(),
            now=now,
        )
    except EvidenceThere:
        # The last piece came twice at once, or again after we were killed.
        same = {"content_index": upload.file_hash, "kind": upload.kind}
        there = upload.claim.evidence.filter(**same).first()
        if there is None:
            raise
        return there.ref


@transaction.atomic
def _finish(upload: Upload) -> None:
    Upload.objects.filter(id=upload.id).update(evidence_ref=upload.evidence_ref)
    upload.pieces.all().delete()


def _index_of(device_hash: str) -> bytes:
    """The hash as it is compared: keyed, like that of every document (`content_index`)."""
    try:
        digest = bytes.fromhex(device_hash)
    except ValueError:
        raise HashDiffers() from None
    if len(digest) != hashlib.sha256().digest_size:
        raise HashDiffers()
    return content_index(digest)
