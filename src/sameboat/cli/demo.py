"""`sameboat demo`: build a small society, serve it, and move its clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer
import urllib3
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from sameboat.cli import language
from sameboat.cli.database import bring_up_to_date, start_database
from sameboat.cli.demo_words import moved, told, welcome
from sameboat.plans.actions import adopt
from sameboat.rules.calendar import day_of, start_of
from sameboat.runtime import clock, postgres, processes
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.simulation.build import ZONE, Builder, Calendar, Progress, wait_until_idle
from sameboat.simulation.client import Client
from sameboat.simulation.office import desks, hire
from sameboat.simulation.stories import SCRIPT, XHB, XIAOMI

READY_SECONDS_MAX = 60
MARK, DRAFT = "demo.json", "demo.draft"
# While months pass in a minute: nobody waits for a limit, and the worker hardly rests.
WHILE_BUILDING = {
    "SAMEBOAT_RATE_LIMITS": "false",
    "SAMEBOAT_HEARTBEAT_SECONDS": "0.1",
    "SAMEBOAT_HEARTBEAT_REST": "2",
}


class NotForProduction(Refusal):
    """The demo was asked for in an installation that is a real one."""

    code = "demo_not_for_production"
    en = "This installation is a production one (SAMEBOAT_MODE); the demo is never built into it."
    zh = "这是生产环境（SAMEBOAT_MODE），不能在其中建立演示。"


class OthersData(Refusal):
    """The data folder holds an installation that no demo made."""

    code = "demo_data_there"
    en = "{folder} holds an installation that is no demo; choose another SAMEBOAT_DATA_DIR."
    zh = "{folder} 中已有非演示的数据，请另选 SAMEBOAT_DATA_DIR。"


class NotEmbedded(Refusal):
    """Only the embedded database can be thrown away."""

    code = "demo_reset_embedded_only"
    en = "The demo in DATABASE_URL is not thrown away from here: drop that database yourself."
    zh = "DATABASE_URL 所指的数据库不能在此清除，请自行删除。"


class NoDemo(Refusal):
    """There is no demo whose clock could be moved."""

    code = "no_demo"
    en = "There is no demo here yet: run `make demo` first."
    zh = "这里还没有演示，请先运行 make demo。"


class DidNotStart(Refusal):
    """The server or the worker ended at once or does not answer."""

    code = "did_not_start"
    en = "“{name}” did not start; the end of {log}:\n{said}"
    zh = "“{name}”没有启动；{log} 的末尾：\n{said}"


@dataclass(frozen=True)
class Standing:
    """A demo that was built: what its printout needs."""

    seed: int
    people: int
    members: dict[str, str]
    """Phones of people worth meeting, by the key of their words."""


def demo(
    people: Annotated[int, typer.Option(min=300, help="How many people.")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same society.")] = 1,
    advance: Annotated[
        bool, typer.Option("--advance", help="Move the clock to the next event and wait.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the demo away first.")] = False,
) -> None:
    """Build a society with some months of history, and serve it until `sameboat stop`.

    Called again it serves what stands. Example: sameboat demo --advance
    """
    if settings().mode == "production":
        raise NotForProduction()
    if reset:
        _throw_away()
    if advance:
        _advance()
        return
    standing = _read()
    if standing is None:
        standing = _build(people=people, seed=seed)
    start_database()
    _start({})
    print(welcome(language(), _url(), standing.members, desks(standing.seed), _real_time()))


def _build(*, people: int, seed: int) -> Standing:
    """Make the installation and let the builder live its months; half of one is thrown away."""
    data_dir = settings().data_dir
    if (data_dir / DRAFT).exists():
        _throw_away()
    if (data_dir / "postgres").exists():
        raise OthersData(folder=str(data_dir))
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    (data_dir / DRAFT).touch()
    screen = Console(stderr=True)
    calendar = Calendar.until(day_of(datetime.now(UTC), ZONE), periods=len(SCRIPT))
    with screen.status(told(language(), "preparing")):
        _found(calendar)
        launched = _launch(WHILE_BUILDING)
        # While the two load: passwords are hashed slowly on purpose.
        hire(seed, now=clock.now())
        _wait_for(launched)
    try:
        members = _live(calendar, people=people, seed=seed, screen=screen)
    finally:
        processes.stop_all(data_dir=data_dir)
    standing = Standing(seed=seed, people=people, members=members)
    (data_dir / DRAFT).write_text(json.dumps(asdict(standing), ensure_ascii=False))
    (data_dir / DRAFT).replace(data_dir / MARK)
    return standing


def _found(calendar: Calendar) -> None:
    """An empty installation on the calendar's first morning: tables, record, plans."""
    clock.begin_at(start_of(calendar.begin, ZONE) + timedelta(hours=8))
    start_database()
    bring_up_to_date()
    for plan in (XHB, XIAOMI):
        adopt(plan_id_or_path=plan, now=clock.now())


