"""A claim, for whoever files it: draft, evidence, hand in, follow, withdraw, appeal."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import StringConstraints

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.errors import TooLarge, answers
from sameboat.api.shapes import (
    DONE,
    Amount,
    Bool,
    Code,
    CodeIn,
    Day,
    Done,
    Hour,
    In,
    Key,
    Line,
    Made,
    Out,
    Ref,
    RefPath,
    TextOut,
    Words,
    both,
)
from sameboat.claims import actions, queries
from sameboat.claims.payees import Payee
from sameboat.claims.queries.claimants import (
    AskLine,
    ClaimLine,
    Decline,
    EvidenceLine,
    PayeeChangeLine,
    PayeeState,
)
from sameboat.claims.stated import Stated
from sameboat.claims.viewing import BYTES_MAX
from sameboat.identity.actions.codes import NoSuchCode
from sameboat.identity.scopes import Area
from sameboat.payments.queries import aid_to_give_back
from sameboat.record.queries import EntryLine
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock

router = Router(tags=["claims"], auth=Bearer(Area.CLAIMS))


class SaidIn(In):
    """What happened, and who is to receive the aid."""

    illness: Line
    """The row's number in the plan's list of illnesses."""
    severity: Literal["severe", "mild"]
    accident: Bool
    diagnosed_on: Day
    hospital: Line
    statement: Words
    payee_name: Line
    payee_phone: Line
    payee_document_kind: DocumentKind | None = None
    """With the number: of a payee who is not one of the verified family."""
    payee_document_number: Line = ""
    accident_at: Hour | None = None
    """When the accident happened, where one caused it."""
    died_at: Hour | None = None
    """When the member died of that accident, if so."""
    bills_fen: Amount = 0
    """All bills of the illness so far, where the terms ask for them."""
    acting: Literal["", "unconscious", "dead", "child", "unable"] = ""
    """Why somebody else files: asked of whoever is neither the member nor the payer. A proof of
    authority is then among the documents that are needed."""


class ClaimIn(SaidIn):
    """The same, and to whom it happened."""

    membership_ref: Ref
    follows: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""
    """Of a further instalment: the first claim of the illness, which was paid."""


class PayeeIn(In):
    """Another payee; the document only for one who is not of the verified family."""

    payee_name: Line
    payee_phone: Line
    payee_document_kind: DocumentKind | None = None
    payee_document_number: Line = ""


class AppealIn(In):
    """Why the decline is wrong."""

    text: Words


class ClaimLineOut(Out):
    """A claim of the list."""

    ref: str
    plan: str
    state: str
    member: str
    drafted_at: datetime
    aid_fen: int | None


class StatedOut(Out):
    """The illness as it was stated."""

    illness: str
    severity: str
    accident: bool
    diagnosed_on: date
    hospital: str
    statement: str
    accident_at: datetime | None
    died_at: datetime | None
    acting: str
    bills_fen: int


class PayeeChangeOut(Out):
    """Another payee who was asked for after the decision."""

    name: str
    phone: str
    outcome: str | None
    asked_at: datetime
    waits_until: datetime | None
    """Null until the code was given; a supervisor decides after it."""


class PayeeOut(Out):
    """Who is to receive the aid, and what the identity gateway says of them."""

    name: str
    phone: str
    outcome: str | None
    """Null while the gateway has not answered; no aid is decided before it is `match`."""
    told: TextOut | None
    """What is wrong with the payee, and what to do."""
    change: PayeeChangeOut | None
    """Another payee who was asked for after the decision."""


class EvidenceOut(Out):
    """One document; `commitment` is what the record holds of it."""

    ref: str
    kind: str
    media_type: str
    length: int
    hashed_by: str
    commitment: str
    added_at: datetime


class AskOut(Out):
    """A request for more evidence."""

    kinds: list[str]
    reason: TextOut
    due_on: date
    answered: bool


class DeclineOut(Out):
    """Why the claim was declined, with the clause quoted, and until when one may appeal."""

    clause: str
    quoted: TextOut
    reason: TextOut
    words: str
    appeal_ends_at: datetime
    appealed: bool


class EntryOut(Out):
    """One entry of the claim's chain on the record."""

    type: str
    at: datetime
    seq: int
    index: int | None
    """Its place in the log; null while it is pending."""
    state: str
    hash: str
    """For `GET /record/receipts/{hash}`."""


