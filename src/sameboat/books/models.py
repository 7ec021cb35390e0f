"""Tables of the books: double entry, append-only, every booking sums to zero."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

_APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class LedgerAccount(models.Model):
    """A ledger account, such as `xiang-hu-bao:members` (what members owe)."""

    code = models.CharField(max_length=96, unique=True)
    kind = models.CharField(max_length=16)
    """`asset`, `liability`, `income` or `expense`."""


class Booking(models.Model):
    """One balanced booking. `key` makes it idempotent: the same event is never booked twice."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=32)
    plan = models.CharField(max_length=64)
    period_on = models.DateField(null=True)
    """Publicity day of the period to which it belongs."""
    subject = models.CharField(max_length=64, blank=True)
    booked_at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="bookings_are_append_only", operation=_APPEND_ONLY)]


class Posting(models.Model):
    """One line of a booking, in fen: debit positive, credit negative."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="postings")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="a_posting_moves_money")]
        triggers = [
            pgtrigger.Protect(name="postings_are_append_only", operation=_APPEND_ONLY),
            pgtrigger.Trigger(
                name="a_booking_sums_to_zero",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=(
                    "IF (SELECT sum(amount) FROM books_posting"
                    " WHERE booking_id = NEW.booking_id) <> 0 THEN"
                    " RAISE EXCEPTION 'booking % does not sum to zero', NEW.booking_id;"
                    " END IF; RETURN NULL;"
                ),
            ),
        ]
