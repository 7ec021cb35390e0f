"""What changes about memberships: joining, ending, and closing a day."""

from __future__ import annotations

from sameboat.members.actions.days import close_day, close_days_due
from sameboat.members.actions.ending import end_aged_out, end_membership, leave
from sameboat.members.actions.joining import join

__all__ = ["close_day", "close_days_due", "end_aged_out", "end_membership", "join", "leave"]
