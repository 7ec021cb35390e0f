"""Tables of payments: batches of debits, the failures, payouts, refunds and differences."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sameboat.claims.models import Claim
from sameboat.members.models import Household, Membership
from sameboat.settlement.models import Period


class DebitBatch(models.Model):
    """A range of payers debited in one message to the gateway; idempotent by `key`."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="batches")
    key = models.CharField(max_length=96, unique=True)
    attempt_on = models.DateField()
    """The debit day, or the day of a retry."""
    number = models.PositiveIntegerField()
    payers = models.BigIntegerField()
    amount = models.BigIntegerField()
    state = models.CharField(max_length=12, default="PREPARED")
    """`PREPARED`, `SENT`, `ANSWERED`."""
    collected = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "attempt_on", "number"], name="one_batch_per_range_and_day"
            )
        ]


class UnpaidDebit(models.Model):
    """A payer's debit of a period that failed: a receivable until it is collected."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="unpaid_debits")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="unpaid")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=32)
    attempts = models.PositiveSmallIntegerField(default=1)
    last_attempt_on = models.DateField()
    collected_on = models.DateField(null=True)
    failed_cycle = models.BooleanField(default=False)
    """The retries of this period ended without success."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "household"], name="one_unpaid_debit_per_payer_and_period"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_unpaid_debit_is_positive"),
        ]


class DebitNotice(models.Model):
    """A period's debit notices were handed to the messaging gateway up to this payer."""

    period = models.OneToOneField(Period, on_delete=models.PROTECT, related_name="notice")
    payers = models.BigIntegerField()
    sent_at = models.DateTimeField()


class Payout(models.Model):
    """The aid of one settled claim on its way to the payee."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="payout")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="payouts")
    key = models.CharField(max_length=96, unique=True)
    aid = models.BigIntegerField()
    arrears = models.BigIntegerField(default=0)
    """Taken off the aid; counts as collected of the periods it was owed for."""
    state = models.CharField(max_length=12, default="PREPARED")
    """`PREPARED`, `SENT`, `PAID`, `FAILED`."""
    reason = models.CharField(max_length=32, blank=True)
    prepared_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)


class Refund(models.Model):
    """Shares paid back to a payer after an illness in the waiting period."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="refunds")
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="refund")
    key = models.CharField(max_length=96, unique=True)
    amount = models.BigIntegerField()
    borne_by = models.CharField(max_length=16)
    state = models.CharField(max_length=12, default="PREPARED")
    prepared_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)


class Difference(models.Model):
    """A line of the gateway's statement that does not agree with the books, or the reverse."""

    plan = models.CharField(max_length=64)
    statement_on = models.DateField()
    key = models.CharField(max_length=96)
    kind = models.CharField(max_length=24)
    """`missing_in_books`, `missing_at_gateway` or `amount_differs`."""
    ours = models.BigIntegerField()
    theirs = models.BigIntegerField()
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement_on", "key", "kind"], name="one_difference_per_line_and_day"
            )
        ]
