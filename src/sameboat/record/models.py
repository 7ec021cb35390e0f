"""Tables of the tamper-evident record: entries, the Merkle log's inner hashes, checkpoints."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Entry(models.Model):
    """One signed entry: pending until the sequencer gives it its index in the log."""

    hash = models.BinaryField(unique=True, max_length=32)
    """Leaf hash of `content`; the idempotency key everywhere."""
    type = models.CharField(max_length=32)
    chain = models.BinaryField(null=True, max_length=16)
    seq = models.PositiveIntegerField(null=True)
    content = models.BinaryField()
    """The canonical bytes that are hashed."""
    state = models.CharField(max_length=8, default="PENDING")
    """`PENDING`, `RECORDED` (mode local) or `REFUSED`."""
    index = models.BigIntegerField(null=True, unique=True)
    added_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="one_entry_per_chain_and_seq"),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state="PENDING"), name="pending_entries_in_order"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="entries_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="recorded_entries_never_change",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="RECORDED"),
            ),
        ]


class Node(models.Model):
    """One complete inner hash of the log (RFC 6962): level 0 are the leaf hashes."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="nodes_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]


class Checkpoint(models.Model):
    """A signed tree head of the log."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="checkpoints_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
