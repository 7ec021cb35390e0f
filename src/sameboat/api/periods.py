"""Periods for everybody, and a member's own shares with the working of each."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import once
from sameboat.api.errors import NotFound, answers, spoken
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import Day, DayPath, Key, Out, PlanPath, RefPath, TextOut, both
from sameboat.claims.queries import HelpedCase, helped_cases
from sameboat.identity.scopes import Area
from sameboat.members.queries import membership, memberships_of
from sameboat.payments import actions
from sameboat.payments.queries import Debit, debits_of
from sameboat.plans.queries import plan as plan_of
from sameboat.runtime import clock
from sameboat.settlement import queries
from sameboat.settlement.models import Period
from sameboat.settlement.queries import MemberShare

router = Router(tags=["periods"], auth=Bearer(Area.SHARES))
Before = Annotated[Day | None, Query()]


class ArrearsOut(Out):
    """What will be debited with the next run."""

    asked_fen: int


class PeriodOut(Out):
    """One round of sharing. Amounts are null until they are fixed."""

    plan: str
    publicity_on: date
    version: str
    state: str
    """`LOCKED`, `CLOSED`, `SETTLED`, `ANNOUNCED` or `DONE`."""
    publicity_ends_on: date
    debit_on: date
    payout_from: date
    sharing: int | None
    """How many members share: the divisor."""
    provisional_share_fen: int | None
    aid_fen: int | None
    fee_fen: int | None
    extra_fen: int | None
    cost_fen: int | None
    shareable_fen: int | None
    carried_in_fen: int | None
    recovered_fen: int | None
    due_fen: int | None
    each_fen: int | None
    """The share of weight 1000, before the caps of the member."""
    charged_fen: int | None
    sponsored_fen: int | None
    carried_out_fen: int | None
    settle_hash: str | None
    """The `period.settle` entry, for `GET /record/receipts/{hash}`."""


class PeriodFullOut(PeriodOut):
    """One period with the working of its division, in the reader's language."""

    working: list[str]


class HelpedOut(Out):
    """Somebody who was helped, without anything that tells who; of who wishes not to be shown any
    more, the aid alone."""

    sex: str | None
    age_from: int | None
    illness: TextOut
    severity: str | None
    aid_fen: int


class ShareOut(Out):
    """What a membership was charged in a period, and how that came about."""

    publicity_on: date
    status: str
    weight: int
    amount_fen: int
    period: PeriodOut
    helped: list[HelpedOut]
    working: list[str]


class CertificateOut(Out):
    """The three files that prove the share to anybody, for `sameboat verify`."""

    share: str
    proof: str
    entry: str


class DebitOut(Out):
    """One debit of the signed-in payer, for the household."""

    plan: str
    publicity_on: date
    amount_fen: int
    state: str
    debit_on: date
    reason: str


@router.get("/plans/{plan}/periods", auth=None, response=answers(list[PeriodOut]))
def periods(
    request: HttpRequest,
    response: HttpResponse,
    plan: PlanPath,
    before: Before = None,
    limit: Limit = LIMIT,
) -> list[PeriodOut]:
    """The periods of a plan, the newest first; `before` names a publicity day."""
    found = queries.periods(plan_of(plan).id, before=before, limit=limit + 1)
    page = one_page(request, response, found, limit=limit, by="before", mark=_published_on)
    return [_period(each) for each in page]


@router.get("/plans/{plan}/periods/{day}", auth=None, response=answers(PeriodFullOut))
def period(request: HttpRequest, plan: PlanPath, day: DayPath) -> PeriodFullOut:
    """One period, named by its publicity day, with the working."""
    found = _found(plan, day)
    working = queries.working(found, spoken()) if found.settle_entry_hash else []
    return PeriodFullOut(**_period(found).model_dump(), working=working)


