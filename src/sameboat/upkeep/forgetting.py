"""Deleting in time what is kept no longer. Erasing a person is another matter: see `rights`.

Everything here may run at any moment, twice, or be killed: it deletes what is over, in ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, models

from sameboat.claims import actions as claims
from sameboat.gateways.models import SandboxMessage
from sameboat.identity import actions as identity
from sameboat.identity.models import Session
from sameboat.members import actions as members
from sameboat.rights import actions as rights
from sameboat.runtime import jobs
from sameboat.runtime.models import IdempotencyKey
from sameboat.webhooks import actions as webhooks

RANGE_ROWS = 10_000
ANSWERS_KEPT = timedelta(days=30)
"""How long a request that comes again gets the same answer."""
SANDBOX_MESSAGES_KEPT = timedelta(days=30)
FAILED_JOBS_KEPT = timedelta(days=30)
"""By the database's own clock, as all of the queue."""
DROP_CACHE = "DELETE FROM runtime_cache WHERE expires < %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows of each kind were deleted."""

    answers: int
    sessions: int
    rate_limits: int
    sandbox_messages: int
    failed_jobs: int
    verifications: int
    unproved_logins: int
    tokens: int
    relations: int
    consent_codes: int
    phone_codes: int
    marks: int
    uploads: int
    events: int


def forget(*, now: datetime) -> Forgotten:
    """Delete everything whose time is over."""
    messages = SandboxMessage.objects.filter(sent_at__lt=now - SANDBOX_MESSAGES_KEPT)
    return Forgotten(
        answers=_delete(IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_KEPT)),
        sessions=_delete(Session.objects.filter(expire_date__lt=now)),
        rate_limits=_drop_cache(now),
        sandbox_messages=_delete(messages),
        failed_jobs=jobs.drop_ended(older_than=FAILED_JOBS_KEPT),
        verifications=identity.forget_verifications(now=now),
        unproved_logins=identity.forget_unproved_logins(now=now),
        tokens=identity.forget_tokens(now=now),
        relations=identity.forget_refused(now=now),
        consent_codes=members.forget_codes(now=now),
        phone_codes=identity.forget_phone_codes(now=now),
        marks=rights.forget_marks(now=now),
        uploads=claims.prune_uploads(now=now),
        events=webhooks.forget_events(now=now),
    )


def _delete(rows: models.QuerySet[models.Model]) -> int:
    """Delete these rows range by range, each in a transaction of its own; their number."""
    total = 0
    while True:
        found = list(rows.order_by("pk").values_list("pk", flat=True)[:RANGE_ROWS])
        if not found:
            return total
        total += rows.model._default_manager.filter(pk__in=found).delete()[0]


def _drop_cache(now: datetime) -> int:
    """Counters of limits that ran out; the cache itself drops them only when it is full."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_CACHE, [now])
        return int(cursor.rowcount)
