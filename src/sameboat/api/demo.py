"""Only where the installation is a demo: messages as a phone would show them, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from procrastinate.contrib.django.models import ProcrastinateJob
from pydantic import AwareDatetime, Field

from sameboat.api.auth import Bearer, Request
from sameboat.api.errors import NotFound, answers
from sameboat.api.shapes import DONE, Done, In, Line, Out
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.identity.personal import normal_phone
from sameboat.identity.queries import is_verification_due
from sameboat.members.actions import agree_as_if_by_phone
from sameboat.members.actions.days import next_day
from sameboat.payments import agenda
from sameboat.plans.queries import plans
from sameboat.record.queries import pending_count
from sameboat.rules.calendar import day_of
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.settlement import queries as settlement

router = Router(tags=["demo"], auth=None)
MESSAGES_SHOWN = 10
BALANCE_MAX = 10**12


class NotADemo(Refusal):
    """The installation is a real one."""

    code = "not_a_demo"
    en = "This exists in demo mode only."
    zh = "仅演示模式提供此功能。"


class MessageOut(Out):
    """One message, newest first; `code` is the sign-in code where it holds one."""

    template: str
    text: str
    code: str | None
    sent_at: datetime


class PlanClock(Out):
    """One plan by the clock of the installation."""

    plan: str
    next_event_at: datetime
    """The next lock, end of publicity, debit or payout."""


class ClockOut(Out):
    """The clock of all processes of the installation."""

    now: datetime
    plans: list[PlanClock]


class BusyOut(Out):
    """What the worker still has to do."""

    busy: str | None
    """Something that is on its way, or else due and not begun; null when it has caught up."""


class WalletIn(In):
    """How the payer's wallet of the sandbox behaves from now on."""

    rule: WalletRule
    balance_fen: Annotated[int, Field(ge=0, le=BALANCE_MAX)]


class ClockIn(In):
    """Where to move the clock; it runs forward only."""

    to: AwareDatetime


@router.get("/codes", response=answers(list[MessageOut]))
def codes(request: HttpRequest, phone: Annotated[Line, Query()]) -> list[MessageOut]:
    """The latest messages to a phone."""
    _only_in_a_demo()
    return [
        MessageOut(
            template=message.template,
            text=message.text,
            code=message.data.get("code"),
            sent_at=message.sent_at,
        )
        for message in outbox(to=normal_phone(phone), limit=MESSAGES_SHOWN)
    ]


@router.get("/clock", response=answers(ClockOut))
def present(request: HttpRequest) -> ClockOut:
    """What time it is here, what comes next, and what is still to be done."""
    _only_in_a_demo()
    return _clock(clock.now())


@router.post("/clock", response=answers(ClockOut))
def advance(request: HttpRequest, body: ClockIn) -> ClockOut:
    """Move the clock forward; what becomes due then is done by the worker."""
    _only_in_a_demo()
    return _clock(clock.advance_to(body.to))


@router.get("/busy", response=answers(BusyOut))
def what_is_busy(request: HttpRequest) -> BusyOut:
    """Whether the worker has caught up with the clock; whoever waits for it asks often."""
    _only_in_a_demo()
    return BusyOut(busy=next(_to_do(clock.now()), None))


@router.post("/wallet", auth=Bearer(), response=answers(Done))
def set_wallet(request: Request, body: WalletIn) -> Done:
    """Fill, empty or break the signed-in payer's wallet, so that debits succeed or fail."""
    _only_in_a_demo()
    household = getattr(request.auth.person, "household", None)
    if household is None:
        raise NotFound()
    sandbox.set_wallet(
        customer=household.customer_ref, rule=body.rule, balance=Fen(body.balance_fen)
    )
    return DONE


@router.post("/agree", auth=Bearer(), response=answers(Done))
def agree(request: Request) -> Done:
    """Let every adult whom the signed-in payer joined agree, as if each had answered by phone."""
    _only_in_a_demo()
    agree_as_if_by_phone(login_id=request.auth.id, now=clock.now())
    return DONE


def _clock(now: datetime) -> ClockOut:
    return ClockOut(
        now=now,
        plans=[
            PlanClock(plan=each.id, next_event_at=settlement.next_event_at(each.id, now))
            for each in plans()
        ],
    )


def _to_do(now: datetime) -> Iterator[str]:
    """What is on its way or due, the cheapest question first."""
    jobs = ProcrastinateJob.objects.filter(status__in=("todo", "doing"), scheduled_at=None)
    if jobs.exists():
        yield "jobs"
    if pending_count() > 0:
        yield "record"
    if is_verification_due(now):
        yield "identity"
    for plan in plans():
        if next_day(plan) < day_of(now, plan.timezone):
            yield f"{plan.id}: members"
        if settlement.due_stage(plan.id, now) is not None:
            yield f"{plan.id}: settlement"
        if agenda.is_due(plan.id, now):
            yield f"{plan.id}: payments"


def _only_in_a_demo() -> None:
    if settings().mode == "production":
        raise NotADemo()
