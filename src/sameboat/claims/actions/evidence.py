"""Evidence: a document comes in, and more is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from sameboat.claims import documents
from sameboat.claims.access import claim_to_file, claim_to_judge
from sameboat.claims.checking import run_checks
from sameboat.claims.life import check_possible, step
from sameboat.claims.models import Claim, Evidence, EvidenceAsk
from sameboat.claims.reasons import AskReason
from sameboat.claims.stated import choice, content_index
from sameboat.identity.actions import audit
from sameboat.identity.queries import NotAllowed, roles_of
from sameboat.identity.roles import Role as StaffRole
from sameboat.plans.queries import plan
from sameboat.proof.canonical import Json
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import Event, Role, State
from sameboat.rules.terms import EVIDENCE_KINDS
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

DOCUMENTS_MAX = 60
ASKS_BEFORE_SUPERVISOR = 1
_FREELY = (State.COLLECTING.name, State.INVESTIGATION.name)


class HashDiffers(Refusal):
    """What arrived is not what the device sent."""

    code = "hash_differs"
    en = "The file changed on its way here; send it again."
    zh = "文件在传输中发生了变化，请重新上传。"


class EvidenceThere(Refusal):
    """The very same file is in this claim already."""

    code = "evidence_there"
    en = "This file is in the claim already."
    zh = "该文件已在申请中。"


class TooManyDocuments(Refusal):
    """The claim holds as many documents as it can."""

    code = "too_many_documents"
    en = "A claim holds at most {documents_max} documents."
    zh = "一件申请最多 {documents_max} 份材料。"


class DueInThePast(Refusal):
    """The due day of a request for evidence leaves no time."""

    code = "due_in_the_past"
    en = "The due day must be later than today."
    zh = "截止日必须晚于今天。"


def add_evidence(
    *,
    login_id: int,
    claim_ref: str,
    kind: str,
    content: bytes,
    filename: str,
    device_hash: str | None,
    now: datetime,
) -> str:
    """Take in a document and return its reference.

    `device_hash` is the SHA-256 in hex that the sender's device made of the file, or None: then the
    server's is taken, and the entry says so. `filename` is not kept: names of files tell of people.
    After sealing this is a supplement, which answers what was asked for, or comes unasked.
    """
    claim = claim_to_file(login_id, claim_ref)
    event = event_of(claim)
    check_possible(claim, event)
    choice(kind, EVIDENCE_KINDS, field="kind")
    digest = hashlib.sha256(content).digest()
    if device_hash is not None and device_hash.lower() != digest.hex():
        raise HashDiffers()
    _refuse_more(claim, content_index(digest))
    ref = reference()
    # The file store is outside the transaction. A document without a row is one nobody can find or
    # open; it is taken out again where the row cannot be written.
    kept = documents.keep(claim_ref=claim.ref, ref=ref, content=content)
    row = Evidence(
        claim=claim,
        ref=ref,
        kind=kind,
        media_type=kept.media_type,
        length=kept.length,
        commitment=kept.commitment,
        hashed_by="server" if device_hash is None else "device",
        original_key=kept.original_key,
        viewing_key=kept.viewing_key,
        viewing_hash=kept.viewing_hash,
        content_index=content_index(digest),
        added_by_id=login_id,
        added_at=now,
    )
    try:
        _write(row, event, now=now)
    except BaseException:
        documents.forget(kept.original_key, kept.viewing_key)
        raise
    return ref


def event_of(claim: Claim) -> Event:
    """Which event a document is that comes in now: freely added, or a supplement."""
    return Event.ADD_EVIDENCE if claim.state in _FREELY else Event.SUPPLEMENT


@transaction.atomic
def ask_evidence(
    *,
    login_id: int,
    claim_ref: str,
    kinds: Sequence[str],
    reason_code: str,
    due_on: date,
    now: datetime,
) -> None:
    """Ask the claimant for more, by a coded reason and with a due day.

    Only a supervisor may ask a second time: papers demanded again and again are how other platforms
    wore people down.
    """
    claim = claim_to_judge(
        login_id, claim_ref, StaffRole.CASE_HANDLER, StaffRole.SUPERVISOR, now=now
    )
    choice(reason_code, tuple(AskReason), field="reason_code")
    for kind in kinds:
        choice(kind, EVIDENCE_KINDS, field="kinds")
    if not kinds:
        choice("", EVIDENCE_KINDS, field="kinds")
    if due_on <= day_of(now, plan(claim.plan).timezone):
        raise DueInThePast()
    body: dict[str, Json] = {
        "kinds": sorted(set(kinds)),
        "reason": reason_code,
        "due_on": due_on.isoformat(),
    }
    step(claim, Event.ASK, roles=[Role.OPERATOR], body=body, now=now)
    # Counted while the claim's row is held, so that two requests at once are two.
    if claim.asks.count() >= ASKS_BEFORE_SUPERVISOR:
        _require_supervisor(login_id)
    EvidenceAsk.objects.create(
        claim=claim,
        kinds=body["kinds"],
        reason_code=reason_code,
        due_on=due_on,
        asked_by_id=login_id,
        asked_at=now,
    )
    audit(login_id=login_id, verb="claim.ask_evidence", subject=claim.ref, now=now)


@transaction.atomic
def _write(row: Evidence, event: Event, *, now: datetime) -> None:
    """The document's row and its entry of the record, or neither."""
    body: dict[str, Json] = {
        "commitment": row.commitment.hex(),
        "kind": row.kind,
        "media_type": row.media_type,
        "size_class": size_class(row.length),
        "hashed_by": row.hashed_by,
    }
    if event is Event.SUPPLEMENT:
        open_asks = row.claim.asks.filter(answered_at=None)
        body["reason"] = "asked" if open_asks.exists() else "unasked"
    step(row.claim, event, roles=[Role.INTAKE], body=body, now=now)
    _refuse_more(row.claim, bytes(row.content_index))
    row.save()
    for ask in row.claim.asks.filter(answered_at=None):
        _note_answer(ask, now=now)
    if row.claim.sealed_at is not None:
        # The same bytes may stand in another claim; the checks of the seal have not seen them.
        run_checks(row.claim, now=now)


def size_class(length: int) -> int:
    """The power of two of kilobytes that holds `length` bytes: a size on the record names no file.

    0 is up to 1 kB, 10 up to 1 MB, 15 up to 32 MB.
    """
    return max(0, (length - 1) // 1_024).bit_length()


def _refuse_more(claim: Claim, index: bytes) -> None:
    if claim.evidence.filter(content_index=index).exists():
        raise EvidenceThere()
    if claim.evidence.count() >= DOCUMENTS_MAX:
        raise TooManyDocuments(documents_max=DOCUMENTS_MAX)


def _note_answer(ask: EvidenceAsk, *, now: datetime) -> None:
    """A request is answered when a document of every kind has come since it was made."""
    since = ask.claim.evidence.filter(added_at__gte=ask.asked_at)
    if set(ask.kinds) <= set(since.values_list("kind", flat=True)):
        EvidenceAsk.objects.filter(id=ask.id).update(answered_at=now)


def _require_supervisor(login_id: int) -> None:
    if StaffRole.SUPERVISOR not in roles_of(login_id):
        raise NotAllowed(needed=StaffRole.SUPERVISOR)
