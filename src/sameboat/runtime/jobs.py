"""The queue of background jobs: a table of the same database, so a rolled-back action leaves none.

A domain package registers its jobs in its own `jobs.py`:

    from sameboat.runtime.jobs import queue

    @queue.task(name="payments.collect")
    def collect(period_ref: str, low: int, high: int) -> None: ...

and an action defers one inside its transaction with `collect.defer(...)`. Arguments are references
and numbers only: a job's payload stands readable in its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django import app as queue

__all__ = ["JobCount", "counts", "longest_wait", "queue", "work"]

COUNT_JOBS = """
SELECT task_name, status::text, count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2 ORDER BY 1, 2
"""
LONGEST_WAIT = """
SELECT max(clock_timestamp() - GREATEST(event.at, job.scheduled_at))
FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id
WHERE job.status = 'todo' AND event.type = 'deferred'
  AND (job.scheduled_at IS NULL OR job.scheduled_at <= clock_timestamp())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """How many jobs of one task stand in one state; jobs that went well are deleted."""

    task: str
    status: str
    """`todo`, `doing` or `failed`."""
    jobs: int


def work(*, wait: bool = True) -> None:
    """Run the jobs of all queues; return when stopped, or with `wait=False` when none is left."""
    autodiscover_modules("jobs")
    # Jobs run in this process through Django's own connections; the worker itself listens on one.
    worker = queue.with_connector(queue.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(wait=wait, install_signal_handlers=wait)


def counts() -> list[JobCount]:
    """The jobs that wait, run or failed, by task and state."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_JOBS)
        return [JobCount(task=task, status=st, jobs=n) for task, st, n in cursor.fetchall()]


def longest_wait() -> timedelta | None:
    """Since when the longest waiting job could have been run; None if none waits."""
    with connection.cursor() as cursor:
        cursor.execute(LONGEST_WAIT)
        (waited,) = cursor.fetchone()
    assert waited is None or isinstance(waited, timedelta)
    return waited
