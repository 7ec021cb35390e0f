"""Background work about memberships: closing the days that are over, telling what is new."""

from __future__ import annotations

from datetime import datetime

from sameboat.members import actions


def heartbeat(now: datetime) -> None:
    """Close the days that are due and tell what is new; cheap when there is nothing."""
    actions.close_days_due(now=now)
    actions.tell_news(now=now)
