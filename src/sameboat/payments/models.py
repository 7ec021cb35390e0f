"""Tables of payments: batches of debits, the failures, payouts, refunds and differences.

A batch, payout or refund is written down before the gateway is asked (`PREPARED`, then `SENT`), and
its answer after. Each has a key: the gateway does a key once, and the books take it once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sameboat.claims.models import Claim
from sameboat.identity.models import Login
from sameboat.members.models import Household, Membership
from sameboat.settlement.models import Period, Recovery

WAITING_ILLNESS = "waiting_illness"
CLOSING = "closing"
DECLINED = "declined"
SHARES_GIVEN_BACK = (WAITING_ILLNESS, DECLINED)
"""Kinds of refunds by which a member gets the shares back, after a claim was declined."""


class DebitNotice(models.Model):
    """How far the messaging gateway has taken a period's debit notices."""

    period = models.OneToOneField(Period, on_delete=models.PROTECT, related_name="notice")
    up_to = models.BigIntegerField(default=0)
    """The last household that was told, in the order of the debits file."""
    payers = models.BigIntegerField(default=0)
    """How many were told."""
    unreachable = models.BigIntegerField(default=0)
    """Payers without a phone: they see the debit on their pages only."""
    sent_at = models.DateTimeField(null=True)
    """When the last one was told."""
    failed_up_to = models.BigIntegerField(default=0)
    """The last household that was told that its debit failed."""
    failed = models.BigIntegerField(default=0)
    """How many were told that."""


class DebitBatch(models.Model):
    """A range of payers debited in one message to the gateway; idempotent by `key`."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="batches")
    key = models.CharField(max_length=96, unique=True)
    is_retry = models.BooleanField()
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
            ),
            models.CheckConstraint(
                condition=Q(state="ANSWERED", collected__gte=0, collected__lte=models.F("amount"))
                | (~Q(state="ANSWERED") & Q(collected=None)),
                name="an_answered_batch_says_what_it_collected",
            ),
        ]


class Payout(models.Model):
    """What is to be paid of one settled claim on its way to the payee.

    A claim that was reopened may have several: each is about what was not paid before.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payouts")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="payouts")
    key = models.CharField(max_length=96, unique=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    """A transfer that failed is final under its key; the next attempt has another."""
    aid = models.BigIntegerField()
    arrears = models.BigIntegerField(default=0)
    """Taken off the aid; counts as collected of the periods it was owed for."""
    state = models.CharField(max_length=12, default="PREPARED")
    """`PREPARED`, `SENT`, `PAID`, `FAILED`; `CANCELLED` when the claim was reopened before."""
    reason = models.CharField(max_length=32, blank=True)
    prepared_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(arrears__gte=0, arrears__lte=models.F("aid")),
                name="arrears_are_at_most_the_aid",
            ),
            models.UniqueConstraint(fields=["claim", "period"], name="one_payout_per_settlement"),
        ]


class UnpaidDebit(models.Model):
    """A payer's debit of a period that failed: a receivable until it is collected or borne."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="unpaid_debits")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="unpaid")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=32)
    attempts = models.PositiveSmallIntegerField(default=1)
    last_attempt_on = models.DateField()
    batch = models.ForeignKey(
        DebitBatch, on_delete=models.PROTECT, null=True, related_name="retried"
    )
    """The batch that is trying it again; empty when that was answered."""
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, related_name="taken_off"
    )
    """The payout from which it is taken off: it is then never tried again."""
    collected_on = models.DateField(null=True)
    failed_cycle = models.BooleanField(default=False)
    """The retries of this period ended without success."""
    borne_by = models.CharField(max_length=12, blank=True)
    """Who bears what is not paid: `operator` or `next_period`, after the membership ended with it
    open; `sponsor`, where the payer died."""
    asked = models.BooleanField(default=False)
    """The payer asked to be debited now; cleared by the next attempt."""
    recounted = models.BooleanField(default=False)
    """The gateway had taken it, though its answer said that it failed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "household"], name="one_unpaid_debit_per_payer_and_period"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_unpaid_debit_is_positive"),
            models.CheckConstraint(
                condition=Q(batch=None) | Q(payout=None),
                name="a_debit_is_tried_again_or_taken_off",
            ),
        ]
        indexes = [
            models.Index(
                fields=["household"], condition=Q(collected_on=None), name="open_debits_by_payer"
            )
        ]


