"""Help with filing: somebody fills one claim in beside the member, who agrees twice by code."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.claims import SaidIn
from sameboat.api.errors import TooLarge, answers
from sameboat.api.shapes import DONE, Code, CodeIn, Done, In, Key, Line, Made, Out, Ref, RefPath
from sameboat.claims import actions, queries
from sameboat.claims.viewing import BYTES_MAX
from sameboat.identity.actions.codes import NoSuchCode
from sameboat.identity.scopes import Area
from sameboat.runtime import clock

router = Router(tags=["claims"], auth=Bearer(Area.CLAIMS))


class AssistanceIn(In):
    """The number of the member who wants help."""

    phone: Line


class AssistedIn(SaidIn):
    """What happened, and to whom."""

    membership_ref: Ref


class AssistedMemberOut(Out):
    """Somebody for whom the member may file."""

    membership_ref: str
    plan: str
    name: str


class AssistanceOut(Out):
    """Where the help stands."""

    ref: str
    opened_at: datetime | None
    """Null until the member has told the first code."""
    expires_at: datetime | None
    is_over: bool
    is_handed_in: bool
    claim_ref: str | None
    kinds_missing: list[str]
    """Kinds of documents without which it cannot be handed in."""
    people: list[AssistedMemberOut]


@router.post("", response=answers(Made, 201))
def begin(request: Request, idempotency_key: Key, body: AssistanceIn) -> HttpResponse:
    """Send a code to whoever wants help. The answer is the same where the number is nobody's."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.begin_assistance(
                login_id=request.auth.id, phone=body.phone, now=clock.now()
            )
        ),
        status=201,
    )


@router.get("/{ref}", response=answers(AssistanceOut))
def assistance(request: Request, ref: RefPath) -> AssistanceOut:
    """How far the help is, and whom the claim can be for."""
    state = queries.assistance(login_id=request.auth.id, ref=ref, now=clock.now())
    return AssistanceOut(
        ref=state.ref,
        opened_at=state.opened_at,
        expires_at=state.expires_at,
        is_over=state.is_over,
        is_handed_in=state.is_handed_in,
        claim_ref=state.claim.line.ref if state.claim else None,
        kinds_missing=list(state.claim.kinds_missing) if state.claim else [],
        people=[
            AssistedMemberOut(membership_ref=one.membership_ref, plan=one.plan, name=one.name)
            for one in state.people
        ],
    )


@router.post("/{ref}/open", response=answers(Done))
def open_(request: Request, idempotency_key: Key, ref: RefPath, body: CodeIn) -> HttpResponse:
    """Give the first code: from here one claim may be filled in, for a day."""

    def do() -> Done:
        if not actions.open_assistance(
            login_id=request.auth.id, ref=ref, code=body.code, now=clock.now()
        ):
            raise NoSuchCode()
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/{ref}/claim", response=answers(Made))
def claim(request: Request, idempotency_key: Key, ref: RefPath, body: AssistedIn) -> HttpResponse:
    """Fill the one claim in, in the member's name; again to mend it."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.draft_assisted(
                login_id=request.auth.id, ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
    )


@router.post("/{ref}/evidence", response=answers(Made, 201))
def add_evidence(
    request: Request,
    idempotency_key: Key,
    ref: RefPath,
    file: Annotated[UploadedFile, File()],
    kind: Annotated[Code, Form()],
) -> HttpResponse:
    """Add a document to the one claim (multipart)."""
    if (file.size or 0) > BYTES_MAX:
        raise TooLarge()
    content = file.read()

    def do() -> Made:
        return Made(
            ref=actions.add_assisted_evidence(
                login_id=request.auth.id,
                ref=ref,
                kind=kind,
                content=content,
                filename=file.name or "",
                now=clock.now(),
            )
        )

    said = f"{kind}\0{hashlib.sha256(content).hexdigest()}".encode()
    return once(request, idempotency_key, said, do, status=201)


@router.post("/{ref}/ask", response=answers(Done))
def ask_to_hand_in(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Send the member the second code, once everything is there."""
    return done(request, idempotency_key, actions.ask_to_hand_in, ref=ref)


@router.post("/{ref}/hand-in", response=answers(Done))
def hand_in(request: Request, idempotency_key: Key, ref: RefPath, body: CodeIn) -> HttpResponse:
    """Give the second code: the member agrees, and the claim is handed in."""

    def do() -> Done:
        if not actions.hand_in_assisted(
            login_id=request.auth.id, ref=ref, code=body.code, now=clock.now()
        ):
            raise NoSuchCode()
        return DONE

    return once(request, idempotency_key, body, do)
