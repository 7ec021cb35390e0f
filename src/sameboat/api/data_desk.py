"""What people ask about their data, for the staff who answer it."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpResponse
from ninja import Router

from sameboat.api.auth import Request
from sameboat.api.changes import done
from sameboat.api.errors import answers
from sameboat.api.shapes import Code, Day, Done, In, Key, Out, RefPath, Words
from sameboat.rights import actions, desk
from sameboat.runtime import clock

router = Router(tags=["rights"])


class DataAnswerIn(In):
    """Yes or no, and what the member reads."""

    accept: bool
    answer: Words


class DataAgreeIn(In):
    """Whether the second person agrees."""

    agree: bool


class HoldIn(In):
    """`audit`, `fraud` or `legal`, and the first day on which it does not hold any more."""

    reason: Code
    until_on: Day


class LiftIn(In):
    """Which hold is lifted."""

    reason: Code


class DataWaitingOut(Out):
    """A request that waits; `wanted` is what it should be, `present` what it is."""

    ref: str
    kind: str
    person_ref: str
    name: str
    present: str
    wanted: str
    words: str
    asked_at: datetime
    due_on: date
    accepts: bool | None
    answer: str
    for_me: bool
    """Whether the reader may answer or confirm it."""


@router.get("/data-requests", response=answers(list[DataWaitingOut]))
def waiting(request: Request) -> list[DataWaitingOut]:
    """The open requests, those due first at the top."""
    found = desk.waiting(login_id=request.auth.id, now=clock.now())
    return [
        DataWaitingOut(**{name: getattr(each, name) for name in DataWaitingOut.model_fields})
        for each in found
    ]


@router.post("/data-requests/{ref}/answer", response=answers(Done))
def answer(
    request: Request, idempotency_key: Key, ref: RefPath, body: DataAnswerIn
) -> HttpResponse:
    """Answer a correction or a look at a mark; who somebody is, another person confirms."""
    return done(request, idempotency_key, actions.answer_request, body=body, ref=ref)


@router.post("/data-requests/{ref}/confirm", response=answers(Done))
def confirm(
    request: Request, idempotency_key: Key, ref: RefPath, body: DataAgreeIn
) -> HttpResponse:
    """Agree to an answer about who somebody is, or open it again."""
    return done(request, idempotency_key, actions.confirm_answer, body=body, ref=ref)


@router.post("/persons/{ref}/hold", response=answers(Done))
def hold(request: Request, idempotency_key: Key, ref: RefPath, body: HoldIn) -> HttpResponse:
    """Let an erasure wait for an audit, or a mark outlast it for fraud or law."""
    return done(request, idempotency_key, actions.set_hold, body=body, person_ref=ref)


@router.post("/persons/{ref}/hold/lift", response=answers(Done))
def lift(request: Request, idempotency_key: Key, ref: RefPath, body: LiftIn) -> HttpResponse:
    """End a hold before its day."""
    return done(request, idempotency_key, actions.lift_hold, body=body, person_ref=ref)