def _live(calendar: Calendar, *, people: int, seed: int, screen: Console) -> dict[str, str]:
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=screen,
    )
    with bar, Client(_url()) as api:
        task = bar.add_task(told(language(), "building"))
        staff = desks(seed)
        builder = Builder(
            api=api,
            desk=lambda name: staff[name].signed_in(api, _real_time),
            calendar=calendar,
            seed=seed,
            people=people,
            progress=Progress(
                step=lambda: bar.advance(task),
                say=lambda text: _say(bar, task, text),
            ),
            log=str(_log("worker")),
        )
        bar.update(task, total=builder.steps)
        builder.run()
        return builder.worth_meeting()


def _real_time() -> datetime:
    """Second factors go by the world's clock, not by the demo's."""
    return datetime.now(UTC)


def _say(bar: Bar, task: TaskID, text: str) -> None:
    """Beside the bar; where there is no terminal to draw one on, as lines."""
    if bar.console.is_terminal:
        bar.update(task, description=text)
    else:
        bar.console.print(f"{bar.tasks[task].percentage:3.0f} %  {text}", highlight=False)


def _advance() -> None:
    """Move the clock to the next lock, end of publicity, debit or payout; wait for the worker."""
    if _read() is None:
        raise NoDemo()
    start_database()
    _start({})
    with Client(_url()) as api:
        wait_until_idle(api, str(_log("worker")))
        events = [each["next_event_at"] for each in api.demo_clock()["plans"]]
        target = min(datetime.fromisoformat(event) for event in events) + timedelta(seconds=1)
        api.demo_advance_to(target)
        with Console(stderr=True).status(told(language(), "waiting")):
            wait_until_idle(api, str(_log("worker")))
    print(moved(language(), target))


def _read() -> Standing | None:
    path = settings().data_dir / MARK
    return Standing(**json.loads(path.read_text())) if path.exists() else None


def _throw_away() -> None:
    """End what runs and remove the demo's data; nothing but a demo's is ever removed."""
    data_dir = settings().data_dir
    if not any((data_dir / mark).exists() for mark in (MARK, DRAFT)):
        if (data_dir / "postgres").exists():
            raise OthersData(folder=str(data_dir))
        return
    if settings().database_url is not None:
        raise NotEmbedded()
    processes.stop_all(data_dir=data_dir)
    postgres.stop(data_dir=data_dir)
    for path in data_dir.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    settings.cache_clear()


def _start(environment: dict[str, str]) -> None:
    """Start the server and the worker, if they do not run, and wait until pages are answered."""
    _wait_for(_launch(environment))


def _launch(environment: dict[str, str]) -> dict[str, subprocess.Popen[bytes]]:
    started = {}
    for name in ("serve", "worker"):
        if processes.is_running(name, data_dir=settings().data_dir):
            continue
        _log(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _log(name).open("ab") as log:
            started[name] = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-c", "from sameboat.cli import main; main()", name],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    return started


def _wait_for(launched: dict[str, subprocess.Popen[bytes]]) -> None:
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    for name, process in launched.items():
        while not _answers(name):
            if process.poll() is not None or time.monotonic() > give_up_at:
                said = _log(name).read_text(errors="replace")[-600:]
                raise DidNotStart(name=name, log=str(_log(name)), said=said)
            time.sleep(0.05)


def _answers(name: str) -> bool:
    if not processes.is_running(name, data_dir=settings().data_dir):
        return False
    if name != "serve":
        return True
    try:
        return (
            urllib3.request("GET", f"{_url()}/api/v1/plans", retries=False).status == HTTPStatus.OK
        )
    except urllib3.exceptions.HTTPError:
        return False


def _log(name: str) -> Path:
    return settings().data_dir / "logs" / f"{name}.log"


def _url() -> str:
    return f"http://127.0.0.1:{settings().port}"
