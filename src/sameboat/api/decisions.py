"""Decisions: one person decides first, another confirms or drops it; objections are answered so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, After, Limit, one_page
from sameboat.api.shapes import (
    ID_MAX,
    Code,
    Done,
    IdPath,
    In,
    Key,
    Line,
    Out,
    PlanPath,
    RefPath,
    TextOut,
    Words,
    both,
)
from sameboat.claims import actions, queries
from sameboat.claims.queries.staff import ObjectionLine, WaitingDecision
from sameboat.identity.scopes import Area
from sameboat.runtime import clock

router = Router(tags=["decisions"], auth=Bearer(Area.STAFF))


class DecisionOut(Out):
    """A decision that waits for its second person."""

    id: int
    claim_ref: str
    kind: str
    benefit_row: str
    aid_fen: int | None
    clause: str
    reason_code: str
    words: str
    first_login: str
    first_at: datetime
    objection_ref: str
    is_mine: bool


class ObjectionOut(Out):
    """An objection, without who made it."""

    ref: str
    claim_ref: str
    reason: TextOut
    words: str
    received_at: datetime
    outcome: str
    answering: bool


class DecidedOut(Out):
    """A decision that now waits for a second person."""

    id: int


class ProposeIn(In):
    """A row of the benefit table of the governing version."""

    benefit_row: Line
    reason: Words


class DeclineIn(In):
    """The clause, a coded reason, and words that the claimant will read."""

    clause: Line
    reason_code: Code
    reason: Words


class RecallIn(In):
    """Why a proposal is taken back."""

    reason_code: Code


class ReopenIn(In):
    """Why a decided claim is looked at again."""

    reason_code: Code
    reason: Words


class AnswerIn(In):
    """How an objection is answered."""

    outcome: Code
    reason: Words


@router.post("/claims/{ref}/propose", response=answers(DecidedOut, 201))
def propose(request: Request, idempotency_key: Key, ref: RefPath, body: ProposeIn) -> HttpResponse:
    """Propose the aid of a row of the benefit table; a second person confirms."""
    return _decided(request, idempotency_key, body, actions.propose_aid, claim_ref=ref)


@router.post("/claims/{ref}/decline", response=answers(DecidedOut, 201))
def decline(request: Request, idempotency_key: Key, ref: RefPath, body: DeclineIn) -> HttpResponse:
    """Propose to decline under a clause; a second person confirms."""
    return _decided(request, idempotency_key, body, actions.decline_claim, claim_ref=ref)


@router.post("/claims/{ref}/recall", response=answers(DecidedOut, 201))
def recall(request: Request, idempotency_key: Key, ref: RefPath, body: RecallIn) -> HttpResponse:
    """Propose to take a proposal back before it is published."""
    return _decided(request, idempotency_key, body, actions.recall_decision, claim_ref=ref)


@router.post("/claims/{ref}/reopen", response=answers(DecidedOut, 201))
def reopen(request: Request, idempotency_key: Key, ref: RefPath, body: ReopenIn) -> HttpResponse:
    """Propose to look at a decided claim again (two second deciders)."""
    return _decided(request, idempotency_key, body, actions.reopen_claim, claim_ref=ref)


@router.get("/decisions", response=answers(list[DecisionOut]))
def decisions(
    request: Request,
    response: HttpResponse,
    after: Annotated[int, Query(ge=0, le=ID_MAX)] = 0,
    limit: Limit = LIMIT,
) -> list[DecisionOut]:
    """Decisions that wait for a second person, oldest first."""
    found = queries.decisions_waiting(
        request.auth.id, after=after, limit=limit + 1, now=clock.now()
    )
    page = one_page(request, response, found, limit=limit, by="after", mark=lambda each: each.id)
    return [decision_out(each) for each in page]


@router.post("/decisions/{decision_id}/confirm", response=answers(Done))
def confirm(request: Request, idempotency_key: Key, decision_id: IdPath) -> HttpResponse:
    """Agree as the second person: the claim moves."""
    return done(request, idempotency_key, actions.confirm_decision, decision_id=decision_id)


@router.post("/decisions/{decision_id}/drop", response=answers(Done))
def drop(request: Request, idempotency_key: Key, decision_id: IdPath) -> HttpResponse:
    """Do not agree: the claim may be decided anew."""
    return done(request, idempotency_key, actions.drop_decision, decision_id=decision_id)


@router.get("/plans/{plan}/objections", response=answers(list[ObjectionOut]))
def objections(
    request: Request,
    response: HttpResponse,
    plan: PlanPath,
    after: After,
    limit: Limit = LIMIT,
) -> list[ObjectionOut]:
    """Objections that nobody answered yet, oldest first."""
    found = queries.objections_open(
        login_id=request.auth.id, plan_id=plan, after=after, limit=limit + 1, now=clock.now()
    )
    page = one_page(request, response, found, limit=limit, by="after", mark=lambda each: each.ref)
    return [objection_out(each) for each in page]


@router.post("/objections/{ref}/answer", response=answers(DecidedOut, 201))
def answer(request: Request, idempotency_key: Key, ref: RefPath, body: AnswerIn) -> HttpResponse:
    """Propose to dismiss or uphold an objection; a second person confirms."""
    return _decided(request, idempotency_key, body, actions.answer_objection, objection_ref=ref)


def _decided(
    request: Request, key: str, body: In, decide: Callable[..., int], **about: str
) -> HttpResponse:
    """What every first decision has in common: who, when, about what; it is done once."""

    def do() -> DecidedOut:
        said = body.model_dump()
        return DecidedOut(id=decide(login_id=request.auth.id, now=clock.now(), **about, **said))

    return once(request, key, body, do, status=201)


def decision_out(line: WaitingDecision) -> DecisionOut:
    return DecisionOut(
        id=line.id,
        claim_ref=line.claim_ref,
        kind=line.kind,
        benefit_row=line.benefit_row,
        aid_fen=line.aid,
        clause=line.clause,
        reason_code=line.reason_code,
        words=line.words,
        first_login=line.first_login,
        first_at=line.first_at,
        objection_ref=line.objection_ref,
        is_mine=line.is_mine,
    )


def objection_out(line: ObjectionLine) -> ObjectionOut:
    return ObjectionOut(
        ref=line.ref,
        claim_ref=line.claim_ref,
        reason=both(line.reason),
        words=line.words,
        received_at=line.received_at,
        outcome=line.outcome,
        answering=line.answering,
    )