class RefundBatch(models.Model):
    """Refunds of a range of payers sent in one message to the gateway; idempotent by `key`.

    Its lines are those of its refunds: none leaves or changes while the batch is unanswered.
    """

    plan = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=96, unique=True)
    payers = models.BigIntegerField()
    amount = models.BigIntegerField()
    state = models.CharField(max_length=12, default="PREPARED")
    """`PREPARED`, `SENT`, `ANSWERED`."""
    given_back = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="refund_batches_are_numbered"),
            models.CheckConstraint(
                condition=Q(state="ANSWERED", given_back__gte=0, given_back__lte=models.F("amount"))
                | (~Q(state="ANSWERED") & Q(given_back=None)),
                name="an_answered_batch_says_what_it_gave_back",
            ),
        ]


class Refund(models.Model):
    """Money given back: shares after a claim was declined or at the plan's end, a debit that was
    taken twice, or aid that came back from the payee's bank and goes out again."""

    kind = models.CharField(max_length=16, default=WAITING_ILLNESS)
    """One of `SHARES_GIVEN_BACK`, `closing`, `paid_twice` or `returned_aid`."""
    plan = models.CharField(max_length=64)
    customer = models.CharField(max_length=64)
    """Who receives it, as the payment gateway knows them."""
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="refunds")
    key = models.CharField(max_length=96, unique=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    """A line that failed is final in its batch; the next attempt goes with another."""
    batch = models.ForeignKey(
        RefundBatch, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    """The batch with which it goes, or went; empty before, and where nothing is sent."""
    amount = models.BigIntegerField()
    """0 where the membership was charged nothing that was collected: then nothing is sent."""
    borne_by = models.CharField(max_length=16, blank=True)
    """`operator` or `pool`; empty where the money itself came in."""
    state = models.CharField(max_length=12, default="PREPARED")
    """As of a payout."""
    reason = models.CharField(max_length=32, blank=True)
    prepared_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(kind__in=SHARES_GIVEN_BACK),
                name="shares_are_given_back_once",
            )
        ]


class ClosingRefund(models.Model):
    """The shares of a plan that ended go back to the payers: what was computed, once."""

    plan = models.CharField(max_length=64, unique=True)
    promise = models.CharField(max_length=8)
    """`full` or `pro_rata`, as announced."""
    payers = models.BigIntegerField()
    collected = models.BigIntegerField()
    """Every share of these payers that was ever collected and not given back before."""
    amount = models.BigIntegerField()
    """What goes back of it."""
    prepared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=models.F("collected")),
                name="no_more_goes_back_than_was_collected",
            )
        ]


class Reconciliation(models.Model):
    """The gateway's statement of one day was compared with the books."""

    plan = models.CharField(max_length=64)
    statement_on = models.DateField()
    lines = models.BigIntegerField()
    differences = models.BigIntegerField()
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "statement_on"], name="one_reconciliation_per_day"
            )
        ]


class Difference(models.Model):
    """Work for finance: what the gateway says does not agree with the books, or money came in.

    One person says what is to be done about it and why, another confirms; then it is done.
    """

    plan = models.CharField(max_length=64)
    statement_on = models.DateField()
    key = models.CharField(max_length=96)
    kind = models.CharField(max_length=24)
    """`missing_in_books`, `missing_at_gateway`, `amount_differs`; `answer_differs` where an answer
    does not add up; `repayment` where a payee gave aid back, `write_off` where nobody will."""
    recovery = models.ForeignKey(
        Recovery, on_delete=models.PROTECT, null=True, related_name="proposals"
    )
    """Of a repayment or a write-off: what had to be given back."""
    ours = models.BigIntegerField()
    theirs = models.BigIntegerField()
    found_at = models.DateTimeField()
    resolution = models.CharField(max_length=16, blank=True)
    """What the first person wants done: an `actions.resolutions.Resolution`."""
    note = models.CharField(max_length=400, blank=True)
    first_login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    second_login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    accepted = models.BigIntegerField(default=0)
    """Fen that were booked at the gateway to mend it."""
    settled_at = models.DateTimeField(null=True)
    """When two had agreed, or when it was gone by itself."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement_on", "key", "kind"], name="one_difference_per_line_and_day"
            ),
            models.CheckConstraint(
                condition=Q(second_login=None) | ~Q(second_login=models.F("first_login")),
                name="two_logins_agree_about_money",
            ),
        ]
