"""What all requests have in common: written once, and the person told when they are answered."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sameboat.gateways import messaging
from sameboat.identity.models import Login
from sameboat.identity.queries import reader_of
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import AskedAlready, own_request
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal


class NotToWithdraw(Refusal):
    """The request is answered, or what it asks for has begun."""

    code = "not_to_withdraw"
    en = "This request is answered, or being carried out; it cannot be taken back any more."
    zh = "该请求已答复或正在执行，不能再撤回。"


def written(request: DataRequest) -> str:
    """Write a request, unless the same is open; its reference."""
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        same = DataRequest.objects.filter(
            person=request.person, kind=request.kind, subject=request.subject
        )
        raise AskedAlready(due_on=same.latest("id").due_on) from None
    return request.ref


@transaction.atomic
def withdraw_request(*, login_id: int, ref: str, now: datetime) -> None:
    """Take a request back, while nothing was done about it."""
    request = own_request(login_id, ref, now=now)
    waiting = DataRequest.objects.filter(id=request.id, state__in=("OPEN", "PROPOSED"))
    if waiting.update(state="WITHDRAWN", answered_at=now) != 1:
        raise NotToWithdraw()


def tell_answered(request: DataRequest) -> None:
    """Let whoever asked be told, by a job, that there is an answer."""
    queue.configure_task("rights.tell").defer(ref=request.ref)


def tell(*, ref: str, now: datetime) -> None:
    """Send the message; it says only where to look. Sending it again changes nothing."""
    request = DataRequest.objects.filter(ref=ref).first()
    if request is None:
        return
    reader = reader_of(Login.objects.get(id=request.asked_by_id))
    if reader is None:
        return  # Who was erased is told nothing any more.
    message = messaging.Message(
        key=reader.key(f"data-request/{ref}/{request.state.lower()}"),
        to=reader.phone,
        template="data_answered",
        data={"link": messaging.link("/mine/data")},
        language=reader.language,
    )
    messaging.provider().send(message, now=now)
