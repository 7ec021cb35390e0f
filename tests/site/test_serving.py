"""The server answers over HTTP with its workers, and `stop` ends it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from django.db import connection

from sameboat.runtime import postgres

RUN_SECONDS_MAX = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def health(port: int, server: subprocess.Popen[bytes]) -> httpx.Response:
    give_up_at = time.monotonic() + RUN_SECONDS_MAX
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except httpx.TransportError:
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < give_up_at, "the server did not answer"
            time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_serve_answers_and_stop_ends_it(tmp_path: Path) -> None:
    name = connection.settings_dict["NAME"]
    port = free_port()
    environment = {
        **os.environ,
        "SAMEBOAT_MODE": "test",
        "SAMEBOAT_DATA_DIR": str(tmp_path),
        "SAMEBOAT_PORT": str(port),
        "SAMEBOAT_API_A_MINUTE_FOR_STRANGERS": "10",
        "DATABASE_URL": postgres.url(data_dir=run_folder(), database=name),
    }
    sameboat = str(Path(sys.executable).with_name("sameboat"))
    with subprocess.Popen([sameboat, "serve"], env=environment) as server:
        try:
            answer = health(port, server)
            assert answer.text == "ok\n"
            assert answered_in_all(port, tmp_path) == 0
            for _ in range(8):
                page = httpx.get(f"http://127.0.0.1:{port}/open/verify", timeout=5)
                assert "default-src 'none'" in page.headers["content-security-policy"]
            assert answered_in_all(port, tmp_path) == 8
            asked = [
                httpx.get(f"http://127.0.0.1:{port}/api/v1/plans", timeout=5).status_code
                for _ in range(24)
            ]
            # Counted by all processes together: each alone would let ten through.
            assert 10 <= asked.count(200) <= 12, asked
            assert asked.count(429) == 24 - asked.count(200)
            stopped = subprocess.run(
                [sameboat, "stop"], env=environment, capture_output=True, text=True, check=True
            )
            assert stopped.stdout == "Stopped: serve.\n"
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()


def answered_in_all(port: int, data_dir: Path) -> int:
    """How many pages all of the server's processes have answered, as any one of them tells."""
    token = data_dir / "secrets" / "metrics.token"
    asked = f"http://127.0.0.1:{port}/metrics"
    if not token.exists():
        assert httpx.get(asked, timeout=5).status_code == 401
    shown = {"Authorization": f"Bearer {token.read_text().strip()}"}
    told = httpx.get(asked, headers=shown, timeout=5).text
    lines = [line for line in told.splitlines() if line.startswith("sameboat_http_requests_total")]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def run_folder() -> Path:
    """The folder whose cluster this test run uses."""
    return Path(os.environ["TEST_RUN_OF_SAMEBOAT"])
