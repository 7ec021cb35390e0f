"""Six weeks of a small society under the faults of the long soak; the long one is `make soak`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_six_weeks_of_faults_leave_nothing_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soak", "--members", "150", "--days", "42", "--seed", "3"],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)
    # Else it would be no soak: something was killed, lost, skipped; and something came of it all.
    assert min(told["kills"], told["lost_on_the_line"], told["clock_jumps"], told["checks"]) > 0
    assert told["periods_done"] >= 1
    assert told["claims_paid"] >= 1
    assert told["charged"] > 0
