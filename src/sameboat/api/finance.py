"""What finance does: run what is due, send again, settle differences by two, read the books."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import (
    DONE,
    ID_MAX,
    Amount,
    Code,
    Day,
    Done,
    IdPath,
    In,
    Key,
    Out,
    PlanPath,
    RefPath,
    Words,
)
from sameboat.identity.actions import audit
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.identity.scopes import Area
from sameboat.members import actions as members
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.resolving import possible_for
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement

router = Router(tags=["finance"], auth=Bearer(Area.FINANCE))
After = Annotated[int, Query(ge=0, le=ID_MAX)]
Row = TypeVar("Row", bound=Model)


class AdvancedOut(Out):
    """What was run, in order; empty where nothing was due."""

    settlement: list[str]
    payments: list[str]


class DifferenceOut(Out):
    """Where the gateway and the books do not agree, and what was proposed about it."""

    id: int
    statement_on: date
    key: str
    kind: str
    ours_fen: int
    theirs_fen: int
    possible: list[str]
    """What can be done: `explained`, `operator`, `recount`, `pay_again`, `repayment` or
    `write_off`."""
    resolution: str
    """What was proposed; empty while nobody has."""
    note: str


class ResolutionIn(In):
    """What is to be done about a difference, and why."""

    resolution: Code
    note: Words


class RepaymentIn(In):
    """What a payee gave back, and by which transfer."""

    amount_fen: Amount
    note: Words


class ProposedOut(Out):
    """The difference that waits for a second person."""

    difference: int


class WriteOffIn(In):
    """Why what is left will not come back."""

    note: Words


class RecoveryOut(Out):
    """Aid that a payee has to give back."""

    id: int
    claim_ref: str
    owed_fen: int
    received_fen: int
    written_off_fen: int
    """What the operator bears of it; it may come back after all."""


class RefundOut(Out):
    """A refund that failed."""

    id: int
    plan: str
    kind: str
    amount_fen: int
    reason: str


class PayoutOut(Out):
    """A payout that failed."""

    claim_ref: str
    plan: str
    aid_fen: int
    arrears_fen: int
    reason: str


@router.post("/plans/{plan}/advance", response=answers(AdvancedOut))
def advance(request: Request, plan: PlanPath) -> AdvancedOut:
    """Run what is due for a plan now. Safe to repeat, so it takes no key; a second run at the
    same time is refused."""
    require_role(request.auth.id, Role.FINANCE)
    now, found = clock.now(), plan_of(plan)
    audit(login_id=request.auth.id, verb="period.advance", subject=found.id, now=now)
    return AdvancedOut(
        settlement=settlement.advance(plan_id=found.id, now=now),
        payments=payments.advance(plan_id=found.id, now=now, by_hand=True),
    )


class EndIn(In):
    """The two days of a plan's end."""

    sharing_ends_on: Day
    """The first day on which nobody is debited."""
    ends_on: Day
    """The first day without cover."""


@router.post("/plans/{plan}/end/propose", response=answers(Done))
def propose_end(
    request: Request, idempotency_key: Key, plan: PlanPath, body: EndIn
) -> HttpResponse:
    """Propose that a plan end (role plan_designer or supervisor)."""
    return done(
        request,
        idempotency_key,
        members.propose_wind_down,
        body=body,
        plan_id=plan_of(plan).id,
    )


@router.post("/plans/{plan}/end/announce", response=answers(Done))
def announce_end(request: Request, idempotency_key: Key, plan: PlanPath) -> HttpResponse:
    """Announce the end that another person proposed (role finance); it cannot be taken back."""
    return done(request, idempotency_key, members.announce_wind_down, plan_id=plan_of(plan).id)


@router.post("/plans/{plan}/end/drop", response=answers(Done))
def drop_end(request: Request, idempotency_key: Key, plan: PlanPath) -> HttpResponse:
    """Take the proposal back, or do not agree: the plan goes on."""
    return done(request, idempotency_key, members.drop_wind_down, plan_id=plan_of(plan).id)


