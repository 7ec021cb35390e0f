"""Background work of upkeep: forgetting each night, and taking up work that a dead worker left."""

from __future__ import annotations

import logging
from dataclasses import asdict

from sameboat.runtime import clock
from sameboat.runtime import jobs as runtime_jobs
from sameboat.runtime.jobs import queue
from sameboat.upkeep import forgetting

log = logging.getLogger(__name__)


@queue.periodic(cron="41 3 * * *")
@queue.task(name="upkeep.forget", queueing_lock="upkeep.forget")
def forget(timestamp: int) -> None:
    """Delete what is kept no longer."""
    log.info("forgotten", extra={"data": asdict(forgetting.forget(now=clock.now()))})


@queue.periodic(cron="* * * * *")
@queue.task(name="upkeep.put_back", queueing_lock="upkeep.put_back")
def put_back(timestamp: int) -> None:
    """Queue again what a killed worker had begun: each job is right when it is repeated."""
    found = runtime_jobs.put_back_abandoned()
    if found:
        log.warning("abandoned jobs are queued again", extra={"data": {"jobs": found}})