class GiveBackOut(Out):
    """Aid that was paid and has to be given back, because the claim came out lower later."""

    decided_at: datetime
    owed_fen: int
    received_fen: int
    """What of it came back."""
    written_off_fen: int
    """What of it is not asked for any more."""


class ClaimOut(ClaimLineOut):
    """The whole of a claim."""

    membership_ref: str
    governing_version: str
    stated: StatedOut
    payee: PayeeOut
    evidence: list[EvidenceOut]
    kinds_missing: list[str]
    asks: list[AskOut]
    publicity_ends_at: datetime | None
    decline: DeclineOut | None
    events: list[str]
    """What can happen to it now."""
    held_at: datetime | None
    """Since when it is on hold: the record refused an entry; the operator puts it back."""
    follows: str | None
    """The first claim of the illness, of which this one is a further instalment."""
    waits_for_board: bool
    history: list[EntryOut]
    to_give_back: list[GiveBackOut]
    """What of the aid has to be given back, or had to be, the newest first."""


@router.post("", response=answers(Made, 201))
def draft(request: Request, idempotency_key: Key, body: ClaimIn) -> HttpResponse:
    """Begin a claim. Nothing of it is on the record until it is opened."""

    def do() -> Made:
        stated = body.model_dump()
        return Made(ref=actions.draft_claim(login_id=request.auth.id, now=clock.now(), **stated))

    return once(request, idempotency_key, body, do, status=201)


@router.post("/{ref}/edit", response=answers(Done))
def edit(request: Request, idempotency_key: Key, ref: RefPath, body: SaidIn) -> HttpResponse:
    """Say anew what was said, until the claim is handed in."""
    return done(request, idempotency_key, actions.edit_claim, body=body, claim_ref=ref)


@router.post("/{ref}/payee", response=answers(Done))
def name_payee(request: Request, idempotency_key: Key, ref: RefPath, body: PayeeIn) -> HttpResponse:
    """Name another payee, until the aid is decided."""
    return done(request, idempotency_key, actions.name_payee, body=body, claim_ref=ref)


@router.post("/{ref}/payee-change", response=answers(Done))
def ask_payee_change(
    request: Request, idempotency_key: Key, ref: RefPath, body: PayeeIn
) -> HttpResponse:
    """Ask for another payee after the aid was decided; a code goes to one's own phone."""
    return done(request, idempotency_key, actions.ask_payee_change, body=body, claim_ref=ref)


