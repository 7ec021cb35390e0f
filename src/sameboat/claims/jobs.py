"""Background work about claims: holding what the record refused, telling the news, payees."""

from __future__ import annotations

import logging
from datetime import datetime

from sameboat.claims import actions
from sameboat.claims.actions.telling import tell_claimants
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.resting import is_resting
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue

_log = logging.getLogger(__name__)


def heartbeat(now: datetime) -> None:
    """Put claims on hold of which the record refused an entry, and tell what was recorded.

    Cheap where there is neither; what the messaging gateway does not take is sent later.
    """
    actions.hold_refused(now=now)
    if is_resting("messaging", now=now):
        return
    try:
        tell_claimants(now=now)
    except GatewayUnavailable as refusal:
        _log.error("claims: %s", refusal)


@queue.task(name="claims.verify_payee")
def verify_payee(payee_ref: str) -> None:
    """Ask the identity gateway about one payee."""
    actions.answer_payee(payee_ref=payee_ref, now=clock.now())


@queue.task(name="claims.tell_payee_change")
def tell_payee_change(change_id: int, template: str) -> None:
    """Tell everybody concerned that another payee was asked for, or what became of it."""
    actions.tell_payee_change(change_id=change_id, template=template, now=clock.now())
