"""Background work about claims: asking the identity gateway about payees."""

from __future__ import annotations

from sameboat.claims import actions
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue


@queue.task(name="claims.verify_payee")
def verify_payee(payee_ref: str) -> None:
    """Ask the identity gateway about one payee."""
    actions.answer_payee(payee_ref=payee_ref, now=clock.now())
