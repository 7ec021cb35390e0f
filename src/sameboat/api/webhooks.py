"""Webhooks: where an integrator is told what happens, the log of it, and sending again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import ID_MAX, Code, Done, IdPath, In, Key, Out, RefPath
from sameboat.identity.scopes import Area
from sameboat.runtime import clock
from sameboat.webhooks import actions, queries
from sameboat.webhooks.events import Type
from sameboat.webhooks.queries import DeliveryLine, EndpointLine

router = Router(tags=["webhooks"], auth=Bearer(Area.WEBHOOKS))
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class EndpointIn(In):
    """Where to be told, and of what."""

    url: Url
    types: Annotated[list[Type], Field(min_length=1, max_length=20)]
    plans: Annotated[list[Code], Field(max_length=100)] = []
    """Of which plans; empty for every plan, also for those that come later."""


class SecretOut(Out):
    """The secret that signs what is sent. It is told once: keep it as you keep a password."""

    ref: str
    secret: str


class EndpointOut(Out):
    """An endpoint, without its secret."""

    ref: str
    url: str
    owner: str
    types: list[str]
    plans: list[str]
    """Empty: every plan."""
    created_at: datetime
    waiting: int
    """Messages that wait to be sent."""
    rests_until: datetime | None
    """After a failure nothing is sent before."""
    stopped_because: str
    """Empty while it is sent to; `failing` after the last attempt failed, `gone` after a 410."""


class DeliveryOut(Out):
    """One message, and what came of sending it."""

    id: int
    event: str
    """The `webhook-id` under which it is sent, also when it is sent again."""
    type: str
    at: datetime
    state: str
    """`WAITS`, `TAKEN` or `GIVEN_UP`."""
    attempts: int
    status: int | None
    """Of the last answer; null where there was none."""
    error: str
    """Why there was none: `address`, `connection`, `trust` (the certificate), `time`, `answer`."""
    tried_at: datetime | None


@router.post("", response=answers(SecretOut, 201))
def set_up(request: Request, body: EndpointIn) -> Status[SecretOut]:
    """Be told from now on. It takes no key, since the answer must not be kept."""
    made = actions.set_up_endpoint(
        login_id=request.auth.id,
        url=body.url,
        types=body.types,
        plans=body.plans,
        now=clock.now(),
    )
    return Status(201, SecretOut(ref=made.ref, secret=made.secret))


@router.get("", response=answers(list[EndpointOut]))
def endpoints(request: Request) -> list[EndpointOut]:
    """The endpoints of an integrator; a supervisor sees all."""
    return [_endpoint(each) for each in queries.endpoints_of(request.auth.id)]


@router.get("/{ref}", response=answers(EndpointOut))
def endpoint(request: Request, ref: RefPath) -> EndpointOut:
    """One endpoint."""
    return _endpoint(queries.endpoint_line(request.auth.id, ref))


@router.post("/{ref}/rotate", response=answers(SecretOut))
def rotate(request: Request, ref: RefPath) -> SecretOut:
    """A new secret; for a day both sign. It takes no key, since the answer must not be kept."""
    made = actions.rotate_secret(login_id=request.auth.id, ref=ref, now=clock.now())
    return SecretOut(ref=made.ref, secret=made.secret)


@router.post("/{ref}/test", response=answers(Done))
def test(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Send a message of the type `webhook.test`."""
    return done(request, idempotency_key, actions.send_test, ref=ref)


@router.post("/{ref}/start", response=answers(Done))
def start(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Send there again, after it had been stopped and its cause was mended."""
    return done(request, idempotency_key, actions.start_endpoint, ref=ref)


@router.post("/{ref}/remove", response=answers(Done))
def remove(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Send nothing more there."""
    return done(request, idempotency_key, actions.remove_endpoint, ref=ref)


@router.get("/{ref}/log", response=answers(list[DeliveryOut]))
def log(
    request: Request,
    response: HttpResponse,
    ref: RefPath,
    before: Annotated[int | None, Query(ge=1, le=ID_MAX)] = None,
    limit: Limit = LIMIT,
) -> list[DeliveryOut]:
    """What was and will be sent, the newest first; kept for a month."""
    rows = queries.log_of(login_id=request.auth.id, ref=ref, before=before, rows=limit + 1)
    page = one_page(request, response, rows, limit=limit, by="before", mark=lambda row: row.id)
    return [_delivery(row) for row in page]


@router.post("/{ref}/log/{delivery}/again", response=answers(Done))
def again(request: Request, idempotency_key: Key, ref: RefPath, delivery: IdPath) -> HttpResponse:
    """Send a message once more, under the same id."""
    return done(request, idempotency_key, actions.send_again, ref=ref, delivery_id=delivery)


def _endpoint(line: EndpointLine) -> EndpointOut:
    return EndpointOut(
        ref=line.ref,
        url=line.url,
        owner=line.owner,
        types=list(line.types),
        plans=list(line.plans),
        created_at=line.created_at,
        waiting=line.waiting,
        rests_until=line.rests_until,
        stopped_because=line.stopped_because,
    )


def _delivery(line: DeliveryLine) -> DeliveryOut:
    return DeliveryOut(
        id=line.id,
        event=line.event,
        type=line.type,
        at=line.at,
        state=line.state,
        attempts=line.attempts,
        status=line.status,
        error=line.error,
        tried_at=line.tried_at,
    )
