"""Receipts: files that prove to anybody, offline, what was joined, claimed and shared."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.claims.queries import EvidenceLine, claim_for_claimant, evidence_opening, my_claims
from sameboat.identity.queries import name_of
from sameboat.members import queries as memberships
from sameboat.members.queries import Ticket
from sameboat.plans import queries as plans
from sameboat.record.queries import policy_text, receipt
from sameboat.rules.claim import State
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.web.member import login_id, member_page, open_page


class NotRecordedYet(Refusal):
    """The receipt does not exist before the record's next batch."""

    code = "not_recorded_yet"
    en = "This is not on the record yet. Within 24 hours it is; please come back then."
    zh = "这一条还没有写入存证，最迟 24 小时内写入，请届时再来。"


@member_page
def receipts(request: HttpRequest) -> HttpResponse:
    """Everything of mine that can be proved, and the policy by which to check it."""
    login = login_id(request)
    known = {plan.id: plan for plan in plans.plans()}
    joins = [
        (membership, known[membership.plan], name_of(membership.person))
        for membership in memberships.memberships_of(login)
    ]
    # A draft is not on the record, and may never be.
    claims = [line for line in my_claims(login) if line.state is not State.DRAFT]
    shown = {"joins": joins, "claims": claims, "policy": policy_text(), "section": "mine"}
    return render(request, "web/receipts.html", shown)


@member_page
def join_files(request: HttpRequest, ref: str) -> HttpResponse:
    """The proof of a join: the receipt, or until the day is recorded the ticket."""
    found = memberships.join_receipt(login_id=login_id(request), membership_ref=ref)
    if isinstance(found, Ticket):
        return _folder("join", {"1.ticket.json": found.ticket})
    proof = {"1.join.json": found.join, "1.entry.json": found.entry}
    return _folder("join", {**proof, "1.tlog-proof": found.proof})


@member_page
def claim_files(request: HttpRequest, ref: str) -> HttpResponse:
    """The receipts of every recorded entry of my claim, and the openings of its documents."""
    claim = claim_for_claimant(login_id=login_id(request), ref=ref)
    files: dict[str, str | bytes] = {}
    for number, line in enumerate(claim.history, start=1):
        found = receipt(line.hash)
        if found is not None:
            files[f"{number}.tlog-proof"] = found.proof_text
            files[f"{number}.entry.json"] = found.entry_bytes
            files |= _opening(request, claim.evidence, number, line.body.get("commitment"))
    if not files:
        raise NotRecordedYet()
    return _folder("claim", files)


@member_page
def share_files(request: HttpRequest, ref: str, publicity_on: date) -> HttpResponse:
    """The certificate of one share: the member's own part of the division."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    period = Period.objects.filter(plan=membership.plan, publicity_on=publicity_on).first()
    found = settlement.certificate(membership=membership, period=period) if period else None
    if found is None:
        raise NotRecordedYet()
    proof = {"1.share.json": found.share, "1.entry.json": found.entry}
    return _folder(f"share-{publicity_on}", {**proof, "1.tlog-proof": found.proof})


@open_page
def policy(request: HttpRequest) -> HttpResponse:
    """The policy of the record, to be pinned: whose signatures count."""
    found = policy_text()
    if found is None:
        raise NotRecordedYet()
    return _file("policy.json", found.text.encode(), "application/json")


def _opening(
    request: HttpRequest, evidence: tuple[EvidenceLine, ...], number: int, commitment: object
) -> dict[str, bytes]:
    for line in evidence:
        if line.commitment == commitment:
            opening = evidence_opening(login_id=login_id(request), evidence_ref=line.ref)
            return {f"{number}.opening.json": opening}
    return {}


def _folder(name: str, files: Mapping[str, str | bytes]) -> HttpResponse:
    """Several files as one archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return _file(f"sameboat-{name}.zip", made.getvalue(), "application/zip")


def _file(name: str, content: bytes, media_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