@router.get("/plans/{plan}/differences", response=answers(list[DifferenceOut]))
def differences(
    request: Request,
    response: HttpResponse,
    plan: PlanPath,
    after: After = 0,
    limit: Limit = LIMIT,
) -> list[DifferenceOut]:
    """Differences that nobody settled yet, oldest first."""
    require_role(request.auth.id, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
    found = queries.differences(plan_of(plan).id)
    return [
        DifferenceOut(
            id=each.pk,
            possible=[one.value for one in possible_for(each)],
            resolution=each.resolution,
            note=each.note,
            statement_on=each.statement_on,
            key=each.key,
            kind=each.kind,
            ours_fen=each.ours,
            theirs_fen=each.theirs,
        )
        for each in _page(request, response, found, after, limit)
    ]


@router.post("/differences/{difference}/propose", response=answers(Done))
def propose(
    request: Request, idempotency_key: Key, difference: IdPath, body: ResolutionIn
) -> HttpResponse:
    """Say what is to be done about a difference; another person confirms it."""
    return done(
        request, idempotency_key, payments.propose_resolution, body=body, difference_id=difference
    )


@router.post("/differences/{difference}/confirm", response=answers(Done))
def confirm(request: Request, difference: IdPath) -> Done:
    """Agree, as another person: it is done and booked. Safe to repeat, so it takes no key."""
    payments.confirm_resolution(login_id=request.auth.id, difference_id=difference, now=clock.now())
    return DONE


@router.post("/differences/{difference}/drop", response=answers(Done))
def drop(request: Request, idempotency_key: Key, difference: IdPath) -> HttpResponse:
    """Do not agree, or take one's own proposal back."""
    return done(request, idempotency_key, payments.drop_resolution, difference_id=difference)


@router.get("/plans/{plan}/recoveries", response=answers(list[RecoveryOut]))
def recoveries(
    request: Request,
    response: HttpResponse,
    plan: PlanPath,
    after: After = 0,
    limit: Limit = LIMIT,
) -> list[RecoveryOut]:
    """Aid that was settled too much, was paid out, and has not come back yet, oldest first."""
    require_role(request.auth.id, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
    found = queries.recoveries_open(plan_of(plan).id)
    return [
        RecoveryOut(
            id=each.pk,
            claim_ref=each.claim.ref,
            owed_fen=each.owed,
            received_fen=each.received,
            written_off_fen=each.written_off,
        )
        for each in _page(request, response, found, after, limit)
    ]


@router.post("/recoveries/{recovery}/repayment", response=answers(ProposedOut))
def repayment(
    request: Request, idempotency_key: Key, recovery: IdPath, body: RepaymentIn
) -> HttpResponse:
    """Say that a payee gave aid back; another person confirms it."""

    def do() -> ProposedOut:
        difference = payments.state_repayment(
            login_id=request.auth.id,
            recovery_id=recovery,
            amount=Fen(body.amount_fen),
            note=body.note,
            now=clock.now(),
        )
        return ProposedOut(difference=difference)

    return once(request, idempotency_key, body, do)


@router.post("/recoveries/{recovery}/write-off", response=answers(ProposedOut))
def write_off(
    request: Request, idempotency_key: Key, recovery: IdPath, body: WriteOffIn
) -> HttpResponse:
    """Say that what is left of a recovery will not come back; another person confirms it."""

    def do() -> ProposedOut:
        difference = payments.propose_write_off(
            login_id=request.auth.id, recovery_id=recovery, note=body.note, now=clock.now()
        )
        return ProposedOut(difference=difference)

    return once(request, idempotency_key, body, do)


@router.get("/payouts/failed", response=answers(list[PayoutOut]))
def failed_payouts(
    request: Request, response: HttpResponse, after: After = 0, limit: Limit = LIMIT
) -> list[PayoutOut]:
    """Payouts that did not reach the payee, oldest first."""
    require_role(request.auth.id, Role.FINANCE)
    return [
        PayoutOut(
            claim_ref=each.claim.ref,
            plan=each.claim.plan,
            aid_fen=each.aid,
            arrears_fen=each.arrears,
            reason=each.reason,
        )
        for each in _page(request, response, queries.payouts_failed(), after, limit)
    ]


@router.post("/payouts/{ref}/retry", response=answers(Done))
def retry_payout(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Send the failed payout of a claim once more, after its cause was mended."""
    return done(request, idempotency_key, payments.retry_payout, claim_ref=ref)


@router.get("/refunds/failed", response=answers(list[RefundOut]))
def failed_refunds(
    request: Request, response: HttpResponse, after: After = 0, limit: Limit = LIMIT
) -> list[RefundOut]:
    """Refunds that did not reach the payer, oldest first."""
    require_role(request.auth.id, Role.FINANCE)
    return [
        RefundOut(
            id=each.pk, plan=each.plan, kind=each.kind, amount_fen=each.amount, reason=each.reason
        )
        for each in _page(request, response, queries.refunds_failed(), after, limit)
    ]


@router.post("/refunds/{refund}/retry", response=answers(Done))
def retry_refund(request: Request, idempotency_key: Key, refund: IdPath) -> HttpResponse:
    """Send a failed refund once more, after its cause was mended."""
    return done(request, idempotency_key, payments.retry_refund, refund_id=refund)


def _page(
    request: Request, response: HttpResponse, found: QuerySet[Row], after: int, limit: int
) -> list[Row]:
    """The rows behind the one with the number `after`, in the order of numbers."""
    rows = list(found.filter(pk__gt=after).order_by("pk")[: limit + 1])
    return one_page(request, response, rows, limit=limit, by="after", mark=lambda row: row.pk)
