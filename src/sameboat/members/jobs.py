"""Background work about memberships: closing the days that are over, telling of the ends."""

from __future__ import annotations

import logging
from datetime import datetime

from sameboat.gateways import GatewayUnavailable
from sameboat.members import actions
from sameboat.members.actions.telling import tell_ended
from sameboat.plans.queries import plans

_log = logging.getLogger(__name__)


def heartbeat(now: datetime) -> None:
    """Close the days that are due and tell of recorded ends; cheap when there are none."""
    actions.close_days_due(now=now)
    for plan in plans():
        try:
            tell_ended(plan_id=plan.id, now=now)
        except GatewayUnavailable as refusal:
            _log.error("members: %s", refusal)
