"""The audit trail: what staff did or looked at, and each day's rows as one entry of the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from sameboat.identity.models import AuditDay, AuditRow
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.proof.canonical import canonical
from sameboat.proof.entry import chain_id
from sameboat.proof.merkle import leaf_hash, root_of
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import day_of

# Whoever noted something just before midnight has committed it by then.
SETTLES_AFTER = timedelta(minutes=5)


@transaction.atomic
def audit(*, login_id: int, verb: str, subject: str, now: datetime) -> None:
    """Note what a staff login did or looked at. `subject` is a reference, never a name."""
    AuditRow.objects.create(
        login_id=login_id, verb=verb, subject=subject, at=now, on=day_of(now, HOME_TIMEZONE)
    )


def record_audit_days(*, now: datetime) -> int:
    """Put every day that is over and had audit rows on the record; the number of them."""
    today = day_of(now - SETTLES_AFTER, HOME_TIMEZONE)
    over = AuditRow.objects.filter(on__lt=today).exclude(on__in=AuditDay.objects.values("day"))
    days = list(over.order_by("on").values_list("on", flat=True).distinct())
    return sum(_record_day_once(day, now) for day in days)


def _record_day_once(day: date, now: datetime) -> bool:
    """Whether this process put the day on the record; another may be at it as well."""
    try:
        _record_day(day, now)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def _record_day(day: date, now: datetime) -> None:
    leaves = list(audit_leaves(day))
    entry = add_entry(
        chain=chain_id("org", ""),
        type="audit.day",
        body={
            "day": day.isoformat(),
            "rows": {"count": len(leaves), "root": root_of(leaves).hex()},
        },
        roles=["operator"],
        now=now,
    )
    AuditDay.objects.create(day=day, count=len(leaves), entry_hash=entry.hash)


def audit_leaves(day: date) -> Iterator[bytes]:
    """The leaves of a day's rows in the order in which they were noted."""
    rows = AuditRow.objects.filter(on=day).select_related("login").order_by("id")
    for row in rows.iterator(chunk_size=10_000):
        yield leaf_hash(
            canonical(
                {
                    "v": 1,
                    "type": "audit",
                    "at": int(row.at.timestamp()),
                    "login": row.login.name,
                    "verb": row.verb,
                    "subject": row.subject,
                }
            )
        )
