"""A fail point kills where the test says so, and in test mode only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = "from sameboat.runtime.failpoints import reach; reach('a'); reach('b'); print('done')"


@pytest.mark.parametrize(
    ("mode", "kill_at", "returncode"),
    [("test", "b", -signal.SIGKILL), ("test", "c", 0), ("production", "b", 0), ("demo", "b", 0)],
)
def test_it_kills_at_its_name_in_test_mode(mode: str, kill_at: str, returncode: int) -> None:
    environment = {**os.environ, "SAMEBOAT_MODE": mode, "SAMEBOAT_KILL_AT": kill_at}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=False)
    assert done.returncode == returncode
