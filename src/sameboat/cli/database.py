"""`sameboat migrate` and `stop`, and the start of the embedded PostgreSQL for all others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import typer
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection
from psycopg.errors import LockNotAvailable, UndefinedColumn, UndefinedTable

from sameboat.record.actions import start_record
from sameboat.runtime import clock, postgres, processes
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings

LOCK_TIMEOUT = "5s"


class TablesBehind(Refusal):
    """The database lacks a table or column that this version of the program needs."""

    code = "tables_behind"
    en = "The tables are not those of this version: run `sameboat migrate`."
    zh = "数据库结构与当前版本不符：请先运行 sameboat migrate。"


class TablesBusy(Refusal):
    """Another process held a table longer than a migration may wait for it."""

    code = "tables_busy"
    en = (
        "A table is in use and the migration did not wait for it: end the server and the worker "
        "(sameboat stop), then try again. The migrations before it are done."
    )
    zh = "有表正被占用，迁移未再等待：请先运行 sameboat stop，再重试。此前的迁移均已完成。"


def migrate() -> None:
    """Bring the tables of the database up to date.

    Example: sameboat migrate
    """
    bring_up_to_date()
    print("The database is up to date.")


def stop() -> None:
    """End the server, the worker and the embedded PostgreSQL of this data folder.

    Example: sameboat stop
    """
    data_dir = settings().data_dir
    stopped = processes.stop_all(data_dir=data_dir)
    if settings().database_url is None and postgres.running(data_dir=data_dir):
        postgres.stop(data_dir=data_dir)
        stopped.append("PostgreSQL")
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def bring_up_to_date() -> None:
    """Run what migrations are missing; make the cache table; start the record if it never was."""
    # A migration that waits for a table lets everybody else wait behind it, so it gives up soon.
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise TablesBusy() from error
        raise
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    call_command("createcachetable", verbosity=0)
    start_record(now=clock.now())


def start_database() -> None:
    """Start the embedded PostgreSQL, unless DATABASE_URL names another."""
    if settings().database_url is None:
        postgres.start(data_dir=settings().data_dir)


def with_database(target: typer.Typer | Callable[..., Any]) -> typer.Typer | Callable[..., Any]:
    """The same commands, each of which starts the database first. Their help does not."""
    if not isinstance(target, typer.Typer):
        return _after_start(target)
    for command in target.registered_commands:
        if command.callback is not None:
            command.callback = _after_start(command.callback)
    for group in target.registered_groups:
        if group.typer_instance is not None:
            with_database(group.typer_instance)
    return target


def _after_start(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def started(*arguments: Any, **options: Any) -> Any:
        start_database()
        try:
            return callback(*arguments, **options)
        except ProgrammingError as error:
            if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
                raise TablesBehind() from error
            raise

    return started
