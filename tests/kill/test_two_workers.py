"""Two processes at one period: one does the work, the other is refused, nobody pays twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from kill.story import STORY
from kill.worlds import Runner, World, Worlds

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 30
SETTLEMENT = next(number for number, step in enumerate(STORY) if "settlement" in step.name)
DEBIT = next(number for number, step in enumerate(STORY) if step.name.startswith("the debit"))
"""Gone through before it is prepared: whose answer does not add up is asked for again, rightly."""


@pytest.fixture
def runners(tmp_path: Path) -> Iterator[tuple[Runner, Runner]]:
    made = Runner(tmp_path, 0), Runner(tmp_path, 1)
    yield made
    for runner in made:
        runner.close()


class Door:
    """A table that nobody can write, or even read, until the door is opened."""

    def __init__(self, worlds: Worlds, world: World, table: str, mode: str) -> None:
        self.table = table
        self.held = psycopg.connect(**{**worlds.server, "dbname": world.database})
        self.held.execute(f"LOCK TABLE {table} IN {mode} MODE")

    def waiting(self) -> int:
        """How many stand before it."""
        found = self.held.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
            [self.table],
        ).fetchone()
        assert found is not None
        return int(found[0])

    def wait_for(self, many: int) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while self.waiting() < many:
            assert time.monotonic() < deadline, f"nobody came to {self.table}"
            time.sleep(0.01)

    def open(self) -> None:
        self.held.rollback()
        self.held.close()


@contextmanager
def world_before(step: int, tmp_path: Path, runner: Runner) -> Iterator[tuple[Worlds, World]]:
    """A world in which that step is to come; what people do for the debit stays undone."""
    worlds = Worlds(tmp_path)
    empty = World(worlds.seed, tmp_path / "empty")
    empty.data.mkdir()
    connection.close()  # Nobody may be connected to what is copied.
    world = worlds.copy("two", empty)
    for number in range(step):
        runner.ask("prepare", number, world)
        runner.ask("work", number, world)
    if step != DEBIT:
        runner.ask("prepare", step, world)
    try:
        yield worlds, world
    finally:
        worlds.drop(world)


@pytest.mark.parametrize(
    ("step", "do", "table", "done"),
    [
        (SETTLEMENT, "settle", "settlement_stagemark", "2026-03-07 close"),
        (DEBIT, "pay", "payments_debitbatch", "2026-03-07 collect"),
    ],
    ids=["closing", "collecting"],
)
def test_of_two_workers_one_wins_and_the_other_is_refused(
    step: int, do: str, table: str, done: str, tmp_path: Path, runners: tuple[Runner, Runner]
) -> None:
    first, second = runners
    with world_before(step, tmp_path, first) as (worlds, world), ThreadPoolExecutor(1) as threads:
        door = Door(worlds, world, table, "SHARE ROW EXCLUSIVE")
        winner: Future[dict[str, str]] = threads.submit(first.ask, do, step, world)
        door.wait_for(1)
        refused = second.ask(do, step, world)["said"]
        door.open()
        assert done in winner.result()["said"]
        assert refused == "period_busy"
        # Nothing is left to do twice, and the lock is free again.
        assert done not in second.ask(do, step, world)["said"]
        assert second.ask("look", step, world)["seen"]["wrong"] == []


def test_two_that_collect_past_the_lock_debit_nobody_twice(
    tmp_path: Path, runners: tuple[Runner, Runner]
) -> None:
    with world_before(DEBIT, tmp_path, runners[0]) as (worlds, world):
        alone = worlds.copy("alone", world)
        runners[0].ask("work", DEBIT, alone)
        wanted = runners[0].ask("look", DEBIT, alone)["seen"]
        door = Door(worlds, world, "payments_debitbatch", "ACCESS EXCLUSIVE")
        with ThreadPoolExecutor(2) as threads:
            both = [threads.submit(one.ask, "collect", DEBIT, world) for one in runners]
            door.wait_for(2)
            door.open()
            said = [one.result()["said"] for one in both]
        assert "collect" in said
        runners[0].ask("work", DEBIT, world)
        found = runners[0].ask("look", DEBIT, world)["seen"]
        worlds.drop(alone)
    assert [name for name, lines in wanted.items() if found[name] != lines] == []
    assert wanted["wrong"] == []
