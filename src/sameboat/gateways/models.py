"""Tables of the sandboxes: wallets and what moved in them, and messages nobody else receives.

No domain table refers to these, and nothing here names a person in clear: customers are opaque
references, messages are sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class WalletRule(models.TextChoices):
    """How a wallet behaves; the table is in `payment/sandbox.py`."""

    PAYS = "pays"
    EMPTY = "empty"
    REVOKED = "revoked"
    CLOSED = "closed"
    RETURNED = "returned"
    SLOW = "slow"
    LATE = "late"
    TWICE = "twice"
    LOST = "lost"
    DENIES = "denies"
    MISCOUNTS = "miscounts"
    BOUNCES = "bounces"


class SandboxWallet(models.Model):
    """What one customer of the sandbox has, in fen."""

    customer = models.CharField(max_length=64, primary_key=True)
    rule = models.CharField(max_length=10, choices=WalletRule.choices)
    balance = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="a_wallet_is_never_overdrawn"),
        ]


class SandboxRequest(models.Model):
    """A batch of debits or of refunds, or a payout, by its key: done once, answered alike."""

    key = models.CharField(max_length=128, primary_key=True)
    kind = models.CharField(max_length=10)
    digest = models.BinaryField(max_length=32)
    """SHA-256 of the content: other content under this key is refused."""
    requested_at = models.DateTimeField(db_index=True)
    moved = models.BigIntegerField()
    """Fen that really moved."""
    customers = models.IntegerField()
    failure = models.CharField(max_length=24, blank=True)
    """Why a transfer failed; the failures of a batch are its debits'."""
    calls_left = models.SmallIntegerField()
    answers_from = models.DateTimeField(null=True)
    answer_lost = models.BooleanField()


class SandboxOutage(models.Model):
    """A time in which the sandbox answers nobody and does nothing."""

    since = models.DateTimeField()
    until = models.DateTimeField()


class SandboxDebit(models.Model):
    """One line of a batch, and why it failed if it did."""

    request = models.ForeignKey(SandboxRequest, on_delete=models.CASCADE)
    customer = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    failure = models.CharField(max_length=24, blank=True)
    listed = models.SmallIntegerField()
    """How often the answer names this failure."""
    denied = models.BooleanField(default=False)
    """It was taken, though the answer says that it failed. Never of a refund."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "customer"], name="a_customer_stands_in_a_batch_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_debit_is_positive"),
            # Here, not at the wallet: there it would be checked again with every change of balance.
            models.CheckConstraint(
                condition=Q(customer__regex=r"^[0-9A-Za-z_-]{1,64}$"),
                name="a_customer_reference_is_plain",
            ),
        ]


class SandboxMessage(models.Model):
    """A message that was not sent anywhere. Recipient and content are sealed."""

    key = models.CharField(max_length=128, unique=True)
    recipient_index = models.BinaryField(max_length=32, db_index=True)
    digest = models.BinaryField(max_length=32)
    """Keyed hash of the content: other content under this key is refused."""
    template = models.CharField(max_length=32)
    language = models.CharField(max_length=2)
    sealed = models.BinaryField()
    sent_at = models.DateTimeField(db_index=True)
