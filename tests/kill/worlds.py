"""Worlds to be killed in: each a database and a data folder; and the processes that work there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
TESTS = Path(__file__).resolve().parents[1]


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

    def ask(
        self, do: str, step: int, world: World, *, kill_at: str = "", late: int = 0
    ) -> dict[str, Any]:
        """Let a child do it, so many seconds late; what became of it, and its answer if any."""
        request = {
            "do": do,
            "step": step,
            "database": world.database,
            "data": str(world.data),
            "answer": str(self.answer),
            "kill_at": kill_at,
            "late": late,
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
        # The cluster is one for all workers of a run, which may be here at once.
        world = World(f"{self.seed}_kill_{name}", self.folder / name)
        if of.database == self.seed:
            # A thread of an earlier test may have left a session: what is in use is not copied.
            self._execute(END_SESSIONS, of.database)
        self._execute(f'CREATE DATABASE "{world.database}" TEMPLATE "{of.database}"')
        shutil.copytree(of.data, world.data)
        return world

    def drop(self, world: World) -> None:
        self._execute(f'DROP DATABASE "{world.database}" WITH (FORCE)')
        shutil.rmtree(world.data)

    def _execute(self, sql: str, *values: str) -> None:
        with psycopg.connect(**self.server, autocommit=True) as server:
            server.execute(sql, values or None)