@router.get("/memberships/{ref}/shares", response=answers(list[ShareOut]))
def shares(
    request: Request,
    response: HttpResponse,
    ref: RefPath,
    before: Before = None,
    limit: Limit = LIMIT,
) -> list[ShareOut]:
    """What the membership was charged in each settled period, the newest first.

    A page is so many periods of the plan; in some of them it may have had no part.
    """
    own = membership(login_id=request.auth.id, ref=ref)
    found = queries.periods(own.plan, before=before, limit=limit + 1)
    page = one_page(request, response, found, limit=limit, by="before", mark=_published_on)
    return [_share(request, each) for each in queries.shares_of(own, among=page)]


@router.get("/memberships/{ref}/shares/{day}/certificate", response=answers(CertificateOut))
def certificate(request: Request, ref: RefPath, day: DayPath) -> CertificateOut:
    """The proof that the share of a period was computed fairly, once it is recorded."""
    own = membership(login_id=request.auth.id, ref=ref)
    found = _found(own.plan, day)
    files = queries.certificate(membership=own, period=found) if found.settle_entry_hash else None
    if files is None:
        raise NotFound()
    return CertificateOut(share=files.share.decode(), proof=files.proof, entry=files.entry.decode())


@router.get("/debits", response=answers(list[DebitOut]))
def debits(request: Request) -> list[DebitOut]:
    """What the signed-in payer owes, owed and paid, the newest first in each plan."""
    person = request.auth.person
    household = getattr(person, "household", None)
    if household is None:
        return []
    plans = dict.fromkeys(each.plan for each in memberships_of(request.auth.id))
    return [_debit(each) for plan in plans for each in debits_of(household, plan)]


@router.post("/debits/pay", response=answers(ArrearsOut))
def pay_arrears(request: Request, idempotency_key: Key) -> HttpResponse:
    """Ask to be debited now for everything that is owed; refused where nothing is."""

    def do() -> ArrearsOut:
        return ArrearsOut(asked_fen=actions.pay_arrears(login_id=request.auth.id, now=clock.now()))

    return once(request, idempotency_key, b"", do)


def _published_on(period: Period) -> date:
    return period.publicity_on


def _found(plan: str, day: date) -> Period:
    return queries.period(plan_of(plan).id, day)


def _period(period: Period) -> PeriodOut:
    settled = period.settle_entry_hash
    return PeriodOut(
        plan=period.plan,
        publicity_on=period.publicity_on,
        version=period.version,
        state=period.state,
        publicity_ends_on=period.publicity_ends_on,
        debit_on=period.debit_on,
        payout_from=period.payout_from,
        sharing=period.sharing,
        provisional_share_fen=period.provisional_share,
        aid_fen=period.aid,
        fee_fen=period.fee,
        extra_fen=period.extra,
        cost_fen=period.cost,
        shareable_fen=period.shareable,
        carried_in_fen=period.carried_in,
        recovered_fen=period.recovered,
        due_fen=period.due,
        each_fen=period.each,
        charged_fen=period.charged,
        sponsored_fen=period.sponsored,
        carried_out_fen=period.carried_out,
        settle_hash=bytes(settled).hex() if settled else None,
    )


def _share(request: Request, share: MemberShare) -> ShareOut:
    period = share.period
    helped = helped_cases(
        login_id=request.auth.id,
        plan_id=period.plan,
        claim_ids=list(period.claims.values_list("claim_id", flat=True)),
    )
    return ShareOut(
        publicity_on=period.publicity_on,
        status=share.status,
        weight=share.weight,
        amount_fen=share.amount,
        period=_period(period),
        helped=[_helped(each) for each in helped],
        working=queries.working(period, spoken()),
    )


def _helped(case: HelpedCase) -> HelpedOut:
    return HelpedOut(
        sex=case.sex,
        age_from=case.age.first if case.age else None,
        illness=both(case.illness),
        severity=case.severity,
        aid_fen=case.aid,
    )


def _debit(debit: Debit) -> DebitOut:
    return DebitOut(
        plan=debit.period.plan,
        publicity_on=debit.period.publicity_on,
        amount_fen=debit.amount,
        state=debit.state.value,
        debit_on=debit.debit_on,
        reason=debit.reason,
    )
