"""`sameboat bench`: how fast it is on this machine, on an installation of its own."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli import prepare_server

app = typer.Typer(no_args_is_help=True)
Members = Annotated[int, typer.Option(min=1_000, help="Members that are there already.")]
Folder = Annotated[
    Path | None, typer.Option(help="Where the bench's data lie meanwhile; default: ./data.")
]
Seed = Annotated[int, typer.Option(help="The same seed makes the same members.")]


@app.command()
def settlement(members: Members = 1_000_000, seed: Seed = 1, folder: Folder = None) -> None:
    """Settle one period of real size, from PostgreSQL to the debit batches; prints JSON.

    Example: sameboat bench settlement --members 1000000
    """
    with own_installation(folder) as data_dir:
        from sameboat.runtime import clock
        from sameboat.simulation import bench_settlement

        _print(
            "settlement",
            data_dir,
            bench_settlement.run(members=members, seed=seed, now=clock.now()),
        )


@app.command()
def join(
    members: Members = 1_000_000,
    joins: Annotated[int, typer.Option(min=100, help="How many join, over HTTP.")] = 5_000,
    clients: Annotated[int, typer.Option(min=1, help="How many ask at the same time.")] = 8,
    seed: Seed = 1,
    folder: Folder = None,
) -> None:
    """Measure joins a second over HTTP, the client on the same machine; prints JSON.

    Example: sameboat bench join --members 1000000
    """
    with own_installation(folder) as data_dir:
        from sameboat.runtime import clock
        from sameboat.simulation import bench_join

        figures = bench_join.run(
            data_dir=data_dir,
            members=members,
            joins=joins,
            clients=clients,
            seed=seed,
            now=clock.now(),
        )
        _print("join", data_dir, figures)


@contextmanager
def own_installation(folder: Path | None) -> Iterator[Path]:
    """A fresh data folder with its own PostgreSQL, tables and keys; gone afterwards.

    Nothing of the caller's installation is touched: the environment is made anew.
    """
    beside = folder or Path.cwd() / "data"
    beside.mkdir(parents=True, exist_ok=True)
    data_dir = Path(tempfile.mkdtemp(prefix="bench-", dir=beside))
    for name in [n for n in os.environ if n.startswith("SAMEBOAT_") or n == "KEYSTORE_URL"]:
        del os.environ[name]
    os.environ["SAMEBOAT_DATA_DIR"] = str(data_dir)
    os.environ.pop("DATABASE_URL", None)
    try:
        prepare_server("bench")
        from sameboat.cli.database import bring_up_to_date, start_database
        from sameboat.runtime import postgres

        try:
            start_database()
            bring_up_to_date()
            yield data_dir
        finally:
            postgres.stop(data_dir=data_dir)
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def _print(bench: str, data_dir: Path, figures: dict[str, object]) -> None:
    print(json.dumps({"bench": bench, "machine": _machine(data_dir)} | figures, indent=2))


def _machine(data_dir: Path) -> dict[str, object]:
    """What the figures depend on."""
    from django.db import connection

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('server_version')")
        fsync, version = cursor.fetchone()
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
        "postgresql": version,
        "fsync": fsync,
        "filesystem": _filesystem(data_dir),
        "load_average": [round(each, 2) for each in os.getloadavg()],
    }


def _filesystem(path: Path) -> str:
    """The type of the file system that holds `path`: on tmpfs an fsync costs nothing."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [(point, kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(holding, key=lambda each: len(each[0]))[1]
