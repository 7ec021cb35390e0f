"""Killed by SIGKILL at every write of a period and run again, everything is as if never killed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection

from kill.points import POINTS
from kill.worlds import Runner, World, Worlds

RUNNERS = 2

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runners(tmp_path: Path) -> Iterator[list[Runner]]:
    made = [Runner(tmp_path, number) for number in range(RUNNERS)]
    yield made
    for runner in made:
        runner.close()


def test_killed_at_every_point_and_run_again_nothing_differs(
    tmp_path: Path, runners: list[Runner]
) -> None:
    worlds = Worlds(tmp_path)
    # The test database is empty; nobody may be connected to it while it is copied.
    connection.close()
    steps = len(_story())
    empty = World(worlds.seed, tmp_path / "empty")
    empty.data.mkdir()
    living = worlds.copy("living", empty)
    before: list[World] = []
    after: list[dict[str, list[str]]] = []
    step_of: dict[str, int] = {}
    for number in range(steps):
        runners[0].ask("prepare", number, living)
        before.append(worlds.copy(f"step_{number}", living))
        answer = runners[0].ask("work", number, living)
        after.append(answer["facts"])
        for point in answer["reached"]:
            step_of.setdefault(point, number)
    missing = set(POINTS) - step_of.keys()
    assert not missing, f"the story never reaches {sorted(missing)}"
    free: SimpleQueue[Runner] = SimpleQueue()
    for runner in runners:
        free.put(runner)

    def killed_and_resumed(point: str) -> list[str]:
        runner, step = free.get(), step_of[point]
        try:
            world = worlds.copy(point, before[step])
            killed = runner.ask("work", step, world, kill_at=point)
            assert killed["killed"], f"{point} was not reached"
            resumed = runner.ask("work", step, world)
            worlds.drop(world)
        finally:
            free.put(runner)
        return _differing(point, after[step], resumed["facts"])

    with ThreadPoolExecutor(RUNNERS) as threads:
        different = [line for lines in threads.map(killed_and_resumed, POINTS) for line in lines]
    for world in [living, *before]:
        worlds.drop(world)
    assert different == []


def _story() -> tuple[Any, ...]:
    from kill.story import STORY

    return STORY


def _differing(point: str, wanted: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    return [
        f"{point}: {table}: {sorted(set(wanted[table]) ^ set(found[table]))[:4]}"
        for table in wanted
        if wanted[table] != found[table]
    ]
