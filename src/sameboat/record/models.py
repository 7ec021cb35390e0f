"""Tables of the tamper-evident record: entries, the Merkle log's hashes, checkpoints."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One signed entry: pending until the sequencer gives it its index in the log."""

    hash = models.BinaryField(max_length=32)
    """Leaf hash of `content`; the idempotency key everywhere."""
    type = models.CharField(max_length=32)
    chain = models.BinaryField(null=True, max_length=16)
    """The three that `record.batch` has not: chain, seq, and a hash of its own (two batches of
    one second are the same bytes)."""
    seq = models.PositiveIntegerField(null=True)
    content = models.BinaryField()
    """The canonical bytes that are hashed."""
    state = models.CharField(max_length=8, default="PENDING")
    """`PENDING`, `RECORDED` (mode local) or `REFUSED`."""
    refused_code = models.CharField(max_length=48, blank=True)
    """The broken rule (`rules.record`), where the sequencer refused the entry."""
    index = models.BigIntegerField(null=True, unique=True)
    added_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hash"],
                condition=Q(chain__isnull=False) & ~Q(state="REFUSED"),
                name="an_entry_stands_once",
            ),
            models.UniqueConstraint(
                fields=["chain", "seq"],
                condition=~Q(state="REFUSED"),
                name="one_entry_per_chain_and_seq",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", index=None, recorded_at=None, refused_code="")
                | Q(state="RECORDED", index__gte=0, recorded_at__isnull=False, refused_code="")
                | (Q(state="REFUSED", index=None, recorded_at=None) & ~Q(refused_code="")),
                name="an_entry_is_pending_recorded_or_refused",
            ),
        ]
        indexes = [
            models.Index(fields=["hash"], name="entries_by_hash"),
            models.Index(
                fields=["seq"], condition=Q(type="policy.update"), name="policies_in_order"
            ),
            models.Index(
                fields=["index"], condition=Q(type="record.batch"), name="batches_in_order"
            ),
            models.Index(
                fields=["id"], condition=Q(state="PENDING"), name="pending_entries_in_order"
            ),
            models.Index(fields=["id"], condition=Q(state="REFUSED"), name="refused_entries"),
        ]
        triggers = [
            pgtrigger.Protect(name="entries_are_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided_entries_never_change",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="PENDING"),
            ),
            pgtrigger.Protect(
                name="what_an_entry_says_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "hash", "type", "chain", "seq", "content", "added_at"
                ),
            ),
        ]


class Node(models.Model):
    """One complete hash of the log's tree (RFC 6962): level 0 are the leaf hashes.

    The leaf hashes stand here beside `Entry.hash`, so that a missing or changed entry can be named
    and the rest of the tree still be checked.
    """

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
