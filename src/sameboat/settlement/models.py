"""Tables of settlement: the share is one row of the period; only exceptions are rows."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from sameboat.claims.models import Claim
from sameboat.rules.money import Fen

EXTRA = ("refund", "default")
"""Kinds of money facts that the next period divides."""
RECOVERED = ("arrears", "clawback")
"""Kinds of money facts that relieve the next period."""


class Period(models.Model):
    """One round of sharing of one plan. All amounts in fen; names as in `rules.share`."""

    plan = models.CharField(max_length=64)
    publicity_on = models.DateField()
    """D: the lock is at its 00:00."""
    version = models.CharField(max_length=32)
    """The version in force on D: fee, caps, calendar and share rule."""
    publicity_ends_on = models.DateField()
    notice_on = models.DateField()
    debit_on = models.DateField()
    retries_until = models.DateField()
    payout_from = models.DateField()
    state = models.CharField(max_length=12, default="LOCKED")
    """`LOCKED`, `CLOSED`, `SETTLED`, `ANNOUNCED`, `DONE`."""
    sharing = models.BigIntegerField(null=True)
    provisional_share = models.BigIntegerField(null=True)
    aid = models.BigIntegerField(null=True)
    fee = models.BigIntegerField(null=True)
    extra = models.BigIntegerField(null=True)
    recovered = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    shareable = models.BigIntegerField(null=True)
    due = models.BigIntegerField(null=True)
    carried_in = models.BigIntegerField(null=True)
    carried_out = models.BigIntegerField(null=True)
    each = models.BigIntegerField(null=True)
    """The share of weight 1000, before the caps of the member."""
    charged = models.BigIntegerField(null=True)
    sponsored = models.BigIntegerField(null=True)
    is_borne = models.BooleanField(default=False, db_default=False)
    """The plan winds down: nobody shared this period, the sponsor bears it."""
    waived = models.BigIntegerField(default=0, db_default=0)
    """What was settled and then let off as the plan wound down: it moved from charged to sponsored.
    The certificates stay as they were made."""
    settle_entry_hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "publicity_on"], name="one_period_per_day"),
            models.CheckConstraint(
                condition=Q(charged=None)
                | Q(
                    cost=F("aid") + F("fee") + F("extra"),
                    carried_out=F("carried_in")
                    + F("recovered")
                    + F("charged")
                    + F("sponsored")
                    - F("cost"),
                    carried_out__gte=0,
                ),
                name="a_settled_period_balances",
            ),
        ]


class StageMark(models.Model):
    """The end mark of one stage of a settlement run; a stage with a mark is not run again."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="marks")
    stage = models.CharField(max_length=16)
    facts = models.JSONField()
    """What the stage found: row counts, file names and their hashes."""
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "stage"], name="one_mark_per_stage")
        ]
        triggers = [
            pgtrigger.Protect(
                name="stage_marks_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]


class PeriodClaim(models.Model):
    """A claim of a period, with the aid and the fee that were settled.

    A claim that was reopened after a settlement is in a later period again, with what is due
    besides; 0 where that is nothing.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="claims")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="settled_in")
    aid = models.BigIntegerField()
    fee = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "claim"], name="a_claim_is_in_a_period_once"),
            models.CheckConstraint(
                condition=Q(aid__gte=0, fee__gte=0), name="a_settled_aid_is_not_negative"
            ),
        ]


class Recovery(models.Model):
    """Settled aid that is taken back, because a reopened claim came out lower.

    What was not paid out yet and the fee on it relieve the next period at once; what was paid out
    relieves the members when the payee has given it back.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="recoveries")
    number = models.PositiveSmallIntegerField()
    aid = models.BigIntegerField()
    fee = models.BigIntegerField()
    owed = models.BigIntegerField()
    """The part of `aid` that had been paid out: the payee owes it."""
    received = models.BigIntegerField(default=0)
    """What of that came back by now."""
    written_off = models.BigIntegerField(default=0, db_default=0)
    """What of that will not come back, by the word of two: the operator bears it."""
    decided_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When the claimant was told that `owed` has to be given back; never, where nothing has."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="recoveries_are_numbered"),
            models.CheckConstraint(
                condition=Q(
                    aid__gt=0,
                    fee__gte=0,
                    owed__lte=F("aid"),
                    received__gte=0,
                    written_off__gte=0,
                    owed__gte=F("received") + F("written_off"),
                ),
                name="a_recovery_is_at_most_what_was_settled",
            ),
        ]

    @property
    def left(self) -> Fen:
        """What still has to be given back, in fen."""
        return Fen(self.owed - self.received - self.written_off)


class PeriodClass(models.Model):
    """Members who were charged alike in a period: (status, weight, amount) and how many."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="classes")
    status = models.CharField(max_length=16)
    """`shares`, `capped`, `waived`, `exempt.waiting`, `exempt.new` or `exempt.aided`."""
    weight = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    members = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    """Root of the Merkle tree over the class's share leaves; its size is `members`."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "status", "weight", "amount"], name="one_row_per_class"
            )
        ]


class GroupCount(models.Model):
    """How many claims of a plan were settled in one group of illnesses.

    A running count, and no row of a claim: what somebody fell ill with stays sealed.
    """

    plan = models.CharField(max_length=64)
    group = models.CharField(max_length=40)
    claims = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "group"], name="one_count_per_group")
        ]


class MoneyFact(models.Model):
    """Money besides the claims that a period has to divide or that relieves it.

    Each is an entry of the record (`money.fact`) and is named by at most one settled period.
    """

    plan = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    """One of `EXTRA` or `RECOVERED`."""
    amount = models.BigIntegerField()
    subject = models.CharField(max_length=64)
    entry_hash = models.BinaryField(max_length=32, unique=True)
    stated_at = models.DateTimeField()
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, null=True, related_name="money_facts"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_money_fact_is_positive"),
            models.UniqueConstraint(fields=["plan", "kind", "subject"], name="one_fact_per_event"),
        ]
