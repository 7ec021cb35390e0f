"""Reading the books: balances of ledger accounts, and bookings with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One ledger account of a trial balance, in fen."""

    code: str
    kind: str
    debit: Fen
    credit: Fen

    @property
    def balance(self) -> Fen:
        """What stands on it, debit positive."""
        return Fen(self.debit - self.credit)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One posting with the booking that it belongs to; debit positive, in fen."""

    booked_at: datetime
    key: str
    kind: str
    period_on: date | None
    subject: str
    code: str
    amount: Fen


def balance(code: str, period_on: date | None = None) -> Fen:
    """What stands on a ledger account, debit positive; of one period where `period_on` is given.

    An account nothing was ever booked on stands at 0.
    """
    postings = Posting.objects.filter(account__code=code)
    if period_on is not None:
        postings = postings.filter(booking__period_on=period_on)
    return Fen(postings.aggregate(total=Sum("amount"))["total"] or 0)


def trial_balance(plan: str) -> list[AccountLine]:
    """Every ledger account of a plan with what was booked on each side; the sides are equal."""
    postings = Posting.objects.filter(booking__plan=plan).order_by("account__code")
    sums = postings.values("account__code", "account__kind").annotate(
        debit=Sum("amount", filter=Q(amount__gt=0), default=0),
        credit=Sum("amount", filter=Q(amount__lt=0), default=0),
    )
    return [
        AccountLine(
            code=row["account__code"],
            kind=row["account__kind"],
            debit=Fen(row["debit"]),
            credit=Fen(-row["credit"]),
        )
        for row in sums
    ]


def journal(plan: str) -> Iterator[JournalLine]:
    """Every line of every booking of a plan, in the order in which they were made; streams."""
    postings = Posting.objects.filter(booking__plan=plan).select_related("booking", "account")
    for posting in postings.order_by("booking_id", "id").iterator(chunk_size=2_000):
        yield JournalLine(
            booked_at=posting.booking.booked_at,
            key=posting.booking.key,
            kind=posting.booking.kind,
            period_on=posting.booking.period_on,
            subject=posting.booking.subject,
            code=posting.account.code,
            amount=Fen(posting.amount),
        )


def bookings(
    *,
    plan: str,
    period_on: date | None = None,
    kind: str | None = None,
    subject: str | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[BookingLine]:
    """The bookings of a plan in the order they were made, narrowed by what is given.

    `after` is the key of a booking: those made after it; `limit` of them.
    """
    wanted = {"period_on": period_on, "kind": kind, "subject": subject}
    found = Booking.objects.filter(
        plan=plan, **{name: value for name, value in wanted.items() if value is not None}
    )
    if after:
        found = found.filter(id__gt=Booking.objects.filter(key=after).values("id"))
    return [
        BookingLine(
            key=booking.key,
            kind=booking.kind,
            subject=booking.subject,
            booked_at=booking.booked_at,
            lines={posting.account.code: Fen(posting.amount) for posting in booking.postings.all()},
        )
        for booking in found.order_by("id").prefetch_related("postings__account")[:limit]
    ]
