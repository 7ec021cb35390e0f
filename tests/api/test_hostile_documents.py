"""Documents made to hurt, sent over HTTP: each is clearly refused, whole and in pieces."""

from __future__ import annotations

import hashlib
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf.generic import NameObject

from api.people import joined
from claims import documents_factory as documents
from claims.test_viewing import plain_pdf, png_that_claims
from sameboat.claims.actions.uploads import PIECE_BYTES
from sameboat.claims.models import Evidence, Upload
from sameboat.runtime import clock
from sameboat.runtime.settings import settings
from sameboat.simulation.client import Client, Problem
from society import ANA

CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def locked() -> bytes:
    writer = documents.page()
    writer.encrypt("secret", algorithm="RC4-128")
    return documents.written(writer)


def scripted() -> bytes:
    writer = documents.page()
    script = documents.action("/JavaScript", JS="app.alert('x')")
    writer.root_object[NameObject("/OpenAction")] = script
    return documents.written(writer)


def carrying() -> bytes:
    writer = documents.page()
    writer.add_attachment("virus.exe", b"MZ")
    return documents.written(writer)


def packed_pdf(filters: bytes, data: bytes) -> bytes:
    """A PDF whose page draws a stream that unpacks to something huge."""
    head = b"<</Filter%s/Length %d>>" % (filters, len(data))
    stream = head + b"\nstream\n" + data + b"\nendstream"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    return plain_pdf(CATALOGUE, PAGES, page, stream)


def packed(data: bytes) -> bytes:
    return zlib.compress(data, 9)


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "a program that says it is a photo": (b"MZ\x90\0" + b"\0" * 500, 415, "document_type_refused"),
    "a page with a script": (b"<html><script>alert(1)</script>", 415, "document_type_refused"),
    "a drawing with a script": (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        415,
        "document_type_refused",
    ),
    "an archive": (b"PK\x03\x04" + b"\0" * 500, 415, "document_type_refused"),
    "a photo in HEIC": (b"\0\0\0\x18ftypheic" + b"\0" * 500, 415, "heic_refused"),
    "a picture that says it is huge": (png_that_claims(60_000), 413, "image_too_large"),
    "a photo cut in the middle": (documents.photo()[:3_000], 422, "document_damaged"),
    "a photo's head before a PDF": (
        b"\xff\xd8\xff\xe0" + documents.report(),
        422,
        "document_damaged",
    ),
    "a locked PDF": (locked(), 422, "pdf_encrypted"),
    "a PDF with a script": (scripted(), 422, "pdf_scripted"),
    "a PDF with a program inside": (carrying(), 422, "pdf_carries_files"),
    "a PDF that is none": (b"%PDF-1.7\n" + b"\0" * 500, 422, "document_damaged"),
    "a PDF that unpacks to a gigabyte": (
        packed_pdf(b"/FlateDecode", packed(b" " * 1_000_000_000)),
        422,
        "pdf_too_long",
    ),
    "a PDF packed in a packing": (
        packed_pdf(b"[/FlateDecode/FlateDecode]", packed(packed(b" " * 100_000_000))),
        422,
        "document_damaged",
    ),
}


def collecting(ana: Client, membership: str) -> str:
    ref = ana.draft_claim(
        membership_ref=membership,
        illness="1",
        severity="severe",
        accident=False,
        diagnosed_on=clock.now().date(),
        hospital="协和医院",
        statement="胸口剧痛",
        payee_name=ANA.name,
        payee_phone=ANA.phone,
    )
    ana.open_claim(ref)
    return ref


def in_pieces(ana: Client, ref: str, content: bytes) -> None:
    upload = ana.begin_upload(
        ref,
        kind="diagnosis",
        length=len(content),
        device_hash=hashlib.sha256(content).hexdigest(),
    )["ref"]
    for offset in range(0, len(content), PIECE_BYTES):
        ana.send_piece(upload, offset=offset, content=content[offset : offset + PIECE_BYTES])


def originals() -> set[Path]:
    """Every original that is kept, whosoever."""
    return set((settings().data_dir / "files").rglob("*original*"))


def test_each_is_refused_with_its_reason_and_nothing_is_kept(api: Client) -> None:
    ana, membership = joined(api, ANA)
    api.demo_advance_to(clock.now() + timedelta(days=1))
    ref = collecting(ana, membership)
    # The folder is one for all tests of a worker: what others kept there is not this one's.
    before = originals()
    for name, (content, status, code) in HOSTILE.items():
        with pytest.raises(Problem) as whole:
            ana.add_evidence(ref, kind="diagnosis", content=content)
        with pytest.raises(Problem) as pieces:
            in_pieces(ana, ref, content)
        for refused in (whole, pieces):
            assert (refused.value.status, refused.value.code) == (status, code), name
            assert refused.value.detail, name
    assert not Evidence.objects.exists()
    assert not Upload.objects.filter(received__gt=0).exists()
    assert originals() - before == set()


def test_what_is_two_things_at_once_is_shown_as_what_it_begins_as_and_no_more(api: Client) -> None:
    ana, membership = joined(api, ANA)
    api.demo_advance_to(clock.now() + timedelta(days=1))
    ref = collecting(ana, membership)
    tails = (b"PK\x03\x04 hidden archive", b"<script>alert('hidden')</script>")
    for begins in (documents.photo(), documents.report()):
        for number, tail in enumerate(tails):
            content = begins + tail + bytes([number])
            document = ana.add_evidence(ref, kind="diagnosis", content=content)
            shown = ana.evidence(document)
            assert b"hidden" not in shown
            assert shown[:2] == content[:2]
