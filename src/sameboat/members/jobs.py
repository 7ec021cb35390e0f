"""Background work about memberships: closing the days that are over."""

from __future__ import annotations

from datetime import datetime

from sameboat.members import actions


def heartbeat(now: datetime) -> None:
    """Close the days that are due; cheap when there are none."""
    actions.close_days_due(now=now)
