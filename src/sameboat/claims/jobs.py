"""Background work about claims: holding what the record refused, asking about payees."""

from __future__ import annotations

from datetime import datetime

from sameboat.claims import actions
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue


def heartbeat(now: datetime) -> None:
    """Put claims on hold of which the record refused an entry; one cheap query where none is."""
    actions.hold_refused(now=now)


@queue.task(name="claims.verify_payee")
def verify_payee(payee_ref: str) -> None:
    """Ask the identity gateway about one payee."""
    actions.answer_payee(payee_ref=payee_ref, now=clock.now())


@queue.periodic(cron="47 3 * * *")
@queue.task(name="claims.prune_uploads")
def prune_uploads(timestamp: int) -> None:
    """Delete uploads that nobody went on with."""
    actions.prune_uploads(now=clock.now())
