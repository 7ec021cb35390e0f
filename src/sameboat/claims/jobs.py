"""Background work about claims: telling claimants the news."""

from __future__ import annotations

import logging
from datetime import datetime

from sameboat.claims.actions.telling import tell_claimants
from sameboat.gateways import GatewayUnavailable

_log = logging.getLogger(__name__)


def heartbeat(now: datetime) -> None:
    """Tell what was recorded; what the gateway does not take is sent with a later beat."""
    try:
        tell_claimants(now=now)
    except GatewayUnavailable as refusal:
        _log.error("claims: %s", refusal)
