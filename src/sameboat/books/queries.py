"""Reading the books: balances of ledger accounts, and bookings with their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from sameboat.books.models import Booking, Posting
from sameboat.rules.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    """One booking as people read it."""

    key: str
    kind: str
    subject: str
    booked_at: datetime
    lines: Mapping[str, Fen]
    """Fen by code of the ledger account: debit positive, credit negative."""


def balance(code: str, period_on: date | None = None) -> Fen:
    """What stands on a ledger account, debit positive; of one period where `period_on` is given.

    An account nothing was ever booked on stands at 0.
    """
    postings = Posting.objects.filter(account__code=code)
    if period_on is not None:
        postings = postings.filter(booking__period_on=period_on)
    return Fen(postings.aggregate(total=Sum("amount"))["total"] or 0)


def bookings(
    *,
    plan: str,
    period_on: date | None = None,
    kind: str | None = None,
    subject: str | None = None,
) -> list[BookingLine]:
    """The bookings of a plan in the order they were made, narrowed by what is given."""
    wanted = {"period_on": period_on, "kind": kind, "subject": subject}
    found = Booking.objects.filter(
        plan=plan, **{name: value for name, value in wanted.items() if value is not None}
    )
    return [
        BookingLine(
            key=booking.key,
            kind=booking.kind,
            subject=booking.subject,
            booked_at=booking.booked_at,
            lines={posting.account.code: Fen(posting.amount) for posting in booking.postings.all()},
        )
        for booking in found.order_by("id").prefetch_related("postings__account")
    ]
