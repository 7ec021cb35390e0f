"""Where a restored installation lives: a database of its own beside the test's, and a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from sameboat.runtime import postgres
from sameboat.runtime.settings import settings

SAMEBOAT = str(Path(sys.executable).with_name("sameboat"))


def url_of(database: str) -> str:
    """A database of this run's cluster."""
    return postgres.url(data_dir=Path(os.environ["TEST_RUN_OF_SAMEBOAT"]), database=database)


def url_here() -> str:
    """The database of this test."""
    return url_of(str(connection.settings_dict["NAME"]))


@dataclass(frozen=True)
class Place:
    """An installation in another database and folder, under the same master key."""

    data_dir: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        chosen = settings()
        # Both are made when they are first asked for.
        assert chosen.secret_key() and chosen.master_key()
        secrets = chosen.data_dir / "secrets"
        return {
            **os.environ,
            "SAMEBOAT_MODE": "test",
            "SAMEBOAT_DATA_DIR": str(self.data_dir),
            "SAMEBOAT_MASTER_KEY_FILE": str(secrets / "master.key"),
            "SAMEBOAT_SECRET_KEY_FILE": str(secrets / "django.key"),
            "DATABASE_URL": url_of(self.database),
            "LC_ALL": "C",
        }

    def call(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Call a command there."""
        return subprocess.run(
            [SAMEBOAT, *words],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, *words: str) -> Any:
        """What a command there tells as JSON; an error if it fails."""
        done = self.call(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def python(self, program: str, *words: str) -> str:
        """What a program prints there, with Django set up."""
        whole = f"import django; django.setup()\nimport sys\n{program}"
        done = subprocess.run(
            [sys.executable, "-c", whole, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def new_place(folder: Path) -> Iterator[Place]:
    """An empty database and folder while the block runs."""
    place = Place(folder, f"place_{os.getpid()}_{folder.name.replace('-', '_')}")
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{place.database}"')
        try:
            yield place
        finally:
            server.execute(f'DROP DATABASE "{place.database}" WITH (FORCE)')
