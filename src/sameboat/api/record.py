"""The record for everybody: the signed head, receipts, the policy. Nothing personal is on it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router

from sameboat.api.errors import NotFound, answers
from sameboat.api.shapes import HashPath, Out
from sameboat.record import queries

router = Router(tags=["record"], auth=None)


class HeadOut(Out):
    """The newest signed tree head."""

    size: int
    root: str
    note: str
    """The signed checkpoint."""
    signed_at: datetime
    pending: int
    """Entries that wait to be recorded."""


class ReceiptOut(Out):
    """Where an entry stands, and once it is recorded the two files that prove it."""

    state: str
    """`PENDING`, `RECORDED` or `REFUSED`."""
    proof: str | None
    """The file `N.tlog-proof`."""
    entry: str | None
    """The file `N.entry.json`."""


class PolicyOut(Out):
    """Who signs what, to be pinned: the file and its fingerprint (SHA-256)."""

    text: str
    fingerprint: str


@router.get("/head", response=answers(HeadOut))
def head(request: HttpRequest) -> HeadOut:
    """The newest tree head."""
    found = _head()
    return HeadOut(
        size=found.size,
        root=found.root.hex(),
        note=found.note,
        signed_at=found.signed_at,
        pending=queries.pending_count(),
    )


@router.get("/checkpoint", response=answers(str), openapi_extra={"x-media": ["text/plain"]})
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed checkpoint alone, as text."""
    return HttpResponse(_head().note, content_type="text/plain; charset=utf-8")


@router.get("/receipts/{leaf}", response=answers(ReceiptOut))
def receipt(request: HttpRequest, leaf: HashPath) -> ReceiptOut:
    """The receipt of an entry, by its leaf hash."""
    state = queries.state_of(bytes.fromhex(leaf))
    if state is None:
        raise NotFound()
    found = queries.receipt(bytes.fromhex(leaf))
    return ReceiptOut(
        state=state,
        proof=found.proof_text if found else None,
        entry=found.entry_bytes.decode() if found else None,
    )


@router.get("/policy", response=answers(PolicyOut))
def policy(request: HttpRequest) -> PolicyOut:
    """The policy in force on the record."""
    found = queries.policy_text()
    if found is None:
        raise NotFound()
    return PolicyOut(text=found.text, fingerprint=found.fingerprint)


def _head() -> queries.Head:
    found = queries.head()
    if found is None:
        raise NotFound()
    return found
