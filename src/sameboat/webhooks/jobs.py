"""Background work of webhooks: pulling events, and one job for each endpoint with something due."""

from __future__ import annotations

from datetime import datetime

from sameboat.runtime import clock
from sameboat.runtime.jobs import defer_due, queue
from sameboat.webhooks.actions import pull_events, send_waiting
from sameboat.webhooks.queries import due_endpoints, is_anybody_told


@queue.task(name="webhooks.send")
def send(endpoint_ref: str) -> None:
    """Send what waits for an endpoint. Receivers compare the time with their own clock, so it is
    the machine's, however far a demo's was moved."""
    timestamp = int(clock.by_the_machine().timestamp())
    send_waiting(endpoint_ref=endpoint_ref, now=clock.now(), timestamp=timestamp)


def heartbeat(now: datetime) -> None:
    """Pull what happened, and defer the sending; where nobody listens, one cheap query."""
    if not is_anybody_told():
        return
    pull_events(now=now)
    for ref in due_endpoints(now):
        defer_due(send, lock=f"webhooks/{ref}", endpoint_ref=ref)
