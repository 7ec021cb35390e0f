"""A real installation in a folder of its own: PostgreSQL, server and worker as processes.

It begins at a fixed instant, so that its days do not depend on today's.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from sameboat.runtime import postgres
from sameboat.simulation.client import Client

FOUNDING = Path(__file__).with_name("founding.py")
SAMEBOAT = Path(sys.executable).with_name("sameboat")
PATIENCE_SECONDS = 240
BUSY_SECONDS_MAX = 240
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Installation:
    """Where it keeps its things and how to reach it."""

    data_dir: Path
    port: int
    environment: dict[str, str]

    def client(self) -> Client:
        """A client that is not signed in."""
        return Client(f"http://127.0.0.1:{self.port}")

    def run(self, *arguments: str, given: str = "") -> str:
        """What a command of this installation prints; an error if it fails."""
        done = subprocess.run(
            arguments, env=self.environment, input=given, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{arguments[0]}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def dump(self, to: Path) -> None:
        """A backup of the database, as text that packs nothing."""
        to.parent.mkdir(parents=True, exist_ok=True)
        url = postgres.url(data_dir=self.data_dir)
        program = str(postgres.program("pg_dump"))
        self.run(program, "--format=plain", "--compress=none", f"--file={to}", url)


@contextmanager
def installed(
    data_dir: Path, *, at: datetime, plan: str, staff: list[Any]
) -> Iterator[Installation]:
    """An installation that serves and works; when the block ends it is stopped, its data stays."""
    data_dir.mkdir(parents=True)
    offset = at - datetime.now(UTC)
    clock = {"offset_microseconds": offset // timedelta(microseconds=1)}
    (data_dir / "clock.json").write_text(json.dumps(clock))
    port = _free_port()
    found = Installation(data_dir, port, _environment(data_dir, port))
    with ExitStack() as stack:
        # Without fsync: no test pulls the plug, and what is written is the same.
        postgres.start(data_dir=data_dir, fsync=False)
        stack.callback(postgres.stop, data_dir=data_dir)
        found.run(sys.executable, str(FOUNDING), given=json.dumps({"plan": plan, "staff": staff}))
        server = stack.enter_context(_process(found, "serve"))
        stack.enter_context(_process(found, "worker"))
        _wait_for(found, server)
        yield found


def caught_up(client: Client) -> None:
    """Wait until the worker has done everything that is due by the clock."""
    give_up_at = time.monotonic() + BUSY_SECONDS_MAX
    while busy := client.demo_busy():
        assert time.monotonic() < give_up_at, f"still busy: {busy}"
        time.sleep(POLL_SECONDS)


def moved_to(client: Client, instant: datetime) -> None:
    """The clock stands at `instant`, and what became due then is done."""
    client.demo_advance_to(instant)
    caught_up(client)


@contextmanager
def _process(found: Installation, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """`sameboat serve` or `worker`, whose words go to a log beside the data."""
    logs = found.data_dir / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / f"{name}.log").open("wb") as log:
        command = [str(SAMEBOAT), name]
        with subprocess.Popen(command, env=found.environment, stdout=log, stderr=log) as process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(timeout=PATIENCE_SECONDS)
                finally:
                    process.kill()


def _wait_for(found: Installation, server: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{found.port}/healthz", timeout=5).raise_for_status()
        except httpx.HTTPError:
            assert server.poll() is None, (found.data_dir / "logs" / "serve.log").read_text()
            assert time.monotonic() < give_up_at, "the server did not answer"
            time.sleep(0.1)
        else:
            return


def _environment(data_dir: Path, port: int) -> dict[str, str]:
    """Of this process, without what points to the database of the other tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SAMEBOAT_", "DATABASE_URL", "KEYSTORE_URL", "PG"))
    }
    return kept | {
        "SAMEBOAT_MODE": "demo",
        "SAMEBOAT_DATA_DIR": str(data_dir),
        "SAMEBOAT_PORT": str(port),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
