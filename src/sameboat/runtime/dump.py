"""Copying a whole database out and in, with PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from sameboat.runtime import postgres
from sameboat.runtime.refusals import Refusal

WHEEL_MAJOR = 18


class DumpFailed(Refusal):
    """The database could not be copied out or in."""

    code = "dump_failed"
    en = "{program} failed: {why}"
    zh = "{program} 失败：{why}"


def dump(url: str, *, to: Path) -> None:
    """Write the database to the new file `to`, mode 0600, as it is at one instant."""
    os.close(os.open(to, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")


def load(url: str, *, of: Path) -> None:
    """Fill an empty database from a file that `dump` wrote."""
    name = str(conninfo_to_dict(url)["dbname"])
    _run("pg_restore", url, "--no-owner", "--exit-on-error", f"--dbname={name}", str(of))


def is_empty(url: str) -> bool:
    """Whether the database holds no table of anybody."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchone()
    assert row is not None
    return int(row[0]) == 0


def _run(name: str, url: str, *arguments: str) -> None:
    """Run a program that finds the database by its environment: others may read a command line."""
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [str(_program(name, url)), *arguments],
        env=_environment(url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise DumpFailed(program=name, why=lines[0])


def _program(name: str, url: str) -> Path:
    """The wheel's program; for a server that is newer than it, the system's."""
    with psycopg.connect(url) as connection:
        # The version as one number: 180004 is 18.4.
        major = connection.info.server_version // 10_000
    if major <= WHEEL_MAJOR:
        return postgres.program(name)
    found = shutil.which(name)
    if found is None:
        raise DumpFailed(program=name, why=f"the server is version {major}; install its programs")
    return Path(found)


def _environment(url: str) -> dict[str, str]:
    """The database of `url` in the variables that libpq reads; nothing else that it would read."""
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    given = conninfo_to_dict(url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    named = {variables[key]: str(value) for key, value in given.items() if key in variables}
    return {**kept, **named, "LC_ALL": "C"}
