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
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import AlreadyEnqueued

__all__ = [
    "JobCount",
    "counts",
    "defer_due",
    "drop_ended",
    "longest_wait",
    "put_back_abandoned",
    "queue",
    "work",
]
ABANDONED_AFTER = timedelta(seconds=60)
"""A worker that lives says so every ten seconds."""
FAILED_REST = timedelta(minutes=1)
"""How long work that is due by the clock rests after it failed; a beat comes each second."""
ATTEMPTS_MAX = 10
"""A job that ended so many workers is left to a person."""

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
# Of the same work queued anew meanwhile, the older job goes.
PUT_BACK = """
WITH abandoned AS MATERIALIZED (
    SELECT job.id, job.queueing_lock
    FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND job.attempts < %(attempts_max)s
      AND (worker.id IS NULL
           OR worker.last_heartbeat < clock_timestamp() - make_interval(secs => %(after)s))
    FOR UPDATE OF job SKIP LOCKED
), kept AS (
    SELECT DISTINCT ON (COALESCE(abandoned.queueing_lock, abandoned.id::text)) abandoned.id
    FROM abandoned
    WHERE NOT EXISTS (
        SELECT FROM procrastinate_jobs queued
        WHERE queued.status = 'todo' AND queued.queueing_lock = abandoned.queueing_lock
    )
), dropped AS (
    DELETE FROM procrastinate_jobs
    WHERE id IN (SELECT id FROM abandoned EXCEPT SELECT id FROM kept)
)
UPDATE procrastinate_jobs
SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL
WHERE id IN (SELECT id FROM kept)
"""
RESTS = """
SELECT EXISTS (
    SELECT FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id
    WHERE job.queueing_lock = %(lock)s AND job.status = 'failed' AND event.type = 'failed'
      AND event.at > clock_timestamp() - make_interval(secs => %(rest)s)
)
"""
DROP_ENDED = """
DELETE FROM procrastinate_jobs job
WHERE job.status NOT IN ('todo', 'doing')
  AND NOT EXISTS (
      SELECT FROM procrastinate_events event
      WHERE event.job_id = job.id
        AND event.at >= clock_timestamp() - make_interval(secs => %(kept)s)
  )
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


def defer_due(task: Any, *, lock: str, **arguments: str) -> bool:
    """Defer work that is due by the clock, unless it is queued already or has just failed.

    Work that fails each time would else leave a failed job each second.
    """
    with connection.cursor() as cursor:
        cursor.execute(RESTS, {"lock": lock, "rest": FAILED_REST.total_seconds()})
        if cursor.fetchone()[0]:
            return False
    try:
        with transaction.atomic():  # What a unique key refused would else end the caller's.
            task.configure(queueing_lock=lock).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


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


def put_back_abandoned() -> int:
    """Queue again the jobs that a worker had begun when it was killed; how many."""
    with connection.cursor() as cursor:
        after = ABANDONED_AFTER.total_seconds()
        cursor.execute(PUT_BACK, {"after": after, "attempts_max": ATTEMPTS_MAX})
        return int(cursor.rowcount)


def drop_ended(*, older_than: timedelta) -> int:
    """Delete jobs that failed or were cancelled so long ago; how many."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_ENDED, {"kept": older_than.total_seconds()})
        return int(cursor.rowcount)
