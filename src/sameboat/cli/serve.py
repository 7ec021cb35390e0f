"""`sameboat serve` and `sameboat worker`: the two kinds of process of an installation."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import typer
from django.core.management import call_command
from django.db import Error, close_old_connections, connection
from django.urls import get_resolver
from django.utils.module_loading import import_string

from sameboat.api import limits
from sameboat.cli.database import bring_up_to_date
from sameboat.runtime import beats, clock, jobs
from sameboat.runtime.patience import Patience
from sameboat.runtime.processes import running_as
from sameboat.runtime.settings import settings
from sameboat.runtime.stillness import Stillness
from sameboat.upkeep import metrics
from sameboat.upkeep.service import WORKER

log = logging.getLogger(__name__)

WEB_WORKERS = 2
# Below the size of the database pool, so that no request waits for a connection.
THREADS_PER_WORKER = 8
END_SECONDS = 5
"""How long requests that are being answered may still take once the server is told to end."""
NOTE_SECONDS = 5
"""How often the worker leaves a sign of life while all is well."""
# Each is a function of a package's jobs.py that is told the time, does at most a short piece of
# work, and is right however many workers call it.
AT_EACH_BEAT: tuple[str, ...] = (
    "sameboat.identity.jobs.heartbeat",
    "sameboat.record.jobs.heartbeat",
    "sameboat.claims.jobs.heartbeat",
    "sameboat.webhooks.jobs.heartbeat",
)
"""What people wait for."""
BY_THE_CLOCK: tuple[str, ...] = (
    "sameboat.members.jobs.heartbeat",
    "sameboat.settlement.jobs.heartbeat",
    "sameboat.payments.jobs.heartbeat",
)
"""What a day brings: looked for at least once a second. Each says whether it found anything."""
Heartbeat = Callable[[datetime], object]


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
        metrics.share("serve", data_dir=chosen.data_dir)
        if chosen.mode == "demo":
            bring_up_to_date()
        call_command("collectstatic", verbosity=0, interactive=False)
        # Loaded once for all of the server's processes, and before the first request needs it.
        assert get_resolver().url_patterns
        # Made before the processes part, so that they count a caller's requests together.
        limits.forget()
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
            # A client that keeps its connection open would else keep the server from ending.
            workers_kill_timeout=END_SECONDS,
        ).serve()


def worker() -> None:
    """Run background jobs, and what is due by the clock, until stopped.

    Example: sameboat worker
    """
    heartbeats = [import_string(path) for path in AT_EACH_BEAT]
    by_the_clock = [import_string(path) for path in BY_THE_CLOCK]
    stopping = threading.Event()
    with running_as("worker", data_dir=settings().data_dir):
        metrics.share("worker", data_dir=settings().data_dir)
        beats.forget(WORKER)
        seconds = settings().heartbeat_seconds
        pulse = threading.Thread(
            target=beat,
            args=(heartbeats, by_the_clock, stopping, seconds, settings().heartbeat_rest),
            name="heartbeat",
        )
        pulse.start()
        try:
            jobs.work()
        finally:
            stopping.set()
            pulse.join()


def beat(
    heartbeats: list[Heartbeat],
    by_the_clock: list[Heartbeat],
    stopping: threading.Event,
    seconds: float,
    rest: float,
) -> None:
    """Call every heartbeat each so many seconds. One that breaks is logged; the others go on.

    While nothing was written and no day has begun since all went well, none has anything to do.
    Where there is much to look through, it rests `rest` times as long as it looked.
    """
    noted_at: float | None = None
    stillness, patience = Stillness(), Patience()
    spent = 0.0
    failed: dict[str, str] = {}
    while not stopping.wait(max(seconds, rest * spent)):
        began_at = time.monotonic()
        if not _is_still(stillness):
            failed |= _called(heartbeats, [])
            if patience.is_over(clock.now()):
                found: list[bool] = []
                failed |= _called(by_the_clock, found)
                patience.note(found=any(found))
            else:
                stillness.forget()  # It was not looked at everything.
        if any(failed.values()):
            stillness.forget()
        if noted_at is None or time.monotonic() - noted_at >= NOTE_SECONDS or any(failed.values()):
            noted_at = time.monotonic()
            _note(failed)
        close_old_connections()
        spent = time.monotonic() - began_at


def _is_still(stillness: Stillness) -> bool:
    """Whether the heartbeats may be left out this time; where it cannot be asked, they are not."""
    try:
        return stillness.is_unbroken(clock.now())
    except Error:
        # What is wrong with the database, each heartbeat tells better.
        stillness.forget()
        close_old_connections()
        return False


def _called(heartbeats: list[Heartbeat], found: list[bool]) -> dict[str, str]:
    """Call each; by its package the class of what it raised, empty if it went well."""
    failed = {}
    for heartbeat in heartbeats:
        part, began_at = _part(heartbeat), time.monotonic()
        counted = metrics.instruments()
        try:
            found.append(bool(heartbeat(clock.now())))
        except Exception as error:
            log.exception("a heartbeat broke", extra={"data": {"of": heartbeat.__module__}})
            counted.beat_failures.labels(part).inc()
            close_old_connections()
            failed[part] = type(error).__name__
        else:
            failed[part] = ""
        finally:
            counted.beat_seconds.labels(part).observe(time.monotonic() - began_at)
    return failed


def _note(results: Mapping[str, str]) -> None:
    """Leave the signs of life where the server and `sameboat doctor` look for them."""
    try:
        beats.note({WORKER + part: why for part, why in results.items()})
    except Error:
        log.exception("signs of life could not be written")


def _part(heartbeat: Heartbeat) -> str:
    """The package whose heartbeat it is."""
    return heartbeat.__module__.removeprefix("sameboat.").removesuffix(".jobs")
