"""The client for Python is the one that the description of the API gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sameboat.api.description import openapi
from sameboat.api.python_client import python_client

MODULE = Path(__file__).resolve().parents[2] / "clients" / "python" / "sameboat_client.py"


def test_it_is_not_stale() -> None:
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--line-length", "100", "-"],
        input=python_client(openapi()),
        capture_output=True,
        check=True,
        text=True,
    )
    assert MODULE.read_text(encoding="utf-8") == formatted.stdout, "the API changed: make client"
