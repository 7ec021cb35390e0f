"""Background work about persons: asking the gateways, forgetting what is kept no longer."""

from __future__ import annotations

from sameboat.identity import actions
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue


@queue.task(name="identity.verify")
def verify(ref: str) -> None:
    """Ask the identity gateway about one request."""
    actions.answer_verification(ref=ref, now=clock.now())


@queue.task(name="identity.ask_score")
def ask_score(person_ref: str) -> None:
    """Ask the score gateway about one person who consented."""
    actions.ask_score(person_ref=person_ref)


@queue.task(name="identity.send_code")
def send_code(code_id: int) -> None:
    """Send a login the code by which its holder agrees to something."""
    actions.send_code(code_id=code_id, now=clock.now())


@queue.periodic(cron="17 3 * * *")
@queue.task(name="identity.forget")
def forget(timestamp: int) -> None:
    """Delete what has been kept long enough."""
    now = clock.now()
    actions.forget_verifications(now=now)
    actions.forget_unproved_logins(now=now)
    actions.forget_tokens(now=now)
    actions.forget_phone_codes(now=now)
    actions.end_mandates(now=now)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="identity.record_audit_days")
def record_audit_days(timestamp: int) -> None:
    """Put the audit rows of the days that are over on the record."""
    actions.record_audit_days(now=clock.now())
