"""The money of a plan for finance and auditors: how far each period is, the books, their files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.errors import NotFound, answers, spoken
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import Day, DayPath, Line, Out, PlanPath
from sameboat.books.queries import BookingLine, bookings, trial_balance
from sameboat.identity.actions import audit
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.identity.scopes import Area
from sameboat.payments import export
from sameboat.payments.models import DebitBatch, Payout
from sameboat.payments.progress import StageLine, stages_of
from sameboat.payments.queries import collected, unpaid_of
from sameboat.plans.queries import plan as plan_of
from sameboat.runtime import clock
from sameboat.settlement import queries as settlement

router = Router(tags=["finance"], auth=Bearer(Area.FINANCE))
READERS = (Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)
EXPORTING = (Role.FINANCE, Role.AUDITOR)
TableName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
# ninja keeps a default only so, where the type itself is annotated.
BookingKey = Annotated[Line, Query("")]


class StageOut(Out):
    """One stage of a period; `waits_for` is null where it is done or can run now."""

    stage: str
    done_at: datetime | None
    waits_for: str | None


class BatchOut(Out):
    """Debits that went to the gateway in one message."""

    number: int
    attempt_on: date
    is_retry: bool
    payers: int
    amount_fen: int
    state: str
    collected_fen: int | None


class AidOut(Out):
    """One payout of the period."""

    claim_ref: str
    aid_fen: int
    arrears_fen: int
    state: str
    paid_at: datetime | None


class ProgressOut(Out):
    """How far a period is, and where its money is; null before it is settled."""

    publicity_on: date
    state: str
    stages: list[StageOut]
    charged_fen: int | None
    collected_fen: int | None
    unpaid_fen: int | None
    debits_open: int
    batches: list[BatchOut]
    payouts: list[AidOut]


class AccountOut(Out):
    """One ledger account of the trial balance."""

    code: str
    kind: str
    debit_fen: int
    credit_fen: int
    balance_fen: int
    """Debit positive."""


class BookingOut(Out):
    """One balanced booking: fen by ledger account, debit positive; they add up to zero."""

    key: str
    kind: str
    subject: str
    booked_at: datetime
    postings_fen: dict[str, int]


@router.get("/plans/{plan}/periods/{day}", response=answers(ProgressOut))
def progress(request: Request, plan: PlanPath, day: DayPath) -> ProgressOut:
    """How far a period is: its stages, its debits and its payouts."""
    require_role(request.auth.id, *READERS)
    found = settlement.period(plan_of(plan).id, day)
    money = collected(found) if found.charged is not None else None
    batches = DebitBatch.objects.filter(period=found).order_by("attempt_on", "number")
    payouts = Payout.objects.filter(period=found).select_related("claim").order_by("pk")
    return ProgressOut(
        publicity_on=found.publicity_on,
        state=found.state,
        stages=[_stage(each) for each in stages_of(found, clock.now(), spoken())],
        charged_fen=money.charged if money else None,
        collected_fen=money.collected if money else None,
        unpaid_fen=money.unpaid if money else None,
        debits_open=unpaid_of(found).count(),
        batches=[_batch(each) for each in batches],
        payouts=[_payout(each) for each in payouts],
    )


@router.get("/plans/{plan}/books", response=answers(list[AccountOut]))
def books(request: Request, plan: PlanPath) -> list[AccountOut]:
    """The trial balance: every ledger account of the plan."""
    require_role(request.auth.id, *READERS)
    return [
        AccountOut(
            code=line.code,
            kind=line.kind,
            debit_fen=line.debit,
            credit_fen=line.credit,
            balance_fen=line.balance,
        )
        for line in trial_balance(plan_of(plan).id)
    ]


@router.get("/plans/{plan}/bookings", response=answers(list[BookingOut]))
def journal(
    request: Request,
    response: HttpResponse,
    plan: PlanPath,
    after: BookingKey,
    period_on: Annotated[Day | None, Query()] = None,
    limit: Limit = LIMIT,
) -> list[BookingOut]:
    """The bookings in the order they were made, of one period where it is named.

    `after` is the key of the last booking of the page before.
    """
    require_role(request.auth.id, *READERS)
    found = bookings(plan=plan_of(plan).id, period_on=period_on, after=after, limit=limit + 1)
    page = one_page(request, response, found, limit=limit, by="after", mark=lambda line: line.key)
    return [_booking(line) for line in page]


@router.get(
    "/plans/{plan}/books/{name}",
    response=answers(str),
    openapi_extra={"x-media": ["text/csv"]},
)
def table(request: Request, plan: PlanPath, name: TableName) -> HttpResponse:
    """One table of the books as CSV, as the pages give it; the export leaves an audit row."""
    require_role(request.auth.id, *EXPORTING)
    found = plan_of(plan)
    if name not in export.TABLES:
        raise NotFound()
    _audited(request, f"{found.id}/{name}")
    return HttpResponse(
        "".join(export.csv_of(name, found.id)), content_type="text/csv; charset=utf-8"
    )


@router.get(
    "/plans/{plan}/books.zip",
    response=answers(bytes),
    openapi_extra={"x-media": ["application/zip"]},
)
def bundle(request: Request, plan: PlanPath) -> HttpResponse:
    """All tables with their hashes, for auditors; the export leaves an audit row."""
    require_role(request.auth.id, *EXPORTING)
    found = plan_of(plan)
    _audited(request, f"{found.id}/all")
    return HttpResponse(
        export.for_auditors(found.id, now=clock.now()), content_type="application/zip"
    )


def _audited(request: Request, subject: str) -> None:
    audit(login_id=request.auth.id, verb="books.export", subject=subject, now=clock.now())


def _stage(line: StageLine) -> StageOut:
    return StageOut(stage=line.stage, done_at=line.done_at, waits_for=line.why_not or None)


def _batch(batch: DebitBatch) -> BatchOut:
    return BatchOut(
        number=batch.number,
        attempt_on=batch.attempt_on,
        is_retry=batch.is_retry,
        payers=batch.payers,
        amount_fen=batch.amount,
        state=batch.state,
        collected_fen=batch.collected,
    )


def _payout(payout: Payout) -> AidOut:
    return AidOut(
        claim_ref=payout.claim.ref,
        aid_fen=payout.aid,
        arrears_fen=payout.arrears,
        state=payout.state,
        paid_at=payout.paid_at,
    )


def _booking(line: BookingLine) -> BookingOut:
    return BookingOut(
        key=line.key,
        kind=line.kind,
        subject=line.subject,
        booked_at=line.booked_at,
        postings_fen=dict(line.lines),
    )
