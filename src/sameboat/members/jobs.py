"""Background work about memberships: closing days, telling what is new, sending codes."""

from __future__ import annotations

from datetime import datetime

from sameboat.members import actions
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue


def heartbeat(now: datetime) -> None:
    """Close the days that are due and tell what is new; cheap when there is nothing."""
    actions.close_days_due(now=now)
    actions.tell_news(now=now)


@queue.task(name="members.send_consent_code")
def send_consent_code(code_id: int) -> None:
    """Send an adult the code by which they agree to a membership."""
    actions.send_consent_code(code_id=code_id, now=clock.now())


@queue.periodic(cron="27 3 * * *")
@queue.task(name="members.forget_codes")
def forget_codes(timestamp: int) -> None:
    """Delete the codes that are over."""
    actions.forget_codes(now=clock.now())
