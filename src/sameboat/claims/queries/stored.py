"""Stored documents: what somebody may look at, and whether all are what was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.claims import documents
from sameboat.claims.access import REVIEWERS, may_file, may_view, refuse_party
from sameboat.claims.children import refuse_without_childrens_role
from sameboat.claims.consents import refuse_without_consent
from sameboat.claims.documents import DocumentTampered
from sameboat.claims.models import Evidence
from sameboat.gateways.files import FileMissing
from sameboat.identity.actions import audit
from sameboat.identity.queries import roles_of
from sameboat.runtime.keys import KeyDestroyed
from sameboat.runtime.refusals import Refusal


class NoSuchEvidence(Refusal):
    """There is no such document, or it is not this login's to see."""

    code = "no_such_evidence"
    en = "There is no document of that number here."
    zh = "没有找到该材料。"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadDocument:
    """A stored document that is not what was handed in."""

    evidence: str
    claim: str
    what: str
    """`original` or `viewing`."""
    code: str
    """`document_tampered` or `file_missing`."""


def evidence_view(*, login_id: int, evidence_ref: str, now: datetime) -> tuple[bytes, str]:
    """The viewing copy of a document and its media type; never the original.

    For who files the claim, and for the staff who assess it, whose look leaves an audit row.
    Refuses with `DocumentTampered` what is not what was made when the document came in.
    """
    row = _evidence(evidence_ref)
    if may_file(login_id, row.claim.membership):
        return documents.viewing(row)
    if not may_view(login_id, row.claim):
        raise NoSuchEvidence()
    refuse_party(login_id, row.claim)
    refuse_without_childrens_role(login_id, row.claim, now=now)
    refuse_without_consent(row.claim, from_outside=not roles_of(login_id) & REVIEWERS)
    audit(login_id=login_id, verb="claim.view_evidence", subject=row.ref, now=now)
    return documents.viewing(row)


def check_documents() -> list[BadDocument]:
    """Read every stored document and list those that were changed, swapped, moved or lost.

    Documents whose claim's key was destroyed are erased, which is no fault.
    """
    bad: list[BadDocument] = []
    for row in Evidence.objects.select_related("claim").order_by("id").iterator(chunk_size=500):
        for what, read in (("original", documents.original), ("viewing", documents.viewing)):
            try:
                read(row)
            except KeyDestroyed:
                continue
            except (DocumentTampered, FileMissing) as found:
                bad.append(
                    BadDocument(evidence=row.ref, claim=row.claim.ref, what=what, code=found.code)
                )
    return bad


def _evidence(ref: str) -> Evidence:
    found = Evidence.objects.select_related("claim__membership__household").filter(ref=ref).first()
    if found is None:
        raise NoSuchEvidence()
    return found
