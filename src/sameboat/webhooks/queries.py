"""Reading endpoints and the log of what was sent to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from sameboat.identity.queries import NotAllowed, roles_of
from sameboat.identity.roles import Role
from sameboat.runtime.refusals import Refusal
from sameboat.webhooks.models import Delivery, Endpoint

MANAGERS = (Role.INTEGRATOR, Role.SUPERVISOR)


class NoSuchEndpoint(Refusal):
    """There is no such endpoint that this login may see."""

    code = "no_such_endpoint"
    en = "There is no such webhook."
    zh = "没有这个事件推送地址。"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """An endpoint, without its secret."""

    ref: str
    url: str
    owner: str
    types: tuple[str, ...]
    plans: tuple[str, ...]
    """Empty: every plan."""
    created_at: datetime
    waiting: int
    """Messages that wait to be sent."""
    rests_until: datetime | None
    stopped_because: str
    """Empty while it is sent to; `failing` or `gone`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """One message, and what came of sending it."""

    id: int
    event: str
    type: str
    at: datetime
    state: str
    """`WAITS`, `TAKEN` or `GIVEN_UP`."""
    attempts: int
    status: int | None
    error: str
    tried_at: datetime | None


def endpoints_of(login_id: int) -> list[EndpointLine]:
    """The endpoints that this login manages: an integrator its own, a supervisor all."""
    return [_line(each) for each in _seen_by(login_id).order_by("id")]


def endpoint(login_id: int, ref: str) -> Endpoint:
    """One of them; refuses a wrong reference and somebody else's alike."""
    found = _seen_by(login_id).filter(ref=ref).first()
    if found is None:
        raise NoSuchEndpoint()
    return found


def endpoint_line(login_id: int, ref: str) -> EndpointLine:
    """One of them, to be read."""
    return _line(endpoint(login_id, ref))


def log_of(
    *, login_id: int, ref: str, before: int | None = None, rows: int = 100
) -> list[DeliveryLine]:
    """What was and will be sent to an endpoint, the newest first.

    `before` is the id of the last line of the page before.
    """
    found = Delivery.objects.filter(endpoint=endpoint(login_id, ref)).select_related("event")
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        DeliveryLine(
            id=row.pk,
            event=f"evt_{row.event.ref}",
            type=row.event.type,
            at=row.event.at,
            state=row.state,
            attempts=row.attempts,
            status=row.status,
            error=row.error,
            tried_at=row.tried_at,
        )
        for row in found.order_by("-id")[:rows]
    ]


def due_endpoints(now: datetime) -> list[str]:
    """To which endpoints something is to be sent now."""
    found = Endpoint.objects.filter(stopped_at=None).exclude(rests_until__gt=now)
    return list(found.filter(deliveries__state="WAITS").values_list("ref", flat=True).distinct())


def is_anybody_told() -> bool:
    """Whether there is an endpoint to tell anything."""
    return Endpoint.objects.filter(stopped_at=None).exists()


def _seen_by(login_id: int) -> QuerySet[Endpoint]:
    held = roles_of(login_id)
    if not held & set(MANAGERS):
        raise NotAllowed(needed=" / ".join(MANAGERS))
    found = Endpoint.objects.exclude(stopped_because="removed").select_related("login")
    return found if Role.SUPERVISOR in held else found.filter(login_id=login_id)


def _line(row: Endpoint) -> EndpointLine:
    return EndpointLine(
        ref=row.ref,
        url=row.url,
        owner=row.login.name,
        types=tuple(row.types.split()),
        plans=tuple(row.plans.split()),
        created_at=row.created_at,
        waiting=row.deliveries.filter(state="WAITS").count(),
        rests_until=row.rests_until,
        stopped_because=row.stopped_because,
    )
