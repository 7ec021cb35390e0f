"""Setting up endpoints, pulling events, sending them, and sending again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sameboat.gateways import endpoints as outside
from sameboat.gateways.endpoints import Sent
from sameboat.identity.actions import audit
from sameboat.identity.personal import open_text, seal_text
from sameboat.identity.queries import require_role
from sameboat.plans.queries import plan as plan_of
from sameboat.record.queries import log_size, recorded_between
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.webhooks import queries, signing
from sameboat.webhooks.events import ENTRIES, Found, Type, of_debits, of_entries
from sameboat.webhooks.models import Delivery, Endpoint, Event, Mark

ENDPOINTS_MAX = 10
ENTRIES_AT_ONCE = 500
SENT_AT_ONCE = 100
BUSY_FOR = timedelta(minutes=20)
"""Longer than sending so many can take."""
GONE = 410
EVENTS_KEPT = timedelta(days=30)
BOTH_SECRETS_FOR = timedelta(days=1)
WAITS = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)),
    *(timedelta(hours=5), timedelta(hours=10), timedelta(hours=14), timedelta(hours=20)),
)
"""How long an endpoint rests after each failure of one event; after the last it is stopped."""
SECRET_PLACE = "webhooks_endpoint.sealed_secret"  # noqa: S105 - a column, no secret


class NoSuchDelivery(Refusal):
    """Nothing of that number was sent to this endpoint, or it is still to be sent."""

    code = "no_such_delivery"
    en = "There is no such message that could be sent again; what waits is sent by itself."
    zh = "没有可以重发的这条消息；等待中的会自动发送。"


class NoSuchEvents(Refusal):
    """A type of event does not exist."""

    code = "no_such_events"
    en = "Choose at least one of these events: {possible}."
    zh = "请至少选择一类事件：{possible}。"


class TooManyEndpoints(Refusal):
    """So many endpoints are set up already."""

    code = "too_many_endpoints"
    en = "{endpoints_max} webhooks are set up already; remove one of them first."
    zh = "已设置 {endpoints_max} 个推送地址，请先删除其中一个。"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """An endpoint with its secret; it is told once."""

    ref: str
    secret: str = field(repr=False)


def set_up_endpoint(
    *,
    login_id: int,
    url: str,
    types: Collection[str],
    plans: Collection[str] = (),
    now: datetime,
) -> SetUp:
    """Tell an address from now on what happens; the secret that will sign it.

    Of these plans, or of every plan where none is named.
    """
    require_role(login_id, *queries.MANAGERS)
    if not types or not set(types) <= set(Type) - {Type.TEST}:
        raise NoSuchEvents(possible=", ".join(each for each in Type if each is not Type.TEST))
    chosen = {plan_of(plan_id).id for plan_id in plans}
    # Resolving a name may take long: not while a transaction is open.
    outside.check_url(url, loopback=_loopback())
    ref, secret = reference(), signing.new_secret()
    keystore().create("webhook", ref)
    with transaction.atomic():
        mark, _ = Mark.objects.select_for_update().get_or_create(pk=1)
        live = Endpoint.objects.filter(stopped_at=None)
        if live.filter(login_id=login_id).count() >= ENDPOINTS_MAX:
            raise TooManyEndpoints(endpoints_max=ENDPOINTS_MAX)
        if not live.exists():
            # What happened while nobody listened is not told.
            Mark.objects.filter(pk=mark.pk).update(up_to=log_size())
        Endpoint.objects.create(
            ref=ref,
            login_id=login_id,
            url=url,
            types=" ".join(sorted(types)),
            plans=" ".join(sorted(chosen)),
            sealed_secret=seal_text("webhook", ref, SECRET_PLACE, secret),
            created_at=now,
        )
        audit(login_id=login_id, verb="webhook.set_up", subject=ref, now=now)
    return SetUp(ref=ref, secret=secret)


@transaction.atomic
def rotate_secret(*, login_id: int, ref: str, now: datetime) -> SetUp:
    """A new secret; for a day the one before signs beside it."""
    endpoint = queries.endpoint(login_id, ref)
    secret = signing.new_secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(
        sealed_secret=seal_text("webhook", ref, SECRET_PLACE, secret),
        sealed_secret_before=endpoint.sealed_secret,
        secret_before_until=now + BOTH_SECRETS_FOR,
    )
    audit(login_id=login_id, verb="webhook.rotate", subject=ref, now=now)
    return SetUp(ref=ref, secret=secret)


@transaction.atomic
def remove_endpoint(*, login_id: int, ref: str, now: datetime) -> None:
    """Send nothing more there. Its log stays for a month."""
    endpoint = queries.endpoint(login_id, ref)
    Endpoint.objects.filter(pk=endpoint.pk).update(stopped_at=now, stopped_because="removed")
    Delivery.objects.filter(endpoint=endpoint, state="WAITS").update(state="GIVEN_UP")
    audit(login_id=login_id, verb="webhook.remove", subject=ref, now=now)


@transaction.atomic
def start_endpoint(*, login_id: int, ref: str, now: datetime) -> None:
    """Send there again, after its cause was mended; what waited goes out now."""
    endpoint = queries.endpoint(login_id, ref)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        stopped_at=None, stopped_because="", rests_until=None
    )
    audit(login_id=login_id, verb="webhook.start", subject=ref, now=now)


@transaction.atomic
def send_test(*, login_id: int, ref: str, now: datetime) -> None:
    """Send a message that tells nothing, to try an endpoint out."""
    endpoint = queries.endpoint(login_id, ref)
    key = f"test/{reference()}"
    (event,) = _kept([Found(key=key, type=Type.TEST, data={"endpoint": ref})], now)
    Delivery.objects.create(endpoint=endpoint, event=event)


@transaction.atomic
def send_again(*, login_id: int, ref: str, delivery_id: int, now: datetime) -> None:
    """Send a message once more, under the same id: a receiver that has it knows it."""
    endpoint = queries.endpoint(login_id, ref)
    moved = (
        Delivery.objects.filter(pk=delivery_id, endpoint=endpoint)
        .exclude(state="WAITS")
        .update(state="WAITS", attempts=0)
    )
    if moved != 1:
        raise NoSuchDelivery()
    Endpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    audit(login_id=login_id, verb="webhook.again", subject=f"{ref}/{delivery_id}", now=now)


@transaction.atomic
def pull_events(*, now: datetime) -> int:
    """Keep what happened since the last time, for every endpoint that wants it; how many events.

    Some entries of the record at a time, and each answer of the gateway once. Killed and run
    again, or run twice at once, nothing is told twice: each event has a key.
    """
    live = list(Endpoint.objects.filter(stopped_at=None))
    if not live:
        return 0
    mark = Mark.objects.select_for_update().get(pk=1)
    since = max(now - EVENTS_KEPT, min(endpoint.created_at for endpoint in live))
    end = min(log_size(), mark.up_to + ENTRIES_AT_ONCE)
    found = [*of_entries(recorded_between(mark.up_to, end, ENTRIES)), *of_debits(since)]
    made = _kept(found, now)
    Delivery.objects.bulk_create(_deliveries(live, made), ignore_conflicts=True)
    Mark.objects.filter(pk=mark.pk).update(up_to=end)
    return len(made)


def send_waiting(*, endpoint_ref: str, now: datetime, timestamp: int) -> int:
    """Send what waits for an endpoint, in its order; how many messages were taken.

    After a failure the endpoint rests, longer each time. Nothing is sent inside a transaction: what
    was taken and not written down before a crash is sent once more, under the same id.
    """
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    due = Endpoint.objects.filter(free, ref=endpoint_ref, stopped_at=None)
    if due.exclude(rests_until__gt=now).update(busy_until=now + BUSY_FOR) != 1:
        return 0
    endpoint = Endpoint.objects.get(ref=endpoint_ref)
    try:
        return _send_some(endpoint, now=now, timestamp=timestamp)
    finally:
        Endpoint.objects.filter(pk=endpoint.pk).update(busy_until=None)


def _send_some(endpoint: Endpoint, *, now: datetime, timestamp: int) -> int:
    waiting = endpoint.deliveries.filter(state="WAITS").select_related("event").order_by("id")
    taken = 0
    for delivery in waiting[:SENT_AT_ONCE]:
        sent = _sent(endpoint, delivery.event, now=now, timestamp=timestamp)
        _note(endpoint, delivery, sent, now)
        if not sent.is_taken:
            break
        taken += 1
    return taken


def forget_events(*, now: datetime) -> int:
    """Delete events older than a month, with what was noted of sending them."""
    return Event.objects.filter(at__lt=now - EVENTS_KEPT).delete()[0]


def _kept(found: Iterable[Found], now: datetime) -> list[Event]:
    """The events that are new, written down."""
    wanted = {each.key: each for each in found}
    known = set(Event.objects.filter(key__in=wanted.keys()).values_list("key", flat=True))
    return Event.objects.bulk_create(
        Event(ref=reference(), key=key, type=each.type.value, at=now, body=dict(each.data))
        for key, each in wanted.items()
        if key not in known
    )


def _deliveries(live: list[Endpoint], made: list[Event]) -> Iterator[Delivery]:
    types = {endpoint.pk: set(endpoint.types.split()) for endpoint in live}
    plans = {endpoint.pk: set(endpoint.plans.split()) for endpoint in live}
    for event in made:
        for endpoint in live:
            wanted = plans[endpoint.pk]
            if event.type in types[endpoint.pk] and (not wanted or event.body["plan"] in wanted):
                yield Delivery(endpoint=endpoint, event=event)


def _sent(endpoint: Endpoint, event: Event, *, now: datetime, timestamp: int) -> Sent:
    told = {"type": event.type, "timestamp": event.at.isoformat(), "data": event.body}
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    signed = signing.headers(
        ref=event.ref, timestamp=timestamp, body=body, with_secrets=_secrets(endpoint, now)
    )
    return outside.post(endpoint.url, body, signed, loopback=_loopback())


def _secrets(endpoint: Endpoint, now: datetime) -> list[str]:
    sealed = [endpoint.sealed_secret]
    until = endpoint.secret_before_until
    if endpoint.sealed_secret_before is not None and until is not None and now < until:
        sealed.append(endpoint.sealed_secret_before)
    return [open_text("webhook", endpoint.ref, SECRET_PLACE, each) for each in sealed]


@transaction.atomic
def _note(endpoint: Endpoint, delivery: Delivery, sent: Sent, now: datetime) -> None:
    """What came of one attempt: taken, or the endpoint rests, or it is given up and stopped."""
    failures = 0 if sent.is_taken else delivery.attempts + 1
    is_over = sent.status == GONE or failures > len(WAITS)
    state = "TAKEN" if sent.is_taken else "GIVEN_UP" if is_over else "WAITS"
    Delivery.objects.filter(pk=delivery.pk, state="WAITS").update(
        state=state,
        attempts=delivery.attempts + 1,
        status=sent.status,
        error=sent.error,
        tried_at=now,
    )
    own = Endpoint.objects.filter(pk=endpoint.pk, stopped_at=None)
    if is_over:
        why = "gone" if sent.status == GONE else "failing"
        own.update(stopped_at=now, stopped_because=why, rests_until=None)
    else:
        own.update(rests_until=now + WAITS[failures - 1] if failures else None)


def _loopback() -> bool:
    return settings().mode != "production"