@router.post("/{ref}/payee-change/confirm", response=answers(Done))
def confirm_payee_change(
    request: Request, idempotency_key: Key, ref: RefPath, body: CodeIn
) -> HttpResponse:
    """Give the code. Then it waits for 24 hours and a supervisor, and nothing is paid."""

    def do() -> Done:
        if not actions.confirm_payee_change(
            login_id=request.auth.id, claim_ref=ref, code=body.code, now=clock.now()
        ):
            raise NoSuchCode()
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/{ref}/payee-change/stop", response=answers(Done))
def stop_payee_change(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Stop it: the payee stays as decided."""
    return done(request, idempotency_key, actions.stop_payee_change, claim_ref=ref)


@router.post("/{ref}/end-help", response=answers(Done))
def end_help(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """End somebody's help with a claim that is not handed in; what was filled in stays."""
    return done(request, idempotency_key, actions.end_assistance, claim_ref=ref)


@router.post("/{ref}/drop", response=answers(Done))
def drop(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Delete a draft for good; what is on the record is withdrawn instead."""
    return done(request, idempotency_key, actions.drop_draft, claim_ref=ref)


@router.get("", response=answers(list[ClaimLineOut]))
def claims(request: Request) -> list[ClaimLineOut]:
    """One's own and the relatives' claims, newest first."""
    return [ClaimLineOut(**line_of(line)) for line in queries.my_claims(request.auth.id)]


@router.get("/{ref}", response=answers(ClaimOut))
def claim(request: Request, ref: RefPath) -> ClaimOut:
    """One claim with everything that was said about it."""
    view = queries.claim_for_claimant(login_id=request.auth.id, ref=ref)
    return ClaimOut(
        **line_of(view.line),
        membership_ref=view.membership_ref,
        governing_version=view.governing_version,
        stated=stated_out(view.stated),
        payee=payee_out(view.payee, view.payee_state),
        evidence=[evidence_out(each) for each in view.evidence],
        kinds_missing=list(view.kinds_missing),
        asks=[ask_out(each) for each in view.asks],
        publicity_ends_at=view.publicity_ends_at,
        decline=decline_out(view.decline),
        events=sorted(view.events),
        held_at=view.held_at,
        follows=view.follows,
        waits_for_board=view.waits_for_board,
        history=[entry_out(each) for each in view.history],
        to_give_back=[
            GiveBackOut(
                decided_at=each.decided_at,
                owed_fen=each.owed,
                received_fen=each.received,
                written_off_fen=each.written_off,
            )
            for each in aid_to_give_back(ref)
        ],
    )


@router.post("/{ref}/open", response=answers(Done))
def open_(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Put the claim on the record: from here its governing version is fixed."""
    return done(request, idempotency_key, actions.open_claim, claim_ref=ref)


@router.post("/{ref}/evidence", response=answers(Made, 201))
def add_evidence(
    request: Request,
    idempotency_key: Key,
    ref: RefPath,
    file: Annotated[UploadedFile, File()],
    kind: Annotated[Code, Form()],
    device_hash: Annotated[Line, Form("")],
) -> HttpResponse:
    """Hand in a document (multipart), with the SHA-256 that the device made of it, if it did."""
    if (file.size or 0) > BYTES_MAX:
        raise TooLarge()
    content = file.read()

    def do() -> Made:
        return Made(
            ref=actions.add_evidence(
                login_id=request.auth.id,
                claim_ref=ref,
                kind=kind,
                content=content,
                filename=file.name or "",
                device_hash=device_hash or None,
                now=clock.now(),
            )
        )

    said = f"{kind}\0{device_hash}\0{hashlib.sha256(content).hexdigest()}".encode()
    return once(request, idempotency_key, said, do, status=201)


@router.post("/{ref}/seal", response=answers(Done))
def seal(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Hand the claim in."""
    return done(request, idempotency_key, actions.seal_claim, claim_ref=ref)


@router.post("/{ref}/withdraw", response=answers(Done))
def withdraw(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Take the claim back."""
    return done(request, idempotency_key, actions.withdraw_claim, claim_ref=ref)


@router.post("/{ref}/appeal", response=answers(Done))
def appeal(request: Request, idempotency_key: Key, ref: RefPath, body: AppealIn) -> HttpResponse:
    """Ask for the review board after a decline; the appeal waits in a queue that says so."""
    return done(request, idempotency_key, actions.appeal, body=body, claim_ref=ref)


def line_of(line: ClaimLine) -> dict[str, Any]:
    """The fields of a claim's line."""
    return {
        "ref": line.ref,
        "plan": line.plan,
        "state": line.state.name,
        "member": line.member,
        "drafted_at": line.drafted_at,
        "aid_fen": line.aid,
    }


def stated_out(stated: Stated) -> StatedOut:
    said = {each.name: getattr(stated, each.name) for each in fields(stated)}
    return StatedOut(bills_fen=said.pop("bills"), **said)


def payee_out(payee: Payee, state: PayeeState) -> PayeeOut:
    return PayeeOut(
        name=payee.name,
        phone=payee.phone,
        outcome=state.outcome or None,
        told=both(state.told) if state.told else None,
        change=_change_out(state.change),
    )


def _change_out(change: PayeeChangeLine | None) -> PayeeChangeOut | None:
    if change is None:
        return None
    return PayeeChangeOut(
        name=change.payee.name,
        phone=change.payee.phone,
        outcome=change.outcome or None,
        asked_at=change.asked_at,
        waits_until=change.waits_until,
    )


def evidence_out(line: EvidenceLine) -> EvidenceOut:
    return EvidenceOut(**{each.name: getattr(line, each.name) for each in fields(line)})


def ask_out(line: AskLine) -> AskOut:
    return AskOut(
        kinds=list(line.kinds),
        reason=both(line.reason),
        due_on=line.due_on,
        answered=line.answered,
    )


def decline_out(decline: Decline | None) -> DeclineOut | None:
    if decline is None:
        return None
    return DeclineOut(
        clause=decline.clause,
        quoted=both(decline.quoted),
        reason=both(decline.reason),
        words=decline.words,
        appeal_ends_at=decline.appeal_ends_at,
        appealed=decline.appealed,
    )


def entry_out(line: EntryLine) -> EntryOut:
    return EntryOut(
        type=line.type,
        at=line.at,
        seq=line.seq,
        index=line.index,
        state=line.state,
        hash=line.hash.hex(),
    )
