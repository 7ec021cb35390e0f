"""A worker that dies at every single write of its life, and a little later goes on, to the end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from kill.points import POINTS
from kill.story import STORY
from kill.worlds import Runner, World, Worlds

pytestmark = pytest.mark.django_db(transaction=True)

PAUSE_SECONDS = 20


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    made = Runner(tmp_path, 0)
    yield made
    made.close()


def lived(runner: Runner, world: World, step: int) -> list[str]:
    """One step without a kill; the fail points that it reached."""
    reached: list[str] = runner.ask("work", step, world)["reached"]
    return reached


def killed(runner: Runner, world: World, step: int, points: list[str]) -> Iterator[str]:
    """One step, killed at one point after the other; the points at which it really was."""
    late = count(0, PAUSE_SECONDS)
    for point in points:
        if runner.ask("work", step, world, kill_at=point, late=next(late))["killed"]:
            yield point
    runner.ask("work", step, world, late=next(late))


def test_whoever_is_killed_at_every_write_ends_like_everybody_else(
    tmp_path: Path, runner: Runner
) -> None:
    worlds = Worlds(tmp_path)
    empty = World(worlds.seed, tmp_path / "empty")
    empty.data.mkdir()
    connection.close()  # Nobody may be connected to what is copied.
    world = worlds.copy("begun", empty)
    runner.ask("prepare", 0, world)
    unlucky = worlds.copy("unlucky", world)
    died: list[str] = []
    for step in range(len(STORY)):
        if step:
            runner.ask("prepare", step, world)
            runner.ask("prepare", step, unlucky)
        new = [point for point in lived(runner, world, step) if point not in died]
        died += killed(runner, unlucky, step, new)
    assert sorted(died) == list(POINTS)
    wanted, found = (runner.ask("look", 0, each)["seen"] for each in (world, unlucky))
    for each in (world, unlucky):
        worlds.drop(each)
    assert wanted["wrong"] == wanted["without certificate"] == []
    assert len(wanted["bookings"]) > 20
    for name, lines in wanted.items():
        assert found[name] == lines, name
