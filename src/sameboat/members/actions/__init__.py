"""What changes about memberships: joining, ending, and closing a day."""

from __future__ import annotations

from sameboat.members.actions.days import close_day, close_days_due
from sameboat.members.actions.ending import end_aged_out, end_membership, leave
from sameboat.members.actions.joining import join
from sameboat.members.actions.winding import (
    announce_wind_down,
    drop_wind_down,
    end_small_pool,
    propose_wind_down,
)

__all__ = [
    "announce_wind_down",
    "close_day",
    "close_days_due",
    "drop_wind_down",
    "end_aged_out",
    "end_membership",
    "end_small_pool",
    "join",
    "leave",
    "propose_wind_down",
]
