"""Holding a day of a plan open while something is written into it.

Who joins or leaves on a day holds it, shared with all others; who closes the day takes it alone.
So nothing is written into a day after its closing has counted it, and nobody waits but for that.
"""

from __future__ import annotations

import hashlib
from datetime import date

from django.db import connection

from sameboat.runtime.prepared import prepared
from sameboat.runtime.refusals import Refusal

IS_CLOSED = "SELECT EXISTS (SELECT FROM members_membersday WHERE plan = %s AND day >= %s)"


class DayIsClosed(Refusal):
    """The request reached us on a day that was closed before it was written."""

    code = "day_is_closed"
    en = "{day} was closed a moment ago; please send the request again."
    zh = "{day} 刚刚截止，请重新提交。"


def hold(plan_id: str, day: date) -> None:
    """Keep `day` open until the end of this transaction; refuses a day that was closed."""
    with prepared() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_lock(plan_id, day)])
        # A statement of its own: it must see what was committed while the lock was waited for.
        cursor.execute(IS_CLOSED, [plan_id, day])
        (is_closed,) = cursor.fetchone()
    if is_closed:
        raise DayIsClosed(day=day)


def hold_alone(plan_id: str, day: date) -> None:
    """Wait for everybody who holds `day`, and let in nobody else until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock(plan_id, day)])


def _lock(plan_id: str, day: date) -> int:
    digest = hashlib.sha256(f"members.day\0{plan_id}\0{day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
