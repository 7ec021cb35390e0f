"""The record's part of the worker's heartbeat: sequencing what is pending."""

from __future__ import annotations

from datetime import datetime

from sameboat.record.actions import sequence
from sameboat.record.queries import pending_count


def heartbeat(now: datetime) -> None:
    """Put pending entries on the record; one cheap query where there are none."""
    if pending_count():
        sequence(now=now)
