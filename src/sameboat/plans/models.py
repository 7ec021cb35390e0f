"""Tables of plans: the rulebook files that this platform runs, and since when."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Rulebook(models.Model):
    """One file of a plan's rulebook as adopted here; the newest adopted one governs."""

    plan = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64, unique=True)
    files = models.JSONField()
    """File name to text: the TOML file and the lists that it names."""
    adopted_at = models.DateTimeField()
    entry_hash = models.BinaryField(max_length=32)
    """The `plan.version` entry of the record."""

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="rulebooks_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
