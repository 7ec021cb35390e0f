"""Background work about memberships: closing days, telling what is new, sending codes."""

from __future__ import annotations

import logging
from datetime import datetime

from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.resting import is_resting
from sameboat.identity import actions as identity
from sameboat.members import actions
from sameboat.members.actions.telling_ends import tell_ended
from sameboat.plans.queries import plans
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue

_log = logging.getLogger(__name__)


def heartbeat(now: datetime) -> bool:
    """Close the days that are due, end the mandates whose last day is over, and tell what is new;
    cheap when there is nothing."""
    done = actions.close_days_due(now=now) + identity.end_mandates(now=now)
    if is_resting("messaging", now=now):
        return done > 0
    try:
        done += actions.tell_news(now=now)
        for plan in plans():
            done += tell_ended(plan_id=plan.id, now=now)
    except GatewayUnavailable as refusal:
        _log.error("members: %s", refusal)  # Told with a later beat.
    return done > 0


@queue.task(name="members.tell_living")
def tell_living(person_id: int) -> None:
    """Tell somebody that the record of their death was undone."""
    actions.tell_living(person_id=person_id, now=clock.now())


@queue.task(name="members.send_consent_code")
def send_consent_code(code_id: int) -> None:
    """Send an adult the code by which they agree to a membership."""
    actions.send_consent_code(code_id=code_id, now=clock.now())
