"""Background work about persons: asking the gateways, sending codes, recording the audit trail."""

from __future__ import annotations

from datetime import datetime

from sameboat.identity import actions
from sameboat.identity.queries import is_verification_due
from sameboat.runtime import clock
from sameboat.runtime.jobs import defer_due, queue


@queue.task(name="identity.verify")
def verify() -> None:
    """Ask the identity gateway about the requests that are due; some now, others with a new job."""
    now = clock.now()
    if actions.answer_verifications_due(now=now):
        heartbeat(now)


def heartbeat(now: datetime) -> None:
    """Defer asking the gateway while somebody waits for it."""
    if is_verification_due(now):
        defer_due(verify, lock="identity/verify")


@queue.task(name="identity.ask_score")
def ask_score(person_ref: str) -> None:
    """Ask the score gateway about one person who consented."""
    actions.ask_score(person_ref=person_ref)


@queue.task(name="identity.send_code")
def send_code(code_id: int) -> None:
    """Send a login the code by which its holder agrees to something."""
    actions.send_code(code_id=code_id, now=clock.now())


@queue.task(name="identity.tell_asked")
def tell_asked(asked_id: int) -> None:
    """Tell whoever has to agree that somebody asks to act for them."""
    actions.tell_asked(asked_id=asked_id, now=clock.now())


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="identity.record_audit_days")
def record_audit_days(timestamp: int) -> None:
    """Put the audit rows of the days that are over on the record."""
    actions.record_audit_days(now=clock.now())
