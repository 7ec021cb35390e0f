"""`stop` ends what runs for this data folder, and nothing that only has an old number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sameboat.runtime.processes import AlreadyRunning, running_as, stop_all

SLEEPER = """
import sys, time
from pathlib import Path
from sameboat.runtime.processes import running_as
with running_as("worker", data_dir=Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_running_process_is_ended(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(AlreadyRunning), running_as("worker", data_dir=tmp_path):
            pass
        assert stop_all(data_dir=tmp_path) == ["worker"]
        assert process.wait(timeout=10) != 0
    assert stop_all(data_dir=tmp_path) == []


def test_an_old_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "serve.pid").write_text(str(os.getpid()))
    assert stop_all(data_dir=tmp_path) == []
