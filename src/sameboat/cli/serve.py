"""`sameboat serve` and `sameboat worker`: the two kinds of process of an installation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from django.core.management import call_command
from django.db import close_old_connections, connection
from django.urls import get_resolver
from django.utils.module_loading import import_string

from sameboat.cli.database import bring_up_to_date
from sameboat.runtime import clock, jobs
from sameboat.runtime.processes import running_as
from sameboat.runtime.settings import settings

log = logging.getLogger(__name__)

WEB_WORKERS = 2
# Below the size of the database pool, so that no request waits for a connection.
THREADS_PER_WORKER = 8
# What is due by the clock. Each is a function of a package's jobs.py that is told the time, does
# at most a short piece of work, and is right however many workers call it.
HEARTBEATS: tuple[str, ...] = (
    "sameboat.members.jobs.heartbeat",
    "sameboat.record.jobs.heartbeat",
    "sameboat.claims.jobs.heartbeat",
    "sameboat.settlement.jobs.heartbeat",
    "sameboat.payments.jobs.heartbeat",
)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; default: SAMEBOAT_PORT.")] = None,
) -> None:
    """Serve the pages and the API until stopped.

    In demo mode the tables are brought up to date first.

    Example: sameboat serve --port 8000
    """
    from granian.constants import Interfaces
    from granian.server import Server

    chosen = settings()
    with running_as("serve", data_dir=chosen.data_dir):
        if chosen.mode == "demo":
            bring_up_to_date()
        call_command("collectstatic", verbosity=0, interactive=False)
        # Loaded once for all of the server's processes, and before the first request needs it.
        assert get_resolver().url_patterns
        # The server forks: a connection used by two processes answers either with the other's rows.
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # The stubs lack it.
        Server(
            "sameboat.site.wsgi:application",
            address=host,
            port=port or chosen.port,
            interface=Interfaces.WSGI,
            workers=WEB_WORKERS,
            blocking_threads=THREADS_PER_WORKER,
            websockets=False,
            respawn_failed_workers=True,
        ).serve()


def worker() -> None:
    """Run background jobs, and what is due by the clock, until stopped.

    Example: sameboat worker
    """
    heartbeats = [import_string(path) for path in HEARTBEATS]
    stopping = threading.Event()
    with running_as("worker", data_dir=settings().data_dir):
        seconds = settings().heartbeat_seconds
        pulse = threading.Thread(
            target=beat, args=(heartbeats, stopping, seconds), name="heartbeat"
        )
        pulse.start()
        try:
            jobs.work()
        finally:
            stopping.set()
            pulse.join()


def beat(
    heartbeats: list[Callable[[datetime], None]], stopping: threading.Event, seconds: float
) -> None:
    """Call every heartbeat each so many seconds. One that breaks is logged; the others go on."""
    while not stopping.wait(seconds):
        for heartbeat in heartbeats:
            try:
                heartbeat(clock.now())
            except Exception:
                log.exception("a heartbeat broke", extra={"data": {"of": heartbeat.__module__}})
            close_old_connections()
