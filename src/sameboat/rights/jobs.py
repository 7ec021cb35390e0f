"""Background work about data rights: copies to make, persons to erase."""

from __future__ import annotations

from sameboat.rights import actions
from sameboat.runtime import clock
from sameboat.runtime.jobs import queue


@queue.task(name="rights.make_copy")
def make_copy(ref: str) -> None:
    """Make one copy of somebody's data."""
    actions.make_copy(ref=ref, now=clock.now())


@queue.task(name="rights.tell")
def tell(ref: str) -> None:
    """Tell somebody that what they asked is answered."""
    actions.tell(ref=ref, now=clock.now())


@queue.periodic(cron="7 * * * *")
@queue.task(name="rights.erase", queueing_lock="rights.erase")
def erase(timestamp: int) -> None:
    """Erase whoever asked for it and has nothing open any more."""
    actions.erase_due(now=clock.now())


@queue.periodic(cron="27 * * * *")
@queue.task(name="rights.drop_copies", queueing_lock="rights.drop_copies")
def drop_copies(timestamp: int) -> None:
    """Destroy the copies whose week is over."""
    actions.drop_copies(now=clock.now())
