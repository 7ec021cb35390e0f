"""Whether the installation does its work: database, tables, keys, worker, jobs, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from sameboat.record import queries as record
from sameboat.record.actions import RecordForks
from sameboat.runtime import beats, jobs
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.upkeep.finding import Finding, Standing, attention, good, wrong

WORKER_SILENT_AFTER = timedelta(seconds=30)
JOB_LATE_AFTER = timedelta(minutes=10)
RECORD_LATE_AFTER = timedelta(minutes=5)
RECORD_BROKEN_AFTER = timedelta(hours=12)
"""Half of what a ticket promises."""
WORKER = "worker."
"""Before the name of each part of the worker, among the signs of life."""


def database() -> Finding:
    """Whether the database answers and keeps what it was told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('fsync'), current_setting('server_version')")
            fsync, version = cursor.fetchone()
    except Error:
        return wrong(
            "database",
            zh="数据库没有应答。内置的由 sameboat serve 启动；否则请检查 DATABASE_URL。",
            en="The database does not answer. `sameboat serve` starts the embedded one; "
            "else look at DATABASE_URL.",
        )
    if fsync != "on" and settings().mode != "test":
        return wrong(
            "database",
            zh="数据库的 fsync 已关闭：断电会丢失已确认的数据。",
            en="The database runs with fsync off: a power cut loses what was confirmed.",
        )
    return good(
        "database", zh=f"PostgreSQL {version} 正常应答。", en=f"PostgreSQL {version} answers."
    )


def tables() -> Finding:
    """Whether the tables are those of this version of the program."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    missing = [migration for migration, _ in executor.migration_plan(loader.graph.leaf_nodes())]
    if missing:
        names = ", ".join(f"{each.app_label}.{each.name}" for each in missing[:5])
        return wrong(
            "tables",
            zh=f"有 {len(missing)} 个数据库迁移未执行（{names}）：请运行 sameboat migrate。",
            en=f"{len(missing)} migrations are missing ({names}): run `sameboat migrate`.",
        )
    newer = sorted(set(loader.applied_migrations) - set(loader.disk_migrations or ()))
    if newer:
        names = ", ".join(f"{app}.{name}" for app, name in newer[:5])
        return wrong(
            "tables",
            zh=f"数据库比程序新（{names}）：请运行与之相符的程序版本。",
            en=f"The tables are newer than this program ({names}): run the version they belong to.",
        )
    return good("tables", zh="数据库结构与程序相符。", en="The tables are those of this version.")


def keys() -> Finding:
    """Whether the key store opens under the master key."""
    try:
        keystore().get("signing", "operator")
    except Refusal as refusal:
        return wrong("keys", zh=refusal.explain("zh"), en=refusal.explain("en"))
    return good("keys", zh="密钥库可以打开。", en="The key store opens.")


def worker() -> Finding:
    """Whether every part of the worker is alive and does not break."""
    parts = [age for name, age in beats.ages().items() if name.startswith(WORKER)]
    if not parts or all(age.well is None for age in parts):
        return wrong(
            "worker",
            zh="后台进程从未运行：请启动 sameboat worker。",
            en="The worker never ran: start `sameboat worker`.",
        )
    breaking = [age for age in parts if age.broke_with]
    if breaking:
        names = ", ".join(f"{age.name.removeprefix(WORKER)} ({age.broke_with})" for age in breaking)
        return wrong(
            "worker",
            zh=f"后台进程的以下部分出错：{names}；原因见其日志。",
            en=f"Parts of the worker break: {names}; its log says where.",
        )
    silent = max(age.well for age in parts if age.well is not None)
    if silent > WORKER_SILENT_AFTER:
        return wrong(
            "worker",
            zh=f"后台进程已 {_seconds(silent)} 秒没有动静：请启动 sameboat worker。",
            en=f"The worker was last seen {_seconds(silent)} seconds ago: start `sameboat worker`.",
        )
    return good(
        "worker",
        zh=f"后台进程正常，{_seconds(silent)} 秒前有动静。",
        en=f"The worker is alive, seen {_seconds(silent)} seconds ago.",
    )


def waiting_jobs() -> Finding:
    """Whether jobs are run in time, and whether any failed for good."""
    waited = jobs.longest_wait()
    if waited is not None and waited > JOB_LATE_AFTER:
        return wrong(
            "jobs",
            zh=f"有任务已等待 {_seconds(waited)} 秒：后台进程没有运行或来不及处理。",
            en=f"A job has waited for {_seconds(waited)} seconds: "
            "the worker does not run, or cannot keep up.",
        )
    failed = {count.task: count.jobs for count in jobs.counts() if count.status == "failed"}
    if failed:
        names = ", ".join(f"{task} ({number})" for task, number in failed.items())
        return attention(
            "jobs",
            zh=f"有任务失败：{names}；原因见后台进程的日志。",
            en=f"Jobs failed: {names}; the worker's log says where.",
        )
    return good("jobs", zh="没有积压或失败的任务。", en="No job waits too long, none failed.")


def recording(now: datetime) -> Finding:
    """Whether entries reach the record in time, under the name that it began with."""
    head = record.head()
    if head is None:
        return wrong(
            "record",
            zh="存证尚未启动：请运行 sameboat migrate。",
            en="The record was not started: run `sameboat migrate`.",
        )
    origin = head.note.partition("\n")[0]
    if origin != settings().record_origin:
        return wrong(
            "record",
            zh=f"SAMEBOAT_RECORD_ORIGIN 应为 {origin}，存证以该名称开始，永不改变。",
            en=f"SAMEBOAT_RECORD_ORIGIN must be {origin}: the record began under that name.",
        )
    signed = keystore().signed_head(origin)
    if signed is not None and not record.holds(signed):
        forks = RecordForks(size=signed.size)
        return wrong("record", zh=forks.explain("zh"), en=forks.explain("en"))
    refused = record.refused_count()
    if refused:
        return wrong(
            "record",
            zh=f"存证拒绝了 {refused} 条记录：请停止后台进程，运行 sameboat check。",
            en=f"The record refused {refused} entries: stop the worker, run `sameboat check`.",
        )
    return _lag(now, head.size)


def _lag(now: datetime, size: int) -> Finding:
    since = record.oldest_pending_at()
    lag = now - since if since is not None else timedelta()
    if lag > RECORD_LATE_AFTER:
        grave = wrong if lag > RECORD_BROKEN_AFTER else attention
        return grave(
            "record",
            zh=f"有记录已等待存证 {_seconds(lag)} 秒；回执承诺 24 小时内完成。",
            en=f"An entry has waited for {_seconds(lag)} seconds; tickets promise 24 hours.",
        )
    return good(
        "record", zh=f"存证有 {size} 条，没有延迟。", en=f"The record has {size} entries, no delay."
    )


# Without these no request can be answered.
NEEDED: tuple[Callable[[], Finding], ...] = (database, tables, keys)


def readiness(now: datetime) -> Iterator[Finding]:
    """What is needed to answer requests and, where that is so, what should run beside."""
    for probe in NEEDED:
        found = probe()
        yield found
        if found.about in ("database", "tables") and found.standing is Standing.WRONG:
            return
    yield worker()
    yield recording(now)


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
