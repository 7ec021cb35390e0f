"""Killed by SIGKILL at every write of a period and run again, everything is as if never killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg
import pytest
from django.db import connection

from kill.points import POINTS

TESTS = Path(__file__).resolve().parents[1]
RUNNERS = 2

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class World:
    """A database and a data folder, in which one child at a time works."""

    database: str
    data: Path


class Runner:
    """A process that forks a child for each request."""

    def __init__(self, folder: Path, number: int) -> None:
        self.answer = folder / f"answer-{number}.json"
        self.log = folder / f"runner-{number}.log"
        environment = {
            **os.environ,
            "SAMEBOAT_DATA_DIR": str(folder / f"runner-{number}"),
            "PYTHONPATH": str(TESTS),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kill.runner"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
            )
        self._read()

    def ask(self, do: str, step: int, world: World, *, kill_at: str = "") -> dict[str, Any]:
        """Let a child do it; what became of the child, and its answer if it finished."""
        request = {
            "do": do,
            "step": step,
            "database": world.database,
            "data": str(world.data),
            "answer": str(self.answer),
            "kill_at": kill_at,
        }
        assert self.process.stdin is not None
        print(json.dumps(request), file=self.process.stdin, flush=True)
        ended = self._read()
        answer = json.loads(self.answer.read_text()) if ended["good"] else {}
        assert ended["good"] or ended["killed"], self.log.read_text()[-3000:]
        return {**ended, **answer}

    def close(self) -> None:
        """End the process and wait for it."""
        self.process.communicate()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-3000:]
        answer: dict[str, Any] = json.loads(line)
        return answer


class Worlds:
    """Makes worlds by copying: a database from a template, a data folder by files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        parameters = connection.get_connection_params()
        self.seed = parameters["dbname"]
        named = {name: parameters[name] for name in ("host", "port", "user") if parameters[name]}
        self.server = {**named, "dbname": "postgres"}

    def copy(self, name: str, of: World) -> World:
        world = World(f"kill_{name}", self.folder / name)
        self._execute(f'CREATE DATABASE "{world.database}" TEMPLATE "{of.database}"')
        shutil.copytree(of.data, world.data)
        return world

    def drop(self, world: World) -> None:
        self._execute(f'DROP DATABASE "{world.database}" WITH (FORCE)')
        shutil.rmtree(world.data)

    def _execute(self, sql: str) -> None:
        with psycopg.connect(**self.server, autocommit=True) as server:
            server.execute(sql)


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
