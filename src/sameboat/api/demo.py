"""Only where the installation is a demo: messages as a phone would show them, and the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime

from sameboat.api.errors import answers
from sameboat.api.shapes import In, Line, Out
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity.personal import normal_phone
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings

router = Router(tags=["demo"], auth=None)
MESSAGES_SHOWN = 10


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


class ClockOut(Out):
    """The clock of all processes of the installation."""

    now: datetime


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
    """What time it is here."""
    _only_in_a_demo()
    return ClockOut(now=clock.now())


@router.post("/clock", response=answers(ClockOut))
def advance(request: HttpRequest, body: ClockIn) -> ClockOut:
    """Move the clock forward; what becomes due then is done by the worker."""
    _only_in_a_demo()
    return ClockOut(now=clock.advance_to(body.to))


def _only_in_a_demo() -> None:
    if settings().mode == "production":
        raise NotADemo()
