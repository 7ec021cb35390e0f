"""The queue of background jobs: a table of the same database, so a rolled-back action leaves none.

A domain package registers its jobs in its own `jobs.py`:

    from sameboat.runtime.jobs import queue

    @queue.task(name="payments.collect")
    def collect(period_ref: str, low: int, high: int) -> None: ...

and an action defers one inside its transaction with `collect.defer(...)`. Arguments are references
and numbers only: a job's payload stands readable in its table.
"""

from __future__ import annotations

from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django import app as queue

__all__ = ["queue", "work"]


def work(*, wait: bool = True) -> None:
    """Run the jobs of all queues; return when stopped, or with `wait=False` when none is left."""
    autodiscover_modules("jobs")
    # Jobs run in this process through Django's own connections; the worker itself listens on one.
    worker = queue.with_connector(queue.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(wait=wait, install_signal_handlers=wait)
