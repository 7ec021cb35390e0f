"""Tables of the machinery: answered requests, signs of life, and what rests."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """One request under a key chosen by its sender, and what it was answered."""

    scope = models.CharField(max_length=80)
    """Whose keys these are, such as `login/<name>`: two senders may choose the same key."""
    key = models.CharField(max_length=80)
    verb = models.CharField(max_length=80)
    body_hash = models.BinaryField(max_length=32)
    answer = models.JSONField(null=True)
    """Null only inside the transaction that computes it."""
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="one_answer_per_scope_and_key")
        ]


class Beat(models.Model):
    """When something that must happen again and again last went well, and last broke."""

    name = models.CharField(max_length=48, primary_key=True)
    """Such as `worker.settlement` or `backup`."""
    well_at = models.DateTimeField(null=True)
    broke_at = models.DateTimeField(null=True)
    broke_with = models.CharField(max_length=80, blank=True)
    """The class of what was raised; empty if the last time went well."""


class Rest(models.Model):
    """What did not answer the last time it was asked."""

    name = models.CharField(max_length=48, primary_key=True)
    """Such as `gateway.payment`."""
    since = models.DateTimeField()
    failures = models.PositiveIntegerField()
    """One after the other."""
    until = models.DateTimeField()
    """It is not asked again before, by the clock of the installation."""
